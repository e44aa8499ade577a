"""Where the law gives the authority a time to go to court: said in advance, told in time, or the hold falls."""

from datetime import UTC, date, datetime, timedelta

import pytest
from django.urls import reverse

from foundation.audit.trail import entries_for
from foundation.core.errors import Incomplete, NotAllowed, TransitionRefused
from foundation.notifications.models import OutboundMessage
from foundation.notifications.reminders import remind
from preservation.models import PreservationHold
from preservation.services import filing, life, sweeping
from tests.accounts.suspending import suspended_officer
from tests.people import client_for, make_officer, make_staff
from tests.preservation.holds import AT, extension_of, hold_of, law, now

RULE = {"days": 60, "extension_days": 60, "most": None, "file_within_days": 60}
DOCKET = "2ª Vara Criminal, 5004312-88.2027"


@pytest.fixture
def hold(db) -> PreservationHold:
    return hold_of(ground="law", process_type=law(issuer="officer", **RULE))


def fallen(hold, at):
    sweeping.sweep(at=at)
    hold.refresh_from_db()
    return hold.status


def test_the_time_is_frozen_at_the_receipt_and_a_hold_of_another_rule_has_none(hold):
    assert hold.authority_must_file_by == datetime(2027, 1, 19, 23, 59, 59, tzinfo=UTC)
    assert hold.authority_must_file_by >= AT + timedelta(days=60)
    assert hold_of().authority_must_file_by is None
    hold.process_type.file_within_days = 5
    hold.process_type.save()
    hold.refresh_from_db()
    assert hold.authority_must_file_by == datetime(2027, 1, 19, 23, 59, 59, tzinfo=UTC)


def test_nobody_said_anything_the_hold_falls_at_that_moment_and_not_before(hold):
    make_staff("preservation_admin")
    extension_of(hold, at=AT + timedelta(days=40))
    due = hold.authority_must_file_by
    assert fallen(hold, due - timedelta(seconds=1)) == "active"
    assert fallen(hold, due) == "released"
    assert (hold.released_at, hold.next_action_at, hold.grace_until) == (due, None, None)
    assert hold.extensions.get().status == "lapsed"
    (event,) = entries_for(hold).filter(action="hold.fell")
    assert event.reason == filing.GROUND
    told = OutboundMessage.objects.filter(event__in=["hold_fell", "hold_fell_staff", "hold_ended", "hold_released"])
    assert sorted(told.values_list("event", flat=True)) == ["hold_fell", "hold_fell_staff"]
    assert fallen(hold, due + timedelta(days=1)) in {"released", "destroyed"}
    assert told.count() == 2


def test_told_in_time_it_goes_on_to_its_own_end(hold):
    at = AT + timedelta(days=50)
    filing.tell_filed(hold, filed_on=date(2027, 1, 5), docket=f"  {DOCKET} ", by=hold.officer, at=at)
    filing.tell_filed(hold, filed_on=date(2027, 1, 5), docket=DOCKET, by=hold.officer, at=at)
    assert entries_for(hold).filter(action="hold.authority_filed").count() == 1
    extension_of(hold, at=at)
    assert fallen(hold, hold.expires_at) == "active"
    with pytest.raises(TransitionRefused, match="told us already"):
        filing.tell_filed(hold, filed_on=date(2027, 1, 6), docket=DOCKET, by=hold.officer, at=at)


def test_staff_note_it_from_a_letter_and_mend_what_was_told(hold):
    admin, at = make_staff("preservation_admin"), AT + timedelta(days=50)
    said = {"filed_on": date(2027, 1, 5), "docket": DOCKET}
    with pytest.raises(NotAllowed):
        filing.tell_filed(hold, **said, source="A letter", by=make_staff("analyst"), at=at)
    with pytest.raises(Incomplete, match="which letter"):
        filing.tell_filed(hold, **said, by=admin, at=at)
    filing.tell_filed(hold, **said, source="Letter of 6 January, by post", by=admin, at=at)
    (event,) = entries_for(hold).filter(action="hold.authority_filed")
    assert (event.reason, event.actor_id) == ("Letter of 6 January, by post", str(admin.pk))
    filing.tell_filed(hold, filed_on=date(2027, 1, 6), docket=DOCKET, source="The same", by=admin, at=at)
    hold.refresh_from_db()
    # It ends on its own day, which is the same here, and does not fall.
    assert (hold.filed_on, fallen(hold, hold.authority_must_file_by)) == (date(2027, 1, 6), "expired")


