"""The door by which other systems learn of something: a row for each hook that wants it, with the change itself."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from django.db import connection
from django.utils import timezone

from foundation.core.hurry import hurry_on_commit
from foundation.notifications.hooks.words import HookEvent
from foundation.notifications.models import Hook, HookCall
from foundation.notifications.site import site_details

URGENT_CHANNEL = "lers_urgent_hooks"


def emit(
    event: HookEvent,
    *,
    dedupe_key: str,
    reference: str = "",
    link: str = "",
    facts: Mapping[str, str | int] | None = None,
    urgent: bool = False,
    at: datetime | None = None,
) -> int:
    """Write a call for every hook that is on and wants this event, in the caller's transaction; return how many.

    `link` is a path of the portal, `facts` what the event says beside it, as docs/hooks.md has it. Nothing else is
    sent: no name and nothing of the case. A dedupe_key that is known writes nothing. Callers leave out what only
    some of the staff may know of (restricted requests).
    """
    hooks = list(Hook.objects.filter(active=True, events__contains=[event.value]))
    at = at or timezone.now()
    payload = payload_of(event, reference=reference, link=link, facts=facts or {}, at=at)
    return _write(hooks, event, dedupe_key, payload, urgent=urgent, at=at)


def emit_test(hook: Hook, *, key: str, at: datetime) -> int:
    """Write a test call of one hook, also of one that is switched off; return 1, or 0 where this key is known."""
    payload = payload_of(HookEvent.TEST, reference="", link=f"/staff/hooks/{hook.uid}/", facts={}, at=at)
    return _write([hook], HookEvent.TEST, f"test:{key}", payload, urgent=False, at=at)


def stamped(at: datetime) -> str:
    """Write a moment as calls do: UTC, ISO 8601, to the second."""
    return at.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


def payload_of(
    event: HookEvent, *, reference: str, link: str, facts: Mapping[str, str | int], at: datetime
) -> dict[str, object]:
    """Return what is sent: the event, when it happened, the reference, where to read on, and what the event adds."""
    url = f"{site_details().url}{link}" if link else ""
    return {"type": event.value, "timestamp": stamped(at), "data": {"reference": reference, "link": url, **facts}}


def hurry(call_ids: Sequence[int], *, urgent: bool) -> None:
    """Have these calls made as soon as the transaction commits, without waiting for the sweep."""
    if urgent:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_notify(%s, '')", [URGENT_CHANNEL])
    else:
        hurry_on_commit("notifications.call_hooks", *call_ids)


def _write(
    hooks: list[Hook], event: HookEvent, key: str, payload: dict[str, object], *, urgent: bool, at: datetime
) -> int:
    if not hooks:
        return 0
    said: dict[str, Any] = {"event": event, "payload": payload, "urgent": urgent, "created_at": at, "due_at": at}
    calls = [HookCall(hook=hook, dedupe_key=f"{hook.pk}:{key}", **said) for hook in hooks]
    # Another transaction may write the same key at the same moment: the first one stays, and nothing breaks off.
    HookCall.objects.bulk_create(calls, ignore_conflicts=True)
    written = HookCall.objects.filter(uid__in=[call.uid for call in calls])
    pks = list(written.order_by("pk").values_list("pk", flat=True))
    if pks:
        hurry(pks, urgent=urgent)
    return len(pks)
