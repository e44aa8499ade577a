"""Which clocks run in the apps above: what is reminded of, and what stands on the page of deadlines.

Each app names its clocks in `AppConfig.ready()`, its functions by dotted paths:

    running_clock(RunningClock(
        name="answer", label="Answer", due="deadline_at", began="submitted_at",
        rows="requests_app.services.reminders.answers",       # () -> rows whose clock runs now (open, not stopped)
        tell="requests_app.services.reminders.tell_answer",   # (row, stage, at) -> None: writes the messages; raises
                                                              # NobodyToTell where nobody is left who must act
        stages=(before(days=5), before(days=1), at_the_end(), after(days=1)),
        listing="requests_app.services.reminders.list_answers",  # (reader, since, until) -> Iterable[ShownDeadline]
    ))
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import models
from django.utils.module_loading import import_string


class NobodyToTell(Exception):
    """Raised by a teller, as its last act, where nobody who must act is there: the stage is told once somebody is.

    What the teller has written before stays written, so its messages need keys that name them.
    """


@dataclass(frozen=True)
class Stage:
    """A moment relative to a deadline, negative before it; its name is part of what makes a reminder unique."""

    name: str
    offset: timedelta

    @property
    def is_before(self) -> bool:
        """Whether there is still time."""
        return self.offset < timedelta()

    @property
    def is_after(self) -> bool:
        """Whether the time has been over for a while."""
        return self.offset > timedelta()

    @property
    def words(self) -> str:
        """When it is, in words: "4 hours before", "at the end"."""
        if not self.offset:
            return "at the end"
        minutes = round(abs(self.offset).total_seconds() / 60)
        units = ((24 * 60, "day"), (60, "hour"), (1, "minute"))
        size, unit = next((size, unit) for size, unit in units if minutes % size == 0)
        number = minutes // size
        return f"{number} {unit}{'' if number == 1 else 's'} {'before' if self.is_before else 'after'}"


def before(**time: float) -> Stage:
    """Return a stage so long before the deadline, in days, hours or minutes."""
    return Stage(f"before-{_words(time)}", -timedelta(**time))


def at_the_end() -> Stage:
    """Return the stage at the deadline itself."""
    return Stage("at", timedelta())


def after(**time: float) -> Stage:
    """Return a stage so long after the deadline."""
    return Stage(f"after-{_words(time)}", timedelta(**time))


def _words(time: dict[str, float]) -> str:
    return "-".join(f"{value:g}{unit}" for unit, value in time.items())


@dataclass(frozen=True)
class ShownDeadline:
    """One running deadline on a page of deadlines, for a reader who may know of it."""

    clock: str
    """Its label: "Answer"."""
    due: datetime
    label: str
    """What it is of: a reference."""
    url: str
    team: str
    """The team it waits for; empty where it is nobody's in particular."""
    person: str = ""
    """Who has it in hand, empty where nobody has."""
    person_id: int | None = None
    """The same by key, for "mine": two people may have one name."""
    exigent: bool = False
    stopped: bool = False
    """Whether the clock stands and why is said in `note`."""
    note: str = ""
    count: int = 1
    """How many it stands for: where a day has very many, one line may lead to their own list."""


@dataclass(frozen=True)
class RunningClock:
    """One kind of deadline: its column, who is told when, and how it is listed."""

    name: str
    label: str
    rows: str
    due: str
    began: str
    stages: tuple[Stage, ...]
    tell: str
    listing: str = ""
    told: str = ""
    """Who is told, in words: "The assignee, else the team"."""
    urgent: bool = False
    """Whether it is looked at by the urgent process too, without Celery."""
    elsewhere: tuple[Stage, ...] = ()
    """Stages that the app's own sweep tells of, together with what it does then: a hold ends, access lapses."""

    @property
    def when(self) -> str:
        """When it is told of, in words and in the order of time."""
        return ", ".join(stage.words for stage in sorted({*self.stages, *self.elsewhere}, key=lambda s: s.offset))

    def running(self) -> models.QuerySet[Any]:
        """Return the rows whose clock runs now."""
        found: models.QuerySet[Any] = import_string(self.rows)()
        return found

    def teller(self) -> Callable[[Any, Stage, datetime], None]:
        """Return the function that writes the messages of a stage."""
        found: Callable[[Any, Stage, datetime], None] = import_string(self.tell)
        return found


_clocks: dict[str, RunningClock] = {}


def running_clock(clock: RunningClock) -> None:
    """Name a clock; the same name again replaces it."""
    _clocks[clock.name] = clock


def clocks() -> list[RunningClock]:
    """Return every clock, in the order of their names."""
    return [_clocks[name] for name in sorted(_clocks)]


def clock_named(name: str) -> RunningClock | None:
    """Return one clock, or None where no app has named it."""
    return _clocks.get(name)


def deadlines_between(reader: Any, since: datetime, until: datetime) -> Iterator[ShownDeadline]:
    """Yield every running deadline in this time that the reader may know of, in no order."""
    for clock in clocks():
        if clock.listing:
            listed: Iterable[ShownDeadline] = import_string(clock.listing)(reader, since, until)
            yield from listed
