"""When each sweep of a drill looked and what it left: what says whether a reminder was owed before an extension came.

The worker appends to a file, a line when a sweep begins and one when it has ended: no fault empties it, and a sweep
that was killed has no second line.
"""

import json
import logging
import os
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from django.db import DatabaseError, InterfaceError

FILE = "hold-sweeps"
_ROW_FAILED = logging.getLogger("preservation.services.sweeping")


@dataclass(frozen=True)
class Sweep:
    """A sweep of what was due at a time of the portal; began and ended by the machine's monotonic clock."""

    at: datetime
    began: float
    # None: killed, or the database went away under it.
    ended: float | None = None
    # Holds that were due at this time and still were when the sweep had ended.
    left: frozenset[int] = frozenset()
    # More was due than one sweep takes, or the database refused a row.
    hindered: bool = False


def owed(hold: int, moment: datetime, *, before: float, sweeps: Sequence[Sweep]) -> bool:
    """Say whether a sweep looked at what came due at this moment, and had ended before, and so must have told of it.

    A sweep may leave a hold only where it was hindered, or where another ran at the same time and could have the row.
    What no sweep has come to is not owed: an extension may come first. before: by the monotonic clock.
    """
    return any(
        one.at >= moment
        and one.ended is not None
        and one.ended < before
        and (hold not in one.left or not (one.hindered or _beside(one, sweeps)))
        for one in sweeps
    )


def _beside(one: Sweep, sweeps: Iterable[Sweep]) -> bool:
    ended = one.ended or one.began
    return any(
        other is not one and other.began < ended and (other.ended is None or other.ended > one.began)
        for other in sweeps
    )  # fmt: skip


@contextmanager
def noted(file: Path, at: datetime, due: Callable[[], Iterable[int]], *, limit: int) -> Iterator[None]:
    """Note the sweep that runs inside; `due` gives the holds due at its time, `limit` is how many it takes at most."""
    name, before, failures = f"{os.getpid()}-{time.monotonic_ns()}", len(list(due())), _Failures()
    _append(file, {"name": name, "at": at.isoformat(), "began": time.monotonic()})
    _ROW_FAILED.addHandler(failures)
    try:
        yield
    finally:
        _ROW_FAILED.removeHandler(failures)
    left, hindered = list(due()), before > limit or failures.of_database
    _append(file, {"name": name, "ended": time.monotonic(), "left": left, "hindered": hindered})


def read(file: Path) -> list[Sweep]:
    """Return the sweeps noted, in the order in which they began; none where nothing was noted."""
    found: dict[str, Sweep] = {}
    for line in file.read_text().splitlines() if file.exists() else ():
        words = json.loads(line)
        if "began" in words:
            found[words["name"]] = Sweep(datetime.fromisoformat(words["at"]), words["began"])
        else:
            known = found[words["name"]]
            left = frozenset(words["left"])
            found[words["name"]] = replace(known, ended=words["ended"], left=left, hindered=words["hindered"])
    return list(found.values())


class _Failures(logging.Handler):
    """Sees which rows the database refused; a row that failed for another reason is the portal's fault."""

    def __init__(self) -> None:
        super().__init__(logging.ERROR)
        self.of_database = False

    def emit(self, record: logging.LogRecord) -> None:
        """Look at one failure."""
        kind = record.exc_info[0] if record.exc_info else None
        self.of_database |= kind is not None and issubclass(kind, DatabaseError | InterfaceError)


def _append(file: Path, words: dict[str, object]) -> None:
    """Write a line in one go: several processes write, and any may be killed."""
    with file.open("ab", buffering=0) as opened:
        opened.write(json.dumps(words).encode() + b"\n")
