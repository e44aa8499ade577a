"""A bar on telling that goes on: the officer files what extends it, a person reads it, and it holds meanwhile."""

from datetime import date, datetime
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from accounts.permissions import Permission
from foundation.audit.trail import record
from foundation.core.errors import Incomplete, NotAllowed, TransitionRefused
from foundation.documents import services as documents
from foundation.documents.enums import DocumentState
from requests_app.enums import WITHOUT_RECORDS, DocumentRole, RequestStatus
from requests_app.events import Event
from requests_app.models import DataRequest, NonDisclosureOrder, RequestDocument
from requests_app.notify import desk as notify
from requests_app.notify import record_clocks
from requests_app.permissions import answers_for, desk_refusal
from requests_app.services.locks import lock
from requests_app.services.notices import look_again_of
from requests_app.services.same_files import refuse_twice

_NOT_SENT = (RequestStatus.DRAFT, RequestStatus.WITHDRAWN, RequestStatus.REFUSED)
_NEVER_READ = (DocumentState.REFUSED, DocumentState.INFECTED)
_WAITS = "You sent an order that extends it already. We read it first."
_OVER = "The time for which your order forbids telling is over. Write to us with the new order."


def refusal(data_request: DataRequest, by: Any, *, at: datetime) -> str | None:
    """Say why this person cannot file an order that extends the bar now, or None; only before it ends."""
    if not answers_for(by, data_request):
        return "Only the officer who filed it can do this."
    if data_request.status in _NOT_SENT or data_request.kind in WITHOUT_RECORDS:
        return "Nobody is told of this request."
    bars = list(data_request.non_disclosure_orders.filter(declined_at=None).select_related("document"))
    confirmed = [bar.bar_ends_at for bar in bars if bar.confirmed_at]
    if not confirmed or None in confirmed:
        return "No confirmed order with an end forbids us to tell the account holder."
    # One that nobody can open goes on holding, but does not keep the officer from sending it again.
    if any(bar.stated_at and not bar.confirmed_at and not _unusable(bar) for bar in bars):
        return _WAITS
    return None if max(end for end in confirmed if end) > at else _OVER


@transaction.atomic
def file(
    data_request: DataRequest,
    *,
    clause: str,
    bars_until: date | None,
    upload: Any,
    by: Any,
    at: datetime | None = None,
) -> NonDisclosureOrder:
    """File the order that extends a bar before it ends: it holds for the company's grace until somebody decides."""
    at = at or timezone.now()
    data_request = lock(data_request)
    if why := refusal(data_request, by, at=at):
        raise TransitionRefused(why)
    refuse_twice(data_request, upload)
    for unread in data_request.non_disclosure_orders.filter(confirmed_at=None, declined_at=None, stated_at__lte=at):
        _declined(unread, reason="Its file could not be opened. The officer sent it again.", by=by, at=at)
    limit = settings.UPLOAD_LIMIT_OFFICER
    document = documents.receive(upload, filename=upload.name, purpose="request", by=by, limit=limit, at=at)
    item = RequestDocument.objects.create(
        data_request=data_request, document=document, role=DocumentRole.NON_DISCLOSURE, added_at=at, added_by=by
    )
    bar = NonDisclosureOrder.objects.create(
        data_request=data_request, clause=clause, bars_until=bars_until, document=document, stated_at=at, stated_by=by
    )
    facts = {"document": str(document.uid), "bars_until": bars_until.isoformat() if bars_until else None}
    record(Event.RENEWAL_FILED, by=by, obj=data_request, data=facts, at=at)
    notify.documents_added(data_request, last=item.pk, at=at)
    look_again_of(data_request, at=at)
    return bar


@transaction.atomic
def decline(bar: NonDisclosureOrder, *, reason: str, by: Any, at: datetime | None = None) -> NonDisclosureOrder:
    """Say that a person read what was stated, and that it forbids nothing."""
    at = at or timezone.now()
    data_request = lock(bar.data_request)
    if why := desk_refusal(by, Permission.DECIDE_NOTICE, data_request):
        raise NotAllowed(why)
    if not reason.strip():
        raise Incomplete("Write why it forbids nothing.")
    bar = data_request.non_disclosure_orders.select_for_update().get(pk=bar.pk)
    if bar.confirmed_at or bar.declined_at:
        raise TransitionRefused("This cannot be done any more: the state has changed.")
    _declined(bar, reason=reason.strip(), by=by, at=at)
    if bar.stated_at:
        record_clocks.renewal_read(bar, forbids=False, at=at)
    look_again_of(data_request, at=at)
    return bar


def _declined(bar: NonDisclosureOrder, *, reason: str, by: Any, at: datetime) -> None:
    bar.declined_at, bar.declined_by, bar.declined_reason = at, by, reason
    bar.save(update_fields=["declined_at", "declined_by", "declined_reason"])
    record(Event.BAR_DECLINED, by=by, obj=bar.data_request, reason=reason, at=at)


def _unusable(bar: NonDisclosureOrder) -> bool:
    return bar.document is not None and bar.document.state in _NEVER_READ
