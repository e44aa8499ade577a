"""Records come out of the company's systems: every row is looked at while it is stored, and none may lie outside."""

import codecs
import csv
from collections import deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from foundation.documents import services as documents
from foundation.documents.models import Document
from foundation.providers.connectors.base import Connector, Contact, ExportedFile
from foundation.providers.connectors.registry import connector_for
from foundation.providers.models import Provider
from requests_app.enums import DataCategory
from requests_app.models import AddedRecord, RequestLine

ACCOUNT_COLUMN = "account"
TIME_COLUMN = "time_utc"
# A fact about a person has no moment: it was on file from then until then (empty: it still is).
SPAN_COLUMNS = ("on_file_from_utc", "on_file_until_utc")
CSV = "text/csv"
# A field longer than this is no record of ours, and would be held in memory whole.
_FIELD_BYTES = 1024 * 1024
_NAMED_ROWS = 20


def company(provider: Provider) -> Connector:
    """Return the company's own systems."""
    return connector_for(provider)


def contact_of(provider: Provider, account: str) -> Contact:
    """Ask how the holder of an account is reached."""
    return company(provider).contact(account)


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


@dataclass(frozen=True)
class Collected:
    """One file as it was stored, and what the guard saw in it."""

    scope: Scope
    name: str
    document: Document
    source: str
    extracted_at: datetime
    columns: Mapping[str, str]
    guard: Guard
    # The row of a file that a person added by hand.
    added: AddedRecord | None = None

    @property
    def rows(self) -> int | None:
        """How many rows were looked at, None where there are none to count."""
        return self.guard.rows if self.guard.is_table else None


def scopes_of(lines: Iterable[tuple[int, RequestLine]]) -> list[Scope]:
    """Return what must be exported: lines that reach the same records by two identifiers share one file."""
    found: dict[tuple[str, str, datetime, datetime], list[tuple[int, RequestLine]]] = {}
    for number, line in lines:
        key = (line.target.account, line.category, line.period_from, line.period_to)
        found.setdefault(key, []).append((number, line))
    return [Scope(*key, lines=shared) for key, shared in found.items()]


def collect(scope: Scope, *, provider: Provider, stem: str, first: int, purpose: str, at: datetime) -> list[Collected]:
    """Export one scope into encrypted files; what the guard saw stands beside each."""
    files = company(provider).export(scope.account, [scope.category], scope.period_from, scope.period_to, at=at)
    return [
        _store(scope, file, name=f"{stem}-{number:03}.csv", provider=provider, purpose=purpose, at=at)
        for number, file in enumerate(files, first)
    ]


def _store(scope: Scope, file: ExportedFile, *, name: str, provider: Provider, purpose: str, at: datetime) -> Collected:
    guard = Guard(scope)
    if file.media_type != CSV or file.category != scope.category:
        guard.outside, guard.named = 1, [f"a file of {file.category or 'no category'}, {file.media_type}, came instead"]
        chunks: Iterable[bytes] = ()
    else:
        chunks = guard.watch(file.chunks)
    document = documents.write_generated(chunks, filename=name, media_type=CSV, purpose=purpose, by=None, at=at)
    guard.check_count(file.rows)
    return Collected(
        scope, name, document, f"{provider.name}, {records_of(scope)}", file.extracted_at, file.fields, guard
    )


def records_of(scope: Scope) -> str:
    """Return the category of a scope as people read it."""
    return str(DataCategory(scope.category).label)


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
