"""Long holds that nothing followed: somebody looks at them, and asks the officer where nobody knows why they go on.

Records are not kept for ever without a ground. Nobody's hold ends because of this: the officer releases it, the law
ends it, or it goes on with a note that says why.
"""

from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils import timezone

from accounts.permissions import Permission, has_permission
from foundation.audit.trail import record
from foundation.core.errors import Incomplete, NotAllowed, TransitionRefused
from preservation import look_notify
from preservation.enums import HoldStatus
from preservation.events import Event
from preservation.models import PreservationHold
from preservation.permissions import deciding_refusal, may_extend, suspended_words
from preservation.services.locks import lock

# Characters of a note.
_NOTE = 500


def refusal(hold: PreservationHold, by: Any) -> str:
    """Say why this person notes or asks nothing about this hold now; empty where they may."""
    if not has_permission(by, Permission.DECIDE_HOLDS):
        return "You do not have the right to do this."
    if hold.status != HoldStatus.ACTIVE:
        return "This hold does not run down: there is nothing to look at again."
    return deciding_refusal(by, hold) or ""


@transaction.atomic
def note(hold: PreservationHold, *, words: str, by: Any, at: datetime | None = None) -> PreservationHold:
    """Write down why a long hold goes on; it is listed again after the company's hold_review_days.

    Raises NotAllowed, and Incomplete without words.
    """
    at = at or timezone.now()
    row = _mine(hold, by)
    if not words.strip():
        raise Incomplete("Say why these records are kept on.")
    _looked(row, words.strip(), by=by, at=at)
    row.needed_asked_at = None
    row.save(update_fields=["looked_at", "looked_by", "looked_note", "needed_asked_at"])
    record(Event.LOOKED_AT, by=by, obj=row, reason=words.strip(), at=at)
    return row


@transaction.atomic
def ask(hold: PreservationHold, *, words: str = "", by: Any, at: datetime | None = None) -> PreservationHold:
    """Ask the officer whether the hold is still needed; `words` are for colleagues. Listed again after two weeks.

    Raises NotAllowed, and TransitionRefused where the officer was asked and has not answered, or cannot be asked.
    """
    at = at or timezone.now()
    row = _mine(hold, by)
    if row.needed_asked_at is not None:
        raise TransitionRefused("The officer was asked already, and is asked once. Note what you know instead.")
    if not row.officer.is_active or suspended_words(row):
        raise TransitionRefused("The officer cannot answer now: note what you know instead.")
    _looked(row, words.strip(), by=by, at=at)
    row.needed_asked_at = at
    row.save(update_fields=["looked_at", "looked_by", "looked_note", "needed_asked_at"])
    record(Event.NEED_ASKED, by=by, obj=row, reason=words.strip(), at=at)
    look_notify.still_needed(row, at=at)
    return row


@transaction.atomic
def answer(hold: PreservationHold, *, words: str, by: Any, at: datetime | None = None) -> PreservationHold:
    """Write down why the officer still needs it. The hold is listed for review until somebody has read this.

    Raises NotAllowed for others than the officer, Incomplete without words, TransitionRefused where nobody asked.
    """
    at = at or timezone.now()
    row = lock(hold)
    if not may_extend(by, row):
        raise NotAllowed("Only the officer who filed the hold can answer this.")
    if not words.strip():
        raise Incomplete("Write what is under way.")
    if row.needed_asked_at is None or row.status != HoldStatus.ACTIVE:
        raise TransitionRefused("This is answered already, or the hold has ended.")
    row.needed_asked_at = row.looked_at = None
    row.looked_note = f"The officer answered on {at:%-d %b %Y}: {words.strip()}"[:_NOTE]
    row.save(update_fields=["looked_at", "looked_note", "needed_asked_at"])
    record(Event.STILL_NEEDED, by=by, obj=row, reason=words.strip(), at=at)
    return row


def _mine(hold: PreservationHold, by: Any) -> PreservationHold:
    row = lock(hold)
    if why := refusal(row, by):
        raise NotAllowed(why)
    return row


def _looked(row: PreservationHold, words: str, *, by: Any, at: datetime) -> None:
    row.looked_at, row.looked_by = at, by
    row.looked_note = words
