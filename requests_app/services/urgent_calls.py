"""The call to the agency of somebody who told of an emergency without an account, and the hold that may follow it.

The number comes from our directory, never from what was told. Another way, or a number that is new, takes two people.
"""

from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from accounts.call_answers import Heard, standing
from accounts.enums import AgencyStatus, CallPurpose
from accounts.models import Agency, AgencyNumber, CallBack, User
from accounts.services import calls
from accounts.services.addressees import addressee
from foundation.audit.trail import record
from foundation.core.errors import Incomplete, NotAllowed, TransitionRefused
from foundation.core.identifiers import Identifier
from preservation.services import placing
from requests_app.confirming import NO_LETTER, TOO_SLOW
from requests_app.enums import UrgentContactStatus
from requests_app.events import Event
from requests_app.models import UrgentContact
from requests_app.services.urgent_contacts import hand_hold, locked, officer_of
from requests_app.urgent_permissions import acting_refusal, second_refusal


@transaction.atomic
def name_agency(contact: UrgentContact, agency: Agency, *, by: User, at: datetime | None = None) -> UrgentContact:
    """Say which agency of the registry this is about; calls to another one count no more. Twice changes nothing."""
    at = at or timezone.now()
    row = _in_hand(contact, by)
    if row.agency_id == agency.pk:
        return row
    if row.hold_id is not None:
        raise TransitionRefused("Records are kept for the agency already: it cannot be changed now.")
    if agency.merged_into_id is not None:
        raise NotAllowed("This entry was merged into another one. Choose that one.")
    before = str(row.agency.uid) if row.agency else ""
    row.agency = agency
    if refusal := acting_refusal(by, row):
        raise NotAllowed(refusal)
    row.save(update_fields=["agency"])
    record(Event.URGENT_AGENCY_NAMED, by=by, obj=row, data={"agency": str(agency.uid), "before": before}, at=at)
    return row


def calls_of(contact: UrgentContact) -> QuerySet[CallBack]:
    """Return the calls about what was told."""
    made = CallBack.objects.filter(about_reference=contact.reference, purpose=CallPurpose.EMERGENCY)
    return made.select_related("number", "called_by", "seconded_by")


def heard(contact: UrgentContact, *, at: datetime) -> list[Heard]:
    """Return the calls for a page, the newest first, each with why it counts no more."""
    return calls.heard(calls_of(contact).filter(agency=contact.agency_id), at=at)


def confirmed(contact: UrgentContact, *, at: datetime) -> bool:
    """Say whether a call to the agency confirmed the officer and the emergency, and nothing later took it back."""
    return any(not calls.lacks_second(call) for call in _standing(contact, at))


def unseconded(contact: UrgentContact, *, at: datetime) -> list[CallBack]:
    """Return the calls that would confirm once a second person vouches for them."""
    return [call for call in _standing(contact, at) if calls.lacks_second(call)]


def _standing(contact: UrgentContact, at: datetime) -> list[CallBack]:
    if contact.agency_id is None:
        return []
    made = calls_of(contact).filter(agency=contact.agency_id, called_at__gt=at - calls.CALL_STANDS)
    return list(standing(made))


@transaction.atomic
def record_call(
    contact: UrgentContact,
    *,
    number: AgencyNumber | None = None,
    alternative: str = "",
    result: str,
    spoke_to: str = "",
    note: str = "",
    by: User,
    at: datetime | None = None,
) -> CallBack:
    """Write down a call to the agency, and whether it confirmed the officer and the emergency.

    Raises NotAllowed for a number that is not the directory's, and Incomplete where somebody confirmed and has no
    name. "Nobody answered" confirms nothing; a later call that does not confirm takes an earlier one back.
    """
    at = at or timezone.now()
    row = _in_hand(contact, by)
    if row.agency is None:
        raise Incomplete("Say first which agency of the registry this is: its number stands there.")
    if number is None and alternative in TOO_SLOW:
        raise NotAllowed(NO_LETTER)
    call, new = calls.write_down(
        purpose=CallPurpose.EMERGENCY, agency=row.agency, about=row.reference, number=number, alternative=alternative,
        result=result, spoke_to=spoke_to, note=note, by=by, at=at,
    )  # fmt: skip
    if new:
        record(Event.URGENT_CALLED, by=by, obj=row, data={"result": str(result), **calls.way_of(call)}, at=at)
    return call


