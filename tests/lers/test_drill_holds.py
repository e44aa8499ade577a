"""The drill of holds counts what went wrong: each kind of fault is put in by hand and found."""

import logging
from collections import defaultdict
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
from django.db import OperationalError

from foundation.audit.trail import record
from foundation.core.jobs import JobState
from foundation.notifications.models import OutboundMessage
from lers.drill import holds_rows
from lers.drill.holds_counting import Count, Line, Seen
from lers.drill.holds_sweeps import Sweep, noted, owed, read
from preservation.events import Event
from preservation.models import PreservationHold
from preservation.services import extensions, sweeping
from tests.people import make_officer, make_provider, make_staff

pytestmark = pytest.mark.django_db
DAY = datetime(2027, 3, 1, tzinfo=UTC)
MORNING, NIGHT = DAY + timedelta(hours=6), DAY + timedelta(days=1, seconds=5)
# By the monotonic clock. Each hold is asked for 2 s before its extension is granted.
GRANTED = 100.0
IN_TIME = Sweep(MORNING, 90.0, 91.0)


def the_day(*, told=True, refuse=False):
    """One hold of each kind and one that is not due, through the day of a fault; told: reminded before extended."""
    officer, admin = make_officer(), make_staff("preservation_admin")
    colleague = make_officer(officer.membership.agency)
    holds_rows.make("part", 11, DAY.date(), make_provider(), officer, colleague, due=10 / 11)
    rows = PreservationHold.objects
    for pk in [*holds_rows.asked("part", at_once=True), *holds_rows.asked("part", at_once=False)]:
        extensions.ask(rows.get(pk=pk), reason="Why", by=officer, at=DAY + timedelta(hours=5))
    if told:
        sweeping.sweep(at=MORNING)
    for pk in holds_rows.asked("part", at_once=True):
        extensions.grant(rows.get(pk=pk).extensions.get(), by=admin, at=MORNING + timedelta(seconds=5))
    sweeping.sweep(at=MORNING + timedelta(seconds=6))
    sweeping.sweep(at=NIGHT)
    if refuse:
        undecided = rows.get(case_number="ends, undecided").extensions.get()
        extensions.refuse(undecided, reason="Why", by=admin, at=NIGHT)
        sweeping.sweep(at=NIGHT)
    OutboundMessage.objects.filter(state=JobState.PENDING).update(state=JobState.DONE)


def counted(*, sweeps=(IN_TIME,), **accepted):
    taken = defaultdict(list)
    for message in OutboundMessage.objects.filter(state=JobState.DONE):
        taken[message.message_id] = [GRANTED - 10]
    holds = PreservationHold.objects.values_list("pk", flat=True)
    asked, granted = dict.fromkeys(holds, GRANTED - 2), dict.fromkeys(holds, GRANTED)
    return Count("part", NIGHT + timedelta(minutes=1), Seen(taken | accepted, asked, granted, sweeps)).line()


def the(kind):
    return PreservationHold.objects.get(title="part", case_number=kind)


def mail(kind, event="hold_reminder"):
    return OutboundMessage.objects.get(reference=the(kind).reference, event=event)


def one_more(message, key):
    """The same message once more, under another key."""
    OutboundMessage(
        **{field.attname: getattr(message, field.attname) for field in message._meta.concrete_fields}
        | {"id": None, "uid": uuid4(), "message_id": key, "dedupe_key": key}
    ).save(force_insert=True)  # fmt: skip


def test_a_day_on_which_nothing_broke_is_good():
    the_day()
    line = counted()
    assert line.is_good
    assert (line.holds, line.reminders, line.ends, line.extended, line.extended_first) == (11, 7, 2, 2, 0)
    assert line.messages > 20


def test_a_reminder_is_lost_where_a_sweep_had_looked_before_the_extension_was_asked_for():
    the_day(told=False)
    holds = frozenset(holds_rows.asked("part", at_once=True))
    killed, early = replace(IN_TIME, ended=None), replace(IN_TIME, at=MORNING - timedelta(seconds=1))
    late = replace(IN_TIME, ended=GRANTED - 1)
    for sweeps in [(), (killed,), (early,), (late,), (killed, early, late)]:
        line = counted(sweeps=sweeps)
        assert (line.lost, line.extended_first, line.reminders) == (0, 2, 5)
    for sweeps in [(IN_TIME,), (killed, IN_TIME), (replace(IN_TIME, left=holds),)]:
        line = counted(sweeps=sweeps)
        assert (line.lost, line.extended_first) == (2, 0)
        assert not line.is_good


def test_a_sweep_may_leave_a_row_only_to_another_that_runs_or_to_the_next():
    left = replace(IN_TIME, left=frozenset({7}))
    beside, before = Sweep(MORNING, 90.5, None), Sweep(MORNING, 80.0, 89.0, frozenset({7}), hindered=True)
    known = {"moment": MORNING, "before": GRANTED}
    assert owed(7, **known, sweeps=[left])
    assert owed(7, **known, sweeps=[before, left])
    assert not owed(7, **known, sweeps=[left, beside])
    assert owed(8, **known, sweeps=[left, beside])
    assert not owed(7, **known, sweeps=[replace(left, hindered=True)])


