"""Rows and entries, a batch at a time."""

import json
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import models

from foundation.audit.models import AuditEvent
from foundation.audit.trail import DONE

BATCH = 1000


@dataclass(frozen=True)
class Said:
    """One entry of something done, with its facts."""

    pk: int
    action: str
    object_id: str
    actor_id: str
    data: dict[str, Any]


def batches(rows: models.QuerySet[Any]) -> Iterator[list[Any]]:
    """Return the rows in the order of their keys, so many at a time: memory does not grow with the table."""
    ordered, last = rows.order_by("pk"), None
    while found := list((ordered if last is None else ordered.filter(pk__gt=last))[:BATCH]):
        yield found
        last = found[-1].pk


def about(model: type[models.Model], keys: Iterable[Any], actions: Iterable[str]) -> dict[str, list[Said]]:
    """Return what was said of these objects, by object, oldest first."""
    events = AuditEvent.objects.filter(
        object_type=model._meta.label_lower, object_id__in=[str(key) for key in keys], action__in=sorted(actions)
    )
    found: dict[str, list[Said]] = defaultdict(list)
    for said in _read(events.order_by("pk")):
        found[said.object_id].append(said)
    return found


def every(actions: Sequence[str]) -> Iterator[Said]:
    """Return every entry of these actions, oldest first."""
    for batch in batches(AuditEvent.objects.filter(action__in=actions, outcome=DONE)):
        yield from map(_said, batch)


def _read(events: models.QuerySet[AuditEvent]) -> Iterator[Said]:
    return map(_said, events.filter(outcome=DONE).iterator(chunk_size=BATCH))


def _said(event: AuditEvent) -> Said:
    # The bytes that are hashed, not the columns that repeat them.
    data = json.loads(bytes(event.payload)).get("data") or {}
    return Said(event.pk, event.action, event.object_id, event.actor_id, data)
