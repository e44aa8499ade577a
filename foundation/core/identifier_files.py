"""Identifiers in a file: CSV or XLSX, with headings in any order or without, row by row and with little memory."""

import codecs
import csv
import io
import re
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import IO, Any
from xml.etree.ElementTree import ParseError

import openpyxl
from defusedxml.common import DefusedXmlException
from openpyxl.utils.exceptions import InvalidFileException

from foundation.core.errors import PortalError
from foundation.core.identifier_kinds import IdentifierKind, kind_named, network_named
from foundation.core.identifier_lines import read_line, read_parts
from foundation.core.identifier_readers.cleaning import AS_TEXT, clean
from foundation.core.identifier_readers.reading import Refused
from foundation.core.identifier_readers.things import unclear
from foundation.core.identifiers import LONGEST, Identifier

ROWS = 10_000
BLANKS = 1_000
COLUMNS = 40
MEGABYTE = 1_000_000
# What an XLSX may unpack to: 10,000 rows of identifiers need less than a tenth of it.
_UNPACKED, _PART = 60 * MEGABYTE, 40 * MEGABYTE
_CSV_SIZE = 20 * MEGABYTE
_LINE = 20_000
# Stands before a number that Excel has cut: no text of a file holds it, see _cell.
_CUT = "\ue0c7"
# How many lines a quoted cell may have.
_JOINED = 20
_HEADINGS = """
kind: type, identifier type, type of identifier, art, typ
value: identifier, id, number, name, address value, given
network: chain, blockchain, coin, asset network
role: person, rolle
tag: memo, destination tag, memo/tag, tag/memo, memo or tag, destination_tag
direction: side, in/out
output: output index, vout, index, output_index
port: source port, src port, source_port
time: timestamp, date, date and time, datetime, when, time utc, time (utc), utc, timestamp utc, used at
zone: time zone, timezone, tz, utc offset, offset
note: notes, remark, comment, remarks, description
"""


class BadFile(PortalError):
    """The file as a whole cannot be read; str() says what to do."""


class TooLarge(BadFile):
    """The file has more rows, or unpacks to more, than is read at once."""


@dataclass(frozen=True)
class Row:
    """One row: its number in the file from 1, what was read, and what stands beside it."""

    number: int
    identifier: Identifier
    role: str = ""
    note: str = ""


def _headings() -> dict[str, str]:
    known: dict[str, str] = {}
    for line in _HEADINGS.strip().splitlines():
        name, _, others = line.partition(": ")
        known |= dict.fromkeys([name, *others.split(", ")], name)
    return known


_NAMES = _headings()
Cells = Sequence[str]


def read_rows(
    source: str | Path | IO[bytes], *, filename: str, limit: int = ROWS
) -> Iterator[tuple[int, Identifier, str, str]]:
    """Yield (row number, identifier, role or "", note or "") for each row that is not blank.

    The kind of file is told by its content, filename only helps. Formulas are never evaluated and macros never run.
    Raises BadFile where it is no table, TooLarge where it has more than `limit` rows: rows yielded before stay good.
    """
    if isinstance(source, (str, Path)):
        with Path(source).open("rb") as file:
            yield from _read(file, filename, limit)
    else:
        source.seek(0)
        yield from _read(source, filename, limit)


def _read(file: IO[bytes], filename: str, limit: int) -> Iterator[tuple[int, Identifier, str, str]]:
    head = file.read(8)
    file.seek(0)
    if head.startswith(b"PK\x03\x04"):
        rows = _xlsx(file)
    elif head.startswith(b"\xd0\xcf\x11\xe0") or filename.lower().endswith((".xls", ".ods", ".numbers", ".pdf")):
        raise BadFile("This kind of file cannot be read here. Save the table as CSV or as Excel workbook (.xlsx).")
    else:
        rows = _csv(file)
    columns: dict[str, int] | None = None
    only = ""
    count = blank = 0
    for number, cells in rows:
        if not any(cell.strip() for cell in cells):
            blank += 1
            if blank > BLANKS:
                raise TooLarge(f"From row {number - BLANKS} on there are only blank rows. Delete them and save again.")
            continue
        blank = 0
        if columns is None:
            columns, only = _heading(cells)
            if columns:
                continue
        count += 1
        if count > limit:
            raise TooLarge(f"The table has more than {limit:,} rows. Divide it into several files.")
        row = _row(number, cells, columns, only)
        yield row.number, row.identifier, row.role, row.note


def workbook_cells(file: IO[bytes]) -> Iterator[tuple[int, Cells]]:
    """Yield the rows of a workbook's first sheet with their numbers, every cell as text; a cut number says so.

    Formulas are never evaluated. Raises BadFile, or TooLarge before anything large is unpacked.
    """
    for number, cells in _xlsx(file):
        if any(cell.startswith(_CUT) for cell in cells):
            raise BadFile(f"Row {number} has a number that Excel has rounded to 15 digits. {AS_TEXT}")
        yield number, cells


