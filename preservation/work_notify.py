"""What to tell whom about what the company's own systems did, or did not do, for a hold.

No facts of the case, as in preservation.notify; to officers never whether there is an account.
"""

from datetime import datetime
from typing import TYPE_CHECKING

from accounts.models import User
from foundation.notifications.outbox import send
from foundation.notifications.rendering import Value
from preservation import told
from preservation.notify import administrators

if TYPE_CHECKING:
    from preservation.models import PreservationHold


def delayed(hold: "PreservationHold", *, longer: bool, since: datetime, at: datetime) -> None:
    """Tell the officer, once, that a hold is not carried out yet, or (longer) that its new end is not confirmed."""
    _to_officer(hold, "hold_delayed", key=f"delayed-{since:%Y%m%d%H%M%S}", at=at, longer=int(longer))


def carried_out(hold: "PreservationHold", *, longer: bool, since: datetime, at: datetime) -> None:
    """Tell the officer who was told of a delay that it is over."""
    _to_officer(hold, "hold_carried_out", key=f"done-{since:%Y%m%d%H%M%S}", at=at, longer=int(longer))


def to_choose(hold: "PreservationHold", *, at: datetime) -> None:
    """Tell those who decide on holds, once a day, that an identifier leads to several accounts and nothing is kept."""
    for person in administrators(hold):
        _send(hold, "hold_to_choose", person, key=f"choose-{at:%Y-%m-%d}", at=at)


def copies_differ(hold: "PreservationHold", *, at: datetime) -> None:
    """Alarm those who decide on holds: copies are not what was first kept."""
    for person in administrators(hold):
        _send(hold, "hold_copies_differ", person, key=f"differ-{at:%Y%m%d%H%M%S}", at=at)


def _to_officer(hold: "PreservationHold", event: str, *, key: str, at: datetime, **context: Value) -> None:
    """Tell the officer and who follows; nobody where the officer has left."""
    if not told.officer_stays(hold):
        return
    for person in told.readers(hold, at=at):
        _send(hold, event, person, key=key, at=at, **context)


def _send(hold: "PreservationHold", event: str, to: User, *, key: str, at: datetime, **context: Value) -> None:
    reference = hold.reference or ""
    send(event, dedupe_key=f"hold:{hold.pk}:{key}:{to.pk}", to_user=to, context=context, reference=reference, at=at)
