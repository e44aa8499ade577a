"""Whether the mail that says we received a request got through: kept on the request, and looked after where it did not.

"Got through" is what can be known: the officer's mail server, or ours on its way there, took it.
"""

from datetime import datetime, timedelta

from django.db import transaction
from django.utils import timezone

from foundation.audit.trail import record
from foundation.core.jobs import JobState
from foundation.notifications.models import OutboundMessage
from requests_app.events import Event
from requests_app.models import DataRequest

# What no mail server took for so long is a matter of the page of undelivered messages.
LOOK_BACK = timedelta(days=60)
# Rows in one sweep; a mail that is still on its way is asked for again in the next one.
_LIMIT = 500


def sweep(*, at: datetime | None = None) -> int:
    """Note the acknowledgements that were taken since the last sweep; return how many. Safe to run twice."""
    at = at or timezone.now()
    waiting = DataRequest.objects.filter(acknowledged_at=None, submitted_at__gt=at - LOOK_BACK)
    rows = waiting.order_by("-submitted_at").values_list("pk", "submitted_at")[:_LIMIT]
    return sum(_note(pk, submitted_at) for pk, submitted_at in list(rows))


def _note(pk: int, submitted_at: datetime) -> int:
    """Note one acknowledgement if it was taken: that of this sending, not of an earlier one that was returned."""
    receipts = OutboundMessage.objects.filter(
        dedupe_key__startswith=f"request:{pk}:received:", created_at__gte=submitted_at, state=JobState.DONE
    )
    taken_at = receipts.order_by("-pk").values_list("finished_at", flat=True).first()
    if taken_at is None:
        return 0
    with transaction.atomic():
        unchanged = DataRequest.objects.filter(pk=pk, acknowledged_at=None, submitted_at=submitted_at)
        row = unchanged.select_for_update(of=("self",), skip_locked=True).first()
        if row is None:
            return 0
        row.acknowledged_at = taken_at
        row.save(update_fields=["acknowledged_at"])
        record(Event.ACKNOWLEDGED, by=None, obj=row, data={"taken": taken_at.isoformat()}, at=taken_at)
    return 1
