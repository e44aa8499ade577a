"""Checking the whole trail: entries against their bytes, leaves against entries, checkpoints against leaves."""

import hashlib
import json
from bisect import bisect_right
from collections.abc import Generator
from dataclasses import dataclass, field
from datetime import datetime
from operator import itemgetter
from typing import Any

from django.db import connection, transaction
from django.utils import timezone

from foundation.audit import copied, merkle, sealing, signing, tables
from foundation.audit.anchor_check import AnchorBroken, Anchored, Anchors
from foundation.audit.copied import COLUMNS, SELECTED
from foundation.audit.models import Checkpoint

_EVENT = ", ".join(["e.id", "e.xid::text::bigint", "e.payload", "e.digest", *SELECTED])
_LEAF = f"""
    SELECT l.position, l.event_id, l.leaf_hash, {_EVENT}
    FROM audit_auditleaf l LEFT JOIN audit_auditevent e ON e.id = l.event_id
    WHERE l.position = %s
"""  # noqa: S608 - made of constants
_UNSEALED = f"""
    SELECT {_EVENT} FROM audit_auditevent e
    WHERE NOT EXISTS (SELECT FROM audit_auditleaf l WHERE l.event_id = e.id)
    ORDER BY e.id
"""  # noqa: S608 - made of constants
_NODES = 'SELECT "end", level, node_hash FROM audit_auditnode ORDER BY "end", level'
_FROM_PAYLOAD = itemgetter(*COLUMNS)
_DECODE = json.JSONDecoder().decode


@dataclass(frozen=True)
class Verified:
    """What was walked and found whole."""

    sealed: int
    unsealed: int
    checkpoints: int
    anchored: Anchored = field(default_factory=Anchored)


class TrailBroken(Exception):
    """The first thing that is not as it was written: a sentence that names the entry and what differs."""


class _Event:
    """An entry as the cursor gives it."""

    __slots__ = ("id", "payload", "row", "xid")

    def __init__(self, row: tuple[Any, ...]) -> None:
        self.row = row
        self.id, self.xid = row[0], row[1]
        self.payload = bytes(row[2] or b"")

    def broken(self, what: str) -> TrailBroken:
        return TrailBroken(f"Entry {self.row[0]} ({self.row[4]}): {what}")

    def check(self) -> None:
        """Check digest and columns against the payload."""
        if hashlib.sha256(self.payload).digest() != bytes(self.row[3]):
            raise self.broken("its payload and its digest differ.")
        try:
            written = _FROM_PAYLOAD(_DECODE(self.payload.decode()))
        except (ValueError, KeyError, TypeError) as error:
            raise self.broken("its payload cannot be read.") from error
        if written != self.row[4:]:
            pairs = zip(COLUMNS, self.row[4:], written, strict=True)
            name, stored, wrote = next(pair for pair in pairs if pair[1] != pair[2])
            raise self.broken(f"the column {name} says {stored!r}, its payload says {wrote!r}.")


@dataclass
class _Order:
    """What the checkpoints passed so far say about entries that come after them.

    A transaction has its number before its entries have their ids (models.AuditEvent). So an entry that came
    after a checkpoint was written in a transaction that had not ended then (number not below its horizon), and
    an entry whose id lies below a sealed one belongs to a transaction begun before that checkpoint was made
    (number below its ceiling). An entry put in between later fits neither.
    """

    cluster: str = ""
    horizon: int = 0
    top: int = 0
    tops: list[int] = field(default_factory=list)
    ceilings: list[int] = field(default_factory=list)

    def fits(self, event_id: int, xid: int) -> bool:
        """Say at once of nearly all that they are in order: the others are for check()."""
        return event_id > self.top and xid >= self.horizon

    def saw(self, event_id: int) -> None:
        self.top = max(self.top, event_id)

    def passed(self, checkpoint: Checkpoint) -> None:
        if checkpoint.cluster != self.cluster:
            self.cluster = checkpoint.cluster
            self.tops.clear()
            self.ceilings.clear()
        self.horizon = checkpoint.horizon
        self.tops.append(self.top)
        self.ceilings.append(checkpoint.ceiling)

    def check(self, event: _Event, cluster: str) -> None:
        if cluster != self.cluster:
            return
        if event.xid < self.horizon:
            raise event.broken("it was not there when older entries were sealed: it was put in afterwards.")
        if event.id > self.top:
            return
        later = bisect_right(self.tops, event.id)
        if later < len(self.tops) and event.xid >= self.ceilings[later]:
            raise event.broken("its number lies among sealed entries that are older: it was put in between.")


