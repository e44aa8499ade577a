"""Messages that did not reach their reader: noted for staff, and sent again as the same row with the same Message-ID.

Whoever may see and send them again is decided above (accounts.services.undelivered).
"""

import logging
from datetime import datetime
from typing import Any

from django.db.models import QuerySet
from django.utils import timezone

from foundation.audit.canonical import JSON
from foundation.audit.trail import record
from foundation.core.hurry import hurry_on_commit
from foundation.core.jobs import JobState
from foundation.notifications.enums import Cause
from foundation.notifications.events import NotificationEvent
from foundation.notifications.hooks.emitting import emit
from foundation.notifications.hooks.words import HookEvent
from foundation.notifications.models import HookCall, OutboundMessage, OutboundMessageQuerySet
from foundation.notifications.subjects import known_to

logger = logging.getLogger(__name__)

# Where staff read on; the address is held by a test.
PAGE = "/staff/messages/undelivered/"
# A number above this stands as "99+".
MOST = 99
_PUT_BACK = (
    "state", "due_at", "attempts", "last_error", "finished_at", "claimed_until", "failed_at", "cause", "bounced_at",
    "bounce_detail", "handing_over_since",
)  # fmt: skip


def note_failed(message: OutboundMessage, event: NotificationEvent, cause: Cause, *, at: datetime) -> None:
    """Put a message before staff, with its entry in the trail, in the caller's transaction.

    The entry stands under the message's reference, so that the history of the case has it. It names neither the
    address nor the server's words.
    """
    message.failed_at, message.cause, message.dealt_with_at, message.dealt_with_by_id = at, cause, None, None
    message.save(update_fields=["failed_at", "cause", "dealt_with_at", "dealt_with_by"])
    facts: dict[str, JSON] = {"message": message.event, "cause": cause.value, "tries": message.attempts}
    record(event, by=None, obj=message, data=facts, at=at)
    # Without the reference: who reads the pager need not be one who may know of the case.
    key = f"{event}:{message.pk}:{at.isoformat()}"
    emit(HookEvent.MESSAGE_GIVEN_UP, dedupe_key=key, link=PAGE, at=at)
    logger.error("Message %s did not arrive: %s, %s", message.message_id, event, cause.value)


def settle(dedupe_key: str, *, by: Any, at: datetime) -> None:
    """Take a message off the list because its reader is told in another way; by None: later, by another message."""
    rows = OutboundMessage.objects.undelivered().filter(dedupe_key=dedupe_key)
    rows.update(dealt_with_at=at, dealt_with_by=by)


def visible_to(reader: Any) -> OutboundMessageQuerySet:
    """Return the undelivered messages this reader may know of, without those about what is not theirs to know."""
    found: OutboundMessageQuerySet = known_to(reader, OutboundMessage.objects.undelivered())
    return found


def calls_given_up() -> QuerySet[HookCall]:
    """Return the calls of hooks that were given up and about which nobody has done anything yet, the oldest first."""
    return HookCall.objects.filter(state=JobState.GIVEN_UP, dealt_with_at=None).order_by("finished_at", "pk")


def count(reader: Any, *, most: int = MOST) -> int:
    """Return how many undelivered messages wait, up to one more than `most`: one cheap query on a partial index.

    For whoever may see the page: what the reader may not know of is not counted.
    """
    return len(visible_to(reader).order_by("failed_at", "pk").values_list("pk")[: most + 1])


def put_back(message: OutboundMessage, *, at: datetime | None = None) -> None:
    """Make a locked row pending again, with all its tries; it keeps its words, its address and its Message-ID."""
    message.state, message.due_at, message.attempts = JobState.PENDING, at or timezone.now(), 0
    message.last_error, message.finished_at, message.claimed_until = "", None, None
    message.failed_at, message.cause, message.bounced_at, message.bounce_detail = None, "", None, ""
    message.handing_over_since = None
    message.save(update_fields=_PUT_BACK)
    if not message.urgent:  # the urgent loop looks every second
        hurry_on_commit("notifications.deliver", message.pk)
