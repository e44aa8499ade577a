"""Reading entries fast: PostgreSQL's binary COPY, unpacked and compared with few calls for each entry.

What is not exactly as expected is read once more the slow way, which says what differs (verification). So nothing
here has to explain itself, and nothing here may pass what the slow way refuses.
"""

import struct
from collections.abc import Iterator
from hashlib import sha256
from operator import itemgetter
from typing import Any

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

_SEALED = f"""
    SELECT l.position, l.event_id, e.id, e.xid, l.leaf_hash, e.digest, e.payload, {_JOINED}
    FROM audit_auditleaf l LEFT JOIN audit_auditevent e ON e.id = l.event_id
    WHERE l.position > %s ORDER BY l.position LIMIT {_ROWS}
"""  # noqa: S608 - made of constants
_HEADER = b"PGCOPY\n\xff\r\n\x00"
_HEADER_SIZE = len(_HEADER) + 8
_END = b"\xff\xff"
# Eight values: four numbers and two hashes, each behind its length, and the length of the payload.
_FIXED = struct.Struct(">h iq iq iq iq i32s i32s i")
_LENGTHS = (8, 8, 8, 8, 8, 32, 32)
_LENGTH = struct.Struct(">i")
_values = itemgetter(*COLUMNS)


class Leaf:
    """A leaf with its entry: where it stands, and whether the entry is what the fast way can vouch for."""

    __slots__ = ("event_id", "hash", "is_sound", "position", "xid")

    def __init__(self, row: bytes) -> None:
        self.is_sound = False
        if len(row) < _FIXED.size:
            (self.position,) = struct.unpack_from(">q", row, 6)
            return
        found = _FIXED.unpack_from(row)
        self.position, self.event_id, self.xid, self.hash = found[2], found[4], found[8], found[10]
        if (found[0], found[1], found[3], found[5], found[7], found[9], found[11]) != _LENGTHS:
            return
        end = _FIXED.size + found[13]
        payload, text = row[_FIXED.size : end], row[end + 4 :]
        self.is_sound = (
            found[4] == found[6]
            and found[13] >= 0
            and row[end : end + 4] == _LENGTH.pack(len(text))
            and sha256(payload).digest() == found[12]
            and leaf_hash(payload) == self.hash
            and _says(payload) == text
            and text.count(b"\x1f") == _SEPARATORS
        )


def _says(payload: bytes) -> bytes:
    """Return the columns as the payload has them, joined like those of the row; nothing where it cannot be read."""
    try:
        return _SEPARATOR.join(_values(orjson.loads(payload))).encode()
    except (ValueError, KeyError, TypeError):
        return b""


def leaves() -> Iterator[Leaf]:
    """Go through all leaves in their order, never holding more than a part of them."""
    last = -(1 << 63)
    with connection.cursor() as cursor:
        while rows := _copied(cursor, _SEALED, last):
            for row in rows:
                leaf = Leaf(row)
                yield leaf
            last = leaf.position


def _copied(cursor: Any, query: str, after: int) -> list[bytes]:
    """Return the rows of a query as PostgreSQL sends them, each in a piece of its own, the header with the first."""
    pieces = _Pieces()
    cursor.copy_expert(f"COPY ({query % int(after)}) TO STDOUT (FORMAT binary)", pieces)
    rows = pieces.rows
    if rows and rows[0].startswith(_HEADER):
        rows[0] = rows[0][_HEADER_SIZE:]
    return [row for row in rows if row not in (b"", _END)]


class _Pieces:
    """What a COPY writes into."""

    def __init__(self) -> None:
        self.rows: list[bytes] = []
        self.write = self.rows.append
