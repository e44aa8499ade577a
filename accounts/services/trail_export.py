"""Entries of the trail as a file that can be checked without us, or as a table.

The file has the exact bytes of each entry, its place, and the way to one signed checkpoint; a manifest says what was
asked for and holds the hash of all of it, and the trail's key signs the manifest. So one byte changed, one line missing
or one line more is found by docs/verify_trail.py. Of entries that are withheld from who takes the file it has the
labels only: their bytes are what is withheld, and a way to the tree without them proves nothing.
"""

import hashlib
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from stat import S_IFREG
from typing import Any

from django.db import transaction
from django.utils import timezone
from stream_zip import ZIP_64, stream_zip

from accounts.events import Event
from accounts.models import User
from accounts.permissions import Permission, has_permission
from accounts.services import list_files, trail
from accounts.trail_filter import Filter
from foundation.audit import canonical, proofs, signing
from foundation.audit.canonical import JSON
from foundation.audit.models import AuditEvent, AuditLeaf, Checkpoint
from foundation.audit.trail import DONE, record
from foundation.core.errors import Incomplete, NotAllowed

MOST = 50_000
# Of so many entries the file has the way to the checkpoint: each costs a look at a block of leaves.
PROVEN = 10_000
_CHUNK = 200
SIGNED, TABLE = "zip", list_files.CSV
TYPES = {SIGNED: "application/zip", TABLE: list_files.TYPES[TABLE]}
# Stands before the manifest in what is signed, so that an export can pose as nothing else that the key signs.
PREFIX = b"trail export v1\n"
HEADINGS = (
    "Entry", "Time (UTC)", "Act", "In words", "Who", "Kind of account", "Network address", "Session", "Web request",
    "Kind of object", "Object", "About", "Outcome", "Reason", "Leaf",
)  # fmt: skip
_WITHHELD = "Restricted: only named people read more"
_OBJECT = "trail_export"


@dataclass(frozen=True)
class Export:
    """One file that was asked for."""

    uid: str
    wanted: Filter
    form: str
    reason: str
    by: User
    at: datetime

    @property
    def filename(self) -> str:
        """What the file is called: when it was taken, nothing of what is in it."""
        return f"audit-log-{self.at.astimezone(UTC):%Y-%m-%d-%H%M}.{self.form}"


def total(wanted: Filter) -> int:
    """Count what the file would hold, up to one more than it may."""
    return wanted.entries().order_by().values("pk")[: MOST + 1].count()


@transaction.atomic
def start(wanted: Filter, *, form: str, reason: str, by: User, at: datetime | None = None) -> Export:
    """Note who takes which entries and why. Refused: without the right or a reason, and more entries than MOST."""
    at = at or timezone.now()
    if not has_permission(by, Permission.READ_TRAIL):
        raise NotAllowed("You do not have the right to do this.")
    if not reason.strip():
        raise Incomplete("Write why you need the file.")
    rows = total(wanted)
    if rows > MOST:
        raise NotAllowed(f"A file holds {MOST:,} entries at most. Set more filters, and take several files.")
    export = Export(str(uuid.uuid4()), wanted, form if form in TYPES else SIGNED, reason.strip(), by, at)
    facts: dict[str, JSON] = {"filters": wanted.asked(), "format": export.form, "rows": rows}
    record(Event.TRAIL_EXPORT_STARTED, by=by, object_type=_OBJECT, object_id=export.uid,
           object_label=f"Audit log: {wanted.sentence()}"[:200], reason=export.reason, data=facts, at=at)  # fmt: skip
    return export


def content(export: Export) -> Iterator[bytes]:
    """Return the file piece by piece, then note what went out: entries, size and SHA-256, and whether it was whole."""
    if export.form == TABLE:

        def ended(facts: dict[str, JSON]) -> None:
            _ended(export, facts)

        return list_files.content(HEADINGS, _lines(export), TABLE, ended, sheet="Entries", chunk=_CHUNK)
    return _counted(export)


def _ended(export: Export, facts: dict[str, JSON]) -> None:
    outcome = DONE if facts["whole"] else "broken_off"
    record(Event.TRAIL_EXPORT_ENDED, by=export.by, object_type=_OBJECT, object_id=export.uid, outcome=outcome,
           data=facts)  # fmt: skip


def _counted(export: Export) -> Iterator[bytes]:
    tally = _Tally()
    digest, size, whole = hashlib.sha256(), 0, False
    try:
        for piece in stream_zip(_members(export, tally)):
            digest.update(piece)
            size += len(piece)
            yield piece
        whole = True
    finally:
        _ended(export, {"rows": tally.entries, "bytes": size, "sha256": digest.hexdigest(), "whole": whole})


