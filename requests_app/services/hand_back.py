"""Requests that a colleague works on: listed, and handed back when the person leaves (accounts.open_work)."""

from datetime import datetime

from django.db.models import QuerySet
from django.urls import reverse

from accounts.models import User
from accounts.open_work import Work
from foundation.audit.trail import record
from requests_app.enums import OPEN_STATUSES
from requests_app.events import Event
from requests_app.models import DataRequest

_MOST = 50


def in_hand(user: User) -> list[Work]:
    """Return the open requests assigned to this person, the oldest first."""
    rows = _assigned(user).order_by("pk")[:_MOST]
    names = [str(row.reference) for row in rows]
    return [Work(name, "Request", reverse("staff:request", args=[name])) for name in names]


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
