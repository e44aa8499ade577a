"""What does not stay: copies of identity documents after the decision, drafts that nobody touches."""

from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import Exists, OuterRef, Q
from django.db.models.functions import Coalesce

from accounts.enums import ApplicationStatus
from accounts.events import Event
from accounts.models import AccessApplication
from foundation.audit.trail import record
from foundation.documents import services as documents
from foundation.documents.enums import DocumentState
from foundation.documents.models import Document

IDENTITY = "identity"  # the purpose of these documents
DRAFT_LIFE = timedelta(days=90)
_WHY = "The time to keep it is over"


def sweep(*, at: datetime) -> int:
    """Delete what is due; return how many documents and drafts went."""
    return purge_old_documents(at=at) + drop_old_drafts(at=at)


@transaction.atomic
def purge_old_documents(*, at: datetime, limit: int = 100) -> int:
    """Delete copies of identity documents IDENTITY_DOCUMENT_DAYS after the decision, and those that were replaced.

    Hash, size and name stay in the document's row, what the checks read in it and the outcome in the application's.
    """
    old = at - timedelta(days=settings.IDENTITY_DOCUMENT_DAYS)
    over = Q(decided_at__lte=old) | Q(status=ApplicationStatus.WITHDRAWN, identity_document__created_at__lte=old)
    kept = AccessApplication.objects.filter(over, identity_document__purged_at=None, document_purged_at=None)
    rows = list(
        kept.exclude(identity_document=None).select_related("identity_document")
        .select_for_update(of=("self",), skip_locked=True).order_by("pk")[:limit]
    )  # fmt: skip
    for row in rows:
        _purge(row, at=at)
    return len(rows) + _purge_replaced(old, at=at, limit=limit)


@transaction.atomic
def drop_old_drafts(*, at: datetime, limit: int = 100) -> int:
    """Delete applications that were never sent and that nobody saved for 90 days, with their documents."""
    touched = Coalesce("saved_at", "created_at")
    drafts = AccessApplication.objects.annotate(touched=touched).filter(
        status=ApplicationStatus.DRAFT, submitted_at=None, touched__lte=at - DRAFT_LIFE
    )
    rows = list(drafts.select_for_update(of=("self",), skip_locked=True).order_by("pk")[:limit])
    for row in rows:
        record(Event.DRAFT_DROPPED, by=None, obj=row, reason=_WHY, at=at)
        document = row.identity_document
        row.delete()
        if document is not None:
            documents.purge(document, by=None, reason=_WHY, at=at)
    return len(rows)


def _purge(row: AccessApplication, *, at: datetime) -> None:
    document = row.identity_document
    if document is None:
        return
    documents.purge(document, by=None, reason=_WHY, at=at)
    AccessApplication.objects.filter(pk=row.pk).update(document_purged_at=at, sent_before={})
    data = {"sha256": document.sha256, "outcome": row.status}
    record(Event.IDENTITY_DOCUMENT_PURGED, by=None, obj=row, data=data, at=at)


def _purge_replaced(old: datetime, *, at: datetime, limit: int) -> int:
    """Delete documents that no application has any more, because another was sent in their place."""
    in_use = AccessApplication.objects.filter(identity_document=OuterRef("pk"))
    found = Document.objects.filter(purpose=IDENTITY, purged_at=None, created_at__lte=old)
    rows = list(found.exclude(state=DocumentState.RECEIVING).exclude(Exists(in_use)).order_by("pk")[:limit])
    for row in rows:
        documents.purge(row, by=None, reason=_WHY, at=at)
    return len(rows)
