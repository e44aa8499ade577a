"""Documents in which a virus was found later, with newer signatures: whoever works on the request is told.

A package is held while a file in it is not usable: nothing is written down for that, so it holds at once.
"""

from datetime import datetime

from django.conf import settings
from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils import timezone

from foundation.documents.enums import DocumentState
from requests_app.enums import ClarificationStatus
from requests_app.events import Event
from requests_app.models import AddedRecord, Clarification, DataRequest, DisclosurePackage, PackageItem, RequestDocument
from requests_app.notify import desk as notify
from requests_app.notify import questions as notify_questions
from requests_app.notify import records as notify_records
from requests_app.services.locks import lock
from requests_app.services.told import LOOK_BACK, note_once, told


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
    tell_of_questions(at=at, limit=limit)
    return sum(_tell(item, at) for item in found) + tell_of_records(at=at, limit=limit)


@transaction.atomic
def tell_of_questions(*, at: datetime, limit: int = 50) -> None:
    """Tell who follows a question that waits of each document of ours that was refused. Safe to repeat: told once."""
    refused = [DocumentState.INFECTED, DocumentState.REFUSED]
    waiting = Clarification.objects.filter(status=ClarificationStatus.OPEN, documents__state__in=refused).distinct()
    for clarification in waiting.select_related("data_request", "owner").order_by("pk")[:limit]:
        for document in clarification.documents.filter(state__in=refused):
            notify_questions.document_refused(clarification, document=document.pk, at=at)


@transaction.atomic
def _tell(item: RequestDocument, at: datetime) -> int:
    data_request = lock(item.data_request)
    facts = {"document": str(item.document.uid), "scanner": item.document.scanner}
    if not note_once(Event.DOCUMENT_INFECTED, data_request, item.document, facts, at=at):
        return 0
    notify.document_infected(data_request, document=item.document.pk, at=at)
    return 1


def packages_read() -> QuerySet[DisclosurePackage]:
    """Return packages in their order, each knowing as `is_held` whether a file in it keeps it back: to prefetch."""
    return DisclosurePackage.objects.annotate(is_held=Exists(unsafe_items().filter(package=OuterRef("pk")))).order_by(
        "number"
    )


def unsafe_items() -> QuerySet[PackageItem]:
    """Return the files of packages that nobody may have: see documents.is_usable(), which says the same of one file."""
    usable = [DocumentState.CLEAN] if settings.PRODUCTION else [DocumentState.CLEAN, DocumentState.UNSCANNED]
    return PackageItem.objects.exclude(document__state__in=usable, document__purged_at=None)


def is_held(package: DisclosurePackage) -> bool:
    """Say whether a file in this package was found unsafe since it was sealed: then nothing of it may leave."""
    return unsafe_items().filter(package=package).exists()


def tell_of_records(*, at: datetime | None = None, limit: int = 50) -> int:
    """Note each file added by hand that was found unsafe, and tell staff concerned; return how many were new.

    Of files that were never packed only a virus is told of: why a file was refused stands where it was added.
    """
    at = at or timezone.now()
    packed = PackageItem.objects.filter(added=OuterRef("pk"))
    found = AddedRecord.objects.filter(
        Q(document__state=DocumentState.INFECTED) | Q(Exists(packed), document__state=DocumentState.REFUSED),
        ~told(Event.RECORD_UNSAFE),
        removed_at=None,
    )
    rows = found.select_related("document", "data_request", "added_by").order_by("pk")[:limit]
    return sum(_tell_of_record(added, at) for added in rows)


@transaction.atomic
def _tell_of_record(added: AddedRecord, at: datetime) -> int:
    data_request = added.data_request = lock(added.data_request)
    packages = ", ".join(str(number) for number in sorted(set(added.items.values_list("package__number", flat=True))))
    facts = {"record": str(added.uid), "document": str(added.document.uid), "packages": packages}
    if not note_once(Event.RECORD_UNSAFE, data_request, added.document, facts, at=at):
        return 0
    notify_records.record_unsafe(added, at=at)
    return 1
