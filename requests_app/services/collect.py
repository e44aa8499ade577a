"""Records come out of the company's systems: every row is looked at while it is stored, and none may lie outside."""

import codecs
import csv
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from foundation.documents import services as documents
from foundation.documents.models import Document
from foundation.providers import connectors
from foundation.providers.connectors.base import Contact, ExportedFile
from foundation.providers.models import Provider
from requests_app.enums import AS_KEPT, DataCategory
from requests_app.models import RequestLine

ACCOUNT_COLUMN = "account"
TIME_COLUMN = "time"
CSV = "text/csv"
# A field longer than this is no record of ours, and would be held in memory whole.
_FIELD_BYTES = 1024 * 1024
_NAMED_ROWS = 20


def contact_of(provider: Provider, account: str) -> Contact:
    """Ask how the holder of an account is reached."""
    return connectors.connector_for(provider).contact(account)


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
    named: list[str] = field(default_factory=list)

    def watch(self, chunks: Iterable[bytes]) -> Iterator[bytes]:
        """Pass the chunks on unchanged; a table that cannot be read is outside as a whole."""
        passed: deque[bytes] = deque()
        csv.field_size_limit(_FIELD_BYTES)
        reader = csv.DictReader(_lines(chunks, passed), strict=True)
        try:
            self._check_header(reader.fieldnames or ())
            for row in reader:
                self.rows += 1
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

    def _check_header(self, names: Sequence[str]) -> None:
        wanted = {ACCOUNT_COLUMN} | (set() if self.scope.category in AS_KEPT else {TIME_COLUMN})
        if missing := sorted(wanted - set(names)):
            self._name(f"there is no column {' and no column '.join(missing)}")

    def _check(self, row: dict[str, Any]) -> None:
        if None in row or None in row.values():
            self._name(f"row {self.rows} has more or fewer fields than the table has columns")
            return
        account = row.get(ACCOUNT_COLUMN)
        if account is not None and account != self.scope.account:
            self._name(f"row {self.rows} belongs to account {account}")
        if self.scope.category not in AS_KEPT and TIME_COLUMN in row:
            self._check_time(row[TIME_COLUMN])

    def _check_time(self, text: str) -> None:
        try:
            at = datetime.fromisoformat(text)
        except ValueError:
            self._name(f"row {self.rows} has no time that can be read: {text[:40]}")
            return
        if at.tzinfo is None:
            self._name(f"row {self.rows} has a time without a zone: {text[:40]}")
        elif not self.scope.period_from <= at < self.scope.period_to:
            self._name(f"row {self.rows} is of {at.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC")

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
    guard: Guard


def scopes_of(lines: Iterable[tuple[int, RequestLine]]) -> list[Scope]:
    """Return what must be exported: lines that reach the same records by two identifiers share one file."""
    found: dict[tuple[str, str, datetime, datetime], list[tuple[int, RequestLine]]] = {}
    for number, line in lines:
        key = (line.target.account, line.category, line.period_from, line.period_to)
        found.setdefault(key, []).append((number, line))
    return [Scope(*key, lines=shared) for key, shared in found.items()]


def collect(scope: Scope, *, provider: Provider, stem: str, first: int, purpose: str, at: datetime) -> list[Collected]:
    """Export one scope into encrypted files; what the guard saw stands beside each."""
    connector = connectors.connector_for(provider)
    files = connector.export(scope.account, [scope.category], scope.period_from, scope.period_to, at=at)
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
    return Collected(scope, name, document, f"{provider.name}, {records_of(scope)}", file.extracted_at, guard)


def records_of(scope: Scope) -> str:
    """Return the category of a scope as people read it."""
    return str(DataCategory(scope.category).label)


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
