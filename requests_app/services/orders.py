"""The orders behind a request: which leads, which version holds, which copy is missing, and who else uses them."""

from collections.abc import Collection, Mapping
from datetime import date, datetime
from typing import Any

from django.db.models import Count, F, QuerySet

from foundation.documents import services as documents
from foundation.documents.enums import DocumentState
from foundation.documents.models import Document
from requests_app import order_rules
from requests_app.enums import DocumentRole, OrderRelation, RequestStatus
from requests_app.models import DataRequest, LegalProcess, OrderUse, OrderVersion, RequestDocument

Values = Mapping[str, Any]

ORDER_FIELDS = (
    "process_type", "section_of_law", "language", "issuing_authority", "issuer_rank", "signatory", "docket",
)  # fmt: skip
DATE_FIELDS = ("issued_on", "valid_until", "return_date")
# What the request keeps of its leading order's form beside the order itself.
REQUEST_FIELDS = ("legal_entity", "treaty_channel")
_USELESS = (DocumentState.REFUSED, DocumentState.INFECTED)


def leading(data_request: DataRequest) -> LegalProcess | None:
    """Return the order that leads: its type, section and return date are the request's own."""
    use = data_request.order_uses.select_related("process__process_type").first()
    return use.process if use else None


def orders_of(data_request: DataRequest) -> list[LegalProcess]:
    """Return the orders of a request, the leading one first, with their versions."""
    uses = data_request.order_uses.select_related("process__process_type__jurisdiction")
    return [use.process for use in uses.prefetch_related("process__versions__document", "process__versions__added_by")]


def version_in_force(process: LegalProcess, at: datetime) -> OrderVersion | None:
    """Return the version of an order that holds at a moment; None where it is quashed, expired or has no date."""
    return order_rules.in_force(process.versions.all(), order_rules.day_of(at))


def version_for(process: LegalProcess, at: datetime) -> OrderVersion | None:
    """Return the version that covers a line of a request that is sent at this moment, or None where none holds."""
    return version_in_force(process, at)


def first_version(process: LegalProcess) -> OrderVersion | None:
    """Return the order as it was issued first, or None where it has no date yet."""
    return process.versions.order_by("number").first()


def missing_documents(data_request: DataRequest) -> list[LegalProcess]:
    """Return the orders of a draft without a copy of their own.

    A single order takes the first order document that is attached. Where there are several, each newest version names
    its copy.
    """
    orders = orders_of(data_request)
    without = [process for process in orders if not _has_copy(process)]
    if len(orders) == 1 and order_documents(data_request):
        return []
    return without


def _has_copy(process: LegalProcess) -> bool:
    versions = order_rules.in_order(process.versions.all())
    copy = versions[-1].document if versions else None
    return copy is not None and copy.state not in _USELESS


def unread_copies(data_request: DataRequest) -> list[Document]:
    """Return the copies of orders that nobody could open: still being checked, refused, or with a virus.

    Nothing where a file that can be opened came after the request was sent: that may be the copy, people judge it.
    """
    newest = [order_rules.in_order(process.versions.all())[-1:] for process in orders_of(data_request)]
    copies = [version.document for versions in newest for version in versions if version.document is not None]
    found = [copy for copy in copies if not documents.is_usable(copy)]
    if not found or data_request.submitted_at is None:
        return found
    later = data_request.documents.filter(removed_at=None, added_at__gt=data_request.submitted_at)
    return [] if any(documents.is_usable(item.document) for item in later.select_related("document")) else found


def take_documents(data_request: DataRequest) -> None:
    """Put the first order document under a draft's only order, where no copy was named."""
    orders = orders_of(data_request)
    found = order_documents(data_request)
    if len(orders) != 1 or not found or _has_copy(orders[0]):
        return
    if versions := order_rules.in_order(orders[0].versions.all()):
        versions[-1].document = found[0].document
        versions[-1].save(update_fields=["document"])


def order_documents(data_request: DataRequest) -> list[RequestDocument]:
    """Return the attached copies of orders that can count, in the order in which they came."""
    items = data_request.documents.filter(removed_at=None, role=DocumentRole.ORDER)
    return list(items.exclude(document__state__in=_USELESS).select_related("document").order_by("added_at", "pk"))


def shared_documents(data_request: DataRequest) -> list[Document]:
    """Return the copies of this request's orders that are attached to another request and not to this one."""
    own = data_request.documents.values("document")
    versions = OrderVersion.objects.filter(process__data_requests=data_request, document__isnull=False)
    found = Document.objects.filter(pk__in=versions.values("document")).exclude(pk__in=own)
    return list(found.order_by("pk"))


def sent_elsewhere(process: LegalProcess, data_request: DataRequest) -> bool:
    """Say whether another request was sent with this order: then it is read-only, and only new versions are added."""
    return process.uses.exclude(data_request=data_request).filter(data_request__submitted_at__isnull=False).exists()


def keeps_document(data_request: DataRequest, document: Document) -> bool:
    """Say whether a request that was sent rests on this file through a shared order: then it stays as it is."""
    return others_with(data_request, document).filter(submitted_at__isnull=False).exists()


