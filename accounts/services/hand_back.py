"""Applications that somebody reviews: listed, and handed back when the person leaves."""

from datetime import datetime

from django.db.models import QuerySet

from accounts.enums import ApplicationStatus
from accounts.events import Event
from accounts.models import AccessApplication, User
from foundation.audit.trail import record


def in_hand(user: User) -> list[str]:
    """Say how many applications this person reviews."""
    number = _reviewed(user).count()
    return [f"{number} application{'' if number == 1 else 's'} in review"] if number else []


def give_back(user: User, *, by: User | None, at: datetime) -> int:
    """Let nobody review what this person reviewed, so that a colleague takes it; called inside a transaction."""
    rows = list(_reviewed(user).select_for_update().order_by("pk"))
    for row in rows:
        AccessApplication.objects.filter(pk=row.pk).update(reviewer=None)
        record(Event.APPLICATION_ASSIGNED, by=by, obj=row, data={"to": "", "before": user.email}, at=at)
    return len(rows)


def _reviewed(user: User) -> QuerySet[AccessApplication]:
    return AccessApplication.objects.filter(reviewer=user, status=ApplicationStatus.IN_REVIEW)
