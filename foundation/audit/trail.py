"""Writing an entry, and finding the entries about an object."""

import hashlib
import secrets
from collections.abc import Mapping
from datetime import datetime
from typing import Any, TypeAlias

from django.contrib.auth.base_user import AbstractBaseUser
from django.contrib.auth.models import AnonymousUser
from django.db import DatabaseError, connection, models, transaction
from django.utils import timezone

from foundation.audit import canonical, context, failing
from foundation.audit.models import AuditEvent

Actor: TypeAlias = AbstractBaseUser | AnonymousUser | None
SYSTEM = "system"
ANONYMOUS = "anonymous"
# The outcome of what was done; every other one tells of something that was refused or broke off.
DONE = "ok"
_WRITTEN = tuple(field.attname for field in AuditEvent._meta.concrete_fields if field.attname not in {"id", "xid"})
_KNOWN = frozenset({"id", *_WRITTEN})
_INSERT = (
    f"INSERT INTO {AuditEvent._meta.db_table} ({', '.join(_WRITTEN)}) "  # noqa: S608 - made of constants
    f"VALUES ({', '.join(['%s'] * len(_WRITTEN))}) RETURNING id"
)


class NotWritten(DatabaseError):
    """The database swallowed an entry, as a trigger or a rule can; what it belongs to is undone."""


def record(
    action: str,
    *,
    by: Actor,
    obj: models.Model | None = None,
    object_type: str = "",
    object_id: str = "",
    object_label: str = "",
    outcome: str = DONE,
    reason: str = "",
    data: Mapping[str, canonical.JSON] | None = None,
    at: datetime | None = None,
) -> AuditEvent:
    """Append one entry to the trail, in the caller's transaction: no change without it, nor it without the change.

    Where a gate is set (see context), it is asked first; what it raises leaves neither the entry nor the change. A
    refusal that must stay on record is written after the rollback, and passes the gate: it changes nothing.
    `object_type`, `object_id` and `object_label` win over what `obj` says. Raises ValueError where a key of data names
    something sensitive.
    """
    found = _described(obj)
    origin = context.current()
    kind, number, label = _actor(by)
    at = at or timezone.now()
    columns = {
        "action": action,
        "actor_kind": kind,
        "actor_id": number,
        "actor_label": label,
        "ip": origin.ip,
        "session": origin.session,
        "request_id": origin.request_id,
        "object_type": object_type or found[0],
        "object_id": object_id or found[1],
        "object_label": object_label or found[2],
        "outcome": outcome,
        "reason": reason,
    }
    columns = {name: canonical.clean_text(value) for name, value in columns.items()}
    written = columns | _hashed(columns, data or {}, at)
    values = [written[name] for name in _WRITTEN]
    try:
        pk = _write(values, by=by, outcome=columns["outcome"])
    except DatabaseError as error:
        failing.refused(action, error)
        raise
    # The model is made of what was written, which costs half of what saving it would; xid is read when asked for.
    return AuditEvent.from_db(connection.alias, _KNOWN, [pk, *values])


def _hashed(columns: Mapping[str, str], data: Mapping[str, canonical.JSON], at: datetime) -> dict[str, Any]:
    """Return the columns that are made of the others: the moment, the exact bytes, and their hash."""
    # A proof shows the hashes of an entry's neighbours. Without something random of its own, who knows all but a little
    # of an entry, such as an auditor of one that is withheld, could try the rest against its hash.
    facts: dict[str, canonical.JSON] = {
        "v": 1,
        "occurred_at": canonical.stamp(at),
        "data": canonical.clean(data),
        "salt": secrets.token_hex(16),
    }
    payload = canonical.encode({**facts, **columns})
    return {"occurred_at": at, "payload": payload, "digest": hashlib.sha256(payload).digest()}


def _write(values: list[Any], *, by: Actor, outcome: str) -> int:
    """Insert the entry and return its number, behind the gate where there is one: both in one transaction."""
    check = context.current_gate()
    if check is None or by is None or outcome != DONE:
        return _insert(values)
    if transaction.get_connection().in_atomic_block:
        check(by)
        return _insert(values)
    with transaction.atomic():
        check(by)
        return _insert(values)


def _insert(values: list[Any]) -> int:
    """Do what save(force_insert=True) does, without the model's detour: that costs more than the row itself."""
    with transaction.mark_for_rollback_on_error(using=connection.alias), connection.cursor() as cursor:
        cursor.execute(_INSERT, values)
        row = cursor.fetchone()
        if row is None:
            raise NotWritten("The database took the entry and did not write it.")
    return int(row[0])


def entries_for(obj: models.Model) -> models.QuerySet[AuditEvent]:
    """Return the entries about obj, oldest first, with those of other objects that were written under its reference."""
    kind, pk, label = _described(obj)
    about = models.Q(object_type=kind, object_id=pk)
    if _reference(obj):
        about |= models.Q(object_label=label)
    return AuditEvent.objects.filter(about).order_by("occurred_at", "id")


def _actor(by: Actor) -> tuple[str, str, str]:
    if by is None:
        return SYSTEM, "", ""
    if by.pk is None or isinstance(by, AnonymousUser):
        return ANONYMOUS, "", ""
    return by._meta.label_lower, str(by.pk), by.get_username()


def _described(obj: models.Model | None) -> tuple[str, str, str]:
    if obj is None:
        return "", "", ""
    pk = "" if obj.pk is None else str(obj.pk)
    return obj._meta.label_lower, pk, _reference(obj) or str(obj)


def _reference(obj: models.Model) -> str:
    reference = getattr(obj, "reference", "")
    return reference if isinstance(reference, str) else ""
