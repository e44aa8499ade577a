"""Checks of exports: exactly the rows that were asked for, in files that can be fetched in pieces."""

import csv
import hashlib
import io
import time
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from foundation.providers.conformance.calling import new_key
from foundation.providers.conformance.checks import Check, Run, Skipped, expect, good, refused
from foundation.providers.conformance.doors import NOBODY
from foundation.providers.connectors import columns
from foundation.providers.connectors.base import NO_LIMITS, Category, Limits
from foundation.providers.connectors.http import signing, wire
from foundation.providers.connectors.http.wire import ErrorCode, ExportState, FileState

POLLS, PAUSE_SECONDS = 60, 1.0
_SECOND = timedelta(seconds=1)
_TABLE = "text/csv"
_TIMED = (Category.LOGINS, Category.TRANSACTIONS, Category.BALANCES, Category.COMMUNICATIONS)


@dataclass(frozen=True)
class Table:
    """A file of rows as it was fetched."""

    entry: wire.FileEntry
    header: list[str]
    rows: list[dict[str, str]]


def _export(run: Run, categories: tuple[str, ...], period: wire.Span, limits: Limits = NO_LIMITS) -> str:
    """Have an export made and return its id."""
    run.needs("exports")
    asked = wire.ExportCall(run.some_account(), categories, period, run.now, limits)
    told = good(run.caller.act(wire.EXPORTS, asked), wire.ExportAnswer, statuses=(200, 202))
    for _poll in range(POLLS):
        if told.state is not ExportState.RUNNING:
            break
        time.sleep(PAUSE_SECONDS)
        told = good(run.caller.call(wire.STATUS, wire.ExportRef(told.id)), wire.ExportAnswer, statuses=(200, 202))
    expect(told.state is ExportState.READY, f"The export is {told.state}.")
    return told.id


def _files(run: Run, export: str) -> list[wire.FileEntry]:
    """Return the whole list, page after page."""
    found: list[wire.FileEntry] = []
    page: str | None = None
    for _page in range(1000):
        answer = good(run.caller.call(wire.FILES, wire.FilesCall(export, page)), wire.FilesAnswer)
        found += answer.files
        page = answer.next
        if page is None:
            return found
    expect(False, "The list of files has no end.")
    return found


def _fetch(run: Run, export: str, entry: wire.FileEntry) -> bytes:
    heard = run.caller.call(wire.CONTENT, wire.ContentCall(export, entry.number))
    expect(heard.status == 200, f"The contents of file {entry.number} were answered {heard.status}.")
    expect(not heard.signature_problem, f"The contents are not signed as they should be: {heard.signature_problem}")
    whole = hashlib.sha256(heard.body).hexdigest()
    expect(whole == entry.sha256, f"The contents of file {entry.number} do not have the hash of the list.")
    expect(len(heard.body) == entry.size, f"The contents of file {entry.number} do not have the size of the list.")
    return heard.body


def _tables(
    run: Run, categories: tuple[str, ...], period: wire.Span | None = None, limits: Limits = NO_LIMITS
) -> dict[str, Table]:
    """Return the tables of an export, by category."""
    export = _export(run, categories, period or run.period(), limits)
    found = {}
    for entry in _files(run, export):
        if entry.media_type == _TABLE:
            lines = list(csv.reader(io.StringIO(_fetch(run, export, entry).decode("utf-8-sig"), newline="")))
            header = lines[0] if lines else []
            rows = [dict(zip(header, line, strict=True)) for line in lines[1:] if len(line) == len(header)]
            expect(len(rows) == len(lines) - 1 == entry.rows, f"{entry.category}: the list says {entry.rows} rows.")
            found[entry.category] = Table(entry, header, rows)
    return found


def _listed(run: Run) -> None:
    """List twice, under the same key: the files and their contents stay."""
    run.needs("exports")
    asked = wire.ExportCall(run.some_account(), _categories(run), run.period(), run.now)
    key = new_key()
    told = good(run.caller.call(wire.EXPORTS, asked, key=key), wire.ExportAnswer, statuses=(200, 202))
    again = good(run.caller.call(wire.EXPORTS, replace(asked, asked_at=run.now + _SECOND), key=key),
                 wire.ExportAnswer, statuses=(200, 202))  # fmt: skip
    expect(again.id == told.id, "The same key made another export.")
    other = replace(asked, period=wire.Span(asked.period.start - _SECOND, asked.period.end))
    refused(run.caller.call(wire.EXPORTS, other, key=key), ErrorCode.KEY_USED)
    refused(run.caller.act(wire.EXPORTS, replace(asked, account=NOBODY)), ErrorCode.UNKNOWN_ACCOUNT)


def _described(run: Run) -> None:
    export = _export(run, _categories(run), run.period())
    files = _files(run, export)
    expect(files == _files(run, export), "The list is another one the second time.")
    numbers = [entry.number for entry in files]
    expect(numbers == sorted(set(numbers)), "The numbers do not rise, or one stands twice.")
    for entry in files:
        expect(entry.state is FileState.READY, f"File {entry.number} of a ready export is {entry.state}.")
        expect(entry.account == run.account, f"File {entry.number} is of another account.")
        expect(entry.category in _categories(run), f"File {entry.number} is of a category that was not asked for.")
        expect(entry.extracted_at, f"File {entry.number} does not say when it was extracted.")
        expect(entry.media_type == _TABLE or entry.on_file_from, f"Document {entry.number} has no day on file.")
    run.found["export"], run.found["files"] = export, files
    refused(run.caller.call(wire.CONTENT, wire.ContentCall(export, max(numbers, default=0) + 1)),
            ErrorCode.UNKNOWN_EXPORT)  # fmt: skip


