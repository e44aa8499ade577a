"""Rows of the outbox for tests."""

from typing import Any
from uuid import uuid4

from foundation.notifications.models import OutboundMessage
from foundation.notifications.outbox import send


def message(**changes: Any) -> OutboundMessage:
    """Write a message to the outbox as a service does."""
    given = {
        "dedupe_key": f"test:{uuid4()}",
        "to_address": "i.solheim@nordvik-police.example",
        "context": {"by_when": "Fri 20 Nov 2026, 16:00 UTC", "name": "Ingrid Solheim"},
        "reference": "MX-26-7K4Q9TX",
    }
    return send("sample", **(given | changes))
