"""Everything that a master key sealed, sealed anew under the newest one, while the portal runs.

No row is locked while a key service is asked: a row is read, opened and sealed again, and then written only if it still
holds what was read. A purge or a second rotation in between wins, and the row is left alone. Each batch is one
transaction with its event, so that a run that is killed goes on where it was.
"""

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from django.apps import apps
from django.conf import settings
from django.db import models, transaction
from django.db.models import Count, F, Func, Q, TextField
from django.utils import timezone

from foundation.audit.canonical import JSON
from foundation.audit.trail import record
from foundation.documents.errors import DocumentDamaged
from foundation.documents.events import DocumentEvent
from foundation.documents.keys import WrappedKey, is_configured, newest_key_id, own_keys, unwrap, wrap

BATCH = 200


class _IdInFront(Func):
    """The id of a key that stands before the sealed bytes, ended by a zero byte."""

    template = (
        r"convert_from(substring(%(expressions)s from 1 for position('\x00'::bytea in %(expressions)s) - 1), 'UTF8')"
    )
    output_field = TextField()


@dataclass(frozen=True, slots=True)
class Sealed:
    """One row's wrapped key, as it was read."""

    pk: Any
    uid: UUID
    stored: bytes
    wrapped: WrappedKey


@dataclass(frozen=True, slots=True)
class Holder:
    """A column that holds something wrapped by a master key: one entry of settings.WRAPPED_KEYS."""

    label: str
    column: str
    id_column: str

    def counts(self) -> dict[str, int]:
        """Return how many rows there are under each key."""
        rows = self._rows().values("sealed_under").annotate(rows=Count("*")).order_by("sealed_under")
        return {found["sealed_under"]: found["rows"] for found in rows}

    def batches(self, newest: str, size: int) -> Iterator[list[Sealed]]:
        """Go through the rows that are not under the newest key, in the order of their primary key."""
        last: Any = 0
        while True:
            rows = self._rows().exclude(sealed_under=newest).filter(pk__gt=last).order_by("pk")
            batch = [self._read(*row) for row in rows.values_list("pk", "uid", self.column, "sealed_under")[:size]]
            if not batch:
                return
            yield batch
            last = batch[-1].pk

    def replace(self, row: Sealed, fresh: WrappedKey) -> bool:
        """Store the fresh key unless the row changed since it was read."""
        values: dict[str, Any] = {self.column: fresh.sealed, self.id_column: fresh.master_key_id}
        if not self.id_column:
            values = {self.column: fresh.master_key_id.encode() + b"\0" + fresh.sealed}
        unchanged = self._model()._base_manager.filter(pk=row.pk, **{self.column: row.stored})
        return unchanged.update(**values) == 1

    def _rows(self) -> models.QuerySet[Any]:
        held = self._model()._base_manager.exclude(Q(**{self.column: None}) | Q(**{self.column: b""}))
        rows: models.QuerySet[Any] = held.annotate(
            sealed_under=F(self.id_column) if self.id_column else _IdInFront(self.column)
        )
        return rows

    def _read(self, pk: Any, uid: UUID, stored: Any, key_id: str) -> Sealed:
        stored = bytes(stored)
        sealed = stored if self.id_column else stored[len(key_id.encode()) + 1 :]
        return Sealed(pk, uid, stored, WrappedKey(sealed, key_id))

    def _model(self) -> type[models.Model]:
        return apps.get_model(self.label)


@dataclass(slots=True)
class Report:
    """What a rotation did: rows by holder and old key, rows that changed meanwhile, and rows that did not open."""

    newest: str
    done: Counter[tuple[str, str]] = field(default_factory=Counter)
    left_alone: int = 0
    failed: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Standing:
    """How many rows lie under one key, and what may be done with it."""

    key_id: str
    rows: dict[str, int]
    configured: bool
    newest: bool

    @property
    def can_go(self) -> bool:
        """Say whether nothing needs this key any more."""
        return self.configured and not self.newest and not sum(self.rows.values())


def holders() -> list[Holder]:
    """Return every column that holds something wrapped."""
    return [Holder(*entry) for entry in settings.WRAPPED_KEYS]


def rotate(
    *,
    dry_run: bool = False,
    batch: int = BATCH,
    report: Callable[[Report], None] = lambda _report: None,
    at: datetime | None = None,
) -> Report:
    """Seal everything under the newest key; with dry_run only open it. `report` is called after each batch.

    Rows that do not open are named in the report and the others go on. Raises KeyServiceUnavailable where the key
    service stops answering: what was done stays done, and the next run goes on.
    """
    found = Report(newest_key_id())
    for holder in holders():
        for rows in holder.batches(found.newest, batch):
            fresh = [(row, new) for row in rows if (new := _resealed(holder, row, found, dry_run=dry_run))]
            if dry_run:
                found.done.update((holder.label, row.wrapped.master_key_id) for row, _new in fresh)
            else:
                _store(holder, fresh, found, at or timezone.now())
            report(found)
    return found


def standings() -> list[Standing]:
    """Return every key that is configured or in use, the newest first."""
    newest = newest_key_id()
    counts = {holder.label: holder.counts() for holder in holders()}
    used = {key_id for found in counts.values() for key_id in found}
    return [
        Standing(
            key_id,
            {label: found[key_id] for label, found in counts.items() if key_id in found},
            configured=is_configured(key_id),
            newest=key_id == newest,
        )
        for key_id in dict.fromkeys([newest, *own_keys(), *sorted(used)])
    ]


def unknown_keys() -> dict[str, int]:
    """Return how many rows lie under each key that the settings do not hold; such rows do not open."""
    found: Counter[str] = Counter()
    for holder in holders():
        found.update({key_id: rows for key_id, rows in holder.counts().items() if not is_configured(key_id)})
    return dict(found)


def _resealed(holder: Holder, row: Sealed, found: Report, *, dry_run: bool) -> WrappedKey | None:
    try:
        plain = unwrap(row.wrapped, row.uid)
    except DocumentDamaged as error:
        found.failed.append(f"{holder.label} {row.pk}: {error}")
        return None
    return row.wrapped if dry_run else wrap(plain, row.uid)


@transaction.atomic
def _store(holder: Holder, fresh: list[tuple[Sealed, WrappedKey]], found: Report, at: datetime) -> None:
    stored = Counter(row.wrapped.master_key_id for row, new in fresh if holder.replace(row, new))
    found.left_alone += len(fresh) - stored.total()
    if stored:
        data: dict[str, JSON] = {"to": found.newest, "from": sorted(stored), "rows": stored.total()}
        record(DocumentEvent.KEYS_ROTATED, by=None, object_type=holder.label.lower(), data=data, at=at)
    found.done.update({(holder.label, key_id): rows for key_id, rows in stored.items()})
