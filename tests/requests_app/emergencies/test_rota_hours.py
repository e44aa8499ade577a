"""When somebody is on duty: nights, time zones, the change of the clocks; and when nobody is."""

from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from requests_app.duty import gaps, on_duty, windows, without

HOUR = timedelta(hours=1)


@dataclass
class Duty:
    weekdays: list[int] = field(default_factory=lambda: [1, 2, 3, 4, 5, 6, 7])
    begins: time | None = None
    ends: time | None = None
    zone: str = "UTC"
    first_day: date | None = None
    last_day: date | None = None


NIGHT = Duty([5], time(22), time(6), "Europe/Oslo")


def at(text):
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("duty", "moment", "there"),
    [
        (NIGHT, "2026-11-20 20:59", False),
        (NIGHT, "2026-11-20 21:00", True),  # Friday, 22:00 in Oslo
        (NIGHT, "2026-11-21 04:59", True),  # Saturday morning belongs to Friday
        (NIGHT, "2026-11-21 05:00", False),
        (NIGHT, "2026-11-21 21:30", False),
        (Duty([6]), "2026-11-20 23:59", False),
        (Duty([6], zone="Asia/Tokyo"), "2026-11-20 15:00", True),  # it is Saturday there
        (Duty(begins=time(8), ends=time(8)), "2026-11-20 07:00", True),  # round the clock
        (Duty(last_day=date(2026, 11, 20)), "2026-11-21 00:00", False),
        (Duty(first_day=date(2026, 11, 20)), "2026-11-19 23:59", False),
        (Duty(begins=time(22), ends=time(6), last_day=date(2026, 11, 20)), "2026-11-21 05:00", True),
    ],
)
def test_a_duty_belongs_to_the_day_and_the_zone_in_which_it_begins(duty, moment, there):
    assert on_duty(duty, at(moment)) is there


@pytest.mark.parametrize("day", ["2026-03-28", "2026-10-24"])  # the clocks change in the night that follows
def test_two_who_relieve_each_other_leave_no_hole_when_the_clocks_change(day):
    since = at(f"{day} 00:00")
    until = since + timedelta(days=3)
    for change in (time(2, 30), time(3), time(7)):
        pair = (Duty(begins=change, ends=time(19), zone="Europe/Oslo"),
                Duty(begins=time(19), ends=change, zone="Europe/Oslo"))  # fmt: skip
        spans = [span for one in pair for span in windows(one, since, until)]
        assert gaps(spans, since, until) == []


def test_holes_are_what_is_left_also_of_days_away():
    since = at("2026-11-20 00:00")
    until = since + timedelta(days=3)
    spans = windows(Duty(begins=time(8), ends=time(20)), since, until)
    away = (at("2026-11-21 00:00"), at("2026-11-22 00:00"))
    assert gaps(without(spans, [away]), since, until) == [
        (since, since + 8 * HOUR),
        (since + 20 * HOUR, since + 56 * HOUR),
        (since + 68 * HOUR, until),
    ]
    assert gaps([], since, until) == [(since, until)]


_TIMES = st.none() | st.times(timezones=st.none()).map(lambda t: t.replace(microsecond=0))


@settings(max_examples=60, deadline=None)
@given(
    days=st.lists(st.integers(1, 7), unique=True), begins=_TIMES, ends=_TIMES, minutes=st.integers(0, 14 * 1440),
    zone=st.sampled_from(["UTC", "Europe/Oslo", "America/New_York", "Asia/Kolkata", "Pacific/Auckland"]),
)  # fmt: skip
def test_somebody_is_on_duty_exactly_where_there_is_no_hole(days, begins, ends, minutes, zone):
    both = (begins, ends) if begins and ends else (None, None)
    since = at("2026-10-20 00:00")
    until, moment = since + timedelta(days=14), since + timedelta(minutes=minutes)
    duty = Duty(days, *both, zone)
    holes = gaps(windows(duty, since, until), since, until)
    in_hole = any(begins <= moment < ends for begins, ends in holes)
    assert on_duty(duty, moment) is (not in_hole) or moment == until
