"""Whether the mail that says we received a request got through: kept on the request, and looked after where it did not.

"Got through" is what can be known: the officer's mail server, or ours on its way there, took it.
"""

from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from foundation.audit.trail import record
from foundation.core.jobs import JobState
from foundation.notifications.models import OutboundMessage
from requests_app.events import Event
from requests_app.models import DataRequest
from requests_app.notify import clocks as notify

# What no mail server took for so long is a matter of the page of undelivered messages.
LOOK_BACK = timedelta(days=60)
# Reports of mail that came back are looked at for so long after they arrived.
_NEWS = timedelta(days=1)
# Rows in one sweep; a mail that is still on its way is asked for again in the next one.
_LIMIT = 500


def sweep(*, at: datetime | None = None) -> int:
    """Note the acknowledgements that were taken since the last sweep; return how many. Safe to run twice."""
    at = at or timezone.now()
    waiting = DataRequest.objects.filter(acknowledged_at=None, submitted_at__gt=at - LOOK_BACK)
    rows = waiting.order_by("-submitted_at").values_list("pk", "submitted_at")[:_LIMIT]
    noted = sum(_note(pk, submitted_at) for pk, submitted_at in list(rows))
    return noted + _take_back_returned(at)


def came_back(data_request: DataRequest) -> bool:
    """Say whether the acknowledgement of this sending was refused by a server further on, and came back."""
    return _receipts(data_request.pk, data_request.submitted_at).filter(bounced_at__isnull=False).exists()


def _receipts(pk: int, submitted_at: datetime | None) -> QuerySet[OutboundMessage]:
    """Return the receipts of this sending, not of an earlier one that was returned."""
    of_request = OutboundMessage.objects.filter(dedupe_key__startswith=f"request:{pk}:received:")
    return of_request.filter(created_at__gte=submitted_at) if submitted_at else of_request.none()


def _take_back_returned(at: datetime) -> int:
    """Count what came back after a server took it as not acknowledged, and tell the desk; return how many."""
    returned = OutboundMessage.objects.filter(
        event="request_received", bounced_at__gt=at - _NEWS, created_at__gt=at - LOOK_BACK
    )
    keys = returned.order_by("bounced_at").values_list("dedupe_key", flat=True)[:_LIMIT]
    return sum(_take_back(int(key.split(":")[1]), at) for key in list(keys))


@transaction.atomic
def _take_back(pk: int, at: datetime) -> int:
    acknowledged = DataRequest.objects.open().filter(pk=pk, acknowledged_at__isnull=False)
    row = acknowledged.select_for_update(of=("self",), skip_locked=True).first()
    if row is None:
        return 0
    receipts = _receipts(pk, row.submitted_at)
    taken = receipts.filter(state=JobState.DONE, bounced_at=None)
    if taken.exists() or not receipts.exists():
        return 0
    row.acknowledged_at = None
    row.save(update_fields=["acknowledged_at"])
    record(Event.ACKNOWLEDGEMENT_RETURNED, by=None, obj=row, at=at)
    notify.not_acknowledged(row, at=at)
    return 1


def _note(pk: int, submitted_at: datetime) -> int:
    """Note one acknowledgement if it was taken and did not come back."""
    receipts = _receipts(pk, submitted_at).filter(state=JobState.DONE, bounced_at=None)
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
