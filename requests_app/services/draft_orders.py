"""The orders of a draft: added by type, written, put first, taken from another request, removed."""

from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone

from foundation.audit.trail import record
from foundation.core.errors import Incomplete, NotAllowed, Stale
from foundation.legal.catalogue import for_assets
from foundation.legal.models import ProcessType
from requests_app.enums import REACH_OF_CATEGORY, RECORD_CATEGORIES, RequestKind
from requests_app.events import Event
from requests_app.models import DataRequest, LegalProcess, OrderUse
from requests_app.order_rules import day_of, quashed_by
from requests_app.services import orders
from requests_app.services.drafts import STALE, locked, saved
from requests_app.services.preflight import Step

MAX_ORDERS = 20
READ_ONLY = (
    "This order was sent with another request, so it stays as it is. Add a new version if the order itself changed."
)
_GONE = "This order is not part of the draft any more. Open the list of orders again."

Values = orders.Values


@transaction.atomic
def add(
    data_request: DataRequest, process_type: ProcessType, *, key: UUID, by: Any, at: datetime | None = None
) -> LegalProcess:
    """Add an order of this type to a draft; the same key gives the same order, so that two clicks add one."""
    at = at or timezone.now()
    draft = locked(data_request, by=by)
    if known := draft.orders.filter(uid=key).first():
        return known
    if LegalProcess.objects.filter(uid=key).exists():
        raise Stale(STALE)
    _refuse_stopped(process_type)
    _room(draft)
    process = LegalProcess.objects.create(
        uid=key, agency=draft.agency, process_type=process_type, created_by=by, created_at=at
    )
    _use(draft, process, by=by, at=at)
    facts = {"order": str(process.uid), "type": process_type.code}
    record(Event.ORDER_ADDED, by=by, obj=draft, data=facts, at=at)
    saved(draft, Step.LEGAL_PROCESS, by=by, at=at)
    return process


@transaction.atomic
def save(
    data_request: DataRequest,
    process: LegalProcess,
    values: Values,
    *,
    unread: dict[str, Any] | None = None,
    version: int,
    by: Any,
    at: datetime | None = None,
) -> DataRequest:
    """Store what was read of an order's form; `unread` is what could not be, as typed, and is shown again.

    Raises Stale where another window saved since `version` was read, and NotAllowed where a request that was sent
    rests on the order.
    """
    at = at or timezone.now()
    draft = locked(data_request, by=by, version=version, step=Step.LEGAL_PROCESS)
    row = _own_order(draft, process)
    if orders.sent_elsewhere(row, draft):
        raise NotAllowed(READ_ONLY)
    _refuse_stopped(values.get("process_type"))
    changed = orders.write(row, values, by=by, at=at)
    if row.unread != (unread or {}):
        row.unread = unread or {}
        row.save(update_fields=["unread"])
    changed += orders.keep_for_request(draft, values)
    orders.follow_leading(draft)
    if changed:
        facts = {"order": str(row.uid), "changed": sorted(changed)}
        record(Event.ORDER_CHANGED, by=by, obj=draft, data=facts, at=at)
        orders.touch_other_drafts(row, draft)
    return saved(draft, Step.LEGAL_PROCESS, by=by, at=at)


@transaction.atomic
def lead(
    data_request: DataRequest, process: LegalProcess, *, version: int, by: Any, at: datetime | None = None
) -> DataRequest:
    """Put an order first: the request takes its type, its section of law and its return date."""
    at = at or timezone.now()
    draft = locked(data_request, by=by, version=version, step=Step.LEGAL_PROCESS)
    row = _own_order(draft, process)
    others = draft.order_uses.exclude(process=row).order_by("position", "pk")
    for position, use in enumerate(others, 1):
        OrderUse.objects.filter(pk=use.pk).update(position=position)
    draft.order_uses.filter(process=row).update(position=0)
    orders.follow_leading(draft)
    record(Event.ORDER_CHANGED, by=by, obj=draft, data={"order": str(row.uid), "changed": ["leading"]}, at=at)
    return saved(draft, Step.LEGAL_PROCESS, by=by, at=at)


@transaction.atomic
def remove(
    data_request: DataRequest, process: LegalProcess, *, version: int, by: Any, at: datetime | None = None
) -> DataRequest:
    """Take an order out of a draft. It is deleted only where no other request uses it and this one was never sent."""
    at = at or timezone.now()
    draft = locked(data_request, by=by, version=version, step=Step.LEGAL_PROCESS)
    row = _own_order(draft, process)
    draft.order_uses.filter(process=row).delete()
    draft.targets.filter(process=row).update(process=None)
    draft.lines.filter(order_version__process=row).update(order_version=None)
    named = [e for e in draft.records_asked if e.get("order") == str(row.uid)]
    if named:
        for entry in named:
            entry["order"] = None
        draft.save(update_fields=["records_asked"])
    shared = row.uses.exists()
    record(Event.ORDER_REMOVED, by=by, obj=draft, data={"order": str(row.uid), "shared": shared}, at=at)
    orders.follow_leading(draft)
    if not shared and draft.submitted_at is None:
        row.delete()
    return saved(draft, Step.LEGAL_PROCESS, by=by, at=at)


