"""A hold that was asked for outside the portal: by telephone, in a letter or in a mail.

Nothing is kept before the agency confirmed it. A call, a letter or a mail that came in proves nothing. Our call does:
to a number of the registry that a second person confirmed. Another way, or a number that is new, takes two people, as
for an emergency told without an account (urgent_calls).
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.conf import settings
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
from foundation.documents import services as documents
from foundation.providers.models import Provider
from preservation.enums import HoldStatus
from preservation.models import PreservationHold
from preservation.services import placing
from requests_app.enums import Channel, IncomingStatus
from requests_app.events import Event
from requests_app.models import IncomingMessage
from requests_app.permissions import entering_refusal
from requests_app.services.incoming import PURPOSE
from requests_app.services.recording import IMPOSSIBLE, OLDEST

_OVER = "This cannot be done any more: look at the page again."
NOTHING_TO_KEEP = "Nobody asked here to keep records."
UNCONFIRMED = (
    "Records are kept once the agency confirmed, at a number of our directory, who asked and what is to be kept."
)
_REASON = "The agency asked for it {}, and confirmed it at a number of our directory."


@dataclass(frozen=True)
class Noted:
    """A call or a letter as somebody writes it down; `who` as they said it. The same `key` gives the same note.

    `arrived_at` of a call is now. `upload` is the letter itself, as a form gives it.
    """

    text: str
    who: str
    key: UUID
    channel: str = Channel.PHONE
    arrived_at: datetime | None = None
    identifiers: Iterable[Identifier] = ()
    case_number: str = ""
    upload: Any = None


@transaction.atomic
def note(
    noted: Noted, *, provider: Provider, agency: Agency, by: User, at: datetime | None = None
) -> tuple[IncomingMessage, PreservationHold | None]:
    """Write down a call or a letter, and which records are to be kept. Nothing is kept for a voice or a letterhead.

    Anybody can say to be of an agency: what is asked begins once the agency confirmed it (`begin`), and is forgotten
    like a draft where nobody does. Nothing is disclosed and no request is made: records are asked for in writing.
    Raises NotAllowed where this person enters nothing of this agency, Incomplete, DocumentRefused.
    """
    at = at or timezone.now()
    if refusal := entering_refusal(by, provider.pk, agency.pk):
        raise NotAllowed(refusal)
    if known := IncomingMessage.objects.filter(uid=noted.key).first():
        return known, hold_of(known)
    arrived = noted.arrived_at or at
    if not at - OLDEST <= arrived <= at:
        raise Incomplete(IMPOSSIBLE)
    row = IncomingMessage.objects.create(
        uid=noted.key, provider=provider, channel=noted.channel, arrived_at=arrived, sender_name=noted.who[:200],
        subject=agency.name[:300], text=noted.text, entered_by=by, original=_paper(noted.upload, by, at),
    )  # fmt: skip
    named = [item for item in noted.identifiers if item.accepted]
    hold = _prepared(row, agency, named, noted.case_number, at) if named else None
    event = Event.CALL_NOTED if noted.channel == Channel.PHONE else Event.LETTER_NOTED
    record(event, by=by, obj=row, data={"to_keep": len(named)}, at=at)
    return row, hold


@transaction.atomic
def ask(
    message: IncomingMessage, agency: Agency, *, identifiers: Iterable[Identifier], case_number: str = "", by: User,
    at: datetime | None = None,
) -> PreservationHold:  # fmt: skip
    """Write down which records a mail that came in wants kept, for this agency; once for each mail."""
    at = at or timezone.now()
    row = IncomingMessage.objects.select_for_update(of=("self",)).get(pk=message.pk)
    if refusal := entering_refusal(by, row.provider_id, agency.pk):
        raise NotAllowed(refusal)
    if known := hold_of(row):
        return known
    if row.status == IncomingStatus.DISMISSED:
        raise TransitionRefused(_OVER)
    named = [item for item in identifiers if item.accepted]
    hold = _prepared(row, agency, named, case_number, at)
    record(Event.LETTER_NOTED, by=by, obj=row, data={"to_keep": len(named)}, at=at)
    return hold


def _prepared(
    row: IncomingMessage, agency: Agency, named: list[Identifier], case_number: str, at: datetime
) -> PreservationHold:
    how = "by telephone" if row.channel == Channel.PHONE else "in writing"
    return placing.prepare(
        row.provider, agency, officer=addressee(agency, at=at), identifiers=named, case_number=case_number,
        reason=_REASON.format(how), key=row.uid, at=at,
    )  # fmt: skip


def _paper(upload: Any, by: User, at: datetime) -> Any:
    if upload is None:
        return None
    limit = settings.UPLOAD_LIMIT_OFFICER
    return documents.receive(upload, filename=upload.name, purpose=PURPOSE, by=by, limit=limit, at=at)


def is_note(message: IncomingMessage) -> bool:
    """Say whether somebody wrote it down, and no mail is behind it: then the hold is all that becomes of it."""
    return not message.message_id


def hold_of(message: IncomingMessage) -> PreservationHold | None:
    """Return what is to be kept because of it, begun or not, or None."""
    return PreservationHold.objects.select_related("agency").filter(uid=message.uid).first()


def calls_of(message: IncomingMessage) -> QuerySet[CallBack]:
    """Return our calls to the agency about this note."""
    made = CallBack.objects.filter(about_reference=_about(message), purpose=CallPurpose.REQUEST)
    return made.select_related("number", "called_by", "seconded_by")


def heard(message: IncomingMessage, *, at: datetime) -> list[Heard]:
    """Return the calls for a page, the newest first, each with why it counts no more."""
    return calls.heard(calls_of(message), at=at)


def unseconded(message: IncomingMessage, *, at: datetime) -> list[CallBack]:
    """Return the calls that would confirm once a second person vouches for them."""
    return [call for call in _standing(message, at) if calls.lacks_second(call)]


def refusal(message: IncomingMessage, hold: PreservationHold | None, *, at: datetime) -> str:
    """Say why nothing can be kept yet, or nothing."""
    if hold is None:
        return NOTHING_TO_KEEP
    if hold.agency.status == AgencyStatus.SUSPENDED:
        return "This agency is suspended: nothing is done for it until access is given back."
    if not any(not calls.lacks_second(call) for call in _standing(message, at)):
        return UNCONFIRMED
    return ""


@transaction.atomic
def record_call(
    message: IncomingMessage,
    *,
    number: AgencyNumber | None = None,
    alternative: str = "",
    result: str,
    spoke_to: str = "",
    note: str = "",
    by: User,
    at: datetime | None = None,
) -> CallBack:
    """Write down our call to the agency, and whether it confirmed who called and what is to be kept.

    Raises NotAllowed for a number that is not the directory's, Incomplete where somebody answered and has no name.
    "Nobody answered" confirms nothing; a later call that does not confirm takes an earlier one back.
    """
    at = at or timezone.now()
    row, hold = _open(message, by)
    call, new = calls.write_down(
        purpose=CallPurpose.REQUEST, agency=hold.agency, about=_about(row), number=number, alternative=alternative,
        result=result, spoke_to=spoke_to, note=note, by=by, at=at,
    )  # fmt: skip
    if new:
        record(Event.CALL_BACK_RECORDED, by=by, obj=row, data={"result": str(result), **calls.way_of(call)}, at=at)
    return call


@transaction.atomic
def second(message: IncomingMessage, call: CallBack, *, by: User, at: datetime | None = None) -> CallBack:
    """Vouch as a second person for a call by another way or to a new number; twice changes nothing."""
    at = at or timezone.now()
    row, _hold = _open(message, by)
    made = CallBack.objects.select_for_update(of=("self",)).select_related("number").get(pk=call.pk)
    if made.about_reference != _about(row):
        raise NotAllowed("This call is not about this note.")
    if why := second_refusal(made, by=by):
        raise NotAllowed(why)
    if calls.vouch(made, by=by, at=at):
        record(Event.CALL_VOUCHED, by=by, obj=row, data={"call": made.pk}, at=at)
    return made


def second_refusal(call: CallBack, *, by: User) -> str:
    """Say why this person cannot vouch for a call, or nothing."""
    return "You made this call. Somebody else must vouch for it." if call.called_by_id == by.pk else ""


@transaction.atomic
def begin(message: IncomingMessage, *, by: User, at: datetime | None = None) -> PreservationHold:
    """Keep the records, because the agency confirmed. A note is done with then, a mail may be a request too.

    Twice keeps them once.
    """
    at = at or timezone.now()
    known = hold_of(message)
    if known is not None and known.status != HoldStatus.DRAFT and not entering_refusal(
        by, message.provider_id, known.agency_id
    ):  # fmt: skip
        return known
    row, hold = _open(message, by)
    if why := refusal(row, hold, at=at):
        raise NotAllowed(why)
    begun = placing.begin(hold, by=by, at=at)
    if not is_note(row):
        return begun
    row.status, row.decided_reason = IncomingStatus.DISMISSED, f"Its records are kept: hold {begun.reference}"
    row.decided_at, row.decided_by, row.lock_version = at, by, row.lock_version + 1
    row.save(update_fields=["status", "decided_reason", "decided_at", "decided_by", "lock_version"])
    return begun


def _about(message: IncomingMessage) -> str:
    return f"PC-{message.pk}"


def _standing(message: IncomingMessage, at: datetime) -> list[CallBack]:
    return list(standing(calls_of(message).filter(called_at__gt=at - calls.CALL_STANDS)))


def _open(message: IncomingMessage, by: User) -> tuple[IncomingMessage, PreservationHold]:
    """Return the note, locked, and what it asks to keep, while nobody dealt with it and this person may act on it."""
    row = IncomingMessage.objects.select_for_update(of=("self",)).get(pk=message.pk)
    hold = hold_of(row)
    if why := entering_refusal(by, row.provider_id, hold.agency_id if hold else None):
        raise NotAllowed(why)
    if row.status == IncomingStatus.DISMISSED or (hold is not None and hold.status != HoldStatus.DRAFT):
        raise TransitionRefused(_OVER)
    if hold is None:
        raise TransitionRefused(NOTHING_TO_KEEP)
    return row, hold
