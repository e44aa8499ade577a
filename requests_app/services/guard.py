"""What one file may hold, and the guard that lets no row pass unseen that lies outside of what was granted.

The guard is closed by default: a table that cannot be read, a column that nobody knows, a file that was not looked at
to its end, each is outside as a whole.
"""

import re
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

from foundation.providers.connectors import columns
from foundation.providers.connectors.base import NO_LIMITS, ExportedFile, Limits
from requests_app.models import RequestLine
from requests_app.services.table_reading import Unreadable, noted, read_table

CSV = "text/csv"
_NAMED_ROWS = 20
# Enough of a value to know it by; a blocked package is no place for somebody else's records.
_SHOWN = 60
_DAY, _TIME = r"[0-9]{4}-[0-9]{2}-[0-9]{2}", r"[0-9]{2}:[0-9]{2}(:[0-9]{2}([.][0-9]{1,9})?)?"
_INSTANT = re.compile(f"{_DAY}[T ]{_TIME}(Z|[+-][0-9]{{2}}:?[0-9]{{2}})?")


class Aspect(StrEnum):
    """In which way something lies outside of what was granted."""

    PERIOD = "period"
    ACCOUNT = "account"
    HOLDER = "holder"
    CATEGORY = "category"
    COLUMNS = "columns"
    ASSET = "asset"
    COUNTERPARTY = "counterparty"
    UNREADABLE = "unreadable"
    COUNT = "count"
    DOCUMENT = "document"


@dataclass(frozen=True)
class Scope:
    """What one file may hold: one account, one category, one period, these limits; and the lines that ask for it."""

    account: str
    category: str
    period_from: datetime
    period_to: datetime
    lines: Sequence[tuple[int, RequestLine]]
    limits: Limits = NO_LIMITS


def limits_of(line: RequestLine) -> Limits:
    """Return what narrows a line inside its period; what has no place in its category is left out."""
    persons = line.category in columns.WITH_HOLDERS
    others = persons and line.other_holders
    return Limits(
        assets=tuple(sorted(line.assets)) if line.category in columns.WITH_ASSETS else (),
        # Two lines that cover all the holders ask for the same, whichever of them an identifier belongs to.
        holder=line.target.holder if persons and not others else "",
        other_holders=others,
        counterparties=line.category in columns.WITH_COUNTERPARTIES and line.counterparties,
    )


def scopes_of(lines: Iterable[tuple[int, RequestLine]]) -> list[Scope]:
    """Return what must be exported: lines that reach the same records by two identifiers share one file."""
    found: dict[tuple[str, str, datetime, datetime, Limits], list[tuple[int, RequestLine]]] = {}
    for number, line in lines:
        key = (line.target.account, line.category, line.period_from, line.period_to, limits_of(line))
        found.setdefault(key, []).append((number, line))
    return [Scope(*key[:4], lines=shared, limits=key[4]) for key, shared in found.items()]


@dataclass
class Finding:
    """What lies outside in one way: how often, and the first of it in words."""

    count: int = 0
    rows: list[str] = field(default_factory=list)


