"""A list of another system as a file: CSV, JSON or a workbook, read into rows with known columns."""

import codecs
import csv
import io
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from foundation.core.errors import PortalError
from foundation.core.identifier_files import workbook_cells

SIZE = 5 * 1024 * 1024
_CELL = 100_000
# A JSON list may have names for what stands beside each other: they are joined as cells are.
_JOIN = "\n"


class BadList(PortalError):
    """The file as a whole cannot be read; str() says what to do."""


@dataclass(frozen=True)
class Line:
    """One line: its number in the file (the first after the headings of a table is 2), and its cells by column."""

    number: int
    cells: Mapping[str, str]

    def get(self, name: str) -> str:
        """Return a cell without spaces around it; empty where there is none."""
        return self.cells.get(name, "").strip()


def read(content: bytes, *, columns: Mapping[str, str], needed: Sequence[str], most: int) -> list[Line]:
    """Return the lines of a file that are not blank. The kind of file is told by its content, never by its name.

    `columns` says which column each heading means, in small letters with `_` for spaces. Raises BadList for a file
    that is no list, has no column of `needed`, names two columns alike, or has more than `most` lines or SIZE bytes.
    """
    if len(content) > SIZE:
        raise BadList(f"The file is larger than {SIZE // 1024 // 1024} MB. Divide it into several files.")
    if content.startswith(b"PK\x03\x04"):
        rows = _table(((n, list(cells)) for n, cells in workbook_cells(io.BytesIO(content))), columns, needed)
    elif (text := _decoded(content)).lstrip()[:1] in {"[", "{"}:
        rows = _objects(text, columns, needed)
    else:
        rows = _table(_cells(text), columns, needed)
    found: list[Line] = []
    for line in rows:
        if any("\0" in cell for cell in line.cells.values()):
            raise BadList(f"Line {line.number} holds a character that no text has (NUL). Take it out.")
        if len(found) == most:
            raise BadList(f"The file has more than {most:,} lines. Divide it into several files.")
        found.append(line)
    if not found:
        raise BadList("There is no line in this file. Compare it with the template.")
    return found


def _decoded(content: bytes) -> str:
    """Read UTF-8 with or without a byte order mark, and UTF-16 with one."""
    try:
        if content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
            return content.decode("utf-16")
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise BadList("The characters of this file cannot be read. Save it as UTF-8 and send that.") from None
    if "\0" in text:
        raise BadList("This is no list: the file holds bytes that no text has. Save the table as CSV (UTF-8).")
    return text


def _cells(text: str) -> Iterator[tuple[int, list[str]]]:
    head = text.split("\n", 1)[0]
    separator = max((",", ";", "\t"), key=head.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
    try:
        yield from enumerate(reader, 1)
    except csv.Error as error:
        where = f"Line {reader.line_num} cannot be read as CSV"
        raise BadList(f"{where}: a quote is not closed or stands alone, or a cell is too long.") from error


def _table(rows: Iterator[tuple[int, list[str]]], columns: Mapping[str, str], needed: Sequence[str]) -> Iterator[Line]:
    places: dict[str, int] | None = None
    for number, cells in rows:
        if not any(cell.strip() for cell in cells):
            continue
        if places is None:
            places = _places([columns.get(_heading(cell), "") for cell in cells], needed)
            continue
        found = {name: cells[place][:_CELL] for name, place in places.items() if place < len(cells)}
        yield Line(number, found)


def _heading(cell: str) -> str:
    return "_".join(cell.strip("\ufeff \t").lower().replace("-", " ").replace("_", " ").split())


def _places(names: list[str], needed: Sequence[str]) -> dict[str, int]:
    twice = next((name for name in names if name and names.count(name) > 1), "")
    if twice:
        raise BadList(f"Two columns are both {twice}. Leave one.")
    found = {name: place for place, name in enumerate(names) if name}
    if missing := [name for name in needed if name not in found]:
        raise BadList(f"The file has no column {missing[0]}. The first line names the columns, as in the template.")
    return found


def _objects(text: str, columns: Mapping[str, str], needed: Sequence[str]) -> Iterator[Line]:
    try:
        data = json.loads(text)
    except (ValueError, RecursionError):
        raise BadList("This JSON cannot be read. Export the list again.") from None
    if isinstance(data, dict):
        data = next((value for value in data.values() if isinstance(value, list)), None)
    if not isinstance(data, list) or not all(isinstance(item, dict) for item in data):
        raise BadList("This JSON is no list of objects. Each request is an object with the names of the template.")
    for number, item in enumerate(data, 1):
        cells: dict[str, str] = {}
        for heading, value in item.items():
            name = columns.get(_heading(str(heading)), "")
            if name in cells:
                raise BadList(f"Object {number} names {name} twice.")
            if name:
                cells[name] = _text(value)[:_CELL]
        if missing := [name for name in needed if name not in cells]:
            raise BadList(f"Object {number} has no {missing[0]}.")
        yield Line(number, cells)


def _text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, list):
        return _JOIN.join(_text(item) for item in value)
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
