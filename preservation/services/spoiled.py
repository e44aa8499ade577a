"""Documents sent with an extension that are infected or unreadable: the officer is told once, and sends another."""

from datetime import datetime

from django.db import transaction
from django.utils import timezone

from foundation.audit.trail import entries_for, record
from preservation import life_notify
from preservation.enums import ExtensionStatus
from preservation.events import Event
from preservation.models import HoldExtension
from preservation.services.extension_offers import SPOILED
from preservation.services.locks import lock_extension


def tell(*, at: datetime | None = None, limit: int = 200) -> int:
    """Tell of each document that cannot be used and came with an extension that waits; return how many were new."""
    found = HoldExtension.objects.filter(status=ExtensionStatus.REQUESTED, document__state__in=SPOILED)
    return sum(_tell(row, at or timezone.now()) for row in found.select_related("hold").order_by("pk")[:limit])


@transaction.atomic
def _tell(extension: HoldExtension, at: datetime) -> int:
    extension = lock_extension(extension)
    document, hold = extension.document, extension.hold
    if document is None or extension.status != ExtensionStatus.REQUESTED:
        return 0
    before = entries_for(hold).filter(action=Event.DOCUMENT_UNUSABLE, occurred_at__gte=document.created_at)
    if before.exists():
        return 0
    record(Event.DOCUMENT_UNUSABLE, by=None, obj=hold, data={"document": str(document.uid)}, at=at)
    life_notify.document_unusable(extension, at=at)
    return 1
