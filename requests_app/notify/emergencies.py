"""Mails around what follows an emergency: the agency is told, process is asked for, or it is none. No facts."""

from collections.abc import Iterable, Mapping
from datetime import datetime

from accounts.models import User
from foundation.notifications.outbox import send
from foundation.notifications.rendering import Value
from requests_app.models import DataRequest
from requests_app.notify.recipients import officers


def released_to_agency(data_request: DataRequest, *, at: datetime) -> bool:
    """Tell an agency, at its generic address, which officer had records in an emergency; False where it has none.

    Of a restricted request nothing is written there: others than its readers open that mailbox.
    """
    context: dict[str, Value] = {"officer": data_request.officer.get_full_name(), "released": at}
    return _to_agency(data_request, "emergency_released", key="released", context=context, at=at)


def tell_agency_by_hand(data_request: DataRequest, people: Iterable[User], *, at: datetime) -> None:
    """Tell staff that no mail could be sent to the agency, so that one of them writes a letter or calls."""
    for person in people:
        _send(data_request, "emergency_agency_by_hand", person, key="by_hand", context={}, at=at)


def process_asked(data_request: DataRequest, *, due: datetime, at: datetime) -> None:
    """Tell the officer and who follows what is to follow records that were given voluntarily, and by when."""
    _to_officers(data_request, "emergency_process_asked", key="asked", context={"due": due}, at=at)


def process_due(data_request: DataRequest, *, due: datetime, over: bool, at: datetime) -> None:
    """Remind the officer and who follows; over: the time has ended, and another emergency is not taken here."""
    key = f"due:{due.isoformat()}:{at.date().isoformat()}:{int(over)}"
    _to_officers(data_request, "emergency_process_due", key=key, context={"due": due, "over": int(over)}, at=at)


def process_missing_agency(data_request: DataRequest, *, due: datetime, at: datetime) -> bool:
    """Tell an agency that nothing followed an emergency of its officer; False where it cannot be written to."""
    context: dict[str, Value] = {"officer": data_request.officer.get_full_name(), "due": due}
    key = f"missing:{due.isoformat()}:{at.date().isoformat()}"
    return _to_agency(data_request, "emergency_process_agency", key=key, context=context, at=at)


def process_missing(data_request: DataRequest, people: Iterable[User], *, due: datetime, at: datetime) -> None:
    """Tell staff that nothing has followed an emergency, so that they ask the agency."""
    key = f"missing:{due.isoformat()}:{at.date().isoformat()}"
    for person in people:
        _send(data_request, "emergency_process_missing", person, key=key, context={"due": due}, at=at)


def process_came(data_request: DataRequest, people: Iterable[User], *, at: datetime) -> None:
    """Tell staff that the officer sent what was to follow, so that one of them reads it."""
    for person in people:
        _send(data_request, "emergency_process_came", person, key=f"came:{at.isoformat()}", context={}, at=at)


def process_sent_back(data_request: DataRequest, *, due: datetime, at: datetime) -> None:
    """Tell the officer that what was sent is not enough; why stands in the portal."""
    key = f"back:{at.isoformat()}"
    _to_officers(data_request, "emergency_process_back", key=key, context={"due": due}, at=at)


def process_settled(data_request: DataRequest, *, at: datetime) -> None:
    """Tell the officer that nothing more is to follow."""
    _to_officers(data_request, "emergency_settled", key="settled", context={}, at=at)


def not_an_emergency(data_request: DataRequest, *, at: datetime) -> None:
    """Tell the officer that the request goes on as an ordinary one and waits to be completed; why is in the portal."""
    _to_officers(data_request, "not_an_emergency", key=f"ordinary:{at.isoformat()}", context={}, at=at)


def _to_agency(data_request: DataRequest, event: str, *, key: str, context: Mapping[str, Value], at: datetime) -> bool:
    address = data_request.agency.generic_address
    if not address or data_request.restricted:
        return False
    send(
        event,
        dedupe_key=f"emergency_after:{data_request.pk}:{key}:agency",
        to_address=address,
        context={**context, "agency": data_request.agency.name},
        reference=data_request.reference or "",
        at=at,
    )
    return True


def _to_officers(
    data_request: DataRequest, event: str, *, key: str, context: Mapping[str, Value], at: datetime
) -> None:
    """Write to the officer and to who follows in the same agency: others have no part in what the agency owes."""
    for person in officers(data_request):
        member = person.membership
        if member is not None and member.agency_id == data_request.agency_id:
            _send(data_request, event, person, key=key, context=context, at=at)


def _send(
    data_request: DataRequest, event: str, to: User, *, key: str, context: Mapping[str, Value], at: datetime
) -> None:
    send(
        event,
        dedupe_key=f"emergency_after:{data_request.pk}:{key}:{to.pk}",
        to_user=to,
        context=context,
        reference=data_request.reference or "",
        at=at,
    )
