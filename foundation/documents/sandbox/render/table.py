"""CSV as a table; one that is too wide for the paper as records, a line for each value."""

import csv
import io
from collections.abc import Iterator, Sequence
from itertools import islice, zip_longest

from foundation.documents.filetypes import FileType
from foundation.documents.sandbox.encodings import decode
from foundation.documents.sandbox.render.drawing import (
    ACROSS,
    UPRIGHT,
    Layout,
    Row,
    Sheet,
    lines_of,
    pages,
    width,
    wrapped,
)
from foundation.documents.sandbox.render.page import Page

FIELD = 1024 * 1024
# Enough to see how wide the columns are.
MEASURED = 500
NARROW, BROAD = 14, 40
BETWEEN = " │ "
COLUMNS = 200
# A value that is longer is cut in the picture; its words are whole.
LINES = 20


def render(content: bytes, kind: FileType) -> Iterator[Page]:
    """Yield the pages."""
    table = list(_read(decode(content)))
    sheet, widths = _measure(table)
    layout = Layout(sheet)
    if widths:
        _as_table(table, widths, layout)
    else:
        _as_records(table, layout)
    yield from pages(layout)


def _read(text: str) -> Iterator[list[str]]:
    csv.field_size_limit(FIELD)
    try:
        for row in csv.reader(io.StringIO(text, newline=""), delimiter=_delimiter(text)):
            yield row[:COLUMNS]
    except csv.Error:
        return  # what could be read so far


def _delimiter(text: str) -> str:
    """Return what stands between the values: what gives the most columns, the same number in most rows."""
    sample = "\n".join(islice((line for line in lines_of(text[:65536]) if line), 20))
    best, most = ",", 0
    for candidate in ",;\t|":
        try:
            counts = sorted(len(row) for row in csv.reader(io.StringIO(sample, newline=""), delimiter=candidate) if row)
        except csv.Error:
            continue
        usual = counts[len(counts) // 2] if counts else 0
        if usual > most:
            best, most = candidate, usual
    return best


def _measure(table: Sequence[Sequence[str]]) -> tuple[Sheet, list[int]]:
    """Return the paper and the widths of the columns; no widths where no paper is wide enough."""
    columns = max((len(row) for row in table), default=0)
    if not columns:
        return UPRIGHT, []
    longest = [1] * columns
    for row in table[:MEASURED]:
        for number, value in enumerate(row):
            longest[number] = max(longest[number], min(width(value), BROAD))
    for most in (BROAD, 24, NARROW):
        widths = [min(one, most) for one in longest]
        needed = sum(widths) + len(BETWEEN) * (columns - 1)
        for sheet in (UPRIGHT, ACROSS):
            if needed <= sheet.columns:
                return sheet, widths
    return UPRIGHT, []


def _as_table(table: Sequence[Sequence[str]], widths: Sequence[int], layout: Layout) -> None:
    for number, values in enumerate(table):
        if layout.full:
            layout.count(
                min(
                    max((-(-len(value) // most) for value, most in zip(values, widths, strict=False)), default=1), LINES
                )
            )
            continue
        cells = [list(islice(_lines_in(value, most), LINES)) for value, most in zip(values, widths, strict=False)]
        words = " | ".join(values)
        for line in range(max(map(len, cells), default=1)):
            shown = (_cell_of(cells, column, line, most) for column, most in enumerate(widths))
            layout.add(Row(BETWEEN.join(shown), "" if line else words, bold=number == 0, goes_on=line > 0))


def _cell_of(cells: Sequence[Sequence[str]], column: int, line: int, most: int) -> str:
    part = cells[column][line] if column < len(cells) and line < len(cells[column]) else ""
    return part + " " * (most - width(part))


def _lines_in(value: str, columns: int) -> Iterator[str]:
    for line in lines_of(value):
        for row in wrapped(line, columns):
            yield row.shown


def _as_records(table: Sequence[Sequence[str]], layout: Layout) -> None:
    names = table[0] if table else []
    for number, values in enumerate(table[1:] or table, start=1):
        layout.line(f"Row {number}", bold=True)
        for name, value in zip_longest(names, values, fillvalue=""):
            layout.lines(f"{name}: {value}")
        layout.line("")
