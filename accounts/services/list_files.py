"""A list that leaves the portal as a file: CSV or a workbook, piece by piece, and counted on its way."""

import csv
import hashlib
from collections.abc import Callable, Iterable, Iterator, Sequence

from accounts.services.statistics import safe_cell
from foundation.audit.canonical import JSON
from foundation.core.workbook import workbook

CSV, XLSX = "csv", "xlsx"
TYPES = {
    CSV: "text/csv; charset=utf-8",
    XLSX: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
_CHUNK = 2000

Line = list[str | int]
# Called once at the end, with what went out: rows, bytes, SHA-256, and whether it was the whole.
Ended = Callable[[dict[str, JSON]], None]


def content(
    headings: Sequence[str], lines: Iterable[Line], form: str, ended: Ended, *, sheet: str, chunk: int = _CHUNK
) -> Iterator[bytes]:
    """Return the file piece by piece (`chunk` lines of CSV each), and say at the end what went out.

    The end comes when the reader hangs up too. No cell begins a formula: CSV marks it, a workbook types it as text.
    """
    counted = _Counted(lines)
    pieces = workbook(headings, counted, sheet=sheet) if form == XLSX else _csv(headings, counted, chunk)
    digest, size, whole = hashlib.sha256(), 0, False
    try:
        for piece in pieces:
            digest.update(piece)
            size += len(piece)
            yield piece
        whole = True
    finally:
        ended({"rows": counted.rows, "bytes": size, "sha256": digest.hexdigest(), "whole": whole})


class _Counted:
    """Lines on their way, counted."""

    def __init__(self, lines: Iterable[Line]) -> None:
        self._lines, self.rows = lines, 0

    def __iter__(self) -> Iterator[Line]:
        for line in self._lines:
            self.rows += 1
            yield line


class _Echo:
    """A file that hands back what is written to it."""

    def write(self, text: str) -> str:
        """Return the text."""
        return text


def _csv(headings: Sequence[str], lines: Iterable[Line], chunk: int) -> Iterator[bytes]:
    """CSV as spreadsheets read it: with a byte order mark, and no cell that begins a formula."""
    writer = csv.writer(_Echo())
    yield ("\ufeff" + writer.writerow(headings)).encode()
    gathered: list[str] = []
    for line in lines:
        gathered.append(writer.writerow([safe_cell(cell) if isinstance(cell, str) else cell for cell in line]))
        if len(gathered) == chunk:
            yield "".join(gathered).encode()
            gathered = []
    yield "".join(gathered).encode()
