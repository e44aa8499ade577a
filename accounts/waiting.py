"""How much waits behind each entry of the staff's navigation, counted in one query and only where it is drawn.

Each app names its counts in `AppConfig.ready()`, by the URL name of the entry and a dotted path:

    waits("staff:queue", "requests_app.waiting.to_look_at", "to look at")

The function is asked `(user, at)` and returns querysets that count together and have no row in common, each of rows
this person may see; or a number, where it was counted elsewhere already. Nobody is counted what they may not read.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.core.exceptions import EmptyResultSet
from django.db import connection
from django.db.models import QuerySet
from django.utils.functional import cached_property
from django.utils.module_loading import import_string

# Counting stops here: "99+" says enough.
MOST = 100


@dataclass(frozen=True)
class Waiting:
    """A count beside an entry: where it comes from, and what it counts, in words for those who hear it."""

    path: str
    words: str
    alert: bool


_counts: dict[str, Waiting] = {}


def waits(entry: str, path: str, words: str, *, alert: bool = False) -> None:
    """Name the count of an entry; alert: it stands out. The same entry again replaces it."""
    _counts[entry] = Waiting(path, words, alert)


def shown(number: int) -> str:
    """Say a count as the navigation does; nothing for nothing."""
    return "99+" if number >= MOST else str(number or "")


class Counts:
    """The counts of one page: asked for lazily, together, once."""

    def __init__(self, user: Any, entries: Iterable[str], *, at: datetime) -> None:
        self._user, self._at = user, at
        self._entries = [name for name in entries if name in _counts]

    @cached_property
    def _found(self) -> dict[str, int]:
        asked = {name: import_string(_counts[name].path)(self._user, self._at) for name in self._entries}
        rows = {name: given for name, given in asked.items() if not isinstance(given, int)}
        return {name: given for name, given in asked.items() if isinstance(given, int)} | _count(rows)

    def of(self, entry: str) -> "Count":
        """Return the count of an entry, which asks the database when it is drawn."""
        return Count(self, entry)

    def number(self, entry: str) -> int:
        """Return how many wait there, MOST at most."""
        return min(self._found.get(entry, 0), MOST) if entry in self._entries else 0


class Count:
    """One count for the template: `number`, `shown`, `words`, `alert`."""

    def __init__(self, counts: Counts, entry: str) -> None:
        self._counts, self._entry = counts, entry

    @property
    def number(self) -> int:
        """How many wait, MOST at most."""
        return self._counts.number(self._entry)

    @property
    def shown(self) -> str:
        """The number as it is drawn; empty for none."""
        return shown(self._counts.number(self._entry))

    @property
    def words(self) -> str:
        """What is counted."""
        return _counts[self._entry].words if self._entry in _counts else ""

    @property
    def alert(self) -> bool:
        """Whether it stands out."""
        return self._entry in _counts and _counts[self._entry].alert


def _count(asked: dict[str, Iterable[QuerySet[Any]]]) -> dict[str, int]:
    """Count everything in one query; each part stops counting at MOST."""
    names: list[str] = []
    parts: list[str] = []
    params: list[Any] = []
    for name, sets in asked.items():
        for rows in sets:
            try:
                sql, values = rows.order_by().values("pk")[:MOST].query.sql_with_params()
            except EmptyResultSet:
                continue
            names.append(name)
            parts.append(f"(SELECT count(*) FROM ({sql}) AS counted)")  # noqa: S608 - Django wrote it, values apart
            params.extend(values)
    if not parts:
        return {}
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {', '.join(parts)}", params)
        found = cursor.fetchone()
    return {name: sum(n for key, n in zip(names, found, strict=True) if key == name) for name in asked}
