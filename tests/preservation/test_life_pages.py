"""The pages on which a part of a hold is released, and on which staff end one: who sees them, what they say."""

import re
from datetime import timedelta

import pytest
from django.utils import timezone

from preservation.models import PreservationHold
from preservation.services import life, passing_on, sweeping
from tests.people import client_for, make_officer, make_staff
from tests.preservation.holds import AT, hold_of

pytestmark = pytest.mark.django_db


def text(response) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", response.content.decode()).split())


def started(days_ago=10, **more):
    return hold_of(at=timezone.now() - timedelta(days=days_ago), **more)


def left(hold):
    return list(hold.identifiers.filter(released_at=None).values_list("normalised", flat=True).order_by("pk"))


def test_the_officer_releases_a_part_and_reads_which():
    hold = started()
    client, here = client_for(hold.officer), f"/holds/{hold.reference}/release/part/"
    assert "Release a part of it" in text(client.get(f"/holds/{hold.reference}/"))
    uid, mail = hold.identifiers.order_by("pk")
    empty = client.post(here, {"part": [str(uid.pk)], "reason": ""})
    assert empty.status_code == 422
    assert re.search(rf'value="{uid.pk}"[^>]*checked', empty.content.decode()), "what was ticked stays"
    everything = client.post(here, {"part": [str(uid.pk), str(mail.pk)], "reason": "Over"})
    assert (everything.status_code, "Release the whole hold instead" in text(everything)) == (422, True)
    foreign = started().identifiers.first()
    assert client.post(here, {"part": [str(foreign.pk)], "reason": "Over"}).status_code == 422
    assert len(left(hold)) == 2
    done = client.post(here, {"part": [str(uid.pk)], "reason": "Not the person"}, follow=True)
    assert "You released a part of the hold" in text(done)
    assert left(hold) == ["a@mail.example"]
    assert "released" in text(done)
    assert "Release the whole hold instead" in text(client.get(here, follow=True))
    for other in (make_officer(), make_officer(hold.agency)):
        assert client_for(other).get(here).status_code == 404


def test_staff_release_a_part_with_a_reason_and_analysts_do_not():
    hold = started()
    here = f"/staff/holds/{hold.reference}/release/part/"
    first = hold.identifiers.order_by("pk").first()
    assert client_for(make_staff("analyst")).post(here, {"part": [first.pk], "reason": "x"}).status_code == 403
    client = client_for(make_staff("preservation_admin"))
    assert "Release a part of it" in text(client.get(f"/staff/holds/{hold.reference}/"))
    assert client.post(here, {"part": [first.pk], "reason": ""}).status_code == 422
    assert client.post(here, {"part": [first.pk], "reason": "Another person"}).status_code == 302
    assert left(hold) == ["a@mail.example"]
    assert "Another person" in text(client_for(hold.officer).get(f"/holds/{hold.reference}/"))


def test_staff_end_what_nothing_followed_and_only_that():
    fresh, old = started(), started(days_ago=85, process_follows=False, process_follows_by=None)
    PreservationHold.objects.filter(pk=old.pk).update(starts_at=timezone.now() - timedelta(days=200))
    client = client_for(make_staff("preservation_admin"))
    assert "End it before its time" not in text(client.get(f"/staff/holds/{fresh.reference}/"))
    assert "has run for 180 days" in text(client.get(f"/staff/holds/{fresh.reference}/end/", follow=True))
    assert "End it before its time" in text(client.get(f"/staff/holds/{old.reference}/"))
    here = f"/staff/holds/{old.reference}/end/"
    assert "End this hold before its time?" in text(client.get(here))
    assert client.post(here, {"reason": ""}).status_code == 422
    assert client.post(here, {"reason": "Nothing followed"}).status_code == 302
    assert "This cannot be done any more" in text(client.post(here, {"reason": "Nothing followed"}, follow=True))
    page = text(client_for(old.officer).get(f"/holds/{old.reference}/"))
    assert "Ended before its time" in page
    assert "Nothing followed" in page
    assert "You can ask late until" in page


def test_a_hold_that_ended_goes_along_with_its_request_while_its_copies_stay():
    officer = make_officer()
    to, by = make_officer(officer.membership.agency), make_staff("approver")
    stays, gone = hold_of(officer), hold_of(officer)
    for hold in (stays, gone):
        life.attach_process(hold, "MX-26-7K4Q9TX", at=AT)
        life.detach_process(hold, at=AT)
    sweeping.sweep(at=stays.expires_at)
    PreservationHold.objects.filter(pk=gone.pk).update(grace_until=stays.expires_at)
    at = stays.expires_at + timedelta(days=2)
    assert passing_on.pass_on("MX-26-7K4Q9TX", officer=officer, to=to, by=by, at=at) == 1
    stays.refresh_from_db()
    gone.refresh_from_db()
    assert (stays.officer, gone.officer) == (to, officer)
