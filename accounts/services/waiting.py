"""What waits on the page of applications for this very person."""

from datetime import datetime
from typing import Any

from django.db.models import QuerySet

from accounts.enums import ApplicationStatus
from accounts.models import AccessApplication
from accounts.permissions import Permission, has_permission


def to_decide(user: Any, at: datetime) -> list[QuerySet[Any]]:
    """Return the applications to review, and those to approve that somebody else recommended, by this one's rights."""
    visible = AccessApplication.objects.visible_to(user).exclude(user=user)
    conflicts = user.conflicts.filter(ended_at=None)
    visible = visible.exclude(agency__in=conflicts.filter(agency__isnull=False).values("agency"))
    visible = visible.exclude(reference__in=conflicts.exclude(about_reference="").values("about_reference"))
    found: list[QuerySet[Any]] = []
    if has_permission(user, Permission.REVIEW_APPLICATION):
        found.append(visible.filter(status__in=[ApplicationStatus.SUBMITTED, ApplicationStatus.IN_REVIEW]))
    if has_permission(user, Permission.APPROVE_APPLICATION):
        approving = visible.filter(status=ApplicationStatus.AWAITING_APPROVAL)
        found.append(approving.exclude(recommended_by=user))
    return found