def _heading(cells: Cells) -> tuple[dict[str, int], str]:
    """Return which column is what, and the kind of all rows where the heading of the column of values is one."""
    if found := _columns(cells):
        return found, ""
    names = [re.sub(r"\s+", " ", cell.strip("\ufeff \t").lower()) for cell in cells]
    kinds = [(place, kind) for place, name in enumerate(names) if (kind := kind_named(name)) and name not in _NAMES]
    beside = {_NAMES[name]: place for place, name in enumerate(names) if name in _NAMES}
    if len(kinds) != 1 or len(beside) + 1 != sum(bool(name) for name in names) or "value" in beside:
        return {}, ""
    place, kind = kinds[0]
    return {"value": place, **beside}, "" if names[place] in {"address", "account"} else kind


def _columns(cells: Cells) -> dict[str, int]:
    """Return which column is what, empty where the first row is no heading."""
    found: dict[str, int] = {}
    for place, cell in enumerate(cells):
        words = re.sub(r"\s+", " ", cell.strip("\ufeff \t").lower())
        if name := _NAMES.get(words) or _NAMES.get(words.replace("_", " ")):
            found.setdefault(name, place)
            if name == "time" and "utc" in words:
                found["utc"] = place
    if "value" not in found and "kind" in found and (other := [n for n, c in enumerate(cells) if _wallet_word(c)]):
        found["value"] = other[0]
    return found if "value" in found and len(found) > 1 else {"value": found["value"]} if _alone(cells, found) else {}


def _wallet_word(cell: str) -> bool:
    return cell.strip().lower() in {"address", "wallet", "hash", "account"}


def _alone(cells: Cells, found: dict[str, int]) -> bool:
    return "value" in found and sum(bool(cell.strip()) for cell in cells) == 1


def _row(number: int, cells: Cells, columns: dict[str, int] | None, only: str = "") -> Row:
    read = cells if not columns else [cells[place] for place in columns.values() if place < len(cells)]
    if cut := next((cell for cell in read if cell.startswith(_CUT)), ""):
        return Row(number, _cut_number(cut.removeprefix(_CUT)))
    if not columns:
        filled = list(cells)
        while filled and not filled[-1].strip():
            filled.pop()
        return Row(number, read_line(_joined(filled)))
    cell = {name: cells[place].strip() if place < len(cells) else "" for name, place in columns.items()}
    if only and not cell.get("kind"):
        cell["kind"] = only
    found = _identifier(cell)
    return Row(number, found, _short(cell.get("role", ""), 40), _short(cell.get("note", ""), LONGEST))


def _joined(cells: Cells) -> str:
    """Write cells as one line again, so that it reads as a pasted one does."""
    if len(cells) == 1:
        return cells[0]
    out = io.StringIO()
    csv.writer(out, lineterminator="").writerow(cells)
    return out.getvalue()


def _short(text: str, longest: int) -> str:
    try:
        return clean(text)[0][:longest]
    except Refused:
        return ""


def _identifier(cell: dict[str, str]) -> Identifier:
    value, said, network = cell.get("value", ""), cell.get("kind", ""), cell.get("network", "")
    if not value:
        return Identifier(kind_named(said), "", why="The cell of the identifier is empty.")
    kind = kind_named(said)
    if said and not kind:
        known = ", ".join(IdentifierKind.values)
        return Identifier("", value[:LONGEST], why=f"We do not know this type. Write one of: {known}.")
    if cell.get("time") and kind in {"", IdentifierKind.IP}:
        return read_parts(IdentifierKind.IP, _with_time(value, cell))
    detail = cell.get("tag", "") or ":".join(filter(None, (cell.get("direction", ""), cell.get("output", ""))))
    if not kind:
        line = [value, network, detail] if network_named(network) else [value]
        found = read_line(_joined(line))
        return found if not detail or found.detail or not found.accepted else _again(found, value, detail)
    if detail and kind not in {IdentifierKind.WALLET, IdentifierKind.TXID}:
        detail = ""
    return read_parts(kind, value, network, detail)


def _again(found: Identifier, value: str, detail: str) -> Identifier:
    return replace(read_parts(found.kind, value, found.network, detail), given=found.given)


def _with_time(value: str, cell: dict[str, str]) -> str:
    port, time, zone = cell.get("port", ""), cell.get("time", ""), cell.get("zone", "")
    if zone and re.search(r"\d{2}:\d{2}(:\d{2}([.,]\d+)?)?$", time):
        time = f"{time} {zone}"
    elif "utc" in cell and re.search(r"\d{2}:\d{2}(:\d{2}([.,]\d+)?)?$", time):
        time = f"{time} Z"
    return " ".join(part for part in (value, port, time) if part)