def _rows(run: Run) -> None:
    period = run.period()
    for category, table in _tables(run, _categories(run)).items():
        known, needed = columns.COLUMNS[category], columns.needed(category)
        expect(set(table.header) <= known, f"{category}: columns nobody knows: {sorted(set(table.header) - known)}.")
        expect(needed <= set(table.header), f"{category}: columns are missing: {sorted(needed - set(table.header))}.")
        expect(set(table.header) <= set(table.entry.fields), f"{category}: fields does not explain every column.")
        for row in table.rows:
            expect(row[columns.ACCOUNT] == run.account, f"{category}: a row is of another account.")
            if columns.TIME in row:
                expect(period.start <= _moment(row) < period.end, f"{category}: a row is outside the period.")


def _borders(run: Run) -> None:
    """Cut a period at the moment of one of its rows: the row is in the second part and not in the first."""
    whole = run.period()
    tried = 0
    for category in (one for one in _categories(run) if one in _TIMED):
        table = _tables(run, (category,), whole).get(category)
        if table is None or not table.rows:
            continue
        tried += 1
        rows = sorted(table.rows, key=_moment)
        cut = _moment(rows[len(rows) // 2])
        if cut > whole.start:
            before = _tables(run, (category,), wire.Span(whole.start, cut))[category].rows
            expect(all(_moment(row) < cut for row in before), f"{category}: a row at the end of a period is in it.")
            after = _tables(run, (category,), wire.Span(cut, whole.end))[category].rows
            expect(len(before) + len(after) == len(rows), f"{category}: two halves are not the whole.")
        only = _tables(run, (category,), wire.Span(cut, cut + _SECOND))[category].rows
        expect(any(_moment(row) == cut for row in only), f"{category}: a row at the start of a period is not in it.")
    if not tried:
        raise Skipped("The account for tests has no records with a time in the last year.")


def _assets(run: Run) -> None:
    tables = _tables(run, _having(run, columns.WITH_ASSETS))
    assets = sorted({row["asset"] for table in tables.values() for row in table.rows if row.get("asset")})
    if len(assets) < 2:
        raise Skipped("The account for tests has one asset at most.")
    for category, table in _tables(run, _having(run, columns.WITH_ASSETS), limits=Limits(assets=(assets[0],))).items():
        for row in table.rows:
            legs = {row.get("asset", ""), row.get("against_asset", "")} - {""}
            expect(legs == {assets[0]}, f"{category}: a row of another asset came, or the other side of a trade.")


def _counterparties(run: Run) -> None:
    for category, table in _tables(run, _having(run, columns.WITH_COUNTERPARTIES)).items():
        for row in table.rows:
            named = [name for name in columns.COUNTERPARTY if row.get(name)]
            expect(not named, f"{category}: {', '.join(named)} is filled, and nobody asked who the other side is.")


def _holders(run: Run) -> None:
    for category, table in _tables(run, _having(run, columns.WITH_HOLDERS)).items():
        holders = {row.get(columns.HOLDER, "") for row in table.rows} - {"", columns.FIRST_HOLDER}
        expect(not holders, f"{category}: facts of another holder came without being asked for.")


def _range(run: Run) -> None:
    """Fetch the second half of the largest file, and what lies behind its end."""
    run.some_account()
    if not run.found.get("files"):
        raise Skipped("No export with files came before.")
    export = run.found["export"]
    entry = max(run.found["files"], key=lambda one: one.size)
    whole, middle = _fetch(run, export, entry), entry.size // 2
    call = wire.ContentCall(export, entry.number)
    heard = run.caller.call(wire.CONTENT, call, range_=f"bytes={middle}-")
    expect(heard.status == 206, f"Range was answered {heard.status}.")
    expect(not heard.signature_problem, f"The part is not signed as it should be: {heard.signature_problem}")
    expect(heard.body == whole[middle:], "The part is not the end of the file.")
    expect(heard.headers.get(signing.CONTENT_RANGE) == f"bytes {middle}-{entry.size - 1}/{entry.size}",
           "Content-Range does not say which part it is.")  # fmt: skip
    beyond = run.caller.call(wire.CONTENT, call, range_=f"bytes={entry.size}-")
    expect(beyond.status == 416, f"A range behind the end was answered {beyond.status}, not 416.")


def _categories(run: Run) -> tuple[str, ...]:
    return tuple(category for category in run.about().categories if category in columns.COLUMNS)


def _having(run: Run, wanted: frozenset[Category]) -> tuple[str, ...]:
    found = tuple(category for category in _categories(run) if category in wanted)
    if not found:
        raise Skipped("Your about lists no such category.")
    return found


def _moment(row: dict[str, str]) -> datetime:
    moment = datetime.fromisoformat(row[columns.TIME])
    expect(moment.tzinfo, "A time has no zone.")
    return moment


CHECKS = (
    Check("export once", "The same key is the same export; another question under it: 409.", _listed),
    Check("list of files", "Each file with number, account, category, hash; the same list every time.", _described),
    Check("rows", "Only the account, the period, and columns that the description knows; all explained.", _rows),
    Check("borders", "A row at the first instant is in, at the last is not; two halves are the whole.", _borders),
    Check("only these assets", "With limits.assets no row and no side of a trade is of another.", _assets),
    Check("no other side", "Who the other side of a transaction is stays empty unless asked for.", _counterparties),
    Check("no other holder", "Facts of other holders stay out unless asked for.", _holders),
    Check("resume", "Range gives the rest of a file, signed with the digest of the whole; behind the end: 416.",
          _range),
)  # fmt: skip
