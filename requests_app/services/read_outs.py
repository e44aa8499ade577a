"""What an agency reads out of the destination of a transfer, from its own file, and what follows if it is another one.

A wrong destination is how a seizure is stolen. What was read out is kept with the call, right or wrong; after three
calls that named another destination nothing is transferred before somebody who approves decisions says why it may be.
"""

from datetime import datetime

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from accounts import cool_down
from accounts.enums import CallBackResult, CallPurpose
from accounts.models import CallBack, User
from accounts.permissions import Permission
from foundation.audit.trail import record as note_event
from foundation.core.errors import Incomplete, NotAllowed
from foundation.core.identifiers import IdentifierKind, read_identifier
from requests_app import confirming
from requests_app.events import Event
from requests_app.models import DataRequest
from requests_app.permissions import desk_refusal
from requests_app.services.locks import lock

# So many characters of a destination are read out, from its beginning and from its end.
READ_OUT = 6
# So many calls may name another destination before somebody else looks at it.
MOST_FAILED = 3
_BARRED = (
    f"The agency did not confirm this destination in {MOST_FAILED} calls: nothing is transferred before somebody who "
    "approves decisions looked at it and says why it may be."
)
_NOT_BARRED = "This transfer is not stopped."
_OWN_CALL = "You made one of these calls: somebody else looks at it."


def same_destination(destination: str, network: str, *, begins: str, ends: str) -> bool:
    """Say whether these are the first and last characters of a destination, as its network tells characters apart."""
    wanted = destination[:READ_OUT], destination[-READ_OUT:]
    if capitals_count(destination, network):
        return (begins, ends) == wanted
    return (begins.casefold(), ends.casefold()) == tuple(part.casefold() for part in wanted)


def capitals_count(destination: str, network: str) -> bool:
    """Say whether the same characters in small or capital letters are another address, or none.

    They are the same one where the network writes bech32 or hexadecimal.
    """
    written = {destination, destination.lower(), destination.upper()}
    read = {read_identifier(IdentifierKind.WALLET, text, network=network).normalised for text in written}
    return len(read) > 1 or "" in read


def failed(data_request: DataRequest) -> QuerySet[CallBack]:
    """Return the calls that did not confirm the destination as it stands now, oldest first, cleared or not."""
    words = confirming.destination_words(data_request)
    rows = confirming.calls_about(CallPurpose.WALLET).filter(about_reference=data_request.reference or "")
    rows = rows.filter(result=CallBackResult.NOT_CONFIRMED, note__startswith=words) if words else rows.none()
    return rows.select_related("number", "called_by", "seconded_by").order_by("called_at", "pk")


def _standing(data_request: DataRequest) -> QuerySet[CallBack]:
    """Return those that nobody has looked at since."""
    return failed(data_request).filter(seconded_at=None)


def barred_refusal(data_request: DataRequest) -> str | None:
    """Say that nothing is transferred because too many calls named another destination, or None."""
    return _BARRED if _standing(data_request).count() >= MOST_FAILED else None


def clear_refusal(data_request: DataRequest, *, by: User, at: datetime | None = None) -> str | None:
    """Say why this person cannot let the transfer go on, or None."""
    if refusal := desk_refusal(by, Permission.APPROVE_DECISION, data_request):
        return refusal
    if barred_refusal(data_request) is None:
        return _NOT_BARRED
    if _standing(data_request).filter(called_by=by).exists():
        return _OWN_CALL
    return cool_down.refusal(by, "clear failed calls", at=at or timezone.now()) or None


@transaction.atomic
def clear(data_request: DataRequest, *, reason: str, by: User, at: datetime | None = None) -> int:
    """Let the transfer go on in spite of failed calls; return of how many. The destination still takes a call.

    The second person of each of these calls is whoever clears it. Raises NotAllowed, Incomplete without a reason.
    """
    at = at or timezone.now()
    row = lock(data_request)
    if refusal := clear_refusal(row, by=by, at=at):
        raise NotAllowed(refusal)
    if not reason.strip():
        raise Incomplete("Write why the transfer may go on.")
    calls = list(_standing(row).values_list("pk", flat=True))
    CallBack.objects.filter(pk__in=calls).update(seconded_at=at, seconded_by=by)
    note_event(Event.READ_OUTS_CLEARED, by=by, obj=row, reason=reason.strip(), data={"calls": len(calls)}, at=at)
    return len(calls)
