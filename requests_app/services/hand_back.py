"""Requests that a colleague works on: listed, and handed back when the person leaves (accounts.open_work)."""

from datetime import datetime

from django.db.models import QuerySet

from accounts.models import Agency, User
from foundation.audit.trail import record
from requests_app.enums import OPEN_STATUSES
from requests_app.events import Event
from requests_app.models import DataRequest
from requests_app.notify import clocks as notify


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
        record(Event.ASSIGNED, by=by, obj=row, data={"to": "", "to_id": None, "before": user.email}, at=at)
    return len(rows)


def left_by(officer: User, *, agency: Agency, at: datetime) -> int:
    """Tell who works on each open request of an officer who leaves the agency; return how many a lead may know of."""
    rows = DataRequest.objects.open().filter(officer=officer, agency=agency, submitted_at__isnull=False)
    left = list(rows.select_related("provider", "team").order_by("pk"))
    for row in left:
        notify.officer_left(row, at=at)
    return sum(not row.restricted for row in left)


def _assigned(user: User) -> QuerySet[DataRequest]:
    return DataRequest.objects.filter(assignee=user, status__in=OPEN_STATUSES)
