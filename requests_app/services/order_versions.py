"""An order changes after it was sent: a new version, told to every request that rests on it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import F, Q
from django.utils import timezone

from foundation.audit.canonical import JSON
from foundation.audit.trail import record
from foundation.core.errors import Incomplete, NotAllowed, Stale, TransitionRefused
from foundation.documents import services as documents
from foundation.documents.models import Document
from requests_app.enums import OPEN_STATUSES, DocumentRole, OrderRelation, RequestKind, RequestStatus
from requests_app.events import Event
from requests_app.models import DataRequest, LegalProcess, OrderVersion, RequestDocument
from requests_app.notify import orders as notify
from requests_app.order_rules import addition_refusal, in_order
from requests_app.permissions import answers_for, quashed_refusal
from requests_app.services import freeze_orders
from requests_app.services.orders import order_documents
from requests_app.services.same_files import refuse_twice

Values = Mapping[str, Any]

# Also while records can still be downloaded: what was quashed then starts a recall.
_SENT = (*OPEN_STATUSES, RequestStatus.PRODUCED)
# As long as nothing is granted, lines go under the newest version by themselves; after it, staff open them again.
_FOLLOW = (
    RequestStatus.SUBMITTED, RequestStatus.IN_REVIEW, RequestStatus.AWAITING_OFFICER, RequestStatus.AWAITING_APPROVAL,
)  # fmt: skip
_OVER = "This request is closed. A change of its order is not recorded here any more."
COPY_OF_EARLIER = (
    "This file is the copy of an earlier version of the same order. Add the document that changes the order."
)
_STALE = (
    "Somebody added a version of this order since you opened this page. Nothing you typed is lost: look at the "
    "version that is there now, then send yours again if it is still needed."
)


class WrongField(Incomplete):
    """What was typed does not fit the versions there are; `field` is the one to mend."""

    def __init__(self, field: str, message: str) -> None:
        self.field = field
        super().__init__(message)


@dataclass(frozen=True)
class News:
    """What changed about an order since the request was sent, for the head of its pages."""

    version: OrderVersion
    quashed: bool


def refusal(data_request: DataRequest, by: Any) -> str | None:
    """Say why this person cannot say that an order of this request changed, or None."""
    if not answers_for(by, data_request):
        return "Only the officer who filed it can do this."
    if data_request.status == RequestStatus.DRAFT:
        return None
    return None if data_request.status in _SENT or _freeze_holds(data_request) else _OVER


def _freeze_holds(data_request: DataRequest) -> bool:
    """Say whether assets are kept under the order still: it can be extended or quashed after the request is closed."""
    if data_request.kind != RequestKind.FREEZE or data_request.status != RequestStatus.CLOSED:
        return False
    return freeze_orders.in_force().filter(data_request=data_request).exists()


@transaction.atomic
def add(
    data_request: DataRequest,
    process: LegalProcess,
    values: Values,
    *,
    seen: int,
    by: Any,
    at: datetime | None = None,
) -> OrderVersion:
    """Add a version to an order with its document, and tell every request that rests on it.

    `values`: relation, issued_on, valid_until, note, and the copy as `upload` or, of those attached, as `document`.
    `seen` is the number of the newest version on the page. Sending the same twice adds it once. Raises Stale where
    another version came meanwhile, WrongField where this one cannot follow, NotAllowed, TransitionRefused.
    """
    at = at or timezone.now()
    rows = _locked(process)
    row = next((found for found in rows if found.pk == data_request.pk), None)
    if row is None:
        raise Stale("This order is not part of the request any more.")
    if why := refusal(row, by):
        raise TransitionRefused(why) if why == _OVER else NotAllowed(why)
    known = in_order(process.versions.all())
    if known and known[-1].number != seen:
        if _same(known[-1], values, by):
            return known[-1]
        raise Stale(_STALE)
    if wrong := addition_refusal(known, values["relation"], values["issued_on"], values["valid_until"]):
        raise WrongField(*wrong)
    number = max(version.number for version in known) + 1
    version = OrderVersion.objects.create(
        process=process, number=number, relation=values["relation"], issued_on=values["issued_on"],
        valid_until=values["valid_until"], return_date=known[-1].return_date, note=values["note"],
        document=_copy(row, process, values, by=by, at=at), received_at=at, added_by=by,
    )  # fmt: skip
    for found in rows:
        _tell(found, version, by=by, at=at)
    return version


def _locked(process: LegalProcess) -> list[DataRequest]:
    """Lock every request that rests on the order, always in the same sequence, and then the order."""
    rows = DataRequest.objects.select_for_update(of=("self",)).select_related("officer", "assignee", "provider")
    found = list(rows.filter(order_uses__process=process).order_by("pk"))
    LegalProcess.objects.select_for_update(of=("self",)).get(pk=process.pk)
    return found


def _same(version: OrderVersion, values: Values, by: Any) -> bool:
    """Say whether this is what was sent last, by the same person: a second click."""
    names = ("relation", "issued_on", "valid_until", "note")
    return version.added_by_id == by.pk and all(getattr(version, name) == values[name] for name in names)


def is_copy_of(process: LegalProcess, document: Document) -> bool:
    """Say whether this file is the copy of a version that the order has already."""
    same = Q(document=document.pk) if document.pk else Q(pk=None)
    if document.sha256:
        same |= Q(document__sha256=document.sha256)
    return process.versions.filter(same).exists()


def _copy(row: DataRequest, process: LegalProcess, values: Values, *, by: Any, at: datetime) -> Document:
    """Return the document of the version: one of those attached, or a file that comes now."""
    upload = values.get("upload")
    if upload is None:
        chosen = next((i for i in order_documents(row) if str(i.uid) == values.get("document")), None)
        if chosen is None:
            raise WrongField("upload", "Add the document that changes the order, or choose it among those attached.")
        if is_copy_of(process, chosen.document):
            raise WrongField("document", COPY_OF_EARLIER)
        return chosen.document
    staged = getattr(upload, "document", None)
    if staged is not None and is_copy_of(process, staged):
        raise WrongField("upload", COPY_OF_EARLIER)
    refuse_twice(row, upload)
    limit = settings.UPLOAD_LIMIT_OFFICER
    document = documents.receive(upload, filename=upload.name, purpose="request", by=by, limit=limit, at=at)
    role = DocumentRole.ORDER
    RequestDocument.objects.create(data_request=row, document=document, role=role, added_at=at, added_by=by)
    facts = {"document": str(document.uid), "role": str(role), "sha256": document.sha256}
    record(Event.DOCUMENT_ADDED, by=by, obj=row, data=facts, at=at)
    return document


def _tell(row: DataRequest, version: OrderVersion, *, by: Any, at: datetime) -> None:
    """Put a request's lines under the new version where nothing is granted yet, note it, and say so."""
    facts: dict[str, JSON] = {
        "order": str(version.process.uid),
        "number": version.number,
        "relation": str(version.relation),
    }
    record(Event.ORDER_VERSION_ADDED, by=by, obj=row, data=facts, at=at)
    if row.status in _FOLLOW and version.relation != OrderRelation.QUASHED:
        row.lines.filter(order_version__process=version.process).update(order_version=version)
    if row.status == RequestStatus.DRAFT:
        # What an open window of the draft showed is not what would be sent.
        DataRequest.objects.filter(pk=row.pk).update(lock_version=F("lock_version") + 1, saved_at=at)
    elif row.status in _SENT or _freeze_holds(row):
        notify.changed(row, version, by=by, at=at)


def stopped(data_requests: Iterable[DataRequest]) -> set[int]:
    """Return the keys of those that are granted under an order that was quashed since: nothing goes on there.

    One query finds the few that rest on a quashed order at all; only they are looked at closely.
    """
    granted = {row.pk: row for row in data_requests if row.status == RequestStatus.GRANTED}
    if not granted:
        return set()
    quashed = OrderVersion.objects.filter(relation=OrderRelation.QUASHED, process__data_requests__in=list(granted))
    found = set(quashed.values_list("process__data_requests", flat=True)) & set(granted)
    return {pk for pk in found if quashed_refusal(granted[pk])}


def news(data_request: DataRequest) -> list[News]:
    """Return the orders that were quashed or narrowed since the request was sent, as they stand now."""
    if data_request.submitted_at is None:
        return []
    newest = OrderVersion.objects.filter(process__data_requests=data_request)
    newest = newest.order_by("process", "-issued_on", "-number").distinct("process")
    grave = {OrderRelation.QUASHED: True, OrderRelation.NARROWS: False}
    return [
        News(version, grave[OrderRelation(version.relation)])
        for version in newest.select_related("process", "document")
        if version.relation in grave and version.received_at > data_request.submitted_at
    ]
