"""The engine of reminders, over rows of the outbox: a message is due at `due_at`, and began at `created_at`."""

import threading
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from foundation.notifications import reminders, running_clocks
from foundation.notifications.models import OutboundMessage, ReminderMark
from foundation.notifications.reminders import remind
from foundation.notifications.running_clocks import RunningClock, after, at_the_end, before
from tests.harness.race import race
from tests.notifications.factories import message

AT = datetime(2026, 11, 20, 9, tzinfo=UTC)
STAGES = (before(days=3), before(days=1), at_the_end(), after(hours=4), after(days=7))
told: list[tuple[int, datetime, str]] = []
told_lock = threading.Lock()


def rows():
    return OutboundMessage.objects.filter(read_at=None)


def tell(row, stage, at):
    if row.event == "broken":
        raise RuntimeError("cannot be told")
    with told_lock:
        told.append((row.pk, row.due_at, stage.name))


@pytest.fixture(autouse=True)
def clock(monkeypatch):
    monkeypatch.setattr(running_clocks, "_clocks", {})
    made = RunningClock(
        name="test", label="Test", rows=f"{__name__}.rows", due="due_at", began="created_at", stages=STAGES,
        tell=f"{__name__}.tell",
    )  # fmt: skip
    running_clocks.running_clock(made)
    told.clear()
    return made


def row(*, due, began=AT, **changes):
    made = message(at=began)
    OutboundMessage.objects.filter(pk=made.pk).update(due_at=due, **changes)
    return made.pk


def stages():
    return [name for _pk, _due, name in told]


def test_each_stage_is_told_once_when_its_time_has_come(db):
    due = AT + timedelta(days=10)
    row(due=due)
    seen = []
    for moment in (-4 * 24, -72, -71, -24, -1, 0, 1, 4, 5, 7 * 24, 30 * 24):
        remind(at=due + timedelta(hours=moment))
        remind(at=due + timedelta(hours=moment))
        seen.append(len(told))
    assert seen == [0, 1, 1, 2, 2, 3, 3, 4, 4, 5, 5]
    assert stages() == [stage.name for stage in STAGES]


def test_of_stages_that_were_missed_only_the_latest_is_told(db):
    due = AT + timedelta(days=10)
    row(due=due)
    assert remind(at=due + timedelta(hours=5)) == 1
    assert stages() == ["after-4hours"]
    assert ReminderMark.objects.count() == 4


def test_a_stage_before_the_clock_began_is_none(db):
    row(due=AT + timedelta(days=2))
    remind(at=AT + timedelta(hours=1))
    assert stages() == []
    remind(at=AT + timedelta(days=1))
    assert stages() == ["before-1days"]


def test_a_deadline_that_moves_is_told_of_anew_and_one_that_moves_back_is_not(db):
    due = AT + timedelta(days=10)
    pk = row(due=due)
    remind(at=due)
    OutboundMessage.objects.filter(pk=pk).update(due_at=due + timedelta(days=5))
    remind(at=due)
    remind(at=due + timedelta(days=2))
    OutboundMessage.objects.filter(pk=pk).update(due_at=due)
    remind(at=due + timedelta(hours=1))
    assert stages() == ["at", "before-3days"]


def test_a_row_that_stopped_running_is_not_told_of(db):
    due = AT + timedelta(days=10)
    row(due=due, read_at=AT)
    assert remind(at=due) == 0


def test_one_that_fails_stays_due_and_keeps_nobody_waiting(db, caplog):
    due = AT + timedelta(days=10)
    broken, fine = row(due=due, event="broken"), row(due=due)
    assert remind(at=due) == 1
    assert [pk for pk, _due, _stage in told] == [fine]
    assert "could not be reminded of" in caplog.text
    OutboundMessage.objects.filter(pk=broken).update(event="sample")
    assert remind(at=due) == 1
    assert told[-1][0] == broken


def test_only_urgent_clocks_where_that_is_asked_for(db, clock):
    due = AT + timedelta(days=10)
    row(due=due)
    assert remind(at=due, urgent_only=True) == 0
    assert remind(at=due) == 1


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.integers(0, 20 * 24),
    st.lists(st.tuples(st.integers(0, 40 * 24), st.integers(-48, 72)), max_size=12),
)
def test_nothing_is_told_twice_too_early_or_never(db, length, sweeps):
    """Sweeps at any times, the deadline moved by some hours before each: every told stage is one that had come."""
    OutboundMessage.objects.all().delete()
    told.clear()
    due = AT + timedelta(hours=length)
    pk = row(due=due)
    for hours, moved in sorted(sweeps):
        due += timedelta(hours=moved)
        OutboundMessage.objects.filter(pk=pk).update(due_at=due)
        count = len(told)
        at = AT + timedelta(hours=hours)
        remind(at=at)
        for _pk, of, name in told[count:]:
            stage = next(each for each in STAGES if each.name == name)
            assert of == due
            assert at >= due + stage.offset
            assert not stage.is_before or due + stage.offset > AT
    remind(at=due + timedelta(days=60))
    assert len(set(told)) == len(told)
    assert (pk, due, "after-7days") in told


def test_sweepers_at_the_same_moment_tell_once(committed_db):
    due = AT + timedelta(days=10)
    pks = {row(due=due) for _n in range(12)}
    results = race(*(lambda: remind(at=due) for _n in range(4)))
    assert not [one for one in results if isinstance(one, Exception)]
    assert remind(at=due) == 0
    assert sorted(pk for pk, _due, _stage in told) == sorted(pks)
    assert sum(results) == 12


def test_marks_of_long_ago_are_forgotten(db):
    due = AT + timedelta(days=10)
    row(due=due)
    remind(at=due)
    assert reminders.forget(at=due + timedelta(days=399)) == 0
    assert reminders.forget(at=due + timedelta(days=401)) == 3
