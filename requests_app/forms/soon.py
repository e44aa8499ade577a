"""A moment that is near, typed on a phone: the time of a clock is enough, and the zone stands beside it."""

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.core.exceptions import ValidationError

from foundation.core.forms import InstantField

_CLOCK = re.compile(r"(?:([0-9]{4}-[0-9]{2}-[0-9]{2})[T ]+)?([0-9]{1,2})[:.]([0-9]{2})(?::[0-9]{2})?")
_NO_TIME = "By when do you need the data? There is no such day or time. Write it like 16:30, or 2026-11-18 16:30"
# A time of day that is over by more than this is one of tomorrow.
_JUST_OVER = timedelta(hours=1)


@dataclass(frozen=True)
class Local:
    """A time as a clock shows it, on a day or on the next day on which it comes."""

    day: date | None
    time: time

    def in_zone(self, zone: str, now: datetime) -> datetime:
        """Return the moment, in UTC."""
        place = ZoneInfo(zone)
        if self.day is not None:
            return datetime.combine(self.day, self.time, place).astimezone(UTC)
        today = now.astimezone(place).date()
        found = datetime.combine(today, self.time, place)
        if found < now - _JUST_OVER:
            found = datetime.combine(today + timedelta(days=1), self.time, place)
        return found.astimezone(UTC)


class SoonField(InstantField):
    """A moment with its offset from UTC, or the time of a clock, whose zone the form asks for beside it."""

    def to_python(self, value: object) -> datetime | Local | None:  # type: ignore[override]
        """Read the text: a moment in UTC, or a time whose zone is not known yet."""
        found = _CLOCK.fullmatch(str(value or "").strip())
        if found is None:
            return super().to_python(value)
        day, hour, minute = found.groups()
        try:
            return Local(date.fromisoformat(day) if day else None, time(int(hour), int(minute)))
        except ValueError:
            raise ValidationError(_NO_TIME, code="invalid") from None
