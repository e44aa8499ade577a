"""Requests that a colleague works on: listed, and handed back when the person leaves (accounts.open_work)."""

from datetime import datetime

from django.db.models import QuerySet

from accounts.models import User
from foundation.audit.trail import record
from requests_app.enums import OPEN_STATUSES
from requests_app.events import Event
from requests_app.models import DataRequest


def in_hand(user: User) -> list[str]:
    """Say how many open requests are assigned to this person; which ones, not everybody may know."""
    number = _assigned(user).count()
    return [f"{number} open request{'' if number == 1 else 's'}"] if number else []


def give_back(user: User, *, by: User | None, at: datetime) -> int:
    """Assign this person's open requests to nobody, so that colleagues hand them over; called inside a transaction."""
    rows = list(_assigned(user).select_for_update().order_by("pk"))
    for row in rows:
        row.assignments.filter(ended_at=None).update(ended_at=at)
        DataRequest.objects.filter(pk=row.pk).update(assignee=None)
        record(Event.ASSIGNED, by=by, obj=row, data={"to": "", "before": user.email}, at=at)
    return len(rows)


def _assigned(user: User) -> QuerySet[DataRequest]:
    return DataRequest.objects.filter(assignee=user, status__in=OPEN_STATUSES)
