"""The drill of holds counts what went wrong: each kind of fault is put in by hand and found."""

from collections import defaultdict
from datetime import UTC, datetime, timedelta

import pytest

from foundation.audit.trail import record
from foundation.core.jobs import JobState
from foundation.notifications.models import OutboundMessage
from lers.drill import holds_rows
from lers.drill.holds_counting import Count, Line
from preservation.events import Event
from preservation.models import PreservationHold
from preservation.services import extensions, sweeping
from tests.people import make_officer, make_provider, make_staff

pytestmark = pytest.mark.django_db
DAY = datetime(2027, 3, 1, tzinfo=UTC)
MORNING, NIGHT = DAY + timedelta(hours=6), DAY + timedelta(days=1, seconds=5)
GRANTED = 100.0


def the_day(*, decide="granted"):
    """One hold of each kind and one that is not due, through the day of a fault, with everybody told."""
    officer, admin = make_officer(), make_staff("preservation_admin")
    colleague = make_officer(officer.membership.agency)
    holds_rows.make("part", 11, DAY.date(), make_provider(), officer, colleague, due=10 / 11)
    rows = PreservationHold.objects
    for pk in [*holds_rows.asked("part", at_once=True), *holds_rows.asked("part", at_once=False)]:
        extensions.ask(rows.get(pk=pk), reason="Why", by=officer, at=DAY + timedelta(hours=5))
    sweeping.sweep(at=MORNING)
    for pk in holds_rows.asked("part", at_once=True):
        extension = rows.get(pk=pk).extensions.get()
        extensions.grant(extension, by=admin, at=MORNING + timedelta(seconds=5))
    sweeping.sweep(at=NIGHT)
    OutboundMessage.objects.filter(state=JobState.PENDING).update(state=JobState.DONE)


def counted(**accepted):
    taken = defaultdict(list)
    for message in OutboundMessage.objects.filter(state=JobState.DONE):
        taken[message.message_id] = [GRANTED - 10]
    granted = dict.fromkeys(PreservationHold.objects.values_list("pk", flat=True), GRANTED)
    taken |= accepted
    return Count("part", NIGHT + timedelta(minutes=1), accepted=taken, granted=granted).line()


def test_a_day_on_which_nothing_broke_is_good():
    the_day()
    line = counted()
    assert line.is_good
    assert (line.holds, line.reminders, line.ends, line.extended) == (11, 7, 2, 2)
    assert line.messages > 20


def test_what_is_lost_doubled_of_an_old_date_or_ended_too_early_is_counted():
    the_day()
    rows = PreservationHold.objects.filter(title="part")
    plain, ended, moved, quiet = (rows.get(case_number=name) for name in (
        "14 days left", "ends", "7 days left, extended", "not due"))  # fmt: skip
    record(Event.REMINDED, by=None, obj=quiet, data={"lead": 30, "ends": quiet.expires_at.isoformat()})
    record(Event.EXPIRED, by=None, obj=ended)
    assert (counted().doubled, counted().lost) == (2, 0)
    reminder = OutboundMessage.objects.get(reference=plain.reference, event="hold_reminder")
    assert counted(**{reminder.message_id: []}).lost == 1
    assert counted(**{reminder.message_id: [1.0, 2.0]}).doubled == 3
    OutboundMessage.objects.filter(pk=reminder.pk).update(dedupe_key="elsewhere")
    assert counted().lost == 1
    old = OutboundMessage.objects.filter(reference=moved.reference, event="hold_reminder").get()
    assert (counted(**{old.message_id: [GRANTED + 1]}).in_the_air, counted().old_date) == (1, 0)
    assert counted(**{old.message_id: [GRANTED + 6]}).old_date == 1
    OutboundMessage.objects.filter(pk=old.pk).update(created_at=MORNING + timedelta(minutes=1))
    assert counted().old_date == 1
    rows.filter(case_number="ends, undecided").update(status="expired", next_action_at=None, expired_at=NIGHT)
    assert counted().ended_undecided == 1


def test_lines_add_up():
    assert (Line(1, lost=2) + Line(2, doubled=1)).cells().split(" | ")[0] == "3"
    assert not Line(lost=1).is_good
