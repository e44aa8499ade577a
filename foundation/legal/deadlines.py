"""When something is due: pure functions that give the instant, the rule that gave it, and the reason in words.

The day of receipt never counts. What is stored is the instant together with the rule: nothing is counted again later.
"""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from foundation.legal.calendars import (
    HOLIDAYS_VERSION,
    Calendar,
    is_working_day,
    next_working_day,
    place_name,
    reason_closed,
)

END_OF_DAY = time(23, 59, 59)
LONGEST_DAYS = 36_500
DAY = timedelta(days=1)


@dataclass(frozen=True)
class Due:
    """A deadline: the instant in UTC, the rule and calendar version (80 characters at most), and why."""

    at: datetime
    rule: str
    why: str


def business_days(received: datetime, days: int, calendar: Calendar) -> Due:
    """Count working days of this calendar; due when the desk closes on the last one.

    With a cut-off, what arrives after it, or on a day the desk is closed, counts as received on the next working day.
    """
    received, days = _utc(received), _count(days)
    zone = ZoneInfo(calendar.time_zone)
    local = received.astimezone(zone)
    first = last = _day_of_receipt(local, calendar)
    for _ in range(days):
        last = next_working_day(calendar, last)
    at = datetime.combine(last, calendar.closes_at, zone).astimezone(UTC)
    why = _sentences(
        f"Received {_moment(local)} {calendar.time_zone}.",
        f"Counts as received {_day(first)}." if first != local.date() else "",
        f"The day of receipt does not count. {_number(days, 'working day')} of {place_name(calendar)} after it "
        f"{'ends' if days == 1 else 'end'} on {_day(last)}, due {calendar.closes_at:%H:%M} {calendar.time_zone}.",
        _skipped(calendar, first, last),
    )
    return Due(at, _rule("business_days", days, calendar), why)


def calendar_roll(received: datetime, days: int, calendar: Calendar) -> Due:
    """Count all days (in UTC); a last day that is no working day moves to the next one.

    Regulation 1182/71 article 3: a period of two days or more also has at least two working days in it.
    """
    received, days = _utc(received), _count(days)
    start = received.date()
    counted = last = start + days * DAY
    needed = min(days, 2)
    while not is_working_day(calendar, last) or _working_days(calendar, start, last) < needed:
        last += DAY
    why = _sentences(
        f"Received {_moment(received)} UTC. The day of receipt does not count.",
        f"{_number(days, 'day')} after it {'ends' if days == 1 else 'end'} on {_day(counted)}.",
        _rolled(calendar, counted, last),
    )
    return Due(datetime.combine(last, END_OF_DAY, UTC), _rule("calendar_roll", days, calendar), why)


def calendar_strict(received: datetime, days: int) -> Due:
    """Count all days (in UTC), whatever the last one is; never earlier than so many times 24 hours after receipt."""
    received, days = _utc(received), _count(days)
    at = datetime.combine(received.date() + days * DAY, END_OF_DAY, UTC)
    if at < received + days * DAY:  # received within the last second of a day
        at += DAY
    why = (
        f"Received {_moment(received)} UTC. The day of receipt does not count. {_number(days, 'day')} after it, "
        f"weekends and holidays too, {'ends' if days == 1 else 'end'} on {_day(at.date())}, due 23:59:59 UTC."
    )
    return Due(at, f"calendar_strict {days}", why)


def hours(received: datetime, n: int) -> Due:
    """Count elapsed hours, in UTC, so that no change of the clocks makes the time shorter or longer."""
    received, n = _utc(received), _count(n, LONGEST_DAYS * 24)
    at = received + timedelta(hours=n)
    end = f"{_number(n, 'hour')} after it {'is' if n == 1 else 'are'} {_moment(at)} UTC."
    return Due(at, f"hours {n}", f"Received {_moment(received)} UTC. {end}")


def resumed(deadline: datetime, stopped_at: datetime, resumed_at: datetime) -> datetime:
    """Return the deadline after the clock stood still between these two moments."""
    deadline, stopped_at, resumed_at = _utc(deadline), _utc(stopped_at), _utc(resumed_at)
    if resumed_at < stopped_at:
        raise ValueError("The clock cannot start again before it stopped.")
    return deadline + (resumed_at - stopped_at)


def _utc(moment: datetime) -> datetime:
    if moment.tzinfo is None or moment.utcoffset() is None:
        raise ValueError(f"{moment.isoformat()} has no time zone. Write it like 2026-11-20T09:00:00Z.")
    return moment.astimezone(UTC)


def _count(n: int, most: int = LONGEST_DAYS) -> int:
    if not 1 <= n <= most:
        raise ValueError(f"A period has 1 to {most} days or hours, not {n}.")
    return n


def _day_of_receipt(local: datetime, calendar: Calendar) -> date:
    """Return the day that counts as day of receipt; local is in the calendar's zone."""
    if calendar.cut_off is None:
        return local.date()
    late = local.time() > calendar.cut_off or not is_working_day(calendar, local.date())
    return next_working_day(calendar, local.date()) if late else local.date()


def _working_days(calendar: Calendar, start: date, last: date) -> int:
    """Count the working days after start, up to last; two are all that anybody asks for."""
    found, day = 0, start
    while day < last and found < 2:
        day += DAY
        found += is_working_day(calendar, day)
    return found


def _rule(name: str, days: int, calendar: Calendar) -> str:
    return f"{name} {days}, {place_name(calendar)} v{calendar.version}, holidays {HOLIDAYS_VERSION}"


def _rolled(calendar: Calendar, counted: date, last: date) -> str:
    if counted == last:
        return "Due 23:59:59 UTC."
    closed = reason_closed(calendar, counted)
    cause = f"That is no working day ({closed})" if closed else "The period must have two working days in it"
    return f"{cause}: it moves to {_day(last)}, due 23:59:59 UTC."


def _skipped(calendar: Calendar, first: date, last: date) -> str:
    """Name the holidays between, so that nobody has to look them up; weekends are not news."""
    names: list[str] = []
    day = first + DAY
    while day < last and len(names) < 12:
        reason = reason_closed(calendar, day)
        if reason not in {"", "weekend"}:
            names.append(f"{_day(day)} ({reason})")
        day += DAY
    return f"Not counted besides weekends: {', '.join(names)}." if names else ""


def _sentences(*parts: str) -> str:
    return " ".join(part for part in parts if part)


def _number(n: int, what: str) -> str:
    return f"{n} {what}" if n == 1 else f"{n} {what}s"


def _day(day: date) -> str:
    return f"{day:%a} {day.day} {day:%b %Y}"


def _moment(moment: datetime) -> str:
    return f"{_day(moment.date())}, {moment:%H:%M}"
