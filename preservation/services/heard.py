"""Our calls to the agency about a hold: what was said, and whether it confirms that the agency asked."""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import QuerySet
from django.utils import timezone

from accounts.call_answers import Heard, standing
from accounts.enums import CallBackResult, CallPurpose
from accounts.models import CallBack, User
from accounts.permissions import Permission, has_permission
from accounts.services import calls
from preservation.models import PreservationHold
from preservation.permissions import deciding_refusal

# Said of a hold, not of a person: "the officer but not the hold" confirms nothing.
RESULTS: tuple[tuple[str, str], ...] = (
    (CallBackResult.CONFIRMED.value, "They confirm the officer and this hold"),
    (CallBackResult.OFFICER_ONLY.value, "They know the officer, but not this hold"),
    (CallBackResult.NOT_CONFIRMED.value, "They deny it: nobody there asked for this hold"),
    (CallBackResult.NO_ANSWER.value, "Nobody could answer"),
)
_SECONDS = (Permission.DECIDE_HOLDS, Permission.APPROVE_DECISION)


@dataclass(frozen=True)
class Listed:
    """A call for a page: what it found, why it counts no more, and whether it waits for this person's word."""

    call: CallBack
    words: str
    void: str
    waits: bool
    refusal: str


def calls_about(hold: PreservationHold) -> QuerySet[CallBack]:
    """Return our calls about this hold, in any order."""
    made = CallBack.objects.filter(about_reference=hold.reference or "-", purpose=CallPurpose.HOLD)
    return made.select_related("number", "called_by", "seconded_by")


def confirmed(hold: PreservationHold, *, at: datetime | None = None) -> bool:
    """Say whether a call of the last 7 days confirmed, and counts.

    A later one that denied takes it back, one nobody could answer changes nothing. By another way than a number of the
    directory, or at a number that was new then, it counts once a second person vouched for it.
    """
    since = (at or timezone.now()) - calls.CALL_STANDS
    fresh = standing(calls_about(hold).filter(called_at__gt=since))
    return any(not calls.lacks_second(call) and _in_use(call) for call in fresh)


def listed(hold: PreservationHold, *, by: User, at: datetime | None = None) -> list[Listed]:
    """Return the calls for a page, the newest first; `by` is who might vouch for one."""
    rows = calls.heard(calls_about(hold), at=at or timezone.now())
    return [_listed(row, hold, by=by) for row in rows]


def second_refusal(call: CallBack, hold: PreservationHold, *, by: User) -> str:
    """Say why this person cannot vouch for a call, or nothing: somebody else, who decides on holds or approves."""
    if not any(has_permission(by, right) for right in _SECONDS):
        return "You do not have the right to do this."
    if call.called_by_id == by.pk:
        return "You made this call: a second person vouches for it."
    return deciding_refusal(by, hold) or ""


def _listed(row: Heard, hold: PreservationHold, *, by: User) -> Listed:
    call: CallBack = row.call
    void = row.void or ("" if _in_use(call) else "the number is not in our directory any more")
    waits = call.result == CallBackResult.CONFIRMED and not void and calls.lacks_second(call)
    words = dict(RESULTS).get(call.result, call.result)
    return Listed(call, words, void, waits, second_refusal(call, hold, by=by) if waits else "")


def _in_use(call: CallBack) -> bool:
    return call.number is None or call.number.retired_at is None