@dataclass
class Guard:
    """Looks at every row of a table as it streams by, or at what is said of a document, and keeps what lies outside."""

    scope: Scope
    # Of a table that a person made: its columns are his to answer for, and only those that are known are looked at.
    any_columns: bool = False
    # False for a file that has no rows to look at: its pages are looked at by people.
    is_table: bool = True
    # Is told of everything that lies outside, beyond the first of it that are kept.
    tell: Callable[[Aspect, str], None] | None = None
    rows: int = 0
    finished: bool = False
    _found: dict[Aspect, Finding] = field(default_factory=dict)
    _outside: int = 0

    @property
    def outside(self) -> int:
        """Return how many rows lie outside; a table that was not looked at to its end is outside as a whole."""
        return self._outside or int(self.is_table and not self.finished)

    @property
    def refused(self) -> bool:
        """Say whether something was found outside so far; of a table, before it is read, the file as a whole."""
        return bool(self._outside)

    @property
    def named(self) -> list[str]:
        """Return the first of what lies outside in words, each aspect in turn."""
        return [words for finding in self._all().values() for words in finding.rows][:_NAMED_ROWS]

    def findings(self) -> dict[str, Any]:
        """Return what lies outside by aspect, as it is stored beside the file."""
        return {str(aspect): {"count": one.count, "rows": list(one.rows)} for aspect, one in self._all().items()}

    def _all(self) -> Mapping[Aspect, Finding]:
        if self._found or not self.outside:
            return self._found
        return {Aspect.UNREADABLE: Finding(1, ["the table was not looked at to its end"])}

    def refuse(self, aspect: Aspect, what: str) -> None:
        """Keep that the file as a whole lies outside, and why."""
        self._outside += 1
        self._name(aspect, what)

    def look_at_file(self, file: ExportedFile) -> bool:
        """Say whether a file may be one that was granted, by what the company's systems say of it.

        A document has nothing else to go by: without its account or the time it was on file it is outside.
        """
        scope = self.scope
        self.is_table = file.media_type == CSV
        said, kind = file.category or "no category", file.media_type
        if file.category != scope.category:
            self.refuse(Aspect.CATEGORY, f"a file of {said}, {kind}, came instead")
        if (file.account or not self.is_table) and file.account != scope.account:
            whose = f"belongs to account {_cut(file.account)}" if file.account else "names no account"
            self.refuse(Aspect.ACCOUNT, f"the file {whose}")
        if self._of_another_holder(file.holder):
            self.refuse(Aspect.HOLDER, f"the file is about holder {_cut(file.holder)}")
        if not self.is_table:
            self._look_at_document(file)
        return not self.refused

    def watch(self, chunks: Iterable[bytes]) -> Iterator[bytes]:
        """Pass the chunks on unchanged; a table that cannot be read is outside as a whole."""
        passed: deque[bytes] = deque()
        source = noted(chunks, passed)
        try:
            for _raw, _inside in self._records(source):
                while passed:
                    yield passed.popleft()
        except Unreadable as error:
            self.refuse(Aspect.UNREADABLE, f"row {self.rows + 1} cannot be read: {error}")
        # What comes behind a row that cannot be read is stored with it: the file is kept as it came, and blocked.
        for _chunk in source:
            while passed:
                yield passed.popleft()
        yield from passed
        self.finished = True

    def sift(self, chunks: Iterable[bytes]) -> Iterator[bytes]:
        """Return the same table byte for byte without the rows that lie outside.

        Raises Unreadable where the rows cannot be told apart, or no row of it could be inside.
        """
        header = True
        for raw, inside in self._records(chunks):
            if header and not inside:
                raise Unreadable("its columns are not those of these records")
            if inside:
                yield raw
            header = False
        self.finished = True

    def check_count(self, announced: int) -> None:
        """Compare with the number of rows that the company's systems announced."""
        if not self.outside and self.rows != announced:
            self.refuse(Aspect.COUNT, f"{announced} rows were announced and {self.rows} came")

    def _records(self, chunks: Iterable[bytes]) -> Iterator[tuple[bytes, bool]]:
        """Return the header and then each row, as bytes, and whether it is inside."""
        table = read_table(chunks)
        raw, names = next(table)
        # Without its columns nothing in a row says whose or of when it is: the table is named once, as a whole.
        readable = self._has_columns(names)
        yield raw, readable
        for raw, fields in table:
            self.rows += bool(fields)
            yield raw, readable and (not fields or self._is_inside(names, fields))

    def _has_columns(self, names: Sequence[str]) -> bool:
        """Say whether rows can be looked at; what is wrong with the columns is named."""
        limits, known = self.scope.limits, columns.COLUMNS.get(self.scope.category, frozenset())
        holders = not (limits.other_holders or self.any_columns)
        needed = columns.needed(self.scope.category, assets=bool(limits.assets), holders=holders)
        missing = sorted(needed - set(names))
        twice = sorted({name for name in names if names.count(name) > 1})
        unknown = [] if self.any_columns else [name for name in names if name not in known]
        for words, found in (
            ("there is no column", missing),
            ("there is more than one column", twice),
            ("nobody granted the column", unknown),
        ):
            for name in found:
                self.refuse(Aspect.COLUMNS, f"{words} {_cut(name) or 'without a name'}")
        return not (missing or twice or unknown)

    def _is_inside(self, names: Sequence[str], fields: Sequence[str]) -> bool:
        """Look at one row; everything that is outside about it is named, and the row counts once."""
        if len(fields) != len(names):
            self.refuse(Aspect.UNREADABLE, f"row {self.rows} has more or fewer fields than the table has columns")
            return False
        row = dict(zip(names, fields, strict=True))
        found = [(aspect, words) for aspect, look in self._looks() if (words := look(row))]
        for aspect, words in found:
            self._name(aspect, f"row {self.rows} {words}")
        self._outside += bool(found)
        return not found

    def _looks(self) -> Sequence[tuple[Aspect, Callable[[Mapping[str, str]], str]]]:
        return (
            (Aspect.ACCOUNT, self._other_account),
            (Aspect.PERIOD, self._outside_of_period),
            (Aspect.HOLDER, self._other_holder),
            (Aspect.ASSET, self._other_asset),
            (Aspect.COUNTERPARTY, self._names_counterparty),
        )

    def _other_account(self, row: Mapping[str, str]) -> str:
        if (account := row[columns.ACCOUNT]) == self.scope.account:
            return ""
        return f"belongs to account {_cut(account)}" if account else "names no account"

    def _outside_of_period(self, row: Mapping[str, str]) -> str:
        """Say why a row is not of the period, or nothing; a point in time, or for facts on file a span of it."""
        try:
            if self.scope.category in columns.WITH_HOLDERS:
                since, until = (row[name] for name in columns.SPAN)
                return self._outside_of_span(_instant(since), _instant(until) if until else None)
            at = _instant(row[columns.TIME])
        except ValueError as error:
            return str(error)
        return "" if self.scope.period_from <= at < self.scope.period_to else f"is of {_utc(at)} UTC"

    def _outside_of_span(self, since: datetime, until: datetime | None) -> str:
        if until and until < since:
            return "was on file until before it was"
        if since < self.scope.period_to and (until is None or until > self.scope.period_from):
            return ""
        return f"was on file from {_utc(since)} to {f'{_utc(until)} UTC' if until else 'now'} only"

    def _other_holder(self, row: Mapping[str, str]) -> str:
        holder = row.get(columns.HOLDER, "")
        return f"is about holder {_cut(holder)}" if self._of_another_holder(holder) else ""

    def _of_another_holder(self, holder: str) -> bool:
        """Say whether this is about a holder that the line does not cover; the account as such is nobody's alone."""
        limits = self.scope.limits
        return bool(holder) and not limits.other_holders and holder != (limits.holder or columns.FIRST_HOLDER)

    def _other_asset(self, row: Mapping[str, str]) -> str:
        """Say which asset was not granted; of a trade one side may be left empty, with how much of it and the fee."""
        granted = self.scope.limits.assets
        if not granted:
            return ""
        legs = [(row[asset], row.get(amount, "")) for asset, amount in columns.LEGS if asset in row]
        if other := [asset for asset, _amount in legs if asset and asset not in granted]:
            return f"is of {_cut(other[0])}"
        if not any(asset for asset, _amount in legs):
            return "names no asset"
        bought = row.get(columns.LEGS[1][0], "")
        unnamed = row.get(columns.FEE, "") if row.get(columns.KIND) == columns.TRADE and not bought else ""
        if unnamed or any(amount for asset, amount in legs if not asset):
            return "says how much of an asset that it does not name"
        return ""

    def _names_counterparty(self, row: Mapping[str, str]) -> str:
        if self.scope.limits.counterparties:
            return ""
        if any(row.get(name) for name in columns.COUNTERPARTY):
            return "says who the other side is"
        if any(len(row.get(name, "").split()) > 1 for name in columns.ADDRESSES):
            return "has words where an address on a network stands"
        return ""

    def _look_at_document(self, file: ExportedFile) -> None:
        since, until = file.on_file_from, file.on_file_until
        if self.scope.category not in columns.WITH_DOCUMENTS:
            self.refuse(Aspect.DOCUMENT, f"there are no documents among {self.scope.category}, {file.media_type} came")
        if since is None or since.tzinfo is None or (until and until.tzinfo is None):
            self.refuse(Aspect.DOCUMENT, "the file does not say from when it was on file")
        elif words := self._outside_of_span(since, until):
            self.refuse(Aspect.PERIOD, f"the file {words}")

    def _name(self, aspect: Aspect, what: str) -> None:
        if self.tell:
            self.tell(aspect, what)
        finding = self._found.setdefault(aspect, Finding())
        finding.count += 1
        if len(finding.rows) < _NAMED_ROWS:
            finding.rows.append(what)


def _instant(text: str) -> datetime:
    """Read a moment; one without a zone could be any of them. Raises ValueError with words that follow "row 3"."""
    if not text.strip():
        raise ValueError("has no time")
    if not _INSTANT.fullmatch(text):
        raise ValueError(f"has no time that can be read: {_cut(text)}")
    try:
        at = datetime.fromisoformat(text)
    except ValueError as error:
        raise ValueError(f"has no time that can be read: {_cut(text)}") from error
    if at.tzinfo is None:
        raise ValueError(f"has a time without a zone: {_cut(text)}")
    try:
        return at.astimezone(UTC)
    except OverflowError as error:
        raise ValueError(f"has no time that can be read: {_cut(text)}") from error


def _utc(at: datetime) -> str:
    """Write a moment to the second, and further where the second does not say on which side of a border it is."""
    return f"{at.astimezone(UTC):%Y-%m-%d %H:%M:%S}" + (f".{at.microsecond:06}" if at.microsecond else "")


def _cut(text: str) -> str:
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}…"
