"""What is stored against the rows that say what should be: files without a row, and rows without their file."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import islice
from typing import Any

from django.apps import apps
from django.core.exceptions import FieldDoesNotExist
from django.db import models
from django.utils import timezone

from foundation.documents.appending_s3 import base_name
from foundation.documents.enums import DocumentState
from foundation.documents.models import Document, Upload
from foundation.documents.storage import document_storage

# What is younger may belong to a transaction that is not over yet.
SETTLED = timedelta(days=1)
BATCH = 500


@dataclass(slots=True)
class Inventory:
    """Names without a row (older than a day, or younger), uploads that nobody goes on with, rows without a file."""

    stored: int = 0
    orphans: list[str] = field(default_factory=list)
    young: int = 0
    unfinished: list[tuple[str, str]] = field(default_factory=list)
    missing: list[str] = field(default_factory=list)
    removed: int = 0


def take_inventory(*, remove: bool = False, at: datetime | None = None) -> Inventory:
    """Compare storage and rows, in batches; with remove, delete orphans older than a day.

    A row is made before its file and goes after it, so whatever has no row is rubbish, unless it is very young.
    Raises StorageUnavailable.
    """
    at = at or timezone.now()
    found, storage = Inventory(), document_storage()
    for batch in _batches(storage.entries()):  # type: ignore[attr-defined] # both of our storages have it
        found.stored += len(batch)
        known = _known({base_name(name) for name, _changed in batch})
        for name, changed in batch:
            if base_name(name) in known:
                continue
            if changed > at - SETTLED:
                found.young += 1
                continue
            found.orphans.append(name)
    found.missing = list(_missing(at))
    found.unfinished = list(_unfinished(storage, at))
    if remove:
        found.removed = _remove(storage, found)
    return found


def named_models() -> list[type[models.Model]]:
    """Return every model whose rows name a stored file."""
    return [model for model in apps.get_models() if _has_name(model)]


def _has_name(model: type[models.Model]) -> bool:
    try:
        model._meta.get_field("storage_name")
    except FieldDoesNotExist:
        return False
    return True


def _known(names: set[str]) -> set[str]:
    known: set[str] = set()
    for model in named_models():
        rows = model._base_manager.filter(storage_name__in=names)
        known |= set(rows.values_list("storage_name", flat=True))
    return known


def _missing(at: datetime) -> Iterator[str]:
    """Go through the rows whose file should be there: received, not purged, and not of this very day."""
    storage = document_storage()
    gone = {"document__purged_at__isnull": False}
    for model in named_models():
        rows = model._base_manager.all()
        if model is Document:
            rows = rows.filter(purged_at=None, created_at__lt=at - SETTLED).exclude(state=DocumentState.RECEIVING)
        else:
            rows = rows.exclude(**gone)
        for pk, name in rows.order_by("pk").values_list("pk", "storage_name").iterator(BATCH):
            if not storage.exists(name):
                yield f"{model._meta.label} {pk}"


def _unfinished(storage: Any, at: datetime) -> Iterator[tuple[str, str]]:
    """Go through the multipart uploads of a bucket that are a day old and that no row goes on with."""
    files = getattr(storage, "files", None)
    if files is None:
        return
    for name, upload, begun_at in files.unfinished():
        goes_on = Upload.objects.filter(document__storage_name=name, progress__storage__upload=upload)
        if begun_at <= at - SETTLED and not goes_on.exists():
            yield name, upload


def _remove(storage: Any, found: Inventory) -> int:
    for name, upload in found.unfinished:
        storage.files.abort(name, upload)
    for name in found.orphans:
        # Asked again: a row may have come since.
        if not _known({base_name(name)}):
            storage.remove_entry(name)
    return len(found.unfinished) + len(found.orphans)


def _batches(entries: Iterable[tuple[str, datetime]]) -> Iterator[list[tuple[str, datetime]]]:
    going = iter(entries)
    while batch := list(islice(going, BATCH)):
        yield batch
