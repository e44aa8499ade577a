"""Documents an officer adds to a request that is with us, and those of them that turn out to be unusable."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils import timezone

from foundation.audit.trail import record
from foundation.core.errors import Incomplete, NotAllowed, TransitionRefused
from foundation.documents import services as documents
from foundation.documents.enums import DocumentState
from requests_app.enums import OPEN_STATUSES, DocumentRole
from requests_app.events import Event
from requests_app.models import DataRequest, NonDisclosureOrder, OrderVersion, RequestDocument
from requests_app.notify import desk as notify
from requests_app.permissions import answers_for
from requests_app.services.locks import lock
from requests_app.services.preflight import UNUSABLE
from requests_app.services.same_files import refuse_any_twice
from requests_app.services.told import LOOK_BACK, note_once, told

AT_ONCE = 20
# Files that came together are checked within minutes: so long one message waits for the last of them.
TOGETHER = timedelta(minutes=10)
_CHECKING = (DocumentState.RECEIVING, DocumentState.PENDING)
_OVER = "Documents can be added while we work on a request. This one is not open."


def refusal(data_request: DataRequest, by: Any) -> str | None:
    """Say why this person cannot add documents to this request now, or None."""
    if not answers_for(by, data_request):
        return "Only the officer who filed it can do this."
    return None if data_request.status in OPEN_STATUSES else _OVER


@transaction.atomic
def add(data_request: DataRequest, uploads: Sequence[Any], *, by: Any, at: datetime | None = None) -> int:
    """Receive files and attach them to an open request, all or none; return how many. Its assignee is told.

    Raises NotAllowed, TransitionRefused where the request is not open, and DocumentRefused for a file that is there
    already or cannot be taken. They need not be clean yet: a file that fails its check later is told of by tell().
    """
    at = at or timezone.now()
    data_request = _locked(data_request, by)
    if not uploads:
        raise Incomplete("Choose a file.")
    if len(uploads) > AT_ONCE:
        raise Incomplete(f"Add up to {AT_ONCE} files at once.")
    refuse_any_twice(data_request, uploads)
    limit = settings.UPLOAD_LIMIT_OFFICER
    for upload in uploads:
        document = documents.receive(upload, filename=upload.name, purpose="request", by=by, limit=limit, at=at)
        role = DocumentRole.SUPPORTING
        item = RequestDocument.objects.create(
            data_request=data_request, document=document, role=role, added_at=at, added_by=by
        )
        facts = {"document": str(document.uid), "role": str(role), "sha256": document.sha256}
        record(Event.DOCUMENT_ADDED, by=by, obj=data_request, data=facts, at=at)
    notify.documents_added(data_request, last=item.pk, at=at)
    return len(uploads)


@transaction.atomic
def remove_unusable(data_request: DataRequest, *, by: Any, at: datetime | None = None) -> int:
    """Take files that cannot be used off an open request, except those it rests on; return how many.

    They stay on record as removed. Doing it twice changes nothing.
    """
    at = at or timezone.now()
    data_request = _locked(data_request, by)
    found = [item for item in unusable(data_request) if item.document_id not in _rests_on(data_request)]
    for item in found:
        item.removed_at = at
        item.save(update_fields=["removed_at"])
        record(Event.DOCUMENT_REMOVED, by=by, obj=data_request, data={"document": str(item.document.uid)}, at=at)
    return len(found)


def unusable(data_request: DataRequest) -> list[RequestDocument]:
    """Return the attached files that were refused or infected, in the order in which they came."""
    return list(_unusable().filter(data_request=data_request).order_by("pk"))


def removable(data_request: DataRequest, items: Sequence[RequestDocument]) -> bool:
    """Say whether any of these files may be taken off the request."""
    return bool({item.document_id for item in items} - _rests_on(data_request)) if items else False


def tell(*, at: datetime | None = None, limit: int = 200) -> int:
    """Tell officers of files of their open requests that cannot be used; return how many requests that were.

    Files that came together make one message: it waits for those of the last minutes that are still being checked.
    """
    at = at or timezone.now()
    since = at - LOOK_BACK
    others = RequestDocument.objects.filter(
        data_request=OuterRef("data_request"), document__state__in=_CHECKING, removed_at=None,
        added_at__gte=at - TOGETHER,
    )  # fmt: skip
    new = _unusable().filter(Q(added_at__gte=since) | Q(document__scanned_at__gte=since))
    new = new.filter(~told(Event.DOCUMENT_UNUSABLE), ~Exists(others), data_request__in=DataRequest.objects.open())
    waiting: dict[int, list[RequestDocument]] = {}
    for item in new.order_by("pk")[:limit]:
        waiting.setdefault(item.data_request_id, []).append(item)
    return sum(_tell(items, at) for items in waiting.values())


@transaction.atomic
def _tell(items: list[RequestDocument], at: datetime) -> int:
    data_request = lock(items[0].data_request)
    new = 0
    for item in items:
        facts = {"document": str(item.document.uid), "state": item.document.state}
        new += note_once(Event.DOCUMENT_UNUSABLE, data_request, item.document, facts, at=at)
    if not new:
        return 0
    notify.document_unusable(data_request, last=items[-1].pk, at=at)
    return 1


def _unusable() -> QuerySet[RequestDocument]:
    found = RequestDocument.objects.filter(document__state__in=UNUSABLE, removed_at=None)
    return found.select_related("document", "data_request")


def _rests_on(data_request: DataRequest) -> set[int]:
    """Return the documents that are an order of this request, or a bar on telling."""
    orders = OrderVersion.objects.filter(process__data_requests=data_request).values_list("document_id", flat=True)
    bars = NonDisclosureOrder.objects.filter(data_request=data_request).values_list("document_id", flat=True)
    return {pk for pk in (*orders, *bars) if pk}


def _locked(data_request: DataRequest, by: Any) -> DataRequest:
    """Return the request, locked, after checking that this person may change its documents now."""
    row = lock(data_request)
    if (why := refusal(row, by)) is not None:
        raise TransitionRefused(why) if why == _OVER else NotAllowed(why)
    return row