class _Tally:
    """What has gone into the file so far; its order is that of the manifest."""

    def __init__(self) -> None:
        self.entries = self.withheld = self.not_sealed = self.with_path = 0
        self.digest = hashlib.sha256()


def _members(export: Export, tally: _Tally) -> Iterator[tuple[str, datetime, int, Any, Iterator[bytes]]]:
    """Return the members in order: the manifest is made when the entries have gone."""
    head = Checkpoint.objects.order_by("tree_size").last()
    mode = S_IFREG | 0o600
    yield "entries.jsonl", export.at, mode, ZIP_64, _entries(export, head, tally)
    manifest = _manifest(export, head, tally)
    signature = canonical.encode(signing.sign_bytes(PREFIX + manifest))
    yield "manifest.json", export.at, mode, ZIP_64, iter([manifest])
    yield "signature.json", export.at, mode, ZIP_64, iter([signature])


def _manifest(export: Export, head: Checkpoint | None, tally: _Tally) -> bytes:
    return canonical.encode(
        canonical.clean(
            {
                "v": 1,
                "filter": export.wanted.asked(),
                "words": export.wanted.sentence(),
                "exported_at": canonical.stamp(export.at),
                "exported_by": export.by.email,
                "reason": export.reason,
                "entries": tally.entries,
                "withheld": tally.withheld,
                "not_sealed": tally.not_sealed,
                "with_path": tally.with_path,
                "entries_sha256": tally.digest.hexdigest(),
                "checkpoint": proofs.signed_head(head) if head else None,
            }
        )
    )


def _entries(export: Export, head: Checkpoint | None, tally: _Tally) -> Iterator[bytes]:
    """Return the entries as lines of JSON, oldest first."""
    for part in _parts(export):
        size = head.tree_size if head else 0
        places = _places(part, below=size)
        open_ones = [places[entry.pk] for entry in part if entry.pk in places and not entry.withheld]
        ways = proofs.paths(open_ones[: max(PROVEN - tally.with_path, 0)], size) if open_ones else {}
        lines = b"".join(_line(entry, places.get(entry.pk), ways, tally) for entry in part)
        tally.digest.update(lines)
        yield lines


def _line(entry: Any, place: int | None, ways: dict[int, list[bytes]], tally: _Tally) -> bytes:
    tally.entries += 1
    said: dict[str, JSON] = {"id": entry.pk, "position": place}
    tally.not_sealed += place is None
    if entry.withheld:
        tally.withheld += 1
        labels = ("action", "actor_label", "object_label", "outcome")
        said |= {"withheld": True, "occurred_at": canonical.stamp(entry.occurred_at)}
        said |= {name: getattr(entry, name) for name in labels}
    else:
        said["entry"] = bytes(entry.payload).decode()
        if place is not None and place in ways:
            tally.with_path += 1
            said["path"] = [each.hex() for each in ways[place]]
    return canonical.encode(said) + b"\n"


def _lines(export: Export) -> Iterator[list[str | int]]:
    """Return the entries as rows of a table, oldest first; what is withheld has labels only."""
    for part in _parts(export):
        places = _places(part)
        for entry in part:
            leaf = places.get(entry.pk, "")
            yield [
                entry.pk, canonical.stamp(entry.occurred_at), entry.action, entry.title, entry.actor_label,
                entry.actor_kind, entry.ip, entry.session, entry.request_id, entry.object_type, entry.object_id,
                entry.object_label, entry.outcome, _WITHHELD if entry.withheld else entry.reason, leaf,
            ]  # fmt: skip


def _parts(export: Export) -> Iterator[list[Any]]:
    """Return the entries in parts, no more than MOST. Each part is judged anew: who loses a right gets no more."""
    left = MOST
    for part in trail.oldest(export.wanted, until=export.at, chunk=_CHUNK):
        if left <= 0 or not has_permission(User.objects.get(pk=export.by.pk), Permission.READ_TRAIL):
            return
        yield trail.shown(part[:left], export.by)
        left -= len(part)


def _places(part: list[AuditEvent], *, below: int | None = None) -> dict[int, int]:
    leaves = AuditLeaf.objects.filter(event_id__in=[entry.pk for entry in part])
    if below is not None:
        leaves = leaves.filter(position__lt=below)
    return dict(leaves.values_list("event_id", "position"))
