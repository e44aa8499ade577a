"""Who works on a request: taking it, handing it over, sending it back as incomplete, calling the agency."""

from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils import timezone

from accounts.models import AgencyNumber, CallBack, User
from accounts.permissions import Permission
from foundation.audit.trail import record
from foundation.core.errors import Incomplete, NotAllowed, TransitionRefused
from requests_app.enums import RequestStatus
from requests_app.events import Event
from requests_app.models import Assignment, DataRequest
from requests_app.notify import desk as notify
from requests_app.permissions import assign_refusal, desk_refusal, request_workflow, staff_may_see
from requests_app.services.locks import lock


@transaction.atomic
def take(data_request: DataRequest, *, by: User, at: datetime | None = None) -> DataRequest:
    """Take a new request into review; of two people who press at once one gets it."""
    at = at or timezone.now()
    data_request = lock(data_request)
    if refusal := _taken_refusal(data_request, by):
        raise TransitionRefused(refusal)
    request_workflow.advance(data_request, "take", by=by, at=at, assignee=by, taken_at=at)
    _assign(data_request, to=by, by=by, at=at)
    notify.review_started(data_request, at=at)
    return data_request


def _taken_refusal(data_request: DataRequest, by: User) -> str | None:
    """Say who took a request that is not new any more, to somebody who may read that."""
    # Read by its key: a row that was waited for is new, but what was joined to it is from before.
    new = data_request.status == RequestStatus.SUBMITTED
    taker = None if new else User.objects.filter(pk=data_request.assignee_id or 0).first()
    if taker is None or desk_refusal(by, Permission.REVIEW_REQUEST, data_request):
        return None
    who = "You" if taker == by else taker.get_full_name()
    return f"{who} took this request already."


@transaction.atomic
def assign(data_request: DataRequest, *, to: User, by: User, at: datetime | None = None) -> DataRequest:
    """Hand a request over to a colleague who may work on it."""
    at = at or timezone.now()
    data_request = lock(data_request)
    if refusal := assign_refusal(by, data_request, to):
        raise NotAllowed(refusal)
    if data_request.assignee_id == to.pk:
        return data_request
    _assign(data_request, to=to, by=by, at=at)
    DataRequest.objects.filter(pk=data_request.pk).update(assignee=to)
    data_request.assignee = to
    record(Event.ASSIGNED, by=by, obj=data_request, data={"to": to.email}, at=at)
    if to != by:
        notify.handed_over(data_request, to=to, at=at)
    return data_request


def _assign(data_request: DataRequest, *, to: User, by: User, at: datetime) -> None:
    data_request.assignments.filter(ended_at=None).update(ended_at=at)
    Assignment.objects.create(data_request=data_request, user=to, assigned_at=at, assigned_by=by)


def colleagues(data_request: DataRequest) -> list[User]:
    """Return who this request can be handed over to."""
    people = User.objects.holding([Permission.REVIEW_REQUEST]).order_by("full_name", "pk")
    return [p for p in people if staff_may_see(p, data_request) and p.pk != data_request.recorded_by_id]


@transaction.atomic
def return_incomplete(
    data_request: DataRequest, *, code: str, text: str, by: User, at: datetime | None = None
) -> DataRequest:
    """Give a new request back as a draft; the officer reads the text in the portal, the mail says only the kind."""
    at = at or timezone.now()
    if not text.strip():
        raise Incomplete("Write what is missing, so that the officer can add it.")
    data_request = lock(data_request)
    facts = {"code": str(code)}
    request_workflow.advance(data_request, "return_incomplete", by=by, at=at, reason=text.strip(), data=facts)
    notify.returned_incomplete(data_request, at=at)
    return data_request


def usable_numbers(data_request: DataRequest) -> Any:
    """Return the directory numbers of the agency that may be called: confirmed by a second person and in force."""
    return AgencyNumber.objects.filter(
        agency_id=data_request.agency_id, confirmed_at__isnull=False, retired_at=None
    ).order_by("pk")


@transaction.atomic
def record_call_back(
    data_request: DataRequest,
    *,
    number: AgencyNumber,
    result: str,
    spoke_to: str,
    note: str = "",
    by: User,
    at: datetime | None = None,
) -> CallBack:
    """Record a call to a number of the agency that the company holds itself; the officer's own number never counts."""
    at = at or timezone.now()
    data_request = lock(data_request)
    if refusal := desk_refusal(by, Permission.REVIEW_REQUEST, data_request):
        raise NotAllowed(refusal)
    if not usable_numbers(data_request).filter(pk=number.pk).exists():
        raise NotAllowed("Call a confirmed number of this agency from our directory.")
    call = CallBack.objects.create(
        about_reference=data_request.reference or "",
        number=number,
        called_at=at,
        called_by=by,
        spoke_to=spoke_to,
        result=result,
        note=note,
    )
    facts = {"result": str(result), "number": number.number, "source": number.source}
    record(Event.CALL_BACK_RECORDED, by=by, obj=data_request, data=facts, at=at)
    return call
