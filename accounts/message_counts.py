"""How many messages a person has not opened, for the header of every page."""

from datetime import datetime
from typing import Any

from django.db.models import QuerySet

from foundation.notifications.inbox import inbox_for


def unread(user: Any, at: datetime) -> list[QuerySet[Any]]:
    """Return the messages in this person's inbox that were not opened."""
    return [inbox_for(user).unread()]
