"""Deadlines in words: what a clock says, and which colour repeats it.

Pure functions. Clocks are rounded down, so they never show more time than there is. Everything is counted in UTC,
except business days, which follow the calendar that is passed in.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, tzinfo
from typing import Literal

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

Kind = Literal["deadline", "answer", "days", "emergency", "hours", "hold", "download", "paused"]
KINDS: tuple[Kind, ...] = (
    "deadline",
    "answer",
    "days",
    "emergency",
    "hours",
    "hold",
    "download",
    "paused",
)

DAY = timedelta(days=1)
HOUR = timedelta(hours=1)
HALF_A_YEAR = timedelta(days=182)


@dataclass(frozen=True)
class Clock:
    """What a clock says, and how loud it is: "", "soon", "late" or "paused"."""

    words: str
    tone: str = ""

    @property
    def css(self) -> str:
        """The classes of the element."""
        return f"app-clock app-clock--{self.tone}" if self.tone else "app-clock"


def is_weekday(day: date) -> bool:
    """Whether a day is Monday to Friday: the calendar of a desk that has none."""
    return day.weekday() < 5


def clock(
    due: datetime,
    now: datetime,
    kind: Kind = "deadline",
    *,
    sentence: bool = False,
    working_day: Callable[[date], bool] = is_weekday,
    zone: tzinfo = UTC,
) -> Clock:
    """Say how much time there is until `due`.

    `deadline` and `answer` (an officer's, never quiet) count business days, `days` counts calendar days, `hold`,
    `download` and `emergency` have thresholds of their own, `hours` is one that the law counts in hours, `paused` says
    only that the clock stands.
    """
    if kind == "paused":
        return Clock(_("Paused"), "paused")
    if kind in ("hold", "download"):
        return _running_out(due, now, kind)
    if due <= now:
        return Clock(_("Overdue by %(time)s") % {"time": span(now - due)}, "late")
    if kind == "emergency":
        return Clock(_left(due - now), "late" if due - now <= timedelta(minutes=10) else "")
    if kind == "hours":
        return _hours(due - now)
    return _deadline(due.astimezone(zone), now.astimezone(zone), kind, sentence, working_day)


def _deadline(due: datetime, now: datetime, kind: Kind, sentence: bool, working_day: Callable[[date], bool]) -> Clock:
    """Words for a promise counted in days; `due` and `now` are in the zone of the calendar."""
    tone = "soon" if kind == "answer" else ""
    sentence = sentence or kind == "answer"
    if due.date() == now.date():
        return Clock(_left(due - now), "soon")
    if due.date() == now.date() + DAY:
        return Clock(_("due tomorrow") if sentence else _("Due tomorrow"), tone)
    business = 0 if kind == "days" else business_days_left(due, now, working_day)
    if business:
        words = ngettext("%(n)d business day", "%(n)d business days", business) % {"n": business}
    else:
        days = (due - now) // DAY
        words = ngettext("%(n)d day", "%(n)d days", days) % {"n": days}
    return Clock(_("due in %(time)s") % {"time": words} if sentence else words, tone)


def _hours(left: timedelta) -> Clock:
    """Words for a time that is never said in days: those of 71 hours are lost in "2 days"."""
    words = _("%(h)d h") % {"h": left // HOUR} if left >= DAY else span(left)
    return Clock(_("%(time)s left") % {"time": words}, "soon" if left <= DAY else "")


def business_days_left(due: datetime, now: datetime, working_day: Callable[[date], bool] = is_weekday) -> int:
    """Working days after today up to the day it is due, rounded down."""
    days = sum(working_day(now.date() + n * DAY) for n in range(1, (due.date() - now.date()).days + 1))
    begun = working_day(now.date()) and due.timetz() < now.timetz()
    return max(days - 1, 0) if begun else days


def _running_out(due: datetime, now: datetime, kind: Kind) -> Clock:
    """Words for a hold or a download: something that ends rather than something owed."""
    if due <= now:
        days = (now - due) // DAY
        if not days:
            return Clock(_("Ended today") if due.date() == now.date() else _("Ended yesterday"), "paused")
        return Clock(ngettext("Ended %(n)d day ago", "Ended %(n)d days ago", days) % {"n": days}, "paused")
    days = (due - now) // DAY
    soon, late = (7, 1) if kind == "hold" else (3, -1)
    return Clock(_left(due - now), "late" if days <= late else "soon" if days <= soon else "")


def _left(time: timedelta) -> str:
    return _("%(time)s left") % {"time": span(time)}


def span(time: timedelta) -> str:
    """A length of time in its two largest units, rounded down: "3 h 20 min", "42 min", "2 days"."""
    minutes = int(time.total_seconds()) // 60
    if minutes >= 24 * 60:
        days = minutes // (24 * 60)
        return ngettext("%(n)d day", "%(n)d days", days) % {"n": days}
    if minutes >= 60:
        hours, rest = divmod(minutes, 60)
        return _("%(h)d h %(m)d min") % {"h": hours, "m": rest} if rest else _("%(h)d h") % {"h": hours}
    if not minutes:
        return _("less than 1 min")
    return _("%(m)d min") % {"m": minutes}


def near(value: datetime, now: datetime) -> bool:
    """Whether a date may be shown without its year: it is one of this year (in UTC) and not far away.

    "4 Jan" read in December is a date of the past to some and of the future to others.
    """
    return same_year(value, now) and abs(value - now) < HALF_A_YEAR


def same_year(value: datetime, now: datetime, zone: tzinfo = UTC) -> bool:
    """Whether two moments lie in one year of a zone."""
    return value.astimezone(zone).year == now.astimezone(zone).year
