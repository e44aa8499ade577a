"""Calling the agency about a hold that somebody may have asked for under its name."""

from datetime import datetime

from django.db import transaction
from django.utils import timezone

from accounts.call_answers import UNDOES
from accounts.enums import CallBackResult, CallPurpose
from accounts.models import AgencyNumber, CallBack, User
from accounts.services import calls
from foundation.audit.trail import record
from foundation.core.errors import NotAllowed, Stale, TransitionRefused
from preservation.enums import Acceptance, DeclineCode
from preservation.events import Event
from preservation.models import PreservationHold
from preservation.permissions import accept_refusal
from preservation.services import accepting
from preservation.services.heard import RESULTS, calls_about, confirmed, second_refusal
from preservation.services.locks import lock

__all__ = ["confirmed", "record_call", "vouch"]

DENIED = (
    "We called your agency, and nobody there knew of this request. If it is yours, see that your control room or your "
    "supervisor knows of it, then ask again."
)
_TAKEN_BACK = "This call did not confirm, or a later one took it back: call again."


@transaction.atomic
def record_call(
    hold: PreservationHold,
    *,
    number: AgencyNumber | None = None,
    alternative: str = "",
    result: str,
    spoke_to: str = "",
    note: str = "",
    by: User,
    at: datetime | None = None,
) -> CallBack:
    """Write down a call to the agency: to a number of the directory, or by a listed way, which takes two people.

    "They deny it" declines the hold at once, with that ground; "nobody answered" confirms nothing. Raises NotAllowed
    without the right and for a number that is not the directory's, Incomplete where somebody answered and has no name,
    TransitionRefused where the hold waits for nobody any more.
    """
    at = at or timezone.now()
    row = lock(hold)
    if refusal := accept_refusal(by, row):
        raise NotAllowed(refusal)
    if row.acceptance != Acceptance.PENDING or not row.is_open:
        raise TransitionRefused("This hold waits for nobody any more.")
    if result not in dict(RESULTS):
        raise NotAllowed("Choose what came of the call.")
    call, new = calls.write_down(
        purpose=CallPurpose.HOLD, agency=row.agency, about=row.reference or "", number=number, alternative=alternative,
        result=result, spoke_to=spoke_to, note=note, by=by, at=at,
    )  # fmt: skip
    if new:
        record(Event.CALL_RECORDED, by=by, obj=row, data={"result": str(result), **calls.way_of(call)}, at=at)
    if result == CallBackResult.NOT_CONFIRMED:
        accepting.decline(row, code=DeclineCode.NOT_CONFIRMED, reason=DENIED, by=by, at=at)
    return call


@transaction.atomic
def vouch(hold: PreservationHold, call: CallBack, *, by: User, at: datetime | None = None) -> CallBack:
    """Vouch as the second person for a call by another way or to a new number; twice changes nothing.

    Raises NotAllowed for the caller and without a right, Stale where a later call took it back.
    """
    at = at or timezone.now()
    row = lock(hold)
    made = CallBack.objects.select_for_update(of=("self",)).select_related("number").filter(pk=call.pk).first()
    if made is None or not calls_about(row).filter(pk=made.pk).exists():
        raise NotAllowed("This call is not about this hold.")
    if refusal := second_refusal(made, row, by=by):
        raise NotAllowed(refusal)
    later = calls_about(row).filter(called_at__gt=made.called_at, result__in=UNDOES)
    if later.exists() or (made.number is not None and made.number.retired_at is not None):
        raise Stale(_TAKEN_BACK)
    if calls.vouch(made, by=by, at=at):
        record(Event.CALL_VOUCHED, by=by, obj=row, data={"call": made.pk}, at=at)
    return made
