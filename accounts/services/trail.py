"""Reading the trail, which is itself an act that the trail keeps."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import F, QuerySet
from django.db.models.fields.tuple_lookups import Tuple, TupleGreaterThan, TupleLessThan

from accounts.event_names import words_of
from accounts.events import Event
from accounts.models import User
from accounts.trail_filter import Filter
from accounts.trail_parts import withheld
from foundation.audit import proofs
from foundation.audit.models import AuditAnchor, AuditEvent, AuditLeaf, Checkpoint
from foundation.audit.trail import record
from foundation.core.errors import NotAllowed

_KEY = ("occurred_at", "id")
# Entries of the same request or session that a page shows around one.
AROUND = 10
# An entry's neighbours have numbers near its own; so far away they are looked for without an index on the session.
_NEAR = 20_000


def read(
    *, by: User, wanted: Filter, before: int | None = None, most: int = 50, at: datetime | None = None
) -> list[AuditEvent]:
    """Return entries, newest first, and leave the entry of this look with what was asked for.

    `before` is the number of the last entry that was shown. Entries that are `withheld` are about what only named
    people read: the label alone.
    """
    found = shown(newest(wanted, before=before)[:most], by)
    asked = {**wanted.asked(), "before": before, "entries": len(found)}
    record(Event.TRAIL_READ, by=by, data=asked, at=at)
    return found


def newest(wanted: Filter, *, before: int | None = None) -> QuerySet[AuditEvent]:
    """Return what is asked for, newest first, from an entry on: by place, so that a page costs what it shows."""
    rows = wanted.entries().defer("digest").order_by("-occurred_at", "-id")
    if before is None:
        return rows
    place = AuditEvent.objects.filter(pk=before).values_list(*_KEY).first()
    return rows.filter(TupleLessThan(Tuple(*map(F, _KEY)), place)) if place else rows.none()


def oldest(wanted: Filter, *, until: datetime, chunk: int) -> Iterator[list[AuditEvent]]:
    """Return what is asked for and happened until then in parts, oldest first; each part is asked for by place."""
    place = None
    while True:
        rows = wanted.entries().filter(occurred_at__lte=until).order_by(*_KEY)
        if place is not None:
            rows = rows.filter(TupleGreaterThan(Tuple(*map(F, _KEY)), place))
        part = list(rows[:chunk])
        if part:
            yield part
            place = (part[-1].occurred_at, part[-1].pk)
        if len(part) < chunk:
            return


def shown(rows: Iterable[AuditEvent], by: User) -> list[AuditEvent]:
    """Give the entries their titles, and mark those of which this reader gets labels only."""
    found: list[Any] = list(rows)
    closed, titles = withheld(found, by), words_of(entry.action for entry in found)
    for entry in found:
        entry.withheld, entry.title = entry.pk in closed, titles[entry.action]
    return found


@dataclass(frozen=True)
class Place:
    """Where an entry stands in the tree: its leaf, the first signed head over it, and the first anchors outside."""

    position: int
    leaf_hash: str
    checkpoint: Checkpoint | None
    # The first stamp of an authority over it, and the first line of the published file.
    stamped: AuditAnchor | None
    published: AuditAnchor | None


@dataclass(frozen=True)
class Opened:
    """One entry with all that the trail knows of it."""

    entry: AuditEvent
    place: Place | None
    same_request: list[AuditEvent]
    same_session: list[AuditEvent]


def open_entry(number: int, *, by: User, at: datetime | None = None) -> Opened | None:
    """Return an entry with its place and what was done beside it, and leave the entry of this look."""
    entry = AuditEvent.objects.filter(pk=number).first()
    if entry is None:
        return None
    shown([entry], by)
    found = Opened(
        entry,
        _place(entry),
        shown(_beside(entry, request_id=entry.request_id), by),
        shown(_beside(entry, session=entry.session), by),
    )
    record(Event.TRAIL_ENTRY_READ, by=by, data={"entry": number}, at=at)
    return found


def proof(number: int, *, by: User, at: datetime | None = None) -> proofs.Proof | None:
    """Return the proof of one entry and note who took it; None where there is no such entry, or it is not sealed yet.

    Raises NotAllowed for an entry that is withheld from this reader: a proof holds the entry's exact bytes, or it
    proves nothing.
    """
    entry = AuditEvent.objects.filter(pk=number).first()
    if entry is None:
        return None
    if withheld([entry], by):
        raise NotAllowed("Only named people read this entry. A proof holds its words, so you cannot take one.")
    found = proofs.inclusion(number)
    if found:
        record(Event.TRAIL_PROOF_TAKEN, by=by, data={"entry": number}, at=at)
    return found


def _place(entry: AuditEvent) -> Place | None:
    leaf = AuditLeaf.objects.filter(event_id=entry.pk).first()
    if leaf is None:
        return None
    head = Checkpoint.objects.filter(tree_size__gt=leaf.position).order_by("tree_size").first()
    anchors = AuditAnchor.objects.filter(tree_size__gt=leaf.position).order_by("tree_size", "number")
    stamped = anchors.exclude(stamp=b"").first()
    return Place(leaf.position, bytes(leaf.leaf_hash).hex(), head, stamped, anchors.first())


def _beside(entry: AuditEvent, **same: str) -> list[AuditEvent]:
    """Return the entries of the same request or session just before and just after, in their order."""
    if not all(same.values()):
        return []
    near = AuditEvent.objects.filter(**same).defer("digest")
    earlier = near.filter(pk__lt=entry.pk, pk__gt=entry.pk - _NEAR).order_by("-pk")[:AROUND]
    later = near.filter(pk__gt=entry.pk, pk__lt=entry.pk + _NEAR).order_by("pk")[:AROUND]
    return [*reversed(earlier), *later]