def reusable(data_request: DataRequest, by: Any, words: str = "") -> QuerySet[LegalProcess]:
    """Return the orders of the agency from other requests this officer can see, newest first; `words` narrow them."""
    seen = DataRequest.objects.visible_to(by).exclude(pk=data_request.pk)
    found = LegalProcess.objects.filter(agency_id=data_request.agency_id, uses__data_request__in=seen.values("pk"))
    found = found.exclude(uses__data_request=data_request)
    for word in words.split():
        about = Q(docket__icontains=word) | Q(issuing_authority__icontains=word) | Q(signatory__icontains=word)
        about |= Q(section_of_law__icontains=word) | Q(process_type__name__icontains=word)
        in_request = OrderUse.objects.filter(data_request__in=seen.values("pk"))
        in_request = in_request.filter(
            Q(data_request__reference__icontains=word) | Q(data_request__title__icontains=word)
        )
        found = found.filter(about | Q(pk__in=in_request.values("process")))
    return found.distinct().order_by("-created_at", "-pk")


def serving(found: QuerySet[LegalProcess], kind: str) -> QuerySet[LegalProcess]:
    """Return those of these orders whose type serves a request of this kind; one without a type may be given one."""
    fits = Q(process_type=None)
    if kind == RequestKind.FREEZE:
        types = for_assets(ProcessType.objects.all())
    else:
        reached = {REACH_OF_CATEGORY[category] for category in RECORD_CATEGORIES}
        types = ProcessType.objects.filter(reaches__overlap=sorted(reached), is_preservation=False, is_emergency=False)
    return found.filter(fits | Q(process_type__in=types.filter(stop_screen=False).values("pk")))


def unfit(kind: str) -> str:
    """Say why an order does not serve a request of this kind."""
    what = "freezes or seizes no assets" if kind == RequestKind.FREEZE else "orders no records"
    return f"its type {what}"


@transaction.atomic
def use(data_request: DataRequest, uid: UUID, *, by: Any, at: datetime | None = None) -> LegalProcess:
    """Let a draft rest on an order of another request, which stays one and the same order; twice changes nothing."""
    at = at or timezone.now()
    draft = locked(data_request, by=by)
    if known := draft.orders.filter(uid=uid).first():
        return known
    found = reusable(draft, by).filter(uid=uid)
    process = found.first()
    if process is None:
        raise NotAllowed("This order cannot be used here. Choose one of the list.")
    if not serving(found, draft.kind).exists():
        raise NotAllowed(f"This order cannot be used here: {unfit(draft.kind)}. Choose one of the list.")
    if quashed := quashed_by(process.versions.all(), day_of(at)):
        raise NotAllowed(f"This order was quashed on {quashed.issued_on:%-d %b %Y}. It carries no request any more.")
    _room(draft)
    _use(draft, process, by=by, at=at)
    _take_company(draft, process)
    record(Event.ORDER_ADDED, by=by, obj=draft, data={"order": str(process.uid), "shared": True}, at=at)
    saved(draft, Step.LEGAL_PROCESS, by=by, at=at)
    return process


@transaction.atomic
def address(data_request: DataRequest, key: str, *, version: int, by: Any, at: datetime | None = None) -> DataRequest:
    """Address a draft to a company whose primary key this is, where its leading order is read-only and has no form."""
    at = at or timezone.now()
    draft = locked(data_request, by=by, version=version, step=Step.LEGAL_PROCESS)
    entity = draft.provider.entities.filter(pk=int(key)).first() if key.isascii() and key.isdigit() else None
    if entity is None:
        raise Incomplete("Choose the company it is addressed to.")
    orders.keep_for_request(draft, {"legal_entity": entity})
    return saved(draft, Step.LEGAL_PROCESS, by=by, at=at)


def _take_company(draft: DataRequest, process: LegalProcess) -> None:
    """Address the draft to the company that the order names: it stands on the order, which is read-only here."""
    if draft.legal_entity_id is not None:
        return
    named = process.uses.exclude(data_request=draft).filter(data_request__legal_entity__isnull=False)
    if other := named.select_related("data_request").order_by("pk").first():
        draft.legal_entity_id = other.data_request.legal_entity_id
        draft.save(update_fields=["legal_entity"])


def _refuse_stopped(process_type: ProcessType | None) -> None:
    """Refuse a type that must never be uploaded: its page says where to go."""
    if process_type is not None and process_type.stop_screen:
        raise NotAllowed(f"{process_type.name} must not be uploaded here, and nothing of it was stored.")


def _own_order(draft: DataRequest, process: LegalProcess) -> LegalProcess:
    """Return the order's row, locked, as long as the draft rests on it."""
    row = LegalProcess.objects.select_for_update(of=("self",)).filter(pk=process.pk).first()
    if row is None or not draft.order_uses.filter(process=row).exists():
        raise Stale(_GONE)
    return row


def _room(draft: DataRequest) -> None:
    if draft.order_uses.count() >= MAX_ORDERS:
        raise Incomplete(f"A request rests on up to {MAX_ORDERS} orders. Make another request for the rest.")


def _use(draft: DataRequest, process: LegalProcess, *, by: Any, at: datetime) -> None:
    OrderUse.objects.create(
        data_request=draft, process=process, position=draft.order_uses.count(), added_at=at, added_by=by
    )
    orders.follow_leading(draft)
