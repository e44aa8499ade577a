"""What to tell whom where the authority has a time to go to court, or the hold falls.

No facts of the case, as in preservation.notify: the reference, what to do, by when.
"""

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from accounts.models import User
from foundation.notifications.outbox import send
from foundation.notifications.rendering import Value
from preservation import told
from preservation.notify import administrators

if TYPE_CHECKING:
    from preservation.models import PreservationHold


def to_file(hold: "PreservationHold", *, stage: str, at: datetime) -> None:
    """Remind the officer and who follows to tell us that the authority went to court; stage: of the clock."""
    due = _due(hold)
    days = (due.astimezone(UTC).date() - at.astimezone(UTC).date()).days
    for person in _readers(hold, at):
        _send(hold, "hold_to_file", person, key=f"file-{due:%Y%m%d}-{stage}", at=at, due=due, days=days)


def fell(hold: "PreservationHold", *, at: datetime) -> None:
    """Tell the officer, who follows, and who decides on holds that the hold fell."""
    for person in _readers(hold, at):
        _send(hold, "hold_fell", person, key="fell", at=at, due=_due(hold))
    for person in administrators(hold):
        _send(hold, "hold_fell_staff", person, key="fell", at=at, due=_due(hold))


def _due(hold: "PreservationHold") -> datetime:
    if hold.authority_must_file_by is None:
        raise ValueError(f"{hold} does not wait for a court.")
    return hold.authority_must_file_by


def _readers(hold: "PreservationHold", at: datetime) -> list[User]:
    """Return the officer and who follows; where the officer has left, the leads of the agency too."""
    people = told.readers(hold, at=at)
    if not told.officer_stays(hold):
        people += [lead for lead in told.leads(hold, at=at) if lead not in people]
    return people


def _send(hold: "PreservationHold", event: str, to: User, *, key: str, at: datetime, **context: Value) -> None:
    reference = hold.reference or ""
    send(event, dedupe_key=f"hold:{hold.pk}:{key}:{to.pk}", to_user=to, context=context, reference=reference, at=at)