def others_with(data_request: DataRequest, document: Document) -> QuerySet[DataRequest]:
    """Return other requests with an order of which this file is the copy."""
    others = DataRequest.objects.filter(orders__versions__document=document).exclude(pk=data_request.pk)
    found: QuerySet[DataRequest] = others.distinct()
    return found


def release_document(data_request: DataRequest, document: Document) -> bool:
    """Let no order of drafts name this file any more; return False, changing nothing, where a sent request needs it."""
    if keeps_document(data_request, document):
        return False
    OrderVersion.objects.filter(process__data_requests=data_request, document=document).update(document=None)
    return True


def forget_documents(documents: Collection[int]) -> None:
    """Let no order name these files any more: they become unreadable."""
    OrderVersion.objects.filter(document__in=documents).update(document=None)


def follow_leading(data_request: DataRequest) -> None:
    """Number the orders of a draft without gaps, and let the request have the type and section of the first."""
    uses = list(data_request.order_uses.select_related("process__process_type").order_by("position", "pk"))
    for position, use in enumerate(uses):
        if use.position != position:
            OrderUse.objects.filter(pk=use.pk).update(position=position)
    lead = uses[0].process if uses else None
    data_request.process_type = lead.process_type if lead else None
    data_request.section_of_law = lead.section_of_law if lead else ""
    data_request.save(update_fields=["process_type", "section_of_law"])


def touch_other_drafts(process: LegalProcess, data_request: DataRequest) -> None:
    """Let other drafts follow this order, and refuse their windows as old: what they showed has changed."""
    drafts = DataRequest.objects.filter(orders=process, status=RequestStatus.DRAFT).exclude(pk=data_request.pk)
    for other in drafts.order_by("pk"):
        follow_leading(other)
    DataRequest.objects.filter(pk__in=drafts.values("pk")).update(lock_version=F("lock_version") + 1)


def write(process: LegalProcess, values: Values, *, by: Any, at: datetime) -> list[str]:
    """Store what `values` holds of an order and of its first version; return the names of what changed."""
    changed = [name for name in ORDER_FIELDS if name in values and getattr(process, name) != values[name]]
    for name in changed:
        setattr(process, name, values[name])
    process.save()
    return changed + _write_dates(process, values, by=by, at=at)


def _write_dates(process: LegalProcess, values: Values, *, by: Any, at: datetime) -> list[str]:
    version = first_version(process)
    given = {name: values[name] for name in DATE_FIELDS if name in values}
    if version is None:
        if not given.get("issued_on"):
            return []
        version = OrderVersion(process=process, received_at=at, added_by=by)
    elif "issued_on" in given and given["issued_on"] is None:
        if process.versions.count() > 1:
            given.pop("issued_on")
        else:
            unset(process)
            return ["issued_on"]
    changed = [name for name, value in given.items() if getattr(version, name) != value]
    for name in changed:
        setattr(version, name, given[name])
    if "document" in values and version.document_id != getattr(values["document"], "pk", None):
        version.document = values["document"]
        changed.append("document")
    if changed or version.pk is None:
        version.save()
    return changed


def unset(process: LegalProcess) -> None:
    """Take the date of an order away, and with it what rested on it in drafts."""
    for version in process.versions.all():
        version.requestline_set.update(order_version=None)
        version.delete()


def save_leading(draft: DataRequest, values: Values, by: Any, at: datetime) -> None:
    """Store the leading order of a draft and what the request takes from it; where there is none, it is made."""
    process = leading(draft)
    if process is None:
        process = LegalProcess(agency=draft.agency, created_by=by, created_at=at)
    write(process, values, by=by, at=at)
    OrderUse.objects.get_or_create(data_request=draft, process=process, defaults={"added_at": at, "added_by": by})
    keep_for_request(draft, values)
    follow_leading(draft)


def keep_for_request(draft: DataRequest, values: Values) -> list[str]:
    """Store the addressed company and the treaty channel, which belong to the request; return what changed."""
    given = {name: values[name] for name in REQUEST_FIELDS if name in values}
    if given.get("legal_entity") is None:
        given.pop("legal_entity", None)
    changed = [name for name, value in given.items() if getattr(draft, name) != value]
    for name in changed:
        setattr(draft, name, given[name])
    if changed:
        draft.save(update_fields=changed)
    return changed


def shared_with(data_request: DataRequest) -> dict[int, int]:
    """Return how many other requests that were sent each of the orders carries, by the order's key."""
    others = OrderUse.objects.filter(process__data_requests=data_request, data_request__submitted_at__isnull=False)
    counted = others.exclude(data_request=data_request).order_by().values_list("process").annotate(number=Count("pk"))
    return dict(counted)


def version_words(version: OrderVersion) -> str:
    """Say in a few words what a version did and until when it holds."""
    until = f", valid until {_day(version.valid_until)}" if version.valid_until else ""
    return f"{_DID[OrderRelation(version.relation)]} {_day(version.issued_on)}{until}"


_DID = {
    OrderRelation.ORIGINAL: "Issued",
    OrderRelation.EXTENDS: "Extended",
    OrderRelation.NARROWS: "Narrowed",
    OrderRelation.REPLACES: "Replaced",
    OrderRelation.QUASHED: "Quashed",
}


def _day(value: date) -> str:
    return f"{value:%-d %b %Y}"
