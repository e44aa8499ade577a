"""Which open deadlines there are in the apps above, so that legal can count them again without importing those.

Each app names its functions in `AppConfig.ready()` by dotted paths:

    clocks_of("requests", "requests_app.….open_clocks", "requests_app.….move")

    open_clocks(calendar, reader) -> Iterable[OpenClock]     every open deadline that was counted on this calendar
    move(moving, moved) -> bool                              write one deadline and its entry in the trail
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.module_loading import import_string

_finders: dict[str, str] = {}
_movers: dict[str, str] = {}


@dataclass(frozen=True)
class OpenClock:
    """One open deadline as an app tells of it."""

    # Unique within the app: "answer:4711".
    key: str
    # What it is the time of, and of which object: "Answer", "MX-26-7F3K-2Q".
    what: str
    label: str
    received: datetime
    due: datetime
    rule: str
    # Its page, empty where the reader may not open it.
    url: str = ""
    # Other moments it may have been counted from: the one that gives the frozen date is taken.
    or_from: Sequence[datetime] = ()


def clocks_of(source: str, finder: str, mover: str) -> None:
    """Name the functions of an app that list and move its open deadlines."""
    _finders[source], _movers[source] = finder, mover


def mover(source: str) -> Callable[[Any, Any], bool]:
    """Return the function that moves the deadlines of this app."""
    found: Callable[[Any, Any], bool] = import_string(_movers[source])
    return found


def open_clocks(calendar: Any, reader: Any) -> Iterator[tuple[str, OpenClock]]:
    """Yield every open deadline of this calendar with the name of its app: of those this reader may know of."""
    for source, path in sorted(_finders.items()):
        for clock in import_string(path)(calendar, reader):
            yield source, clock