class _Walk:
    """One pass over leaves, entries and checkpoints in the order of the tree."""

    def __init__(self, at: datetime, *, every_stamp: bool = False) -> None:
        self.at = at
        self.tree = merkle.Tree()
        self.order = _Order()
        self.root = b""
        self.seen = 0
        self.checkpoints = _checkpoints()
        self.next = next(self.checkpoints, None)
        self.nodes = _rows(_NODES)
        self.node = next(self.nodes, None)
        self.anchors = Anchors(every_stamp=every_stamp)

    def sealed(self) -> int:
        """Walk the leaves; return their number."""
        for leaf in copied.leaves():
            if leaf.xid is not None and self.next is not None and leaf.position == self.tree.size:
                event_id, root = leaf.event_id, leaf.hash
                if not self.order.fits(event_id, leaf.xid):
                    self._slowly(leaf.position)
            else:
                event_id, root = self._slowly(leaf.position)
            self.order.saw(event_id)
            self.tree.append(root)
            if self.next is not None and self.tree.size == self.next.tree_size:
                self._checkpoint(self.next)
                self.next = next(self.checkpoints, None)
            if self.tree.grown:
                self._nodes()
        if self.node is not None:
            raise TrailBroken(f"A subtree of leaves before {self.node[0]} is stored, but the trail does not have it.")
        if self.next is not None:
            raise TrailBroken(f"The end is cut off: {self.next} is signed, but only {self.tree.size} leaves are left.")
        if (rows := _leaves()) != self.tree.size:  # one that shares its place with another may be read by nobody
            raise TrailBroken(f"There are {rows} leaves in {self.tree.size} places: one was put in beside another.")
        self.anchors.end(self.at)
        return self.tree.size

    def unsealed(self) -> int:
        """Walk the entries that wait for the sealer; return their number."""
        count = 0
        cluster = sealing.cluster()
        for row in _rows(_UNSEALED):
            event = _Event(row)
            event.check()
            self.order.check(event, cluster)
            count += 1
        return count

    def close(self) -> None:
        """End the reading while its transaction still runs."""
        self.checkpoints.close()
        self.nodes.close()
        self.anchors.close()

    def _slowly(self, position: int) -> tuple[int, bytes]:
        """Read a leaf and its entry once more, value by value, and say what is wrong with them; or return the leaf."""
        with connection.cursor() as cursor:
            cursor.execute(_LEAF, [position])
            row, *more = cursor.fetchall()
        if more:
            raise TrailBroken(f"Entry {row[1]} ({row[7]}): it is there {len(more) + 1} times.")
        event_id, leaf = row[1], bytes(row[2] or b"")
        self._leaf(position, event_id, leaf, _Event(row[3:]))
        return event_id, leaf

    def _leaf(self, position: int, event_id: int, leaf: bytes, event: _Event) -> None:
        if position != self.tree.size:
            raise TrailBroken(f"Leaf {self.tree.size} is missing: the next is leaf {position} of entry {event_id}.")
        if event.id is None:
            raise TrailBroken(f"Entry {event_id} (action unknown): it was sealed as leaf {position} and is gone.")
        if self.next is None:
            raise event.broken(f"it has leaf {position}, but no checkpoint was signed over it.")
        event.check()
        if merkle.leaf_hash(event.payload) != leaf:
            raise event.broken(f"it is not what was sealed as leaf {position}.")
        self.order.check(event, self.next.cluster)

    def _nodes(self) -> None:
        """Compare the stored subtrees with those just completed; after the last stored one the sealer has not come."""
        for node, root in self.tree.grown:
            if self.node is None:
                break
            end, level, stored = self.node
            if (end, level, bytes(stored)) != (*node, root):
                raise TrailBroken(f"The stored subtree before leaf {min(end, node.end)} is not that of its leaves.")
            self.node = next(self.nodes, None)
        self.tree.grown.clear()

    def _checkpoint(self, checkpoint: Checkpoint) -> None:
        self.seen += 1
        if not signing.is_signed(checkpoint):
            raise TrailBroken(f"The signature of the {checkpoint} is not valid.")
        if bytes(checkpoint.previous_root) != self.root:
            raise TrailBroken(f"The {checkpoint} does not follow the one before it.")
        self.root = self.tree.root()
        if bytes(checkpoint.root_hash) != self.root or bytes(checkpoint.peaks) != self.tree.dump():
            raise TrailBroken(f"The {checkpoint} has another root: a leaf before it was changed.")
        self.order.passed(checkpoint)
        self.anchors.passed(checkpoint)


def verify(*, at: datetime | None = None, every_stamp: bool = False) -> Verified:
    """Walk the whole trail as it is at this moment; raise TrailBroken at the first thing that is not as written."""
    with transaction.atomic():
        if len(connection.savepoint_ids) == 0:
            with connection.cursor() as cursor:
                cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        odd = " ".join(tables.oddities())
        walk = _Walk(at or timezone.now(), every_stamp=every_stamp)
        try:
            sealed = walk.sealed()
            unsealed = walk.unsealed()
        except (TrailBroken, AnchorBroken) as error:
            raise TrailBroken(f"{error} {odd}".rstrip()) from error
        finally:
            walk.close()
        if odd:
            raise TrailBroken(odd)
    return Verified(sealed, unsealed, walk.seen, walk.anchors.found)


def _leaves() -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM audit_auditleaf")
        return int(cursor.fetchone()[0])


def _checkpoints() -> Generator[Checkpoint]:
    yield from Checkpoint.objects.order_by("tree_size").iterator(chunk_size=500)


def _rows(query: str) -> Generator[tuple[Any, ...]]:
    """Stream the rows of a query, never holding them all."""
    with connection.chunked_cursor() as cursor:
        cursor.execute(query)
        yield from cursor
