"""Two people at once: one word counts, and nobody sees an error page."""

from datetime import timedelta

from django.utils import timezone

from foundation.audit.models import AuditEvent
from foundation.core.errors import PortalError
from foundation.core.identifiers import read_identifier
from foundation.notifications.models import OutboundMessage
from requests_app.services import amendments, followers, hand_overs, triage
from tests.factories import request_at
from tests.harness.race import race
from tests.people import make_agency, make_officer, make_staff


def refused(results):
    return [r for r in results if isinstance(r, PortalError)]


def test_agreeing_and_declining_at_once_have_one_effect(committed_db):
    sent = request_at("in_review")
    person = make_officer(make_agency())
    asked = followers.ask(sent, email=person.email, ground="Order, page 2", by=sent.officer)
    other = make_staff("analyst")
    results = race(
        lambda: followers.agree(asked, reason="", by=sent.assignee),
        lambda: followers.decline(asked, reason="Not named.", by=other),
    )
    assert len(refused(results)) == 1
    told = AuditEvent.objects.filter(action__in=["request.follower_agreed", "request.follower_declined"])
    assert told.count() == 1


def test_two_windows_never_name_more_than_the_limit(committed_db):
    sent = request_at("submitted")
    for _n in range(4):
        followers.add(sent, make_officer(sent.agency), by=sent.officer)
    last = [make_officer(sent.agency), make_officer(sent.agency)]
    results = race(*(lambda p=p: followers.add(sent, p, by=sent.officer) for p in last))
    assert len(refused(results)) == 1
    assert sent.followers.count() == 5


def test_of_two_colleagues_one_takes_over(committed_db):
    sent = request_at("submitted")
    lead, colleagues = make_officer(sent.agency, lead=True), []
    for _n in range(2):
        person = make_officer(sent.agency)
        person.memberships.update(approved_at=timezone.now() - timedelta(days=120))
        request_at("granted", officer=person)
        colleagues.append(type(person).objects.get(pk=person.pk))
    owner = sent.officer
    results = race(
        lambda: hand_overs.hand_over(sent, to=colleagues[0], by=owner),
        lambda: hand_overs.hand_over(sent, to=colleagues[1], by=lead),
    )
    sent.refresh_from_db()
    assert sent.officer in colleagues
    done = OutboundMessage.objects.filter(event="request_given", to_address=owner.email)
    assert done.count() == 1
    assert len(refused(results)) <= 1


def test_two_windows_that_add_the_same_make_one_change(committed_db):
    sent = request_at("submitted")
    analyst, found = make_staff("analyst"), [read_identifier("uid", "55512345")]
    results = race(
        lambda: amendments.add_identifiers(sent, found, by=sent.officer),
        lambda: amendments.add_identifiers(sent, found, by=sent.officer),
        lambda: triage.take(sent, by=analyst),
    )
    assert refused(results) == []
    assert sent.amendments.count() == 1
    assert sent.targets.count() == 3
