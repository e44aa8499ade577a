"""Calls to the agency about a request: whom we reached, at which number of the directory, and what they confirmed.

The number in the request is never called. Where the directory has none, or only one that was confirmed a few days ago,
a second person vouches for the call before it counts (requests_app.confirming says what counts).
"""

from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.utils import timezone

from accounts.call_answers import UNDOES, Heard, newest_first
from accounts.enums import CallBackResult, CallPurpose, CallWay
from accounts.models import AgencyNumber, CallBack, User
from accounts.permissions import Permission
from accounts.services import calls
from foundation.audit.canonical import JSON
from foundation.audit.trail import record as note_event
from foundation.core.errors import Incomplete, NotAllowed, Stale
from requests_app import confirming
from requests_app.enums import UNPROVEN_CHANNELS, RecallCause, RequestKind
from requests_app.events import Event
from requests_app.models import DataRequest
from requests_app.permissions import desk_refusal
from requests_app.services import packages
from requests_app.services.locks import lock

PURPOSES = (CallPurpose.REQUEST, CallPurpose.SUPERVISOR, CallPurpose.WALLET)
_RESULTS = (CallBackResult.CONFIRMED, CallBackResult.OFFICER_ONLY, CallBackResult.NOT_CONFIRMED,
            CallBackResult.NO_ANSWER)  # fmt: skip
_NOT_OURS = "Call a confirmed number of this agency from our directory."
_NO_WAY = "Choose the number you called, or another listed way."
_SUPERVISOR_LATER = "Call about the request first: the supervisor is reached through the switchboard that confirmed it."
_OTHER_WAY = "Reach the supervisor at the same number that confirmed the request."
_SAME_PERSON = "This is the officer's own name. The supervisor is somebody else."
_NO_SUPERVISOR = "Only an emergency is confirmed by a supervisor."
_STOPPED = "A call to the agency did not confirm this request."
_NO_DESTINATION = "This request names no destination of a transfer."


def usable_numbers(data_request: DataRequest) -> list[AgencyNumber]:
    """Return the directory numbers of the agency that may be called: confirmed by a second person and in use."""
    return calls.usable_numbers(data_request.agency)


@transaction.atomic
def record(
    data_request: DataRequest,
    *,
    purpose: str,
    number: AgencyNumber | None = None,
    alternative: str = "",
    result: str,
    spoke_to: str,
    note: str = "",
    by: User,
    at: datetime | None = None,
) -> CallBack:
    """Record a call about a request: to a directory number of its agency, or by a listed way (then two people).

    purpose: the request itself, the supervisor of an emergency, or the destination of a seizure, which is kept with
    the call as it stands now. Raises NotAllowed without the right, for a number that is not the directory's, and for a
    supervisor reached elsewhere than the agency; Incomplete where somebody answered and has no name. An answer that
    does not confirm what records left on stops their downloads at once.
    """
    at = at or timezone.now()
    data_request = lock(data_request)
    if refusal := desk_refusal(by, Permission.REVIEW_REQUEST, data_request):
        raise NotAllowed(refusal)
    if purpose not in PURPOSES or result not in _RESULTS:
        raise NotAllowed("Choose what the call was about, and what came of it.")
    if refusal := _way_refusal(data_request, number, alternative) or about_refusal(data_request, purpose):
        raise NotAllowed(refusal)
    if purpose == CallPurpose.SUPERVISOR and (refusal := _supervisor_refusal(data_request, number, alternative)):
        raise NotAllowed(refusal)
    spoke_to = spoke_to.strip()
    if result != CallBackResult.NO_ANSWER and not spoke_to:
        raise Incomplete("Write down who answered.")
    if purpose == CallPurpose.SUPERVISOR and result == CallBackResult.CONFIRMED and _is_officer(data_request, spoke_to):
        raise NotAllowed(_SAME_PERSON)
    about = confirming.destination_words(data_request) if purpose == CallPurpose.WALLET else ""
    call, new = calls.store(
        about_reference=data_request.reference or "", purpose=purpose, number=number,
        alternative="" if number else alternative, spoke_to=spoke_to, result=result,
        note=" ".join(filter(None, (about, note.strip()))), by=by, at=at,
    )  # fmt: skip
    if not new:
        return call
    facts: dict[str, JSON] = {"about": str(purpose), "result": str(result), **calls.way_of(call)}
    note_event(Event.CALL_BACK_RECORDED, by=by, obj=data_request, data=facts, at=at)
    if result in UNDOES and _rests_on_calls(data_request, purpose):
        packages.stop_released(data_request, cause=RecallCause.WRONG_RECIPIENT, reason=_STOPPED, after=by, at=at)
    return call


def _rests_on_calls(data_request: DataRequest, purpose: str) -> bool:
    """Say whether records of this request leave on what such calls confirm, and on nothing else."""
    if purpose == CallPurpose.WALLET:
        return False
    return confirming.is_emergency(data_request) or data_request.channel in UNPROVEN_CHANNELS


def _is_officer(data_request: DataRequest, name: str) -> bool:
    return confirming.same_name(name, data_request.officer.get_full_name())


def _way_refusal(data_request: DataRequest, number: AgencyNumber | None, alternative: str) -> str:
    if number is not None:
        return "" if number in usable_numbers(data_request) else _NOT_OURS
    if alternative in confirming.too_slow(data_request):
        return confirming.NO_LETTER
    return "" if alternative in CallWay.values else _NO_WAY


