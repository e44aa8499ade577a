"""Who receives the records of a request that came outside the portal: a vetted officer of its agency, and nobody else.

Named by somebody who did not record it, once the agency said at its directory number that it sent this request.
"""

from datetime import datetime

from django.db import transaction
from django.utils import timezone

from accounts.models import User
from accounts.permissions import Permission
from foundation.audit.trail import record
from foundation.core.errors import NotAllowed
from preservation.services.passing_on import pass_on
from requests_app.enums import UNPROVEN_CHANNELS, Channel, RequestStatus
from requests_app.events import Event
from requests_app.models import DataRequest
from requests_app.notify import recording as notify
from requests_app.permissions import call_back_confirmed, desk_refusal
from requests_app.querysets import left_behind, nobody_named
from requests_app.services.hand_overs import candidates
from requests_app.services.locks import lock

_NOT_HERE = {Channel.PORTAL, Channel.HISTORY}
_OVER = {RequestStatus.DRAFT, RequestStatus.WITHDRAWN}
CALL_FIRST = "Call the agency at its directory number first, and record that it sent this request and who receives it."


def is_open_to_name(data_request: DataRequest) -> bool:
    """Say whether somebody is still to be named: nobody is, or whoever was has left for good."""
    return nobody_named(data_request) or DataRequest.objects.filter(left_behind(), pk=data_request.pk).exists()


def offered(data_request: DataRequest, *, to: User) -> bool:
    """Say whether this person is offered to name somebody, where somebody is to be named; the call may be to come."""
    if data_request.channel in _NOT_HERE or data_request.status in _OVER:
        return False
    return desk_refusal(to, Permission.REVIEW_REQUEST, data_request) is None and is_open_to_name(data_request)


def refusal(data_request: DataRequest, *, by: User) -> str | None:
    """Say why this person cannot name who receives the records, or None."""
    if data_request.channel in _NOT_HERE or data_request.status in _OVER:
        return "Nobody is named here: this request did not come outside the portal, or it is over."
    if why := desk_refusal(by, Permission.REVIEW_REQUEST, data_request):
        return why
    if not is_open_to_name(data_request):
        return "An officer is named already. The officer hands the request over to a colleague."
    if data_request.channel in UNPROVEN_CHANNELS and not call_back_confirmed(data_request):
        return CALL_FIRST
    return None


@transaction.atomic
def name(data_request: DataRequest, *, officer: User, by: User, at: datetime | None = None) -> DataRequest:
    """Name the vetted officer who receives the records; the officer sees the request from then on and is told.

    Naming the same officer again changes nothing. Raises NotAllowed where this person or the officer may not.
    """
    at = at or timezone.now()
    row = lock(data_request)
    if row.officer_id == officer.pk and row.channel != Channel.PORTAL:
        return row
    if why := refusal(row, by=by):
        raise NotAllowed(why)
    if officer.pk not in {person.pk for person in candidates(row.agency_id, at=at)}:
        raise NotAllowed("Choose an officer of this agency who has access now.")
    before = row.officer
    row.officer, row.lock_version = officer, row.lock_version + 1
    row.save(update_fields=["officer", "lock_version"])
    holds = pass_on(row.reference or "", officer=before, to=officer, by=by, at=at)
    record(Event.RECIPIENT_NAMED, by=by, obj=row, data={"officer": officer.email, "holds": holds}, at=at)
    notify.named(row, at=at)
    return row
