"""What waits on the page of holds: to decide, to accept, to choose, and treaty requests that nobody confirmed."""

from datetime import datetime
from typing import Any

from django.db.models import QuerySet

from accounts.permissions import Permission
from preservation.enums import ExtensionStatus, HoldStatus
from preservation.models import HoldExtension, PreservationHold


def to_decide(user: Any, at: datetime) -> list[QuerySet[Any]]:
    """Return what those who decide on holds have to do there; nothing for others."""
    if Permission.DECIDE_HOLDS not in user.permissions:
        return []
    holds = PreservationHold.objects.visible_to_staff(user)
    asked = HoldExtension.objects.filter(status=ExtensionStatus.REQUESTED, hold__in=holds.values("pk"))
    unconfirmed = holds.filter(status=HoldStatus.ON_TREATY, confirm_by__lte=at)
    return [asked, holds.to_accept(), holds.to_choose(), unconfirmed]
