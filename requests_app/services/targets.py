"""The identifiers of a draft: added one by one or many at once, changed, taken out, and the last of it undone."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from django.db import transaction
from django.utils import timezone

from foundation.audit.canonical import JSON
from foundation.audit.trail import record
from foundation.core.errors import Incomplete, Stale
from foundation.core.identifiers import Identifier
from requests_app.enums import RequestStatus, TargetAct, TargetRole
from requests_app.events import Event
from requests_app.models import DataRequest, LegalProcess, Target, TargetChange
from requests_app.services.drafts import locked, saved
from requests_app.services.preflight import Step

MAX_TARGETS = 10_000
_CHUNK = 1000
# What makes an identifier again that was taken out.
_KEPT = ("kind", "network", "given", "normalised", "detail", "note", "role", "process_id")
_DONE = "This was undone already, or changed since. Look at the list."


@transaction.atomic
def add_identifiers(
    data_request: DataRequest,
    found: Iterable[Identifier],
    *,
    role: str = TargetRole.UNKNOWN,
    note: str = "",
    process: LegalProcess | None = None,
    version: int,
    by: Any,
    at: datetime | None = None,
) -> int:
    """Add the identifiers that can be used and are not there yet; return how many were new.

    process is the order that names them, where not every order of the request does. Raises Stale where another window
    saved since `version` was read, Incomplete where the draft would hold too many.
    """
    at = at or timezone.now()
    draft = locked(data_request, by=by, version=version, step=Step.IDENTIFIERS)
    rows = [target_of(item, role=role, note=note) for item in found if item.accepted]
    new = insert(draft, rows, process=process, batch=uuid4(), by=by, at=at)
    saved(draft, Step.IDENTIFIERS, by=by, at=at)
    return new


@transaction.atomic
def change_identifiers(
    data_request: DataRequest,
    changes: Mapping[int, tuple[str, str]],
    *,
    version: int,
    by: Any,
    at: datetime | None = None,
) -> int:
    """Write role and note of identifiers, by primary key; return how many differ from before.

    Nothing is saved, and no other window is outdated, where nothing differs.
    """
    at = at or timezone.now()
    draft = locked(data_request, by=by, version=version, step=Step.IDENTIFIERS)
    rows = draft.targets.filter(pk__in=changes)
    changed = [row for row in rows if (row.role, row.note) != changes[row.pk]]
    for row in changed:
        row.role, row.note = changes[row.pk]
    if changed:
        Target.objects.bulk_update(changed, ["role", "note"], batch_size=_CHUNK)
        record(Event.TARGETS_CHANGED, by=by, obj=draft, data={"changed": len(changed)}, at=at)
        saved(draft, Step.IDENTIFIERS, by=by, at=at)
    return len(changed)


@transaction.atomic
def remove_identifiers(
    data_request: DataRequest,
    keys: Iterable[int] | None,
    *,
    kind: str = "",
    version: int,
    by: Any,
    at: datetime | None = None,
) -> int:
    """Take identifiers out of a draft, with their lines: those of these primary keys, or all (of a kind) for None.

    Returns how many there were; those that are gone already stay gone.
    """
    at = at or timezone.now()
    draft = locked(data_request, by=by, version=version, step=Step.IDENTIFIERS)
    chosen = draft.targets.filter(**({"kind": kind} if kind else {}))
    if keys is not None:
        chosen = chosen.filter(pk__in=list(keys))
    rows = [_as_json(target) for target in chosen.order_by("pk")]
    if not rows:
        return 0
    chosen.delete()
    _remember(draft, TargetAct.REMOVED, uuid4(), rows=rows, count=len(rows), by=by, at=at)
    record(Event.TARGETS_REMOVED, by=by, obj=draft, data={"removed": len(rows)}, at=at)
    saved(draft, Step.IDENTIFIERS, by=by, at=at)
    return len(rows)


@transaction.atomic
def undo(data_request: DataRequest, change_id: int, *, version: int, by: Any, at: datetime | None = None) -> int:
    """Take back what was added, or put back what was removed; return how many identifiers that were.

    Each change is undone once: raises Stale the second time, or where a newer change stands before it.
    """
    at = at or timezone.now()
    draft = locked(data_request, by=by, version=version, step=Step.IDENTIFIERS)
    change = undoable(draft)
    if change is None or change.pk != change_id:
        raise Stale(_DONE)
    count = _take_back(draft, change) if change.act == TargetAct.ADDED else _put_back(draft, change)
    change.undone_at, change.rows = at, []
    change.save(update_fields=["undone_at", "rows"])
    facts: dict[str, JSON] = {"act": change.act, "identifiers": count}
    record(Event.TARGETS_UNDONE, by=by, obj=draft, data=facts, at=at)
    saved(draft, Step.IDENTIFIERS, by=by, at=at)
    return count


def undoable(draft: DataRequest) -> TargetChange | None:
    """Return what the button "Undo" undoes: the newest of the last adding and the last removal, or None."""
    for change in draft.target_changes.filter(undone_at=None).order_by("-pk"):
        if change.act == TargetAct.REMOVED or draft.targets.filter(batch=change.batch).exists():
            return change
    return None


def target_of(item: Identifier, *, role: str = TargetRole.UNKNOWN, note: str = "") -> Target:
    """Return the row of an identifier that can be used, not stored and not yet of any draft."""
    return Target(
        kind=item.kind,
        network=item.network,
        given=item.given,
        normalised=item.normalised,
        detail=item.detail,
        role=role,
        note=note,
    )


def insert(
    draft: DataRequest, rows: Sequence[Target], *, process: LegalProcess | None, batch: UUID, by: Any, at: datetime
) -> int:
    """Put rows into a draft that is locked, those that repeat another one left out; return how many are new.

    Raises Incomplete, and adds nothing, where the draft would hold more than MAX_TARGETS.
    """
    if process is not None and not draft.order_uses.filter(process=process).exists():
        raise Incomplete("Choose one of the orders of this request.")
    new = _new_of(draft, rows)
    if draft.targets.count() + len(new) > MAX_TARGETS:
        raise Incomplete(f"A request takes at most {MAX_TARGETS:,} identifiers. Send a second request for the others.")
    for row in new:
        row.data_request, row.process, row.batch = draft, process, batch
    Target.objects.bulk_create(new, batch_size=_CHUNK)
    if new:
        _remember(draft, TargetAct.ADDED, batch, count=len(new), by=by, at=at)
        record(Event.TARGETS_ADDED, by=by, obj=draft, data={"added": len(new), "given": len(rows)}, at=at)
    return len(new)


def forget_changes(*, limit: int = 1000) -> int:
    """Delete what could be undone in drafts that are none any more; return how many changes."""
    over = TargetChange.objects.exclude(data_request__status=RequestStatus.DRAFT)
    return TargetChange.objects.filter(pk__in=list(over.values_list("pk", flat=True)[:limit])).delete()[0]


def _new_of(draft: DataRequest, rows: Sequence[Target]) -> list[Target]:
    """Return the rows that mean nothing that is there or came before them."""
    known = draft.targets.all()
    if len(rows) <= _CHUNK:
        known = known.filter(normalised__in={row.normalised for row in rows})
    there = set(known.values_list("kind", "network", "normalised", "detail"))
    new = []
    for row in rows:
        key = (row.kind, row.network, row.normalised, row.detail)
        if key not in there:
            there.add(key)
            new.append(row)
    return new


def _remember(draft: DataRequest, act: TargetAct, batch: UUID, *, count: int, by: Any, at: datetime,
              rows: Sequence[Mapping[str, Any]] = ()) -> None:  # fmt: skip
    """Keep what undoes this change, in the place of the last one of its sort."""
    draft.target_changes.filter(act=act).delete()
    TargetChange.objects.create(
        data_request=draft, act=act, batch=batch, rows=list(rows), count=count, by=by, at=at
    )  # fmt: skip


def _take_back(draft: DataRequest, change: TargetChange) -> int:
    rows = draft.targets.filter(batch=change.batch)
    count = rows.count()
    rows.delete()
    return count


def _put_back(draft: DataRequest, change: TargetChange) -> int:
    orders = set(draft.order_uses.values_list("process_id", flat=True))
    rows = [Target(**values) for values in change.rows]
    new = _new_of(draft, rows)
    if draft.targets.count() + len(new) > MAX_TARGETS:
        raise Incomplete(f"A request takes at most {MAX_TARGETS:,} identifiers. Remove others before you undo this.")
    for row in new:
        row.data_request = draft
        row.process_id = row.process_id if row.process_id in orders else None
    Target.objects.bulk_create(new, batch_size=_CHUNK)
    return len(new)


def _as_json(target: Target) -> dict[str, Any]:
    values = {name: getattr(target, name) for name in _KEPT}
    return values | {"batch": str(target.batch) if target.batch else None}
