"""A table as CSV, read as it streams by: each row with the very bytes that it stands in, and no guesses."""

import codecs
import csv
from collections import deque
from collections.abc import Iterable, Iterator

# A field longer than this is no record of ours, and would be held in memory whole; so would a row.
_FIELD_LENGTH = 1024 * 1024
_ROW_BYTES = 4 * _FIELD_LENGTH


class Unreadable(ValueError):
    """A table that cannot be told apart into rows."""


def read_table(chunks: Iterable[bytes]) -> Iterator[tuple[bytes, list[str]]]:
    """Return the header and then each row, as bytes and as fields; joined, the bytes are those that came.

    Blank lines go with the row that follows, at the end alone and without fields. Raises Unreadable where two
    programs could read different rows out of it, and where a row is longer than memory should hold.
    """
    csv.field_size_limit(_FIELD_LENGTH)
    lines = _Lines(chunks)
    reader = csv.reader(lines, strict=True)
    try:
        names = next(reader, [])
        yield lines.taken(), names
        for row in reader:
            if row:
                yield lines.taken(), row
    except (csv.Error, UnicodeDecodeError) as error:
        raise Unreadable(str(error)) from error
    if left := lines.taken():
        yield left, []


def noted(chunks: Iterable[bytes], passed: deque[bytes]) -> Iterator[bytes]:
    """Return the chunks, and note each that was read."""
    for chunk in chunks:
        passed.append(chunk)
        yield chunk


class _Lines:
    """The lines of a table as text; keeps the bytes of those that were read since somebody took them."""

    def __init__(self, chunks: Iterable[bytes]) -> None:
        self._lines = _cut(chunks)
        self._pulled: list[bytes] = []
        self._size = 0
        self._first = True
        self._quoted = False

    def __iter__(self) -> "_Lines":
        return self

    def __next__(self) -> str:
        line = next(self._lines)
        self._pulled.append(line)
        self._size += len(line)
        if self._size > _ROW_BYTES:
            raise Unreadable("it is too long")
        if b"\0" in line:
            # What one program reads to the end, another one reads up to here.
            raise Unreadable("there is a NUL in it")
        first, self._first = self._first, False
        line = line.removeprefix(codecs.BOM_UTF8) if first else line
        self._quoted = _quoted_behind(line, self._quoted)
        return line.decode()

    def taken(self) -> bytes:
        """Return the bytes of the lines that were read since the last time."""
        raw = b"".join(self._pulled)
        self._pulled.clear()
        self._size = 0
        return raw


def _quoted_behind(line: bytes, quoted: bool) -> bool:
    """Say whether a line ends inside of a quoted field; quoted: whether it begins in one.

    Raises Unreadable for a quotation mark inside of a field that is not quoted (RFC 4180, 2.5): one program takes it as
    it stands, another one reads on from there over commas and ends of rows.
    """
    at = 0
    while (mark := line.find(b'"', at)) >= 0:
        at = mark + 1
        if not quoted:
            if mark and line[mark - 1 : mark] != b",":
                raise Unreadable("a quotation mark stands in a field that is not quoted")
            quoted = True
        elif line[at : at + 1] == b'"':
            at += 1
        else:
            quoted = False
    return quoted


def _cut(chunks: Iterable[bytes]) -> Iterator[bytes]:
    """Cut the chunks behind every line feed; Unreadable where none comes."""
    rest = b""
    for chunk in chunks:
        *whole, rest = (rest + chunk).split(b"\n")
        for line in whole:
            yield line + b"\n"
        if len(rest) > _ROW_BYTES:
            raise Unreadable("it is too long")
    if rest:
        yield rest
