"""Holds that belong to a request: their time stands still while we answer, and runs again once we did or refused."""

from collections.abc import Collection
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone

from accounts.permissions import Permission, has_permission
from foundation.core.errors import NotAllowed, TransitionRefused
from preservation.enums import HoldStatus
from preservation.models import PreservationHold
from preservation.services import life
from preservation.services.locks import lock as lock_hold
from requests_app.enums import OPEN_STATUSES, RequestStatus
from requests_app.models import DataRequest
from requests_app.services.locks import lock

_FOLLOWED = (HoldStatus.ACTIVE, HoldStatus.PROCESS_SERVED)
OTHERS = "Only the officer who filed both can let a hold go on with a request."
CLOSED = "This request is answered or gone. A hold goes on only with a request that we still answer."


def follow(data_request: DataRequest, *, at: datetime) -> DataRequest:
    """Let the time of its holds stand still while a request is open, and run again otherwise; return the request.

    Called in the transaction of every move of a request in or out of the desk. A referred request's holds go on by
    themselves (redirecting.keep_holds).
    """
    if not data_request.reference:
        return data_request
    rows = PreservationHold.objects.select_for_update().filter(
        request_reference=data_request.reference, status__in=_FOLLOWED
    )
    for hold in rows.order_by("pk"):
        if data_request.status in OPEN_STATUSES:
            life.attach_process(hold, data_request.reference, at=at)
        else:
            life.detach_process(hold, at=at)
    return data_request


def offered(data_request: DataRequest, officer: Any) -> QuerySet[PreservationHold]:
    """Return the officer's own running holds that can go on with this request or draft, soonest end first."""
    rows = PreservationHold.objects.visible_to(officer).filter(
        officer=officer, agency=data_request.agency_id, provider=data_request.provider_id, status=HoldStatus.ACTIVE
    )
    return rows.prefetch_related("identifiers").order_by("expires_at", "pk")


def may_attach(data_request: DataRequest, officer: Any) -> bool:
    """Say whether this officer has a running hold that can go on with this request."""
    mine = data_request.officer_id == officer.pk and data_request.status in OPEN_STATUSES
    return mine and offered(data_request, officer).exists()


def of_the_case(data_request: DataRequest, holds: Collection[PreservationHold]) -> list[str]:
    """Return the keys of those with the case number of the request: they are proposed."""
    number = data_request.case_number.strip()
    return [str(hold.uid) for hold in holds if number and hold.case_number.strip() == number]


def requests_for(hold: PreservationHold, officer: Any) -> QuerySet[DataRequest]:
    """Return the officer's own open requests to the same company with which this hold can go on, newest first."""
    rows = DataRequest.objects.visible_to(officer).filter(
        officer=officer, agency=hold.agency_id, provider=hold.provider_id, status__in=OPEN_STATUSES
    )
    return rows.filter(reference__isnull=False).order_by("-submitted_at", "-pk")


@transaction.atomic
def attach(
    data_request: DataRequest, holds: Collection[PreservationHold], *, by: Any, at: datetime | None = None
) -> int:
    """Let these holds go on with a request until we answer or refuse it; return how many do so anew.

    Of a restricted request they become restricted too. Raises NotAllowed for what is not this officer's, and
    TransitionRefused where the request is answered or a hold has ended meanwhile.
    """
    at = at or timezone.now()
    row = lock(data_request)
    if row.status not in OPEN_STATUSES or row.status == RequestStatus.DRAFT:
        raise TransitionRefused(CLOSED)
    done = 0
    for hold in map(lock_hold, sorted(holds, key=lambda hold: hold.pk)):
        if refusal := attach_refusal(row, hold, by):
            raise NotAllowed(refusal)
        if hold.status == HoldStatus.PROCESS_SERVED and hold.request_reference == row.reference:
            continue
        life.attach_process(hold, row.reference or "", at=at)
        done += 1
    if done and row.restricted:
        life.restrict_with(row.reference or "", at=at)
    return done


def attach_refusal(data_request: DataRequest, hold: PreservationHold, by: Any) -> str | None:
    """Say why this person cannot let this hold go on with this request, or None."""
    owner = data_request.officer_id == by.pk and hold.officer_id == by.pk
    if not owner or not has_permission(by, Permission.FILE_HOLD):
        return OTHERS
    if hold.provider_id != data_request.provider_id or hold.agency_id != data_request.agency_id:
        return "The hold is at another company or of another agency than the request."
    return None


def attached(data_request: DataRequest, reader: Any) -> QuerySet[PreservationHold]:
    """Return the holds that stand still for this request and that this officer may see."""
    visible = PreservationHold.objects.visible_to(reader)
    return visible.filter(Q(request_reference=data_request.reference), status=HoldStatus.PROCESS_SERVED)
