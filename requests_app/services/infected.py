"""Documents in which a virus was found later, with newer signatures: whoever works on the request is told."""

from datetime import datetime, timedelta

from django.db import transaction
from django.utils import timezone

from foundation.audit.models import AuditEvent
from foundation.audit.trail import record
from foundation.documents.enums import DocumentState
from requests_app.events import Event
from requests_app.models import DataRequest, RequestDocument
from requests_app.notify import desk as notify
from requests_app.services.locks import lock

# Longer than any time in which nothing swept.
LOOK_BACK = timedelta(days=7)


def tell(*, at: datetime | None = None, limit: int = 50) -> int:
    """Note each infected document of an open request in its trail and tell its assignee; return how many were new."""
    at = at or timezone.now()
    found = (
        RequestDocument.objects.filter(
            document__state=DocumentState.INFECTED,
            document__scanned_at__gte=at - LOOK_BACK,
            removed_at=None,
            data_request__in=DataRequest.objects.open(),
        )
        .select_related("document", "data_request__assignee")
        .order_by("document__scanned_at")[:limit]
    )
    return sum(_tell(item, at) for item in found)


@transaction.atomic
def _tell(item: RequestDocument, at: datetime) -> int:
    data_request = lock(item.data_request)
    # About the document, under the reference of the request: so it is found again, and stands in both histories.
    about = {"object_type": item.document._meta.label_lower, "object_id": str(item.document.pk)}
    if AuditEvent.objects.filter(action=Event.DOCUMENT_INFECTED, **about).exists():
        return 0
    facts = {"document": str(item.document.uid), "scanner": item.document.scanner}
    record(Event.DOCUMENT_INFECTED, by=None, obj=data_request, data=facts, at=at, **about)
    notify.document_infected(data_request, document=item.document.pk, at=at)
    return 1
