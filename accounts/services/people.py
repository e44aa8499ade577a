"""Reading the list of staff. Access is taken and given back in accounts.services.suspensions."""

from datetime import datetime

from accounts.events import Event
from accounts.models import User
from foundation.audit.trail import record


def note_listed(*, by: User, at: datetime | None = None) -> None:
    """Leave the event of somebody who reads the list of staff."""
    record(Event.PEOPLE_LISTED, by=by, at=at)