@transaction.atomic
def second(contact: UrgentContact, call: CallBack, *, by: User, at: datetime | None = None) -> CallBack:
    """Vouch as a second person for a call by another way or to a new number; twice changes nothing."""
    at = at or timezone.now()
    row = locked(contact)
    made = CallBack.objects.select_for_update(of=("self",)).select_related("number").get(pk=call.pk)
    if made.about_reference != row.reference or made.agency_id != row.agency_id:
        raise NotAllowed("This call is not about what was told.")
    if refusal := second_refusal(by, row, made):
        raise NotAllowed(refusal)
    if row.status != UrgentContactStatus.TAKEN:
        raise TransitionRefused("This cannot be done any more: the state has changed.")
    if calls.vouch(made, by=by, at=at):
        record(Event.URGENT_CALL_SECONDED, by=by, obj=row, data={"call": made.pk}, at=at)
    return made


@transaction.atomic
def hold(contact: UrgentContact, *, by: User, at: datetime | None = None) -> UrgentContact:
    """Keep the records of the identifiers for the agency, because a call confirmed; twice keeps them once.

    The hold stands for the agency until the officer is let in, and is the officer's then. Nobody outside is told.
    """
    at = at or timezone.now()
    row = _in_hand(contact, by)
    if row.hold_id is not None:
        return row
    if refusal := hold_refusal(row, at=at):
        raise NotAllowed(refusal)
    assert row.agency is not None  # noqa: S101 - hold_refusal asks for it
    row.hold = placing.place(
        row.provider, row.agency, officer=addressee(row.agency, at=at), identifiers=identifiers_of(row),
        case_number=row.reference, reason=f"Emergency told without an account, {row.reference}", key=row.uid, by=by,
        at=at,
    )  # fmt: skip
    row.save(update_fields=["hold"])
    record(Event.URGENT_HELD, by=by, obj=row, data={"hold": row.hold.reference}, at=at)
    if officer := officer_of(row):
        hand_hold(row, officer, at=at)
    return row


def hold_refusal(contact: UrgentContact, *, at: datetime) -> str:
    """Say why no records can be kept yet, or nothing."""
    if contact.agency is None:
        return "Say first which agency of the registry this is."
    if contact.agency.status == AgencyStatus.SUSPENDED:
        return "This agency is suspended: nothing is done for it until access is given back."
    if not confirmed(contact, at=at):
        return "Records are kept once a call to the agency confirmed the officer and the emergency."
    if not identifiers_of(contact):
        return "What was told names no identifier that can be used."
    return ""


def identifiers_of(contact: UrgentContact) -> list[Identifier]:
    """Return the identifiers as they were given and read."""
    return [
        Identifier(item["kind"], item["given"], item["value"], item.get("network", ""), detail=item.get("detail", ""))
        for item in contact.identifiers
        if item.get("kind") and item.get("value")
    ]


def _in_hand(contact: UrgentContact, by: Any) -> UrgentContact:
    """Return the locked row, where this person may work on it and somebody took it."""
    row = locked(contact)
    if refusal := acting_refusal(by, row):
        raise NotAllowed(refusal)
    if row.status == UrgentContactStatus.NEW:
        raise TransitionRefused("Take it first, so that others know that somebody has it.")
    if row.status != UrgentContactStatus.TAKEN:
        raise TransitionRefused("This cannot be done any more: it has ended.")
    return row