def test_staff_note_it_on_the_page(hold):
    soon = now() + timedelta(days=3)
    PreservationHold.objects.filter(pk=hold.pk).update(authority_must_file_by=soon, expires_at=soon)
    client = client_for(make_staff("preservation_admin"))
    page, back = (reverse(f"holds:{name}", args=[hold.reference]) for name in ("staff_filed", "staff_detail"))
    assert page in client.get(back).text
    day = now().date()
    said = {"filed_on_day": day.day, "filed_on_month": day.month, "filed_on_year": day.year, "docket": DOCKET}
    assert client.post(page, said).status_code == 422
    assert client.post(page, said | {"source": "Letter by post"}).headers["Location"] == back
    hold.refresh_from_db()
    assert (hold.filed_words, "Mend the day" in client.get(back).text) == (DOCKET, True)


@pytest.mark.parametrize(
    ("day", "docket", "words"),
    [
        (date(2027, 1, 12), DOCKET, "in the future"),
        (date(2020, 1, 1), DOCKET, "before we received"),
        (date(2027, 1, 5), "  ", "Give the court"),
    ],
)
def test_what_cannot_be_is_refused(hold, day, docket, words):
    with pytest.raises(Incomplete, match=words):
        filing.tell_filed(hold, filed_on=day, docket=docket, by=hold.officer, at=datetime(2027, 1, 10, tzinfo=UTC))
    assert fallen(hold, hold.authority_must_file_by) == "released"


def test_nobody_else_tells_us(hold):
    for person in (make_officer(hold.agency), make_officer(), make_staff("approver")):
        with pytest.raises(NotAllowed):
            filing.tell_filed(hold, filed_on=AT.date(), docket=DOCKET, by=person, at=AT)


def test_process_that_came_for_the_records_says_the_same(hold):
    life.attach_process(hold, "MX-26-7K4Q9TX", at=AT + timedelta(days=10))
    assert fallen(hold, hold.authority_must_file_by + timedelta(days=1)) == "process_served"
    life.detach_process(hold, at=AT + timedelta(days=70))
    assert fallen(hold, AT + timedelta(days=71)) == "active"


def test_of_a_suspended_officer_nothing_falls(hold):
    suspended_officer(hold.officer, at=AT)
    assert fallen(hold, hold.authority_must_file_by) == "active"


def test_the_clock_reminds_before_and_stops_once_told(hold):
    messages = OutboundMessage.objects.filter(event="hold_to_file")
    remind(at=hold.authority_must_file_by - timedelta(days=6), only="hold_filing")
    remind(at=hold.authority_must_file_by - timedelta(days=6), only="hold_filing")
    assert [message.to_user for message in messages] == [hold.officer]
    assert "in 6 days" in messages.get().subject
    at = AT + timedelta(days=50)
    filing.tell_filed(hold, filed_on=at.date(), docket=DOCKET, by=hold.officer, at=at)
    remind(at=hold.authority_must_file_by - timedelta(hours=20), only="hold_filing")
    assert messages.count() == 1


def test_the_officer_tells_on_the_page(hold):
    soon = now() + timedelta(days=3)
    PreservationHold.objects.filter(pk=hold.pk).update(authority_must_file_by=soon, expires_at=soon)
    client = client_for(hold.officer)
    url = reverse("holds:filed", args=[hold.reference])
    assert url in client.get(reverse("holds:detail", args=[hold.reference])).text
    wrong = client.post(url, {"filed_on_day": "1", "filed_on_month": "1", "filed_on_year": "2099", "docket": DOCKET})
    assert (wrong.status_code, "in the future" in wrong.text, DOCKET in wrong.text) == (422, True, True)
    day = now().date()
    said = {"filed_on_day": day.day, "filed_on_month": day.month, "filed_on_year": day.year, "docket": DOCKET}
    assert client.post(url, said).headers["Location"] == reverse("holds:detail", args=[hold.reference])
    hold.refresh_from_db()
    assert (hold.filed_on, hold.filed_words) == (day, DOCKET)
    assert DOCKET in client.get(reverse("holds:detail", args=[hold.reference])).text
    assert client.get(url).status_code == 302
    assert client_for(make_officer()).get(url).status_code == 404
