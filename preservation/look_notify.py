"""What to tell an officer about a long hold. No facts of the case: the reference, and what to do."""

from datetime import datetime
from typing import TYPE_CHECKING

from foundation.notifications.outbox import send
from preservation import told

if TYPE_CHECKING:
    from preservation.models import PreservationHold


def still_needed(hold: "PreservationHold", *, at: datetime) -> None:
    """Ask the officer whether a long hold is still needed; who follows is told, so that nobody is surprised."""
    if hold.expires_at is None:
        return
    for person in told.readers(hold, at=at):
        send(
            "hold_still_needed",
            dedupe_key=f"hold:{hold.pk}:still_needed:{at:%Y%m%d%H%M%S}:{person.pk}",
            to_user=person,
            context={"ends": hold.expires_at},
            reference=hold.reference or "",
            at=at,
        )
