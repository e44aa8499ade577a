"""When a digest is due. Pure: the choice of a person, their time zone, and a moment."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from foundation.notifications.enums import Digest

# On the reader's own clock. No zone of today moves its clock at this hour, so that it is there on every day.
HOUR = time(7)
_MONDAY = 0


def next_moment(choice: str, zone: str, *, after: datetime) -> datetime | None:
    """Return the next moment, in UTC, at which this reader's digest is due; None where messages come at once.

    Daily: seven in the morning in the reader's zone (IANA). Weekly: the same on a Monday. Always later than `after`.
    A zone that is not known counts as UTC, a choice that is not known as "at once": nothing waits for nobody.
    """
    if choice not in {Digest.DAILY, Digest.WEEKLY}:
        return None
    place = _zone(zone)
    day = after.astimezone(place).date()
    if _at(day, place) <= after:
        day += timedelta(days=1)
    if choice == Digest.WEEKLY:
        day += timedelta(days=(_MONDAY - day.weekday()) % 7)
    return _at(day, place)


def _at(day: date, place: ZoneInfo) -> datetime:
    return datetime.combine(day, HOUR, place).astimezone(UTC)


def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return ZoneInfo("UTC")
