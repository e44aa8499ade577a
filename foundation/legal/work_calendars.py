"""Versions of calendars: what each was counted on, kept, compared and counted on again.

A deadline is frozen with the version of its calendar. What that version said stays known, the public days off of the
library included, so that it can be counted again exactly, and so that a newer library is noticed.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from typing import Any

from foundation.core.errors import Incomplete
from foundation.legal.calendars import (
    HOLIDAYS_VERSION,
    Calendar,
    PlaceCalendar,
    is_working_day,
    public_days,
    reason_closed,
)
from foundation.legal.models import CalendarVersion, WorkCalendar

# Whole years kept with a version, around the year it was made in; what lies beyond is asked of the library.
YEARS_BEFORE, YEARS_AFTER = 2, 4
# The longest time a desk may be closed in one piece: a period of days must be able to end.
LONGEST_CLOSED = timedelta(days=62)


@dataclass(frozen=True)
class Difference:
    """A public day off that the library of today sees otherwise: the reason then and now, empty where it is worked."""

    day: date
    before: str
    now: str


@dataclass(frozen=True)
class Counted:
    """A calendar that deadlines were counted on, and the version of the library that gave its public days."""

    library: str
    calendar: PlaceCalendar


def state_of(calendar: Calendar) -> dict[str, Any]:
    """Return the settings of a calendar as JSON: what a version keeps and the trail shows."""
    return {
        "country": calendar.country,
        "subdivision": calendar.subdivision,
        "time_zone": calendar.time_zone,
        "closes_at": f"{calendar.closes_at:%H:%M}",
        "cut_off": f"{calendar.cut_off:%H:%M}" if calendar.cut_off else "",
        "weekend": sorted(calendar.weekend),
        "closures": [dict(each) for each in calendar.closures],
        "extra_closed": sorted(day.isoformat() for day in calendar.extra_closed),
        "extra_open": sorted(day.isoformat() for day in calendar.extra_open),
    }


def calendar_from(state: Mapping[str, Any], *, version: int) -> PlaceCalendar:
    """Return the calendar that these settings describe; its public days are those of the library."""
    return PlaceCalendar(
        country=state["country"],
        subdivision=state["subdivision"],
        time_zone=state["time_zone"],
        closes_at=time.fromisoformat(state["closes_at"]),
        cut_off=time.fromisoformat(state["cut_off"]) if state["cut_off"] else None,
        weekend=tuple(state["weekend"]),
        closures=tuple(state["closures"]),
        extra_closed=tuple(date.fromisoformat(day) for day in state["extra_closed"]),
        extra_open=tuple(date.fromisoformat(day) for day in state["extra_open"]),
        version=version,
    )


def keep_version(calendar: WorkCalendar, *, at: datetime) -> CalendarVersion:
    """Keep what the present version of a calendar is counted on, once; what was kept before stays as it was."""
    days = {
        str(year): {day.isoformat(): reason for day, reason in public_days(calendar, year).items()}
        for year in range(at.year - YEARS_BEFORE, at.year + YEARS_AFTER + 1)
    }
    row, _new = CalendarVersion.objects.get_or_create(
        calendar=calendar,
        version=calendar.version,
        defaults={"made_at": at, "library": HOLIDAYS_VERSION, "state": state_of(calendar), "days": days},
    )
    return row


def as_counted(kept: CalendarVersion) -> PlaceCalendar:
    """Return a version as it was counted on, with the public days of its own time."""
    known = {
        int(year): {date.fromisoformat(day): reason for day, reason in days.items()} for year, days in kept.days.items()
    }
    return replace(calendar_from(kept.state, version=kept.version), known=known)


def versions_of(calendar: WorkCalendar) -> dict[int, list[Counted]]:
    """Return what each version of a calendar may have been counted on: as it was kept, and with today's library.

    Both, because a library can be newer than the version it is used with. The present version is there also where it
    was not kept yet.
    """
    present = calendar_from(state_of(calendar), version=calendar.version)
    found = {calendar.version: [Counted(HOLIDAYS_VERSION, present)]}
    for kept in calendar.versions.all():
        today = calendar_from(kept.state, version=kept.version)
        found[kept.version] = [Counted(kept.library, as_counted(kept)), Counted(HOLIDAYS_VERSION, today)]
    return found


def library_changes(calendar: WorkCalendar) -> list[Difference]:
    """Return the public days on which the library of today differs from what the present version was counted on."""
    kept = calendar.versions.filter(version=calendar.version).first()
    if kept is None:
        return []
    return differences(as_counted(kept), calendar_from(kept.state, version=kept.version))


def differences(then: PlaceCalendar, now: PlaceCalendar) -> list[Difference]:
    """Compare the public days of the years that `then` knows; another name for the same day off counts too."""
    found = []
    for year, days in sorted(then.known.items()):
        today = public_days(now, year)
        found += [
            Difference(day, days.get(day, ""), today.get(day, ""))
            for day in sorted({*days, *today})
            if days.get(day, "") != today.get(day, "")
        ]
    return found


def refuse_impossible(calendar: Calendar, *, at: datetime) -> None:
    """Raise Incomplete where a calendar could not be counted on: no such place, a day both ways, closed for months."""
    try:
        public_days(calendar, at.year)
    except ValueError as error:
        raise Incomplete(str(error)) from error
    both = next((day for day in sorted(calendar.extra_open) if reason_closed(calendar, day)), None)
    if both is not None:
        raise Incomplete(f"{both:%-d %b %Y} is named as closed and as worked. Take it out of one of them.")
    for first in _starts_closed(calendar, at):
        last = next((n for n in range(LONGEST_CLOSED.days + 1) if is_working_day(calendar, first + n * _DAY)), None)
        if last is None:
            raise Incomplete(
                f"From {first:%-d %b %Y} the desk would be closed for more than {LONGEST_CLOSED.days} days in one "
                "piece. Deadlines need working days to end on."
            )


_DAY = timedelta(days=1)


def _starts_closed(calendar: Calendar, at: datetime) -> Iterable[date]:
    """Yield the days from which a long time without work could begin: the coming weeks, and each closure's first."""
    today = at.date()
    yield from (today + n * _DAY for n in range(-30, 60))
    for closure in calendar.closures:
        yield date.fromisoformat(closure["from"])
