"""Closures, weekends and versions of calendars, and what counting on them always holds."""

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from foundation.core.errors import Incomplete
from foundation.legal import deadlines
from foundation.legal.calendars import calendar_of, is_working_day, reason_closed, rest_days
from foundation.legal.models import CalendarVersion, WorkCalendar
from foundation.legal.open_clocks import OpenClock
from foundation.legal.recount import recounted
from foundation.legal.work_calendars import (
    Counted,
    as_counted,
    calendar_from,
    keep_version,
    library_changes,
    refuse_impossible,
    state_of,
    versions_of,
)
from foundation.legal.year import Kind, day_of, months_of

AT = datetime(2026, 11, 20, 9, tzinfo=UTC)
NAIVE = AT.replace(tzinfo=None)
MOMENTS = st.datetimes(NAIVE.replace(year=2025), NAIVE.replace(year=2027), timezones=st.just(UTC))
DAYS = st.dates(date(2025, 1, 1), date(2028, 6, 1))
unhurried = settings(deadline=None, max_examples=60)


@st.composite
def closures(draw):
    """Closures as an administrator may write them: short, with a name."""
    found = []
    for first in draw(st.lists(DAYS, max_size=4)):
        last = first + timedelta(days=draw(st.integers(0, 20)))
        found.append({"from": first.isoformat(), "to": last.isoformat(), "name": "Office move"})
    return tuple(found)


@st.composite
def calendars(draw):
    """A place with exceptions of its own."""
    place = draw(st.sampled_from([calendar_of(p) for p in ("IE", "GB-ENG", "SA", "IR", "MY-02", "CN", "US-NY")]))
    return replace(
        place,
        closures=draw(closures()),
        extra_open=tuple(draw(st.lists(DAYS, max_size=3))),
        weekend=tuple(draw(st.sampled_from([(), (4, 5), (6,), (3, 4)]))),
        cut_off=draw(st.sampled_from([None, time(12)])),
        version=draw(st.integers(1, 9)),
    )


@unhurried
@given(MOMENTS, st.integers(1, 40), calendars())
def test_business_days_and_rolls_never_end_on_a_closed_day(received, days, calendar):
    due = deadlines.business_days(received, days, calendar).at.astimezone(ZoneInfo(calendar.time_zone))
    assert reason_closed(calendar, due.date()) == ""
    assert reason_closed(calendar, deadlines.calendar_roll(received, days, calendar).at.date()) == ""


@unhurried
@given(MOMENTS, st.integers(1, 40), calendars(), closures())
def test_another_closure_never_makes_a_deadline_earlier(received, days, calendar, more):
    closed = replace(calendar, closures=(*calendar.closures, *more))
    for count in (deadlines.business_days, deadlines.calendar_roll):
        assert count(received, days, closed).at >= count(received, days, calendar).at


@unhurried
@given(MOMENTS, st.integers(1, 400))
def test_strict_is_never_earlier_than_so_many_times_24_hours(received, days):
    assert deadlines.calendar_strict(received, days).at >= received + timedelta(hours=24 * days)


@unhurried
@given(MOMENTS, st.integers(1, 40), calendars(), st.timedeltas(timedelta(0), timedelta(days=30)))
def test_recounting_without_a_change_moves_nothing_however_long_the_clock_stood(received, days, calendar, pause):
    for count in (deadlines.business_days, deadlines.calendar_roll):
        due = count(received, days, calendar)
        library = due.rule.rpartition(" ")[2]
        clock = OpenClock("x:1", "Answer", "MX-1", received, due.at + pause, due.rule)
        same = replace(calendar, version=calendar.version + 1)
        assert recounted("x", clock, {calendar.version: [Counted(library, calendar)]}, same) is None


@unhurried
@given(MOMENTS, st.integers(1, 40), calendars(), closures(), st.timedeltas(timedelta(0), timedelta(days=30)))
def test_a_recount_gives_what_the_period_gains(received, days, calendar, more, pause):
    due = deadlines.calendar_roll(received, days, calendar)
    closed = replace(calendar, closures=(*calendar.closures, *more), version=calendar.version + 1)
    clock = OpenClock("x:1", "Answer", "MX-1", received, due.at + pause, due.rule)
    moved = recounted("x", clock, {calendar.version: [Counted("0", calendar)]}, closed)
    new = deadlines.calendar_roll(received, days, closed)
    assert (moved.at if moved else due.at + pause) == new.at + pause
    assert moved is None or (moved.rule == new.rule and not moved.earlier)


def desk(**values):
    return WorkCalendar.objects.create(
        name="Desk", country="IE", time_zone="Europe/Dublin", closes_at=time(17), **values
    )  # fmt: skip