def test_the_worker_notes_when_it_swept_and_what_it_left(tmp_path):
    file, log = tmp_path / "sweeps", logging.getLogger("preservation.services.sweeping")
    with noted(file, MORNING, lambda: [1], limit=5):
        pass
    with noted(file, MORNING, list, limit=5):
        log.error("no", exc_info=ValueError())
    with noted(file, MORNING, list, limit=5):
        log.error("no", exc_info=OperationalError())
    with pytest.raises(OperationalError), noted(file, MORNING, list, limit=5):
        raise OperationalError
    with noted(file, MORNING, lambda: [1, 2], limit=1):
        pass
    first, *rest = found = read(file)
    assert (first.at, first.left) == (MORNING, frozenset({1}))
    assert first.began <= first.ended <= rest[0].began
    assert [(one.ended is None, one.hindered) for one in found] == [
        (False, False), (False, False), (False, True), (True, False), (False, True)]  # fmt: skip
    assert read(tmp_path / "none") == []


def test_what_nobody_was_told_of_or_twice_is_counted():
    the_day()
    plain, ended, quiet = the("14 days left"), the("ends"), the("not due")
    record(Event.REMINDED, by=None, obj=quiet, data={"lead": 30, "ends": quiet.expires_at.isoformat()})
    record(Event.REMINDED, by=None, obj=plain, data={"lead": 14, "ends": plain.expires_at.isoformat()})
    record(Event.EXPIRED, by=None, obj=ended)
    assert (counted().doubled, counted().lost) == (3, 0)
    reminder = mail("14 days left")
    assert counted(**{reminder.message_id: []}).lost == 1
    assert counted(**{reminder.message_id: [1.0, 2.0]}).doubled == 4
    one_more(reminder, reminder.dedupe_key + "0")
    assert counted().doubled == 4
    OutboundMessage.objects.filter(pk=reminder.pk).update(dedupe_key="elsewhere")
    OutboundMessage.objects.filter(dedupe_key=reminder.dedupe_key + "0").delete()
    assert counted().lost == 1


def test_a_mail_given_up_is_lost_unless_an_extension_took_it_back():
    the_day()
    given_up = {"state": JobState.GIVEN_UP}
    OutboundMessage.objects.filter(pk=mail("7 days left, extended").pk).update(**given_up)
    assert counted().is_good
    OutboundMessage.objects.filter(pk=mail("7 days left, extended", "hold_extended").pk).update(**given_up)
    assert counted().lost == 1
    OutboundMessage.objects.filter(pk=mail("7 days left").pk).update(**given_up)
    assert counted().lost == 2


def test_what_speaks_of_an_old_date_after_an_extension_is_counted_whatever_the_clock_said():
    the_day()
    moved, old = the("7 days left, extended"), mail("7 days left, extended")
    name, ends = old.message_id, moved.extensions.get().old_expires_at
    assert (counted(**{name: [GRANTED + 1]}).in_the_air, counted().old_date) == (1, 0)
    assert counted(**{name: [GRANTED + 6]}).old_date == 1
    one_more(old, f"hold:{moved.pk}:{ends.date().isoformat()}:1d:0")
    assert counted().old_date == 1
    facts = {"lead": 7, "ends": ends.isoformat()}
    record(Event.REMINDED, by=None, obj=moved, data=facts, at=MORNING - timedelta(hours=1))
    assert (counted().old_date, counted().doubled) == (2, 1)


def test_an_end_before_its_time_or_before_the_decision_is_counted():
    the_day(refuse=True)
    assert (counted().is_good, counted().ends) == (True, 3)
    rows = PreservationHold.objects.filter(title="part")
    rows.filter(case_number="ends").update(expired_at=DAY)
    assert counted().too_early == 1
    undecided = the("ends, undecided").extensions
    undecided.update(status="requested", decided_at=None, decided_by=None)
    assert counted().lost == 1


def test_an_end_while_nobody_had_decided_is_counted():
    the_day()
    hold = the("ends, undecided")
    PreservationHold.objects.filter(pk=hold.pk).update(status="expired", next_action_at=None, expired_at=NIGHT)
    record(Event.EXPIRED, by=None, obj=hold)
    assert counted().too_early == 1
    extensions.refuse(hold.extensions.get(), reason="Why", by=make_staff("preservation_admin"), at=DAY)
    assert counted().too_early == 1


def test_a_hold_for_which_nobody_could_ask_is_counted():
    the_day()
    the("ends, undecided").extensions.all().delete()
    assert counted().lost > 0


def test_lines_add_up():
    assert (Line(1, lost=2) + Line(2, doubled=1)).cells().split(" | ")[0] == "3"
    assert not Line(lost=1).is_good