def about_refusal(data_request: DataRequest, purpose: str) -> str:
    """Say why nobody is called about this for this kind of request, or nothing."""
    if purpose == CallPurpose.SUPERVISOR and not confirming.is_emergency(data_request):
        return _NO_SUPERVISOR
    if purpose == CallPurpose.WALLET and (
        data_request.kind != RequestKind.FREEZE or not confirming.destination_words(data_request)
    ):
        return _NO_DESTINATION
    return ""


def _supervisor_refusal(data_request: DataRequest, number: AgencyNumber | None, alternative: str) -> str:
    """Say why the supervisor is not reached this way: it is the way by which the agency confirmed the request."""
    ways = _ways(data_request)
    if not ways:
        return _SUPERVISOR_LATER
    return "" if (number.pk if number else None, "" if number else alternative) in ways else _OTHER_WAY


def _ways(data_request: DataRequest) -> set[tuple[int | None, str]]:
    """Return the numbers and listed ways by which the agency confirmed the request, as far as nobody took it back."""
    said = confirming.still_said(CallPurpose.REQUEST).filter(about_reference=data_request.reference or "")
    said = said.exclude(number=None, alternative__in=confirming.too_slow(data_request))
    return set(said.order_by().values_list("number_id", "alternative"))


def ways_of_request(data_request: DataRequest) -> list[str]:
    """Return these ways as the form names them: the supervisor is reached by one of them."""
    return [f"number-{number}" if number else way for number, way in sorted(_ways(data_request), key=str)]


@dataclass(frozen=True)
class Listed:
    """A call for the page: what was said, why it counts no more, and whether it waits for this person's word."""

    call: CallBack
    words: str
    void: str
    waits: bool
    refusal: str


def heard(data_request: DataRequest, purpose: str, *, by: User) -> list[Listed]:
    """Return the calls about a request for a purpose, the newest first; `by` is who might vouch for one."""
    rows = confirming.calls_about(purpose).filter(about_reference=data_request.reference or "")
    found = newest_first(rows.select_related("number", "called_by", "seconded_by"))
    return [_listed(row, data_request, by=by) for row in found]


def _listed(row: Heard, data_request: DataRequest, *, by: User) -> Listed:
    call: CallBack = row.call
    retired = call.number is not None and call.number.retired_at is not None
    void = row.void or ("the number is not in our directory any more" if retired else "")
    void = void or ("a letter confirms no emergency" if by_letter(call, data_request) else "")
    confirmed = call.result == CallBackResult.CONFIRMED and not void
    waits = confirmed and calls.lacks_second(call)
    words = "at a number that was new then" if call.number else call.get_alternative_display()
    return Listed(call, words, void, waits, second_refusal(call, data_request, by=by) if waits else "")


def by_letter(call: CallBack, data_request: DataRequest) -> bool:
    """Say whether a call is a way that confirms nothing of this request: a letter about an emergency."""
    return call.number is None and call.alternative in confirming.too_slow(data_request)


def second_refusal(call: CallBack, data_request: DataRequest, *, by: User) -> str:
    """Say why this person cannot vouch for a call, or nothing: a second one, with the right to review or to approve."""
    rights = (Permission.REVIEW_REQUEST, Permission.APPROVE_DECISION)
    refusals = [desk_refusal(by, right, data_request) for right in rights]
    if all(refusals):
        return refusals[0] or ""
    if call.called_by_id == by.pk:
        return "You made this call: a second person vouches for it."
    if data_request.officer_id == by.pk:
        return "You asked for this yourself: others confirm it."
    return ""


@transaction.atomic
def second(call: CallBack, *, by: User, at: datetime | None = None) -> CallBack:
    """Vouch as the second person for a call that confirmed, by a listed way or to a new number: from now on it counts.

    Raises NotAllowed for the caller and without a right, Stale where it was vouched for or taken back meanwhile.
    """
    at = at or timezone.now()
    data_request = lock(DataRequest.objects.get(reference=call.about_reference or None))
    row = CallBack.objects.select_for_update(of=("self",)).select_related("number").get(pk=call.pk)
    if refusal := second_refusal(row, data_request, by=by):
        raise NotAllowed(refusal)
    if row.seconded_at is not None:
        raise Stale("A second person vouched for this call already.")
    purpose = row.purpose if row.purpose in PURPOSES else CallPurpose.REQUEST
    if by_letter(row, data_request):
        raise NotAllowed(confirming.NO_LETTER)
    if row.number is not None and row.number.retired_at is not None:
        raise Stale("This number is not in our directory any more: call another one.")
    if not confirming.still_said(purpose).filter(pk=row.pk).exists():
        raise Stale("This call did not confirm, or a later one took it back: call again.")
    if not calls.lacks_second(row):
        raise NotAllowed("This call counts as it is: nobody needs to vouch for it.")
    row.seconded_at, row.seconded_by = at, by
    row.save(update_fields=["seconded_at", "seconded_by"])
    facts: dict[str, JSON] = {"about": str(purpose), **calls.way_of(row)}
    note_event(Event.CALL_VOUCHED, by=by, obj=data_request, data=facts, at=at)
    return row