def _csv(file: IO[bytes]) -> Iterator[tuple[int, Cells]]:
    """Read lines of text in UTF-8, UTF-16 or Windows-1252, separated by what the first ones have most."""
    size = file.seek(0, io.SEEK_END)
    if size > _CSV_SIZE:
        raise TooLarge(f"The file is larger than {_CSV_SIZE // MEGABYTE} MB. Divide it into several files.")
    file.seek(0)
    text = io.StringIO(_decoded(file.read()), newline="")
    sample = text.read(8192)
    text.seek(0)
    counts = {sign: sum(line.count(sign) for line in sample.splitlines()[:20]) for sign in ("\t", ";", ",")}
    separator = max(counts, key=lambda sign: counts[sign]) if any(counts.values()) else ","
    for number, line in enumerate(_records(text), 1):
        try:
            cells = next(csv.reader([line], delimiter=separator, skipinitialspace=True), [])
        except csv.Error:
            cells = [line]
        yield number, cells[:COLUMNS]


def _records(text: Iterator[str]) -> Iterator[str]:
    """Yield lines; one whose quote is still open takes in those that follow, unless the quote is never closed."""
    waiting: list[str] = []
    while True:
        line = waiting.pop(0) if waiting else next(text, "")[:_LINE]
        if not line:
            return
        taken = 0
        while _open(line, waiting[:taken]) and taken < _JOINED:
            if taken == len(waiting):
                more = next(text, "")[:_LINE]
                if not more:
                    break
                waiting.append(more)
            taken += 1
        if taken and not _open(line, waiting[:taken]):
            line = "".join([line, *waiting[:taken]])
            del waiting[:taken]
        yield line


def _open(line: str, following: list[str]) -> bool:
    return sum(part.count('"') for part in (line, *following)) % 2 == 1


def _decoded(content: bytes) -> str:
    if content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return content.decode("utf-16", "replace")
    if content[:400].count(0) > len(content[:400]) // 4:
        return content.decode("utf-16-le" if content[1:2] == b"\0" else "utf-16-be", "replace")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return content.decode("cp1252", "replace")


_DAMAGED = "This workbook cannot be read. Open it, save it as a new Excel workbook (.xlsx), or as CSV."
_BROKEN = (
    zipfile.BadZipFile, zlib.error, InvalidFileException, DefusedXmlException, ParseError, LookupError, ValueError,
    TypeError, AttributeError, OSError, EOFError, RuntimeError, OverflowError,
)  # fmt: skip


def _xlsx(file: IO[bytes]) -> Iterator[tuple[int, Cells]]:
    """Read the first sheet of a workbook; its size is checked before anything is unpacked."""
    try:
        with zipfile.ZipFile(file) as package:
            _check_package(package)
        file.seek(0)
        book = openpyxl.load_workbook(file, read_only=True, data_only=False, keep_links=False)
    except PortalError:
        raise
    except _BROKEN:
        raise BadFile(_DAMAGED) from None
    try:
        sheet: Any = next(iter(book.worksheets), None)
        if sheet is None:
            raise BadFile("This workbook has no sheet with rows.")
        sheet.reset_dimensions()
        for number, row in enumerate(sheet.iter_rows(max_col=COLUMNS, values_only=True), 1):
            yield number, [_cell(value) for value in row]
    except PortalError:
        raise
    except _BROKEN:
        raise BadFile(_DAMAGED) from None
    finally:
        book.close()


def _check_package(package: zipfile.ZipFile) -> None:
    """Refuse a package that unpacks to too much: no entry yields more than it declares."""
    entries = package.infolist()
    if len(entries) > 1_000 or sum(entry.file_size for entry in entries) > _UNPACKED:
        raise TooLarge("This workbook is too large once it is unpacked. Save only the table as CSV.")
    if any(entry.file_size > _PART for entry in entries):
        raise TooLarge("This workbook has a sheet that is too large. Save only the table as CSV.")
    if "[Content_Types].xml" not in package.namelist() or not any(n.startswith("xl/") for n in package.namelist()):
        raise BadFile(
            "This is an archive or another kind of document. Save the table as Excel workbook (.xlsx) or CSV."
        )


def _cut_number(digits: str) -> Identifier:
    """Refuse a number of which a workbook has only the first 15 digits; of one like a card number part is quoted."""
    shown = unclear(digits) if len(digits) == 16 and digits[0] in "3456" else digits
    why = (
        "Excel has rounded this number: it keeps only the first 15 digits. These are the digits that the file holds "
        f"now, not those that you typed. {AS_TEXT}"
    )
    return Identifier("", shown[:LONGEST], why=why, masked=shown != digits)


def _cell(value: object) -> str:
    """Write a cell as text: whole numbers without a point, times as ISO. Excel keeps only 15 digits of a number."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(value).upper()
    if isinstance(value, (int, float)):
        whole = float(value).is_integer() and abs(value) < 1e300
        digits = str(int(value)) if whole else repr(value)
        return f"{_CUT}{digits}" if whole and len(digits.lstrip("-")) > 15 else digits
    if isinstance(value, datetime):
        return value.isoformat(sep=" ")
    if isinstance(value, (date, timedelta)):
        return str(value)
    return str(value)[: 4 * LONGEST]


__all__ = ["AS_TEXT", "ROWS", "BadFile", "Row", "TooLarge", "read_rows", "workbook_cells"]
