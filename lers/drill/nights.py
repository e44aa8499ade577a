"""The nights in which the clocks change, told through the portal's own engine minute by minute."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from accounts.models import User
from foundation.notifications import reminders
from foundation.notifications.models import ReminderMark
from foundation.providers.models import Provider
from lers.drill import deadlines
from lers.drill.clock import CLOCK

ZONES = ("Europe/Berlin", "America/New_York")
_STEP = timedelta(minutes=5)
_HOUR = timedelta(hours=1)


def changes(zone: str, *, at: datetime) -> list[datetime]:
    """Return the two hours of the year before this one at which the clocks of a zone changed."""
    found, moment = [], at.astimezone(UTC).replace(minute=0, second=0, microsecond=0)
    place = ZoneInfo(zone)
    for _hour in range(366 * 24):
        earlier = moment - _HOUR
        if moment.astimezone(place).utcoffset() != earlier.astimezone(place).utcoffset():
            found.append(moment)
        moment = earlier
    return found[:2]


def live_through(zone: str, change: datetime, provider: Provider, officer: User, *, part: str) -> int:
    """Set a deadline every twenty minutes of the wall clock round a change; return the stages told at another time.

    An hour that does not exist is what Python makes of it, one that comes twice stands twice.
    """
    place = ZoneInfo(zone)
    due = sorted({moment for minute in range(-180, 181, 20) for moment in _both(change, minute, place)})
    began = change - timedelta(days=3)
    rows = {row.pk: row for row in deadlines.make(part, due, provider, officer, began=began)}
    now, end = change - timedelta(hours=5), change + timedelta(hours=5)
    while now <= end:
        reminders.remind(at=now, only=CLOCK.name)
        now += _STEP
    marks = ReminderMark.objects.filter(clock=CLOCK.name, row_id__in=rows)
    offsets = {stage.name: stage.offset for stage in CLOCK.stages}
    wrong = sum(not timedelta() <= mark.at - (mark.due_at + offsets[mark.stage]) <= _STEP for mark in marks)
    deadlines.close(at=end)
    return wrong


def _both(change: datetime, minute: int, place: ZoneInfo) -> list[datetime]:
    wall = (change + timedelta(minutes=minute)).astimezone(place).replace(tzinfo=None)
    return [wall.replace(tzinfo=place, fold=fold).astimezone(UTC) for fold in (0, 1)]
