"""An answer goes back to who asked; where that person cannot go on, the request goes back to its team."""

from datetime import datetime

from accounts.absent import away_on, day_in
from accounts.models import User
from accounts.permissions import Permission
from foundation.audit.trail import record
from requests_app.events import Event
from requests_app.models import DataRequest
from requests_app.permissions import desk_refusal


def gone(person: User, data_request: DataRequest, *, at: datetime) -> str:
    """Say why this person cannot go on with a request now, in words for the trail; empty where they can."""
    if not person.is_active:
        return "The colleague who asked has left."
    if desk_refusal(person, Permission.REVIEW_REQUEST, data_request):
        return "The colleague who asked cannot work on this request any more."
    if away_on(day_in(data_request.provider.calendar.time_zone, at)).filter(user=person).exists():
        return "The colleague who asked is away."
    return ""


def back_to_team(data_request: DataRequest, *, why: str, at: datetime) -> None:
    """Put a request back into its team's queue; its status and clocks stay. The caller has locked it."""
    before = data_request.assignee.email if data_request.assignee else ""
    data_request.assignments.filter(ended_at=None).update(ended_at=at)
    DataRequest.objects.filter(pk=data_request.pk).update(assignee=None)
    data_request.assignee = None
    record(Event.GIVEN_BACK, by=None, obj=data_request, reason=why, data={"from": before}, at=at)
