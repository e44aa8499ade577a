"""Reading entries fast: PostgreSQL's binary COPY, unpacked and compared with few calls for each entry.

What is not exactly as expected is read once more the slow way, which says what differs (verification). So nothing
here has to explain itself, and nothing here may pass what the slow way refuses.
"""

import struct
from collections.abc import Callable, Iterator
from hashlib import sha256
from operator import itemgetter
from typing import Any, NamedTuple

import orjson
from django.db import connection

from foundation.audit.merkle import leaf_hash

COLUMNS = (
    "action",
    "actor_id",
    "actor_kind",
    "actor_label",
    "ip",
    "object_id",
    "object_label",
    "object_type",
    "occurred_at",
    "outcome",
    "reason",
    "request_id",
    "session",
)
# PostgreSQL writes the moment as the payload has it, which is cheaper than parsing it here.
STAMP = "to_char(e.occurred_at AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.US\"Z\"')"
SELECTED = [STAMP if column == "occurred_at" else f"e.{column}" for column in COLUMNS]
# All columns as one text. With || a missing value makes all of it missing, which the slow way then looks at; so a text
# with exactly this many separators has none inside a value, and two equal ones have the same values.
_SEPARATOR = "\x1f"
_JOINED = " || E'\\x1f' || ".join(SELECTED)
_SEPARATORS = len(COLUMNS) - 1
_ROWS = 10_000

_LEAVES = f"""
    SELECT position, event_id, leaf_hash FROM audit_auditleaf WHERE position > %s ORDER BY position LIMIT {_ROWS}
"""  # noqa: S608 - made of constants
# Not a join: before anybody has counted the rows, PostgreSQL takes one that reads the whole table for each part. Asked
# for by their numbers, it sorts the pages first and reads many in one go.
_ENTRIES = f"""
    SELECT e.id, e.xid, e.digest, e.payload, {_JOINED} FROM audit_auditevent e WHERE e.id = ANY('{{%s}}'::bigint[])
"""  # noqa: S608 - made of constants
_HEADER = b"PGCOPY\n\xff\r\n\x00"
_FLAGS_SIZE = 8
_NO_ROW = (b"", b"\xff\xff")
# Each value stands behind its length. An entry's payload and text follow, and vary.
_LEAF = struct.Struct(">h iq iq i32s")
_LEAF_LENGTHS = (3, 8, 8, 32)
_ENTRY = struct.Struct(">h iq iq i32s i")
_ENTRY_LENGTHS = (5, 8, 8, 32)
_LENGTH = struct.Struct(">i")
_LENGTH_AND_NUMBER = struct.Struct(">iq")
_values = itemgetter(*COLUMNS)
_UNSOUND = (None, b"")


class Leaf(NamedTuple):
    """A leaf, and the number of the transaction that wrote its entry; without that where the slow way has to look."""

    position: int
    event_id: int
    hash: bytes
    xid: int | None


def leaves() -> Iterator[Leaf]:
    """Go through all leaves in their order, never holding more than a part of them."""
    last = -(1 << 63)
    with connection.cursor() as cursor:
        while part := _leaves(cursor, last):
            entries = _Entries(cursor, {event_id for _position, event_id, _sealed in part})
            for position, event_id, sealed in part:
                xid, wrote = entries.sound.get(event_id, _UNSOUND)
                yield Leaf(position, event_id, sealed, xid if wrote == sealed else None)
            last = part[-1][0]


class _Entries:
    """The entries of a part, each checked while PostgreSQL reads the ones after it."""

    def __init__(self, cursor: Any, numbers: set[int]) -> None:
        self.sound: dict[int, tuple[int, bytes]] = {}
        self.rows = 0
        _copy(cursor, _ENTRIES % ",".join(map(str, numbers)), self.write)
        # An entry that is there twice may have one row that is sound: then nothing of the part is.
        if self.rows > len(numbers):
            self.sound.clear()

    def write(self, row: bytes) -> None:
        """Take a row, or what PostgreSQL sends before and behind them all."""
        if len(row) < _ENTRY.size or row[0]:  # a row begins with the number of its values, which is small
            row = row[len(_HEADER) + _FLAGS_SIZE :] if row.startswith(_HEADER) else row
            if row in _NO_ROW:
                return
        self.rows += 1
        try:
            found = _ENTRY.unpack_from(row)
        except struct.error:
            return
        end = _ENTRY.size + found[7]
        payload, text = row[_ENTRY.size : end], row[end + 4 :]
        if (
            (found[0], found[1], found[3], found[5]) == _ENTRY_LENGTHS
            and found[7] >= 0
            and row[end : end + 4] == _LENGTH.pack(len(text))
            and _says(payload) == text
            and text.count(b"\x1f") == _SEPARATORS
            and sha256(payload).digest() == found[6]
        ):
            self.sound[found[2]] = found[4], leaf_hash(payload)


def _says(payload: bytes) -> bytes:
    """Return the columns as the payload has them, joined like those of the row; nothing where it cannot be read."""
    try:
        return _SEPARATOR.join(_values(orjson.loads(payload))).encode()
    except (ValueError, KeyError, TypeError):
        return b""


def _leaves(cursor: Any, after: int) -> list[tuple[int, int, bytes]]:
    """Return position, entry and hash of the leaves that follow; without entry and hash where they are not readable."""
    pieces: list[bytes] = []
    _copy(cursor, _LEAVES % after, pieces.append)
    if pieces and pieces[0].startswith(_HEADER):
        pieces[0] = pieces[0][len(_HEADER) + _FLAGS_SIZE :]
    part = []
    for row in pieces:
        if row in _NO_ROW:
            continue
        found = _LEAF.unpack(row) if len(row) == _LEAF.size else ()
        if found and (found[0], found[1], found[3], found[5]) == _LEAF_LENGTHS:
            part.append(found[2::2])
        else:  # a hash of another length, or none: the position is there, being the primary key
            part.append((_LENGTH_AND_NUMBER.unpack_from(row, 2)[1], 0, b""))
    return part


def _copy(cursor: Any, query: str, write: Callable[[bytes], None]) -> None:
    """Have PostgreSQL send the rows of a query, each in a piece of its own, the header with the first."""
    cursor.copy_expert(f"COPY ({query}) TO STDOUT (FORMAT binary)", _Pieces(write))


class _Pieces:
    """What a COPY writes into."""

    def __init__(self, write: Callable[[bytes], None]) -> None:
        self.write = write
