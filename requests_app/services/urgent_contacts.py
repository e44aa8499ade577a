"""Emergencies told by somebody without an account: who is paged, who takes them, what became of them.

Nothing is ever disclosed from here. What follows is a vetting before others, and at most a hold.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.contrib.auth.models import AnonymousUser
from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.crypto import salted_hmac

from accounts.addresses import Judgement
from accounts.enums import AddressVerdict, ApplicationStatus
from accounts.events import Event as AccountEvent
from accounts.models import Agency, User
from accounts.services import urgent_applications
from accounts.services.addressees import is_addressee
from accounts.services.applications import AddressRefused, hash_of_network, judge_applicant
from accounts.services.limits import Limit, try_once
from accounts.services.retention import DRAFT_LIFE
from foundation.audit.canonical import JSON
from foundation.audit.trail import record
from foundation.core.errors import Incomplete, NotAllowed, PortalError, TransitionRefused
from foundation.core.identifiers import Identifier
from foundation.core.references import new_reference
from foundation.providers.models import Provider
from preservation.enums import HoldStatus
from preservation.services import life, passing_on
from requests_app.deadlines import TAKE_EMERGENCY_WITHIN
from requests_app.enums import UrgentContactStatus
from requests_app.events import Event
from requests_app.models import UrgentContact
from requests_app.notify import urgent_contacts as notify
from requests_app.services import rota
from requests_app.urgent_permissions import urgent_workflow

PREFIX = "EC"
# A whole force may sit behind one network, but not with so many emergencies in an hour.
PER_NETWORK = Limit("urgent.network", 6, timedelta(hours=1))
PER_ADDRESS = Limit("urgent.address", 3, timedelta(hours=1))
# Pages for single ones; beyond that, what waits is paged together (urgent_clocks).
PAGES = Limit("urgent.pages", 5, timedelta(minutes=1))
BLOCKED_FOR = timedelta(days=1)
# What was turned away is asked about by the agency whose name was used, if at all. It goes when the application goes
# that was begun with the same words and that nobody finished.
KEPT = DRAFT_LIFE
_TOLD = {"full_name": "", "rank": "", "email": "", "phone": "", "agency_words": "", "supervisor": "", "danger": "",
         "identifiers": [], "ended_reason": "", "place_hash": ""}  # fmt: skip
_CALL_US = "Call us instead, now: the number stands on this page."
_PERSON = ("full_name", "rank", "email", "phone", "agency_words", "country", "supervisor", "danger")


def tell(
    provider: Provider,
    *,
    key: UUID,
    values: Mapping[str, str],
    identifiers: Sequence[Identifier],
    agency: Agency | None = None,
    place: str,
    at: datetime | None = None,
) -> UrgentContact:
    """Keep what was told, page who is on call, and begin the application whose link goes to the address.

    `values` are the words of the form, `place` the network address they come from. The same key tells once. Raises
    AddressRefused for free, disposable and shut-out mail, and PortalError where too many came or the network is shut
    out. For all other addresses the answer is the same, whether or not they have an account.
    """
    at = at or timezone.now()
    if known := UrgentContact.objects.filter(key=key).first():
        return known
    found = judge_applicant(values["email"])
    if found.refused:
        record(AccountEvent.ADDRESS_REFUSED, by=AnonymousUser(), outcome="refused", reason=found.why, at=at)
        raise AddressRefused(found.advice)
    network = _network(place)
    if UrgentContact.objects.filter(place_hash=network, blocks_until__gt=at).exists():
        raise PortalError(f"Nothing is taken from your network today. {_CALL_US}")
    if not try_once(PER_NETWORK, network, at=at) or not try_once(PER_ADDRESS, found.address, at=at):
        raise PortalError(f"Too many emergencies came from your network or address within an hour. {_CALL_US}")
    said = {name: values.get(name, "") for name in _PERSON} | {"email": found.address}
    return _kept(provider, found, said, identifiers, agency, key=key, network=network, place=place, at=at)


def _kept(
    provider: Provider,
    found: Judgement,
    said: Mapping[str, str],
    identifiers: Sequence[Identifier],
    agency: Agency | None,
    *,
    key: UUID,
    network: str,
    place: str,
    at: datetime,
) -> UrgentContact:
    """Write it in one transaction; of two presses of the button at once the second finds what the first wrote."""
    if agency is None and found.verdict is AddressVerdict.KNOWN_AGENCY:
        agency = found.agency
    contact = UrgentContact(
        provider=provider, reference=new_reference(PREFIX, at), key=key, agency=agency, created_at=at,
        take_by=at + TAKE_EMERGENCY_WITHIN, place_hash=network, identifiers=[_said(item) for item in identifiers],
        **said,
    )  # fmt: skip
    try:
        with transaction.atomic():
            contact.save(force_insert=True)
            contact.application = urgent_applications.begin(
                found, known=_of_application(said, agency), agency=agency, place=place, at=at
            )
            contact.save(update_fields=["application"])
            record(Event.URGENT_TOLD, by=AnonymousUser(), obj=contact, data={"verdict": str(found.verdict)}, at=at)
            if try_once(PAGES, str(provider.pk), at=at):
                _page(contact, at=at)
    except IntegrityError:
        return UrgentContact.objects.get(key=key)
    return contact


def _page(contact: UrgentContact, *, at: datetime) -> None:
    """Page who is on duty now by the rota, as for every emergency; where it reaches nobody, who is on call."""
    people = notify.reviewers(contact)
    page = rota.first_of(contact.provider, notify.team_of(contact), people, at=at)
    if page is None:
        notify.told(contact, at=at)
    else:
        notify.told(contact, people=page.people, addresses=page.addresses, at=at)


def _of_application(said: Mapping[str, str], agency: Agency | None) -> dict[str, Any]:
    """Return what the application is filled with; the applicant corrects it before sending."""
    known: dict[str, Any] = {name: said[name] for name in ("full_name", "rank", "phone")}
    known["supervisor_name"] = said["supervisor"]
    if agency is None and said["agency_words"]:
        known["proposed_agency"] = {"name": said["agency_words"], "country": said["country"]}
    return known


def _said(item: Identifier) -> dict[str, str]:
    return {
        "kind": str(item.kind), "network": str(item.network), "given": item.given, "value": item.normalised,
        "detail": item.detail,
    }  # fmt: skip


def _network(place: str) -> str:
    return hash_of_network(place) or salted_hmac("urgent.place", place, algorithm="sha256").hexdigest()


def waiting(user: User) -> int:
    """Return how many wait to be taken, of those that this member of staff may see."""
    return UrgentContact.objects.visible_to_staff(user).untaken().count()


# What staff do -------------------------------------------------------------------------------------------------------
def locked(contact: UrgentContact) -> UrgentContact:
    """Return the row as it stands, locked until the end of the transaction."""
    return UrgentContact.objects.select_for_update(of=("self",)).select_related("agency").get(pk=contact.pk)


@transaction.atomic
def take(contact: UrgentContact, *, by: User, at: datetime | None = None) -> UrgentContact:
    """Take it: the pages end, and the application behind it is vetted before others; twice changes nothing.

    Raises TransitionRefused with the name of the colleague who was faster.
    """
    at = at or timezone.now()
    row = locked(contact)
    if row.status == UrgentContactStatus.TAKEN and row.taken_by is not None:
        if row.taken_by_id == by.pk:
            return row
        raise TransitionRefused(f"{row.taken_by.get_full_name()} was faster and has it already.")
    seconds = round((at - row.created_at).total_seconds())
    urgent_workflow.advance(row, "take", by=by, at=at, data={"seconds": seconds}, taken_at=at, taken_by=by)
    if row.application is not None:
        urgent_applications.hurry(row.application, by=by, at=at)
    return row


@transaction.atomic
def turn_away(
    contact: UrgentContact, *, reason: str, spam: bool = False, others: bool = False, keep_hold: bool = False,
    by: User, at: datetime | None = None,
) -> int:  # fmt: skip
    """End it without access; the application waits like all others then. Return how many were turned away.

    spam: nothing more is taken from its network for a day; others: nor is what nobody took yet from there. The records
    that were kept for its agency are let go, unless keep_hold. Raises Incomplete without a reason, which staff alone
    read.
    """
    at = at or timezone.now()
    if not reason.strip():
        raise Incomplete("Say why you turn it away. Staff read it, nobody else.")
    row = locked(contact)
    _end(row, reason.strip(), spam=spam, keep_hold=keep_hold, by=by, at=at)
    if not (spam and others and row.place_hash):
        return 1
    same = UrgentContact.objects.visible_to_staff(by).filter(
        place_hash=row.place_hash, status=UrgentContactStatus.NEW, provider=row.provider
    )
    rows = list(UrgentContact.objects.select_for_update().filter(pk__in=same.values("pk")).order_by("pk"))
    for other in rows:
        _end(other, reason.strip(), spam=False, by=by, at=at)
    return 1 + len(rows)


def _end(
    row: UrgentContact, reason: str, *, spam: bool, keep_hold: bool = False, by: User, at: datetime
) -> None:  # fmt: skip
    blocks = at + BLOCKED_FOR if spam and row.place_hash else None
    facts: dict[str, JSON] = {"spam": spam}
    if holds_for_agency(row):
        facts["hold"] = "kept" if keep_hold else "ended"
    urgent_workflow.advance(
        row, "turn_away", by=by, at=at, reason=reason, data=facts, ended_at=at, ended_by=by,
        ended_reason=reason, blocks_until=blocks,
    )  # fmt: skip
    if facts.get("hold") == "ended" and row.hold is not None:
        life.call_off(row.hold, reason=f"{row.reference} was turned away.", by=by, at=at)
    if row.application is not None:
        urgent_applications.calm(row.application, by=by, at=at)


@transaction.atomic
def end(contact: UrgentContact, *, by: User, at: datetime | None = None) -> UrgentContact:
    """End it because this address has access here already: the emergency request comes from there.

    A hold goes to the officer. Raises NotAllowed where nobody with this address has access.
    """
    at = at or timezone.now()
    row = locked(contact)
    officer = officer_of(row)
    if officer is None:
        raise NotAllowed("Nobody with this address has access here now.")
    urgent_workflow.advance(row, "end", by=by, at=at, ended_at=at, ended_by=by)
    hand_hold(row, officer, at=at)
    return row


def holds_for_agency(contact: UrgentContact) -> bool:
    """Say whether records are kept because of it that are no officer's yet."""
    hold = contact.hold
    return hold is not None and hold.status == HoldStatus.ACTIVE and is_addressee(hold.officer)


