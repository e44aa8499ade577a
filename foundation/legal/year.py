"""A year of a calendar as a page shows it: month by month, week by week, and why a day is no working day."""

from calendar import Calendar as Weeks
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from foundation.legal.calendars import Calendar, closure_on, public_days, reason_closed

# What the library is asked for; no page needs more.
FIRST_YEAR, LAST_YEAR = 2000, 2100
_WEEKEND = "weekend"


class Kind(StrEnum):
    """What a day is."""

    WORKING = "working"
    WEEKEND = "weekend"
    HOLIDAY = "holiday"
    CLOSED = "closed"
    # Worked although the week or the public calendar says otherwise.
    WORKED = "worked"


@dataclass(frozen=True)
class Day:
    """One day: what it is, and the name of the holiday or closure."""

    day: date
    kind: Kind
    name: str


@dataclass(frozen=True)
class Note:
    """What stands below a month: the days, and their name."""

    first: date
    last: date
    kind: Kind
    name: str


@dataclass(frozen=True)
class Month:
    """A month: weeks from Monday with None before the first and after the last day, notes, and its working days."""

    first: date
    weeks: Sequence[Sequence[Day | None]]
    notes: Sequence[Note]
    working_days: int


def day_of(calendar: Calendar, day: date) -> Day:
    """Say what a day is."""
    reason = reason_closed(calendar, day)
    public = public_days(calendar, day.year).get(day, "")
    if not reason:
        usual = day.weekday() not in weekdays_off(calendar, day.year)
        return Day(day, Kind.WORKING if usual and not public else Kind.WORKED, "")
    if day in calendar.extra_closed or closure_on(calendar, day):
        return Day(day, Kind.CLOSED, closure_on(calendar, day) or "Closed")
    return Day(day, Kind.WEEKEND, "") if reason == _WEEKEND else Day(day, Kind.HOLIDAY, reason)


def weekdays_off(calendar: Calendar, year: int) -> frozenset[int]:
    """Return the days of the week that are the weekend of that year, as the public calendar has them."""
    return frozenset(day.weekday() for day, reason in public_days(calendar, year).items() if reason == _WEEKEND)


def months_of(calendar: Calendar, year: int) -> list[Month]:
    """Return the twelve months of a year."""
    return [_month(calendar, year, number) for number in range(1, 13)]


def _month(calendar: Calendar, year: int, number: int) -> Month:
    weeks = [
        [day_of(calendar, day) if day.month == number else None for day in week]
        for week in Weeks().monthdatescalendar(year, number)
    ]
    days = [day for week in weeks for day in week if day is not None]
    working = sum(day.kind in {Kind.WORKING, Kind.WORKED} for day in days)
    return Month(date(year, number, 1), weeks, _notes(days), working)


def _notes(days: Sequence[Day]) -> list[Note]:
    """Put days that follow each other under the same name together."""
    found: list[Note] = []
    for day in days:
        if day.kind in {Kind.WORKING, Kind.WEEKEND}:
            continue
        last = found[-1] if found else None
        if last and (last.kind, last.name) == (day.kind, day.name) and last.last + timedelta(days=1) == day.day:
            found[-1] = Note(last.first, day.day, day.kind, day.name)
        else:
            found.append(Note(day.day, day.day, day.kind, day.name))
    return found
