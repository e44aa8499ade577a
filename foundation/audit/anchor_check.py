"""Checking anchors: against the checkpoints of the trail, and the trail against a copy that was kept elsewhere."""

import json
from base64 import b64decode
from collections.abc import Generator, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import islice
from typing import Any

from foundation.audit import anchoring, canonical, signing, stamping
from foundation.audit.models import AuditAnchor, Checkpoint

# The clocks of portal and authority may differ by so much, and a checkpoint may be signed while a stamp is under way.
CLOCKS = timedelta(minutes=5)
# A stamp holds on to all anchors before it, so between two that were checked nothing can be older or newer than they
# are: one an hour is checked, and all of the newest.
_ALL_OF_THE_NEWEST = 500
_APART = timedelta(hours=1)


class AnchorBroken(Exception):
    """An anchor that does not hold, or a checkpoint that does not fit to it: which, as a sentence."""


@dataclass
class Anchored:
    """What the anchors say about a trail that fits to them."""

    anchors: int = 0
    checked: int = 0
    first: datetime | None = None
    last: datetime | None = None
    authority: str = ""
    # Checkpoints that got their stamp too late, or have none yet: how many stretches, and the longest of them.
    gaps: int = 0
    longest: timedelta = timedelta()
    waiting_since: datetime | None = None


class Anchors:
    """Walks the anchors beside the checkpoints, both in the order of the tree."""

    def __init__(self, *, every_stamp: bool = False) -> None:
        self.found = Anchored()
        newest = AuditAnchor.objects.order_by("number").last()
        self._all_from = 0 if every_stamp or newest is None else newest.number - _ALL_OF_THE_NEWEST
        self._rows = _anchors()
        self._next = next(self._rows, None)
        self._link = b""
        self._looked: datetime | None = None
        self._waiting: Checkpoint | None = None

    def passed(self, checkpoint: Checkpoint) -> None:
        """Check the checkpoint against the stamps of earlier ones, and the anchors that are of it."""
        last = self.found.last
        if last is not None and checkpoint.signed_at < last - CLOCKS:
            raise AnchorBroken(
                f"The {checkpoint} says it was signed at {_words(checkpoint.signed_at)}, but at {_words(last)} the "
                f"authority stamped a shorter trail as the newest: it was put in or written anew afterwards."
            )
        if self._waiting is None:
            self._waiting = checkpoint
        while self._next is not None and self._next.tree_size == checkpoint.tree_size:
            self._anchor(self._next, checkpoint)
            self._next = next(self._rows, None)
        if self._next is not None and self._next.tree_size < checkpoint.tree_size:
            raise AnchorBroken(f"The {self._next} is of a checkpoint at {self._next.tree_size}, which is not there.")

    def end(self, at: datetime) -> None:
        """Look at what is left when the last checkpoint was passed."""
        if self._next is not None:
            raise AnchorBroken(
                f"The end is cut off: the {self._next} is of a checkpoint at {self._next.tree_size}, which is gone."
            )
        if self._waiting is not None and self.found.last is not None and self._gap(at, self._waiting):
            self.found.waiting_since = self._waiting.signed_at

    def close(self) -> None:
        """End the reading while its transaction still runs."""
        self._rows.close()

    def _anchor(self, row: AuditAnchor, head: Checkpoint) -> None:
        if row.number != self.found.anchors + 1:
            raise AnchorBroken(f"Anchor {self.found.anchors + 1} is missing: the next is {row.number}.")
        if bytes(row.previous) != self._link:
            raise AnchorBroken(f"The {row} does not follow the one before it.")
        self.found.anchors += 1
        self._link = anchoring.link(row, head)
        if row.stamp:
            self._stamped(row, head)

    def _stamped(self, row: AuditAnchor, head: Checkpoint) -> None:
        at, last = row.stamped_at, self.found.last
        if at is None or (last is not None and at < last - CLOCKS):
            raise AnchorBroken(f"The {row} has a stamp that is older than the one before it.")
        far = self._looked is None or at - self._looked >= _APART
        if far or row.number > self._all_from:
            self._check(row, head)
            self._looked = at
        if self._waiting is not None:
            self._gap(at, self._waiting)
        self._waiting = None
        self.found.first = self.found.first or at
        self.found.last, self.found.authority = at, row.authority

    def _check(self, row: AuditAnchor, head: Checkpoint) -> None:
        try:
            stamp = stamping.check(bytes(row.stamp), anchoring.sworn(row, head))
        except stamping.StampRefused as refusal:
            raise AnchorBroken(f"The {row} over the {head} is not valid: {refusal}.") from refusal
        if (stamp.at, stamp.authority) != (row.stamped_at, row.authority):
            raise AnchorBroken(f"The {row} says another time or authority than its stamp.")
        self.found.checked += 1

    def _gap(self, at: datetime, head: Checkpoint) -> bool:
        took = at - max(head.signed_at, self.found.last or head.signed_at)
        if took <= anchoring.patience():
            return False
        self.found.gaps += 1
        self.found.longest = max(self.found.longest, took)
        return True


def _anchors() -> Generator[AuditAnchor]:
    yield from AuditAnchor.objects.order_by("number").iterator(chunk_size=200)


def compare(copy: Iterable[Mapping[str, Any]]) -> int:
    """Compare anchors that were kept elsewhere with the trail; return how many. Raises AnchorBroken.

    The copy may begin and end anywhere. It is what a cut end, an old backup or a trail written anew cannot match.
    """
    count = 0
    lines = iter(copy)
    while some := list(islice(lines, 500)):
        wanted = {size for size in map(_size, some) if size is not None}
        heads = {head.tree_size: head for head in Checkpoint.objects.filter(tree_size__in=wanted)}
        rows = AuditAnchor.objects.in_bulk([said["number"] for said in some])
        for said in some:
            _same(said, heads.get(_size(said) or 0), rows.get(said["number"]))
            count += 1
    return count


def _same(said: Mapping[str, Any], head: Checkpoint | None, row: AuditAnchor | None) -> None:
    words = f"The kept copy has anchor {said['number']} of a checkpoint at {_size(said)}"
    if head is None:
        raise AnchorBroken(f"{words}, which the trail has not: its end was cut off, or it was written anew.")
    if signing.statement(head).decode() != said["statement"] or bytes(head.signature).hex() != said["signature"]:
        raise AnchorBroken(f"{words}, and the trail has another one there: it was written anew.")
    if row is None:
        raise AnchorBroken(f"{words}, and the trail has no such anchor: it was deleted.")
    if (bytes(row.previous).hex(), bytes(row.stamp)) != (said["previous"], b64decode(said["stamp"])):
        raise AnchorBroken(f"{words}, and the anchor of the trail is another one.")
    if said["stamped_at"] != (canonical.stamp(row.stamped_at) if row.stamped_at else ""):
        raise AnchorBroken(f"{words}, and the anchor of the trail says another time.")


def _size(said: Mapping[str, Any]) -> int | None:
    size = json.loads(said["statement"]).get("tree_size")
    return size if isinstance(size, int) else None


def _words(at: datetime) -> str:
    return f"{at:%Y-%m-%d %H:%M:%S} UTC"
