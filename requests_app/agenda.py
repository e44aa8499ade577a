"""The next two weeks of deadlines, day by day and team by team: pure functions over what the clocks list."""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from foundation.notifications.running_clocks import ShownDeadline

DAYS = 14
# How far back what is overdue may lie.
LONG_AGO = timedelta(days=3650)
OVERDUE = "overdue"
STOPPED = "stopped"
NO_TEAM = "none"
# So many rows of a day are listed; where one day is chosen, so many.
LISTED, LISTED_OF_ONE = 40, 500


@dataclass(frozen=True)
class Filters:
    """What the address asks for; what it cannot mean is left out."""

    mine: bool = False
    team: str = ""
    clock: str = ""
    day: str = ""

    @classmethod
    def read(cls, given: Any) -> "Filters":
        """Read the address."""
        team, clock = (str(given.get(name, ""))[:150].replace("\0", "") for name in ("team", "clock"))
        return cls(given.get("view") == "mine", team, clock, _day(str(given.get("day", ""))))

    def query(self, **other: str) -> dict[str, str]:
        """Return the address of these filters, with what is given in place of their own."""
        own = {"view": "mine" if self.mine else "", "team": self.team, "clock": self.clock, "day": self.day}
        return {name: value for name, value in (own | other).items() if value}


def _day(text: str) -> str:
    if text in {OVERDUE, STOPPED}:
        return text
    try:
        return date.fromisoformat(text).isoformat()
    except ValueError:
        return ""


@dataclass(frozen=True)
class Day:
    """One row of the plan: a UTC day, what is overdue, or what stands still."""

    key: str
    """`overdue`, `stopped` or the day as ISO text: as it stands in the address."""
    day: date | None
    rows: tuple[ShownDeadline, ...]

    @property
    def total(self) -> int:
        """How many deadlines it has."""
        return number_of(self.rows)

    def counts(self, teams: Iterable[str]) -> list[int]:
        """Return how many each team has, "" being none, in this order."""
        found = Counter[str]()
        for row in self.rows:
            found[row.team] += row.count
        return [found[team] for team in teams]


def span(at: datetime) -> tuple[datetime, datetime]:
    """Return from when and until when deadlines are read: all that is overdue, today and 13 days more."""
    return at - LONG_AGO, datetime.combine(_today(at) + timedelta(days=DAYS), time(), UTC)


def narrowed(
    shown: Iterable[ShownDeadline], filters: Filters, *, reader: Any, team: bool = True
) -> list[ShownDeadline]:
    """Return what the filters leave, the day aside; team=False: of every team, for the plan that lets one choose."""
    wanted = "" if filters.team == NO_TEAM else filters.team
    return [
        row
        for row in shown
        if (not filters.mine or is_of(row, reader))
        and (not filters.clock or row.clock == filters.clock)
        and (not team or not filters.team or row.team == wanted)
    ]


def is_of(row: ShownDeadline, reader: Any) -> bool:
    """Say whether this person has it in hand."""
    return row.person_id is not None and row.person_id == reader.pk


def number_of(shown: Iterable[ShownDeadline]) -> int:
    """Count deadlines; a line may stand for many of one day."""
    return sum(row.count for row in shown)


def plan(shown: Iterable[ShownDeadline], *, at: datetime) -> list[Day]:
    """Return the days with their deadlines, what is overdue on top and what stands still at the end, where any is.

    A day stands there also with nothing in it. Within a day emergencies come first, then the earlier.
    """
    found: dict[str, list[ShownDeadline]] = {}
    for row in shown:
        found.setdefault(_key(row, at), []).append(row)
    today = _today(at)
    days = [(today + timedelta(days=n)).isoformat() for n in range(DAYS)]
    order = [*([OVERDUE] if OVERDUE in found else []), *days, *([STOPPED] if STOPPED in found else [])]
    return [_planned(key, found.get(key, [])) for key in order]


def teams_of(shown: Iterable[ShownDeadline]) -> list[str]:
    """Return the teams that have a deadline, by name; "" for none in particular is the last."""
    return sorted({row.team for row in shown}, key=lambda team: (not team, team.casefold()))


def listed(days: Iterable[Day], filters: Filters) -> Iterator[tuple[Day, tuple[ShownDeadline, ...], int]]:
    """Give each day that has something with the rows to list and how many more there are."""
    for day in days:
        if day.rows and (not filters.day or filters.day == day.key):
            rows = day.rows[: LISTED_OF_ONE if filters.day else LISTED]
            yield day, rows, day.total - number_of(rows)


def _planned(key: str, rows: list[ShownDeadline]) -> Day:
    ordered = tuple(sorted(rows, key=lambda row: (not row.exigent, row.due, row.label)))
    return Day(key, None if key in {OVERDUE, STOPPED} else date.fromisoformat(key), ordered)


def _key(row: ShownDeadline, at: datetime) -> str:
    if row.stopped:
        return STOPPED
    return OVERDUE if row.due <= at else row.due.astimezone(UTC).date().isoformat()


def _today(at: datetime) -> date:
    return at.astimezone(UTC).date()
