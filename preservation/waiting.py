"""What waits on the page of holds: extensions that this person decides, and holds to accept."""

from datetime import datetime
from typing import Any

from django.db.models import QuerySet

from accounts.permissions import Permission
from preservation.enums import ExtensionStatus
from preservation.models import HoldExtension, PreservationHold


def to_decide(user: Any, at: datetime) -> list[QuerySet[Any]]:
    """Return the extensions asked for and the holds to accept, for those who decide on holds; nothing for others."""
    if Permission.DECIDE_HOLDS not in user.permissions:
        return []
    holds = PreservationHold.objects.visible_to_staff(user)
    asked = HoldExtension.objects.filter(status=ExtensionStatus.REQUESTED, hold__in=holds.values("pk"))
    return [asked, holds.to_accept()]
