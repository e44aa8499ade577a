"""How a deadline moves while a question stops the clock: docs/decisions/0019."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from requests_app.deadlines import resumed

DAYS_END = datetime(2026, 12, 21, 23, 59, 59, tzinfo=UTC)
ROLL, DESK, RETURN = "calendar_roll 30, IE v1, holidays 0.108", "business_days 3, IE v1, holidays 0.108", "return date"
ZONES = ("UTC", "Europe/Dublin", "America/New_York", "Pacific/Auckland", "Asia/Kathmandu")
NEW_YEAR = datetime(2026, 1, 1, tzinfo=UTC).replace(tzinfo=None)
moments = st.datetimes(NEW_YEAR, NEW_YEAR.replace(year=2031), timezones=st.just(UTC))
pauses = st.timedeltas(timedelta(0), timedelta(days=40))
rules = st.sampled_from([ROLL, DESK, RETURN, "calendar_strict 10", "hours 8", "emergency 30 minutes", "", "test"])
zones = st.sampled_from(ZONES)
DAY = timedelta(days=1)


def after(due, taken, *, rule, zone):
    """Let the clock stand for each of these pauses in turn."""
    stood = timedelta(0)
    for pause in taken:
        due = resumed(due, rule=rule, zone=zone, stood=stood, pause=pause)
        stood += pause
    return due


@given(moments, st.lists(pauses, max_size=6), rules, zones)
def test_a_pause_never_brings_a_deadline_forward(due, taken, rule, zone):
    stood, now = timedelta(0), due
    for pause in taken:
        later = resumed(now, rule=rule, zone=zone, stood=stood, pause=pause)
        assert later >= now
        now, stood = later, stood + pause
    # Nor does it give more time than the clock stood, but for the hour that a zone's clocks gain or lose.
    assert now - due <= sum(taken, timedelta(0)) + (timedelta(hours=1) if rule == DESK else timedelta(0))


@given(moments, st.lists(pauses, max_size=6), rules, zones, st.randoms())
def test_only_the_sum_of_pauses_counts(due, taken, rule, zone, random):
    other = list(taken)
    random.shuffle(other)
    once = after(due, [sum(taken, timedelta(0))], rule=rule, zone=zone)
    assert after(due, taken, rule=rule, zone=zone) == after(due, other, rule=rule, zone=zone) == once


@given(moments, pauses, rules, zones)
def test_no_pause_changes_nothing(due, stood, rule, zone):
    assert resumed(due, rule=rule, zone=zone, stood=stood, pause=timedelta(0)) == due
    assert resumed(due, rule=rule, zone=zone, stood=stood, pause=-DAY) == due


@given(st.lists(pauses, max_size=5), st.sampled_from([ROLL, RETURN, "calendar_strict 10", ""]))
def test_a_deadline_at_the_end_of_a_day_stays_there(taken, rule):
    due = after(DAYS_END, taken, rule=rule, zone="Europe/Dublin")
    assert (due.time(), due.date() - DAYS_END.date()) == (DAYS_END.time(), sum(taken, timedelta(0)) // DAY * DAY)


@given(st.lists(pauses, max_size=5), zones)
def test_the_hour_at_which_a_desk_closes_stays(taken, zone):
    closes = datetime(2026, 10, 23, 17, tzinfo=ZoneInfo(zone))  # over the end of summer time
    due = after(closes.astimezone(UTC), taken, rule=DESK, zone=zone).astimezone(ZoneInfo(zone))
    assert due.replace(tzinfo=None) == closes.replace(tzinfo=None) + sum(taken, timedelta(0)) // DAY * DAY


@given(moments, pauses, pauses)
def test_hours_and_emergencies_get_back_exactly_what_the_clock_stood(due, stood, pause):
    for rule in ("hours 8", "emergency 30 minutes"):
        assert resumed(due, rule=rule, zone="UTC", stood=stood, pause=pause) == due + pause


@pytest.mark.parametrize(
    ("pause", "days"),
    [(timedelta(seconds=3), 0), (timedelta(hours=23, minutes=59), 0), (DAY, 1), (timedelta(days=2, hours=20), 2)],
)
def test_a_pause_of_seconds_gives_no_day(pause, days):
    assert resumed(DAYS_END, rule=ROLL, zone="UTC", stood=timedelta(0), pause=pause) == DAYS_END + days * DAY
