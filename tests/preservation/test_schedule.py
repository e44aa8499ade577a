"""The schedule is a pure function of the end: checked for every hold and moment."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from foundation.legal.deadlines import calendar_strict
from preservation import schedule

STARTS = st.integers(0, 15 * 365 * 24 * 3600).map(lambda s: datetime(2020, 1, 1, tzinfo=UTC) + timedelta(seconds=s))
DAYS = st.integers(1, 400)
OFFSETS = st.integers(0, 400 * 24 * 60).map(lambda minutes: timedelta(minutes=minutes))


def test_a_90_day_hold_of_the_20th_of_november():
    due = calendar_strict(datetime(2026, 11, 20, 10, tzinfo=UTC), 90)
    assert due.at == datetime(2027, 2, 18, 23, 59, 59, tzinfo=UTC)
    assert [moment.isoformat() for _lead, moment in schedule.reminders(due.at)] == [
        "2027-01-19T06:00:00+00:00",
        "2027-02-04T06:00:00+00:00",
        "2027-02-11T06:00:00+00:00",
        "2027-02-17T06:00:00+00:00",
    ]


@pytest.mark.parametrize(
    ("days", "leads"), [(90, (30, 14, 7, 1)), (30, (14, 7, 1)), (21, (14, 7, 1)), (14, (7, 1)), (7, (1,)), (1, ())]
)
def test_a_lead_longer_than_the_hold_is_skipped(days, leads):
    start = datetime(2026, 11, 20, 10, tzinfo=UTC)
    assert schedule.leads_left(calendar_strict(start, days).at, after=start) == leads


@given(STARTS, DAYS, OFFSETS)
def test_the_next_moment_is_later_and_never_after_the_end(start, days, offset):
    end = calendar_strict(start, days).at
    after = start + offset
    moment = schedule.next_action(end, after=after)
    assert moment <= end
    assert moment > after or moment == end
    # nothing lies between: no reminder is passed over
    assert not [m for _lead, m in schedule.reminders(end) if after < m < moment]


@given(STARTS, DAYS)
def test_walking_the_schedule_sends_each_lead_once_in_order_and_ends(start, days):
    end = calendar_strict(start, days).at
    sent, at = [], start
    for _step in range(10):
        at = schedule.next_action(end, after=at)
        if at == end:
            break
        lead = schedule.lead_due(end, at=at)
        assert schedule.days_left(end, at=at) == lead
        sent.append(lead)
    assert at == end
    assert tuple(sent) == schedule.leads_left(end, after=start)
    assert sent == sorted(sent, reverse=True)
    assert all(lead < days + 1 for lead in sent)


@given(STARTS, DAYS, OFFSETS)
def test_a_late_sweep_gets_the_shortest_lead_that_has_come(start, days, offset):
    end = calendar_strict(start, days).at
    at = start + offset
    lead = schedule.lead_due(end, at=at)
    if lead is None:
        assert at >= end or schedule.days_left(end, at=at) > max(schedule.LEADS)
    else:
        assert schedule.days_left(end, at=at) <= lead
        assert not [shorter for shorter in schedule.LEADS if schedule.days_left(end, at=at) <= shorter < lead]


@given(STARTS, DAYS, st.integers(1, 200))
def test_an_extension_makes_new_keys(start, days, more):
    end = calendar_strict(start, days).at
    new = calendar_strict(end, more).at
    assert new > end
    assert schedule.dedupe_key(1, end, "7d", "2") != schedule.dedupe_key(1, new, "7d", "2")


def test_the_key_names_hold_period_lead_and_recipient():
    end = datetime(2027, 2, 18, 23, 59, 59, tzinfo=UTC)
    assert schedule.dedupe_key(42, end, "14d", "7") == "hold:42:2027-02-18:14d:7"


@pytest.mark.parametrize(
    ("leads", "words"),
    [((30, 14, 7, 1), "30, 14, 7 and 1 days"), ((7, 1), "7 and 1 days"), ((7,), "7 days"), ((1,), "1 day"), ((), "")],
)
def test_reminders_in_words(leads, words):
    assert schedule.reminder_words(leads) == words
