"""Files of packages are deleted some time after the download ended; manifest, letter and certificates stay.

A package goes in one transaction: the keys of its files with its status, so that a worker that dies leaves either all
or nothing, and the stored bytes are removed by a job of each file. Holds keep the company's own records, not these.
"""

import logging
from collections.abc import Iterable
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils import timezone

from foundation.audit.trail import record
from foundation.documents import services as documents
from foundation.documents.enums import DocumentState
from foundation.documents.models import Document
from foundation.providers.models import Provider
from requests_app.enums import OPEN_STATUSES, PackageStatus, RequestStatus
from requests_app.events import Event
from requests_app.models import (
    CollectedFile,
    DataRequest,
    DisclosurePackage,
    LaterAsk,
    MistakenDisclosure,
    Recall,
)
from requests_app.permissions import package_workflow
from requests_app.release_enums import LaterKind, LaterStatus
from requests_app.services import preparing

logger = logging.getLogger(__name__)

REASON = "The time to keep the files of a package is over"
_ENDED = (PackageStatus.EXPIRED, PackageStatus.REVOKED)


def purge_due(*, at: datetime | None = None, limit: int = 20) -> int:
    """Delete the files of packages whose time is over, and return of how many."""
    at = at or timezone.now()
    found = 0
    for provider in Provider.objects.order_by("pk"):
        rows = _over(at - timedelta(days=provider.purge_days)).filter(data_request__provider=provider)
        keys = list(rows.order_by("expires_at", "pk").values_list("pk", "data_request_id")[: limit - found])
        found += sum(_try(pk, data_request_id, at=at) for pk, data_request_id in keys)
    return found


def _try(pk: int, data_request_id: int, *, at: datetime) -> bool:
    """Delete what one package holds; one that cannot be deleted keeps none of the others."""
    try:
        return _purge(pk, data_request_id, at=at)
    except Exception:  # whatever it was: the next one is due as well, and this one is tried again
        logger.exception("The files of package %s could not be deleted", pk)
        return False


def _over(until: datetime) -> QuerySet[DisclosurePackage]:
    """Return the packages that ended by then, and of which nobody needs the files any more.

    They stay while the officer asks for the records again, and while a mistaken disclosure is looked into: what
    reached the wrong person must be known for certain.
    """
    stopped = Recall.objects.filter(package=OuterRef("pk"))
    revoked = Q(Exists(stopped.filter(called_at__lte=until)), status=PackageStatus.REVOKED)
    revoked &= ~Q(Exists(stopped.filter(called_at__gt=until)))
    rows = DisclosurePackage.objects.filter(purged_at=None, status__in=_ENDED)
    rows = rows.filter(Q(status=PackageStatus.EXPIRED, expires_at__lte=until) | revoked)
    asked = LaterAsk.objects.filter(kind=LaterKind.REISSUE, status=LaterStatus.OPEN)
    asked = asked.filter(Q(package=OuterRef("pk")) | Q(package=None, data_request=OuterRef("data_request")))
    looked_into = MistakenDisclosure.objects.filter(recall__package=OuterRef("pk"), closed_at=None)
    return rows.exclude(Exists(asked)).exclude(Exists(looked_into))


@transaction.atomic
def _purge(pk: int, data_request_id: int, *, at: datetime) -> bool:
    rows = DataRequest.objects.select_for_update(skip_locked=True, of=("self",)).select_related("provider")
    data_request = rows.filter(pk=data_request_id).first()
    if data_request is None:
        return False
    until = at - timedelta(days=data_request.provider.purge_days)
    package = _over(until).filter(pk=pk).select_related("archive").first()
    if package is None:
        return False
    package.data_request = data_request
    files = _files(package)
    for document in files:
        documents.purge(document, by=None, reason=REASON, at=at)
    facts = {"package": package.number, "files": len(files)}
    if package.status == PackageStatus.EXPIRED:
        package_workflow.advance(package, "purge", by=None, at=at, data=facts, purged_at=at, passphrase_wrapped=None)
    else:
        DisclosurePackage.objects.filter(pk=pk).update(purged_at=at, passphrase_wrapped=None)
        record(Event.PACKAGE_PURGED, by=None, obj=package, data=facts, at=at)
    _purge_added(data_request, at=at)
    return True


def _files(package: DisclosurePackage) -> list[Document]:
    """Return what is deleted of a package: its archive, its files, and what was collected for it; each once."""
    collected = CollectedFile.objects.filter(export__package=package)
    wanted = Q(pk=package.archive_id) if package.archive_id else Q(pk=None)
    wanted |= Q(pk__in=package.items.filter(added=None).values("document"))
    wanted |= Q(pk__in=collected.values("document")) | Q(pk__in=collected.values("as_json"))
    return _present(wanted)


def _present(wanted: Q) -> list[Document]:
    gone = [DocumentState.PURGED, DocumentState.RECEIVING]
    return list(Document.objects.filter(wanted).exclude(state__in=gone).order_by("pk"))


def _purge_added(data_request: DataRequest, *, at: datetime) -> None:
    """Delete what people added by hand and no package has any more; one file may stand in several packages.

    While the request is worked on, what stood in no package yet waits for one.
    """
    live = data_request.packages.filter(purged_at=None).exclude(status=PackageStatus.PURGED)
    used = set(live.values_list("items__added", flat=True))
    kept = set(live.filter(status__in=preparing.UNDER_WAY).values_list("lines", flat=True))
    if data_request.status == RequestStatus.GRANTED:
        kept |= {line.pk for _number, line in preparing.left(data_request)}
    for document in _present(Q(pk__in=_unused(data_request, used, kept))):
        documents.purge(document, by=None, reason=REASON, at=at)


def _unused(data_request: DataRequest, used: Iterable[int | None], kept: Iterable[int | None]) -> list[int]:
    rows = data_request.added_records.filter(removed_at=None).exclude(line__in=[pk for pk in kept if pk])
    if data_request.status in OPEN_STATUSES:
        rows = rows.filter(items__isnull=False)
    return list(rows.exclude(pk__in=[pk for pk in used if pk]).values_list("document", flat=True))
