"""What an officer changes after sending: added, never overwritten; the reviewer is told and refused once."""

from datetime import date, timedelta

import pytest
from django.utils import timezone

from foundation.core.errors import Incomplete, NotAllowed, TransitionRefused
from foundation.core.identifiers import read_identifier
from foundation.notifications.models import OutboundMessage
from requests_app.enums import LineDecision
from requests_app.services import amendments, review
from requests_app.services.review import Draft, ReviewChanged
from tests.factories import request_at
from tests.people import client_for, make_officer

pytestmark = pytest.mark.django_db


def change(data_request, part, **given):
    return client_for(data_request.officer).post(f"/requests/{data_request.reference}/change/{part}/", given)


def mails():
    return OutboundMessage.objects.filter(event="request_amended").count()


@pytest.mark.parametrize("status", ["submitted", "in_review", "awaiting_officer"])
def test_facts_are_added_and_nothing_is_overwritten(status):
    sent = request_at(status)
    facts = sent.facts
    for _click in range(2):
        change(sent, "facts", action="add", text="The witness spoke again on 12 October.")
    sent.refresh_from_db()
    assert sent.facts == facts
    made = sent.amendments.get()
    assert (made.number, made.kind, made.made_by) == (1, "text", sent.officer)
    assert mails() == (status != "submitted")
    page = client_for(sent.officer).get(f"/requests/{sent.reference}/").content.decode()
    assert "The witness spoke again" in page
    assert "Facts added" in page
    staff = client_for(sent.assignee or request_at("in_review").assignee)
    for tab in ("", "sent/"):
        assert "The witness spoke again" in staff.get(f"/staff/requests/{sent.reference}/{tab}").content.decode()


def test_the_mail_says_nothing_of_the_case():
    sent = request_at("in_review")
    change(sent, "facts", action="add", text="The witness spoke again.")
    mail = OutboundMessage.objects.get(event="request_amended")
    for word in ("witness", sent.title, sent.case_number):
        assert word not in mail.body_text


@pytest.mark.parametrize(
    ("status", "why"), [("awaiting_approval", "second person"), ("granted", "any more"), ("withdrawn", "any more")]
)
def test_what_is_being_signed_or_over_is_not_changed(status, why):
    sent = request_at(status)
    with pytest.raises(TransitionRefused, match=why):
        amendments.add_facts(sent, text="More", by=sent.officer)
    with pytest.raises(NotAllowed):
        amendments.add_facts(sent, text="More", by=make_officer(sent.agency))


def test_new_identifiers_have_the_lines_of_the_others():
    sent = request_at("in_review")
    for _click in range(2):
        change(sent, "identifiers", action="add", lines="55512345\n", role="suspect", covered="on")
    assert sent.targets.count() == 3
    assert sent.lines.count() == 6
    new = sent.targets.get(normalised="55512345")
    assert new.role == "suspect"
    old = sent.lines.filter(target__normalised="48213377")
    assert set(new.lines.values_list("category", "period_from", "period_to", "order_version")) == set(
        old.values_list("category", "period_from", "period_to", "order_version")
    )
    assert sent.amendments.count() == 1
    assert (
        "Changed after it was sent"
        in client_for(sent.assignee).get(f"/staff/requests/{sent.reference}/").content.decode()
    )


def test_bad_lines_and_an_order_that_does_not_cover_are_refused_and_kept():
    sent = request_at("in_review")
    answer = change(sent, "identifiers", action="add", lines="55512345\n!?", role="unknown")
    assert answer.status_code == 422
    page = answer.content.decode()
    assert "Line 2" in page
    assert "55512345" in page
    assert "Tick the box" in page
    assert sent.targets.count() == 2


def test_undecided_lines_go_and_decided_ones_stay_and_are_named():
    sent = request_at("in_review", matched=True)
    gone = sent.targets.order_by("pk").first()
    decided = gone.lines.first()
    decided.decision = LineDecision.PRODUCE
    decided.save()
    for _click in range(2):
        change(sent, "identifiers", action="out", targets=[gone.pk])
    assert list(gone.lines.all()) == [decided]
    made = sent.amendments.get()
    assert made.after["kept"] == [1]
    assert "line 1" in client_for(sent.assignee).get(f"/staff/requests/{sent.reference}/").content.decode()
    with pytest.raises(Incomplete, match="withdraw"):
        amendments.take_out_identifiers(sent, sent.targets.values_list("pk", flat=True), by=sent.officer)


def test_records_come_and_go():
    sent = request_at("in_review")
    given = {"action": "add", "category": "logins", "covered": "on", "zone": "UTC"}
    for end, day in (("first", date(2026, 3, 1)), ("last", date(2026, 3, 31))):
        given |= {f"{end}_day": day.day, f"{end}_month": day.month, f"{end}_year": day.year}
    for _click in range(2):
        change(sent, "records", **given)
    sent.refresh_from_db()
    assert sent.lines.filter(category="logins").count() == 2
    assert len(sent.records_asked) == 3
    key = next(item.key for item in amendments.asked(sent) if item.category == "logins")
    for _click in range(2):
        change(sent, "records", action="out", records=[key])
    sent.refresh_from_db()
    assert not sent.lines.filter(category="logins").exists()
    assert len(sent.records_asked) == 2
    assert sent.amendments.count() == 2


def test_what_the_process_cannot_reach_and_days_to_come_are_refused():
    sent = request_at("in_review")
    sent.process_type.reaches = ["subscriber"]
    sent.process_type.save()
    today = timezone.now().date()
    add = {"category": "communications", "first": today - timedelta(days=9), "last": today - timedelta(days=2)}
    with pytest.raises(Incomplete, match="cannot reach"):
        amendments.add_records(sent, by=sent.officer, **add)
    with pytest.raises(Incomplete, match="after today"):
        amendments.add_records(sent, by=sent.officer, **(add | {"last": today + timedelta(days=2)}))


@pytest.mark.parametrize("saved_before", [True, False])
def test_an_open_review_page_is_refused(saved_before):
    sent = request_at("in_review")
    if saved_before:
        review.save(sent, Draft(terms={"route": "direct"}), seen_version=0, by=sent.assignee)
    seen = review.review_of(sent).lock_version
    found = [read_identifier("uid", "55512345")]
    amendments.add_identifiers(sent, found, by=sent.officer)
    with pytest.raises(ReviewChanged):
        review.save(sent, Draft(), seen_version=seen, by=sent.assignee)
