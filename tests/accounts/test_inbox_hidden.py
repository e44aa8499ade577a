"""What a message said of a case is not shown to a reader who lost sight of that case."""

from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.models import DeclaredConflict
from foundation.notifications import digests
from foundation.notifications.models import OutboundMessage
from foundation.notifications.outbox import send
from requests_app.enums import FollowerStatus
from requests_app.models import DataRequest, Follower
from tests.accounts.helpers import words
from tests.factories import request_at
from tests.people import client_for, make_officer, make_staff

pytestmark = pytest.mark.django_db
LOST = "About a case that you do not see any more"


def told(person, data_request, event="question_answered"):
    key = f"{event}:{person.pk}:{data_request.pk}"
    return send(event, dedupe_key=key, to_user=person, context={}, reference=data_request.reference)


def both_pages(person, row):
    client = client_for(person)
    return words(client.get("/messages/")), words(client.get(f"/messages/{row.uid}/"))


def test_staff_who_declared_a_conflict_or_are_not_named_read_no_reference():
    analyst, other = make_staff("analyst"), make_staff("analyst")
    lost, secret, kept = request_at("in_review"), request_at("in_review"), request_at("in_review")
    rows = [told(analyst, one) for one in (lost, secret, kept)]
    told(other, lost)
    assert all(one.reference in both_pages(analyst, rows[0])[0] for one in (lost, secret, kept))
    DeclaredConflict.objects.create(
        user=analyst, about_reference=lost.reference, reason="A cousin", declared_at=timezone.now()
    )
    DataRequest.objects.filter(pk=secret.pk).update(restricted=True)
    for one, row in ((lost, rows[0]), (secret, rows[1])):
        listed, single = both_pages(analyst, row)
        assert one.reference not in listed + single
        assert listed.count(LOST) == 2
        assert kept.reference in listed
        assert LOST in single
    assert lost.reference in both_pages(other, other.messages.get())[0]


def test_a_follower_who_was_removed_reads_no_reference_and_a_digest_names_none():
    officer, follower = make_officer(), None
    follower = make_officer(officer.membership.agency)
    shared = request_at("submitted", officer=officer)
    row = told(follower, shared, "follower_added")
    link = Follower.objects.create(
        data_request=shared, user=follower, status=FollowerStatus.ACTIVE, added_by=officer, added_at=timezone.now()
    )
    assert shared.reference in "".join(both_pages(follower, row))
    Follower.objects.filter(pk=link.pk).update(status=FollowerStatus.ENDED)
    assert shared.reference not in "".join(both_pages(follower, row))
    assert LOST in both_pages(follower, row)[0]
    at = timezone.now() + timedelta(minutes=1)
    type(follower).objects.filter(pk=follower.pk).update(digest="daily")
    OutboundMessage.objects.filter(pk=row.pk).update(for_digest=True, due_at=at)
    assert digests.gather(at=at) == 1
    [digest] = OutboundMessage.objects.filter(event="digest")
    assert shared.reference not in digest.body_text + digest.subject
