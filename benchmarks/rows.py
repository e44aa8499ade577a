"""Rows of the outbox for benchmarks; not a benchmark itself."""

from typing import Any
from uuid import uuid4

from django.db import transaction
from django.utils import timezone

from foundation.notifications.models import OutboundMessage
from foundation.notifications.outbox import send
from lers.drill.deadlines import EVENT

_OWN = {"id", "uid", "dedupe_key", "message_id", "created_at", "due_at"}


def fill(count: int, **columns: Any) -> list[int]:
    """Write so many ordinary messages at once and return their numbers: one is rendered, the others have its words."""
    with transaction.atomic():
        one = send(EVENT, dedupe_key=f"bench:{uuid4()}", to_address="officer@drill.example", context={}, urgent=True)
        transaction.set_rollback(True)
    now = timezone.now()
    copied = {field.attname: getattr(one, field.attname) for field in OutboundMessage._meta.concrete_fields}
    common = {name: value for name, value in copied.items() if name not in _OWN} | {"urgent": False} | columns
    rows = [
        OutboundMessage(
            **common, dedupe_key=f"bench:{uuid4()}", message_id=f"<{uuid4()}@bench.example>", created_at=now, due_at=now
        )
        for _number in range(count)
    ]
    return [row.pk for row in OutboundMessage.objects.bulk_create(rows)]