def officer_of(contact: UrgentContact) -> User | None:
    """Return the officer with this address who has access now, or None."""
    user = User.objects.filter(email=contact.email).first() if contact.email else None
    return user if user is not None and user.is_officer else None


def hand_hold(contact: UrgentContact, officer: User, *, at: datetime) -> None:
    """Give the hold to the officer, where the call was to the officer's own agency."""
    member = officer.membership
    if contact.hold is not None and member is not None and member.agency_id == contact.hold.agency_id:
        passing_on.give_to(contact.hold, to=officer, at=at)


# By itself -----------------------------------------------------------------------------------------------------------
def sweep(*, at: datetime | None = None, limit: int = 100) -> int:
    """End those whose application was approved, and give the hold to the officer; return how many."""
    at = at or timezone.now()
    open_ones = UrgentContact.objects.filter(status__in=[UrgentContactStatus.NEW, UrgentContactStatus.TAKEN])
    done = 0
    for pk in open_ones.filter(application__status=ApplicationStatus.APPROVED).values_list("pk", flat=True)[:limit]:
        done += _let_in(pk, at)
    return done


@transaction.atomic
def _let_in(pk: int, at: datetime) -> int:
    row = UrgentContact.objects.select_for_update(of=("self",), skip_locked=True).filter(pk=pk).first()
    if row is None or row.application is None or row.status not in {UrgentContactStatus.NEW, UrgentContactStatus.TAKEN}:
        return 0
    officer = row.application.user
    if officer is None or not officer.is_officer:
        return 0
    urgent_workflow.advance(row, "let_in", by=None, at=at, ended_at=at)
    hand_hold(row, officer, at=at)
    return 1


@transaction.atomic
def forget(*, at: datetime | None = None, limit: int = 100) -> int:
    """Delete who told it and what was told, of what was turned away KEPT ago; return how many.

    Reference, times, calls and who of staff did what stay.
    """
    at = at or timezone.now()
    old = UrgentContact.objects.filter(status=UrgentContactStatus.TURNED_AWAY, ended_at__lte=at - KEPT)
    rows = old.exclude(full_name="").select_for_update(of=("self",), skip_locked=True).order_by("pk")[:limit]
    for row in rows:
        for name, nothing in _TOLD.items():
            setattr(row, name, nothing)
        row.save(update_fields=list(_TOLD))
        record(Event.URGENT_FORGOTTEN, by=None, obj=row, reason="The time to keep it is over", at=at)
    return len(rows)
