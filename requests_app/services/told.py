"""What people were told of a file once: the trail itself says so, and nothing else has to."""

from datetime import datetime, timedelta

from django.db.models import CharField, Exists, OuterRef
from django.db.models.functions import Cast

from foundation.audit.models import AuditEvent
from foundation.audit.trail import record
from foundation.documents.models import Document
from requests_app.events import Event
from requests_app.models import DataRequest

# Longer than any time in which nothing swept.
LOOK_BACK = timedelta(days=7)
_TYPE = Document._meta.label_lower


def told(event: Event) -> Exists:
    """Match rows with a `document` of which this event stands in the trail."""
    about = Cast(OuterRef("document_id"), CharField())
    return Exists(AuditEvent.objects.filter(action=event, object_type=_TYPE, object_id=about))


def note_once(
    event: Event, data_request: DataRequest, document: Document, facts: dict[str, str], *, at: datetime
) -> bool:
    """Write the event about a file unless it stands there; return whether it is new. The request must be locked.

    It is about the document and under the reference of the request: so it is found again, and stands in both histories.
    """
    about = {"object_type": _TYPE, "object_id": str(document.pk)}
    if AuditEvent.objects.filter(action=event, **about).exists():
        return False
    record(event, by=None, obj=data_request, data=dict(facts), at=at, **about)
    return True
