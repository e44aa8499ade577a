"""When somebody of the rota is on duty: pure functions over days of the week, hours of a time zone and dates.

A duty belongs to the day on which it begins, in its own time zone. Without hours it is the whole day; an end that is
not after the beginning lies on the next day.
"""

from collections.abc import Iterable
from datetime import UTC, date, datetime, time, timedelta
from typing import Protocol
from zoneinfo import ZoneInfo

Span = tuple[datetime, datetime]
_DAY = timedelta(days=1)


class Duty(Protocol):
    """What a duty says; `requests_app.models.RotaDuty` does."""

    weekdays: list[int]
    begins: time | None
    ends: time | None
    zone: str
    first_day: date | None
    last_day: date | None


def windows(duty: Duty, since: datetime, until: datetime) -> list[Span]:
    """Return when this duty runs between two instants, in UTC and in order, cut at both."""
    zone = ZoneInfo(duty.zone)
    day, last = since.astimezone(zone).date() - _DAY, until.astimezone(zone).date()
    found = []
    while day <= last:
        if _falls_on(duty, day):
            begins, ends = (instant.astimezone(UTC) for instant in _hours(duty, day, zone))
            begins, ends = max(begins, since), min(ends, until)
            if begins < ends:
                found.append((begins, ends))
        day += _DAY
    return found


def on_duty(duty: Duty, at: datetime) -> bool:
    """Say whether this duty runs at an instant."""
    return bool(windows(duty, at, at + timedelta(microseconds=1)))


def without(spans: Iterable[Span], away: Iterable[Span]) -> list[Span]:
    """Return what is left of some spans when others are taken out of them."""
    left = list(spans)
    for gone_from, gone_until in away:
        left = [
            piece
            for begins, ends in left
            for piece in ((begins, min(ends, gone_from)), (max(begins, gone_until), ends))
            if piece[0] < piece[1]
        ]
    return left


def gaps(spans: Iterable[Span], since: datetime, until: datetime) -> list[Span]:
    """Return when none of these spans runs between two instants, in order."""
    found, reached = [], since
    for begins, ends in sorted(spans):
        if begins > reached:
            found.append((reached, min(begins, until)))
        reached = max(reached, ends)
    if reached < until:
        found.append((reached, until))
    return [gap for gap in found if gap[0] < gap[1]]


def days_of(zone: str, first: date, last: date) -> Span:
    """Return from when until when some days last in a time zone, both included, in UTC."""
    place = ZoneInfo(zone)
    begins, ends = (datetime.combine(day, time(), place) for day in (first, last + _DAY))
    return begins.astimezone(UTC), ends.astimezone(UTC)


def _falls_on(duty: Duty, day: date) -> bool:
    if day.isoweekday() not in duty.weekdays:
        return False
    return (duty.first_day is None or duty.first_day <= day) and (duty.last_day is None or day <= duty.last_day)


def _hours(duty: Duty, day: date, zone: ZoneInfo) -> Span:
    begins, ends = duty.begins or time(), duty.ends or time()
    last = day if begins < ends else day + _DAY
    return datetime.combine(day, begins, zone), datetime.combine(last, ends, zone)