def test_a_weekend_of_its_own_goes_before_the_countrys():
    calendar = replace(calendar_of("IE"), weekend=(4, 5))
    assert not is_working_day(calendar, date(2026, 11, 20))
    assert is_working_day(calendar, date(2026, 11, 22))
    assert rest_days(calendar, 2026) == (4, 5)
    assert rest_days(calendar_of("SA"), 2026) == (4, 5)
    assert rest_days(calendar_of("IE"), 2026) == (5, 6)


def test_a_year_names_holidays_closures_and_worked_days():
    calendar = replace(
        calendar_of("IE"),
        closures=({"from": "2026-12-28", "to": "2026-12-31", "name": "Year-end closure"},),
        extra_open=(date(2026, 12, 19),),
    )
    december = months_of(calendar, 2026)[11]
    assert [(n.first.day, n.last.day, n.kind, n.name) for n in december.notes] == [
        (19, 19, Kind.WORKED, ""),
        (25, 25, Kind.HOLIDAY, "Christmas Day"),
        (26, 26, Kind.HOLIDAY, "Saint Stephen's Day"),
        (28, 31, Kind.CLOSED, "Year-end closure"),
    ]
    assert december.working_days == 19
    assert day_of(calendar, date(2026, 12, 20)).kind == Kind.WEEKEND
    assert day_of(calendar_of("CN"), date(2026, 2, 14)).kind == Kind.WORKED


def test_the_months_of_a_year_have_all_its_days_and_agree_with_counting():
    calendar = calendar_of("MY-02")
    days = [day for month in months_of(calendar, 2028) for week in month.weeks for day in week if day]
    assert len(days) == 366
    assert all((day.kind in {Kind.WORKING, Kind.WORKED}) == is_working_day(calendar, day.day) for day in days)


def test_a_version_is_kept_once_and_counts_as_it_did(db):
    row = desk(closures=[{"from": "2026-11-23", "to": "2026-11-24", "name": "Office move"}])
    keep_version(row, at=AT)
    row.closures = []
    assert keep_version(row, at=AT).state["closures"]
    row.version = 2
    row.save()
    then = versions_of(row)[1][0].calendar
    assert deadlines.business_days(AT, 1, then).at.day == 25
    assert deadlines.business_days(AT, 1, row).at.day == 23
    assert calendar_from(state_of(then), version=1).closures == then.closures


def test_what_a_newer_library_sees_otherwise_is_named_and_the_old_count_stays(db):
    row = desk()
    kept = keep_version(row, at=AT)
    assert library_changes(row) == []
    kept.days["2026"]["2026-11-24"] = "Day of the desk"
    del kept.days["2026"]["2026-12-25"]
    kept.library = "0.1"
    kept.save()
    assert [(str(d.day), d.before, d.now) for d in library_changes(row)] == [
        ("2026-11-24", "Day of the desk", ""),
        ("2026-12-25", "", "Christmas Day"),
    ]
    then = as_counted(CalendarVersion.objects.get())
    due = deadlines.business_days(AT, 2, then)
    assert due.at.day == 25
    clock = OpenClock("x:1", "Question", "MX-1", AT, due.at, due.rule.replace("0.108", "0.1"))
    moved = recounted("x", clock, versions_of(row), calendar_from(state_of(row), version=2))
    assert moved is not None
    assert (moved.at.day, moved.earlier, moved.rule.split(",")[1]) == (24, True, " IE v2")
    # Counted after the update, on the same version: it stands where it should.
    fresh = deadlines.business_days(AT, 2, row)
    newer = OpenClock("x:2", "Question", "MX-2", AT, fresh.at, fresh.rule)
    assert recounted("x", newer, versions_of(row), calendar_from(state_of(row), version=2)) is None


@pytest.mark.parametrize(
    "rule",
    ["return date of the order", "emergency 30 minutes", "calendar_strict 90", "hours 8", "",
     "business_days 3, NO v1, holidays 0.108", "business_days 3, IE v7, holidays 0.108"],
)  # fmt: skip
def test_what_was_not_counted_on_this_calendar_stays(rule):
    closed = replace(calendar_of("IE"), closures=({"from": "2026-11-01", "to": "2026-12-24", "name": "Move"},))
    clock = OpenClock("x:1", "Answer", "MX-1", AT, AT + timedelta(days=3), rule)
    assert recounted("x", clock, {1: [Counted("0.108", calendar_of("IE"))]}, closed) is None


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"country": "XX"}, "no calendar for XX"),
        ({"extra_open": (date(2026, 12, 1),), "extra_closed": (date(2026, 12, 1),)}, "as closed and as worked"),
        (
            {
                "closures": tuple(
                    {"from": f"2027-0{m}-01", "to": f"2027-0{m + 1}-01", "name": "Move"} for m in (1, 2, 3)
                )
            },
            "more than 62 days in one piece",
        ),
    ],
)
def test_a_calendar_nobody_could_count_on_is_refused(changes, sentence):
    with pytest.raises(Incomplete, match=sentence):
        refuse_impossible(replace(calendar_of("IE"), **changes), at=AT)
