"""Whether the trail is written, sealed and checked, and the alarms about it: for auditors and administrators."""

import json
from contextlib import suppress
from datetime import datetime
from typing import Any

from django.db import DatabaseError, transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from accounts.access import Audience, access
from accounts.permissions import Permission
from foundation.audit import alarms
from foundation.audit.events import CHECK, TRAIL
from foundation.audit.models import AuditEvent, Checkpoint
from foundation.audit.trail import DONE, record
from foundation.notifications import pulses
from requests_app.event_words import WORDS
from requests_app.events import Event

SHOWN = 30


@access(Audience.STAFF, permission=Permission.SEE_TRAIL_STATE)
@require_safe
def trail_state(request: HttpRequest) -> HttpResponse:
    """Alarms that last, signs of life, the last checks and the last alarms; nothing of what stands in the trail.

    The one page that opens where its look cannot be entered: it says what is wrong in just that hour.
    """
    user: Any = request.user
    with suppress(DatabaseError), transaction.atomic():
        label = "state of the audit log"
        record(
            Event.VIEWED,
            by=user,
            object_type=TRAIL,
            object_id="state",
            object_label=label,
            data={"page": "trail state"},
        )
    now = timezone.now()
    entries = AuditEvent.objects.filter(object_type=TRAIL).exclude(object_id="state").order_by("-id")
    context = {
        "lasting": alarms.going_on(),
        "signs": [(words, pulses.last(name), pulses.has_stopped(name, at=now)) for name, words in _SIGNS],
        "check": entries.filter(object_id=CHECK).first(),
        "checkpoint": Checkpoint.objects.order_by("tree_size").last(),
        "entries": [_told(row) for row in entries.exclude(object_id=CHECK)[:SHOWN]],
        "whole": DONE,
    }
    return render(request, "staff/trail_state.html", context)


def _told(row: AuditEvent) -> tuple[str, AuditEvent, datetime | None, datetime | None]:
    """Return an entry in words, and when its alarm began and was over: the entry itself may have come much later."""
    facts = json.loads(bytes(row.payload)).get("data") or {}
    return WORDS.get(row.action, row.action), row, _moment(facts.get("began_at")), _moment(facts.get("over_at"))


def _moment(text: Any) -> datetime | None:
    return datetime.fromisoformat(text) if text else None


_SIGNS = (
    (pulses.URGENT, "The urgent loop, which watches the trail"),
    (pulses.WORKER, "The workers, which seal and check it"),
)
