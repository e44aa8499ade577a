"""Open deadlines that a changed calendar would give another date, found and moved only when somebody says so."""

import hashlib
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from foundation.core.errors import Stale
from foundation.legal import deadlines
from foundation.legal.calendars import Calendar, PlaceCalendar, place_name
from foundation.legal.deadlines import Due
from foundation.legal.models import WorkCalendar
from foundation.legal.open_clocks import OpenClock, mover, open_clocks
from foundation.legal.work_calendars import Counted, versions_of

# As foundation.legal.deadlines writes it; what an app adds behind is kept.
_RULE = re.compile(
    r"(?P<name>business_days|calendar_roll) (?P<days>\d+), "
    r"(?P<place>\S+) v(?P<version>\d+), holidays (?P<library>[^\s,]+)"
)
_COUNTERS: Mapping[str, Callable[[datetime, int, Calendar], Due]] = {
    "business_days": deadlines.business_days,
    "calendar_roll": deadlines.calendar_roll,
}
_CHANGED = "The open deadlines changed while you looked. Read the list again, then choose."


@dataclass(frozen=True)
class Moved:
    """A deadline that would be different today: the frozen date and rule, and the new ones."""

    source: str
    clock: OpenClock
    at: datetime
    rule: str
    why: str

    @property
    def key(self) -> str:
        """What a form names it by."""
        return f"{self.source}:{self.clock.key}"

    @property
    def earlier(self) -> bool:
        """Whether somebody would have less time."""
        return self.at < self.clock.due


@dataclass(frozen=True)
class Moving:
    """Who moves deadlines, why, when, and because of which version of which calendar."""

    calendar: WorkCalendar
    version: int
    reason: str
    by: Any
    at: datetime

    def facts(self, moved: Moved) -> dict[str, Any]:
        """Return what the entry in the trail says of one deadline."""
        return {
            "clock": moved.clock.what,
            "from": moved.clock.due.isoformat(),
            "to": moved.at.isoformat(),
            "rule_before": moved.clock.rule,
            "rule": moved.rule,
            "calendar": f"{self.calendar.name} v{self.version}",
        }


def would_move(calendar: WorkCalendar, proposed: PlaceCalendar, *, reader: Any) -> list[Moved]:
    """Return every open deadline of this calendar that `proposed` gives another date, soonest first.

    `reader` None: all of them, for the command line; else without those this person may not know of.
    """
    versions = versions_of(calendar)
    found = (
        moved
        for source, clock in open_clocks(calendar, reader)
        if (moved := recounted(source, clock, versions, proposed)) is not None
    )
    return sorted(found, key=lambda moved: (moved.clock.due, moved.key))


def recounted(
    source: str, clock: OpenClock, versions: Mapping[int, Sequence[Counted]], proposed: PlaceCalendar
) -> Moved | None:
    """Count one deadline on the proposed calendar; None where that gives the date that is frozen.

    A deadline that stands elsewhere than its rule puts it (its clock was stopped for a time) moves by what the period
    itself gains or loses. None too where the rule follows no calendar, or another one than this.
    """
    rule = _RULE.match(clock.rule)
    if rule is None:
        return None
    counted = [each for each in versions.get(int(rule["version"]), ()) if place_name(each.calendar) == rule["place"]]
    if not counted:
        return None
    counted.sort(key=lambda each: each.library != rule["library"])
    count, days = _COUNTERS[rule["name"]], int(rule["days"])
    start, was = _counted_from(clock, lambda start, calendar: count(start, days, calendar).at, counted)
    new = count(start, days, proposed)
    due = clock.due + (new.at - was)
    if due == clock.due:
        return None
    return Moved(source, clock, due, new.rule + clock.rule[rule.end() :], new.why)


def _counted_from(
    clock: OpenClock, count: Callable[[datetime, Calendar], datetime], counted: Sequence[Counted]
) -> tuple[datetime, datetime]:
    """Return the moment the frozen date was counted from, and the date its rule gives, where they agree.

    Else the likeliest: receipt, on what the rule names.
    """
    for each in counted:
        for start in (clock.received, *clock.or_from):
            if count(start, each.calendar) == clock.due:
                return start, clock.due
    return clock.received, count(clock.received, counted[0].calendar)


def fingerprint(found: Iterable[Moved]) -> str:
    """Return what tells one list from another, so that nobody moves what they did not read."""
    lines = sorted(f"{moved.key} {moved.clock.due.isoformat()} {moved.at.isoformat()}" for moved in found)
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()


def move_all(chosen: Iterable[Moved], moving: Moving) -> int:
    """Move these deadlines in the caller's transaction, each with its entry in the trail; return how many.

    Raises Stale where one of them was closed or moved meanwhile: then none is moved.
    """
    number = 0
    for moved in chosen:
        if not mover(moved.source)(moving, moved):
            raise Stale(_CHANGED)
        number += 1
    return number
