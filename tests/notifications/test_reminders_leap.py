"""A process whose time is wrong tells nothing, and rows that cannot be told of keep no other waiting."""

from datetime import UTC, datetime, timedelta

import pytest
from django.utils import timezone

from foundation.notifications import reminders, running_clocks
from foundation.notifications.models import OutboundMessage, ReminderMark
from foundation.notifications.reminders import remind
from foundation.notifications.running_clocks import RunningClock, at_the_end, before
from tests.notifications.factories import message

pytestmark = pytest.mark.django_db
AT = datetime(2026, 11, 20, 9, tzinfo=UTC)
DAY = timedelta(days=1)
told: list[tuple[int, str]] = []


def rows():
    return OutboundMessage.objects.filter(read_at=None)


def tell(row, stage, at):
    if row.event == "broken":
        raise RuntimeError("cannot be told")
    told.append((row.pk, stage.name))


@pytest.fixture(autouse=True)
def clock(monkeypatch):
    monkeypatch.setattr(running_clocks, "_clocks", {})
    monkeypatch.setattr(reminders, "_failed", {})
    here = __name__
    running_clocks.running_clock(
        RunningClock(
            name="test", label="Test", rows=f"{here}.rows", due="due_at", began="created_at",
            stages=(before(days=1), at_the_end()), tell=f"{here}.tell",
        )
    )  # fmt: skip
    told.clear()


def row(due, **changes) -> int:
    made = message(at=due - 10 * DAY)
    OutboundMessage.objects.filter(pk=made.pk).update(due_at=due, **changes)
    return made.pk


@pytest.mark.parametrize("leap", [400 * DAY, timedelta(minutes=6), -timedelta(minutes=6)])
def test_a_process_whose_time_is_not_that_of_the_database_tells_nothing_and_says_so(monkeypatch, caplog, leap):
    now = timezone.now()
    pk = row(now - timedelta(days=1))
    with monkeypatch.context() as wrong:
        wrong.setattr(timezone, "now", lambda: now + leap)
        assert remind() == 0
    assert "Set the clocks" in caplog.text
    assert not ReminderMark.objects.exists()
    assert remind() == 1
    assert told == [(pk, "at")]


def test_what_was_told_in_a_future_that_did_not_come_is_told_once_more_in_its_time():
    pk = row(AT)
    remind(at=AT - DAY)
    remind(at=AT + 400 * DAY)
    assert told == [(pk, "before-1days"), (pk, "at")]
    told.clear()
    assert remind(at=AT - timedelta(hours=1)) == 0
    assert remind(at=AT) == 1
    assert remind(at=AT + timedelta(minutes=1)) == 0
    assert told == [(pk, "at")]


def test_a_sweep_that_began_earlier_counts_the_marks_of_one_that_began_later():
    row(AT)
    assert remind(at=AT + timedelta(minutes=30)) == 1
    assert remind(at=AT) == 0


def test_more_rows_that_fail_than_a_sweep_takes_keep_the_others_waiting_for_one_sweep_only():
    broken = [row(AT - DAY, event="broken") for _n in range(3)]
    fine = row(AT)
    assert [remind(at=AT, limit=3) for _n in range(2)] == [0, 1]
    assert told == [(fine, "at")]
    OutboundMessage.objects.filter(pk__in=broken).update(event="sample")
    assert remind(at=AT, limit=3) == 3
