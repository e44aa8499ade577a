"""What one file may hold, and the guard that lets no row pass unseen that lies outside of what was granted."""

import codecs
import csv
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from requests_app.enums import DataCategory
from requests_app.models import RequestLine

ACCOUNT_COLUMN = "account"
TIME_COLUMN = "time_utc"
# A fact about a person has no moment: it was on file from then until then (empty: it still is).
SPAN_COLUMNS = ("on_file_from_utc", "on_file_until_utc")
# A field longer than this is no record of ours, and would be held in memory whole.
_FIELD_BYTES = 1024 * 1024
_NAMED_ROWS = 20


@dataclass(frozen=True)
class Scope:
    """What one file may hold: one account, one category, one period; and the lines that ask for exactly this."""

    account: str
    category: str
    period_from: datetime
    period_to: datetime
    lines: Sequence[tuple[int, RequestLine]]


@dataclass
class Guard:
    """Looks at every row of an export as it streams by, and keeps what lies outside of what was granted."""

    scope: Scope
    rows: int = 0
    outside: int = 0
    # False for a file that has no rows to look at: its pages are looked at by people.
    is_table: bool = True
    named: list[str] = field(default_factory=list)

    def watch(self, chunks: Iterable[bytes]) -> Iterator[bytes]:
        """Pass the chunks on unchanged; a table that cannot be read is outside as a whole."""
        passed: deque[bytes] = deque()
        csv.field_size_limit(_FIELD_BYTES)
        reader = csv.DictReader(_lines(chunks, passed), strict=True)
        try:
            # Without its columns nothing in a row says whose or of when it is: the table is named once, as a whole.
            readable = self._has_columns(reader.fieldnames or ())
            for row in reader:
                self.rows += 1
                if readable:
                    self._check(row)
                while passed:
                    yield passed.popleft()
        except (csv.Error, UnicodeDecodeError) as error:
            self._name(f"row {self.rows + 1} cannot be read: {error}")
        yield from passed

    def check_count(self, announced: int) -> None:
        """Compare with the number of rows that the company's systems announced."""
        if not self.outside and self.rows != announced:
            self._name(f"{announced} rows were announced and {self.rows} came")

    @property
    def _is_span(self) -> bool:
        return self.scope.category == DataCategory.REGISTRATION

    def _has_columns(self, names: Sequence[str]) -> bool:
        wanted = {ACCOUNT_COLUMN, *(SPAN_COLUMNS if self._is_span else (TIME_COLUMN,))}
        if missing := sorted(wanted - set(names)):
            self._name(f"there is no column {' and no column '.join(missing)}")
        return not missing

    def _check(self, row: dict[str, Any]) -> None:
        if None in row or None in row.values():
            self._name(f"row {self.rows} has more or fewer fields than the table has columns")
            return
        if (account := row[ACCOUNT_COLUMN]) != self.scope.account:
            self._name(f"row {self.rows} " + (f"belongs to account {account}" if account else "names no account"))
        try:
            outside = self._outside_of_period(row)
        except ValueError as error:
            outside = str(error)
        if outside:
            self._name(f"row {self.rows} {outside}")

    def _outside_of_period(self, row: dict[str, str]) -> str:
        """Say why a row is not of the period, or nothing; a point in time, or for facts on file a span of it."""
        scope = self.scope
        if self._is_span:
            since, until = (row[name] for name in SPAN_COLUMNS)
            if _instant(since) < scope.period_to and (not until or _instant(until) > scope.period_from):
                return ""
            return f"was on file from {since} to {until or 'now'} only"
        at = _instant(row[TIME_COLUMN])
        return "" if scope.period_from <= at < scope.period_to else f"is of {at.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC"

    def _name(self, what: str) -> None:
        self.outside += 1
        if len(self.named) < _NAMED_ROWS:
            self.named.append(what)


def scopes_of(lines: Iterable[tuple[int, RequestLine]]) -> list[Scope]:
    """Return what must be exported: lines that reach the same records by two identifiers share one file."""
    found: dict[tuple[str, str, datetime, datetime], list[tuple[int, RequestLine]]] = {}
    for number, line in lines:
        key = (line.target.account, line.category, line.period_from, line.period_to)
        found.setdefault(key, []).append((number, line))
    return [Scope(*key, lines=shared) for key, shared in found.items()]


def _instant(text: str) -> datetime:
    """Read a moment; one without a zone could be any of them. Raises ValueError with words that follow "row 3"."""
    if not text.strip():
        raise ValueError("has no time")
    try:
        at = datetime.fromisoformat(text)
    except ValueError as error:
        raise ValueError(f"has no time that can be read: {text[:40]}") from error
    if at.tzinfo is None:
        raise ValueError(f"has a time without a zone: {text[:40]}")
    return at


def _lines(chunks: Iterable[bytes], passed: deque[bytes]) -> Iterator[str]:
    """Cut the chunks into lines of text, and note each chunk that was read."""
    decoder = codecs.getincrementaldecoder("utf-8-sig")()
    rest = ""
    for chunk in chunks:
        passed.append(chunk)
        *whole, rest = (rest + decoder.decode(chunk)).split("\n")
        yield from (f"{line}\n" for line in whole)
    rest += decoder.decode(b"", final=True)
    if rest:
        yield rest
