"""Colleagues who follow a hold: they read it and are reminded like its officer, and change nothing.

Only officers of the same agency, and nobody of a restricted hold: that is read by its officer and by who decides on
holds. Whoever leaves the agency follows no more.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils import timezone

from accounts.enums import DeskRole
from accounts.models import Agency, AgencyMembership, User
from accounts.services.addressees import is_addressee
from accounts.services.limits import count_telling
from foundation.audit.canonical import JSON
from foundation.audit.trail import record
from foundation.core.errors import Incomplete, NotAllowed
from preservation import notify, told
from preservation.enums import ENDED_STATUSES, OPEN_STATUSES, HoldStatus
from preservation.events import Event
from preservation.models import HoldFollower, PreservationHold
from preservation.services.locks import lock

_WHO = "Only the officer who filed the hold can say who follows it."


def officer_left(hold: PreservationHold) -> bool:
    """Say whether the officer's account is closed, or the officer no longer belongs to the agency of the hold."""
    return not told.officer_stays(hold)


def readers(hold: PreservationHold, *, at: datetime | None = None) -> list[User]:
    """Return the officer, unless gone, and the followers who may still read the hold; each once.

    A suspended officer is among them: whoever tells something leaves such a one out. The agency's leads, who are told
    in the place of an officer who left, are not: see leads().
    """
    return told.readers(hold, at=at or timezone.now())


def leads(hold: PreservationHold, *, at: datetime | None = None) -> list[User]:
    """Return the leads of the agency who may read the hold now: they are told where its officer has left."""
    return told.leads(hold, at=at or timezone.now())


def standing(hold: PreservationHold) -> list[HoldFollower]:
    """Return who follows now, in the order in which they were named."""
    return list(told.following(hold, at=timezone.now()))


def refusal(hold: PreservationHold, by: Any) -> str | None:
    """Say why this person cannot let others follow this hold now, or None."""
    if hold.officer_id != by.pk or not by.is_officer or by.membership.agency_id != hold.agency_id:
        return _WHO
    if hold.restricted:
        return "This hold belongs to a restricted request: nobody else can follow it."
    if hold.status in ENDED_STATUSES:
        return "This hold is over: nobody new can follow it."
    return None


def colleagues(hold: PreservationHold, *, at: datetime | None = None) -> list[User]:
    """Return the officers of the same agency who may act now and do not follow yet, by name."""
    follows = {row.user_id for row in standing(hold)}
    members = AgencyMembership.objects.acting(at or timezone.now()).filter(agency=hold.agency_id, user__is_active=True)
    found = members.exclude(user=hold.officer_id).select_related("user").order_by("user__full_name", "pk")
    return [member.user for member in found if member.user_id not in follows]


@transaction.atomic
def add(hold: PreservationHold, colleague: User, *, by: User, at: datetime | None = None) -> HoldFollower:
    """Let a colleague of the same agency follow at once; naming somebody twice changes nothing.

    Raises NotAllowed for somebody who is not an officer of the agency with access now, and Incomplete where the
    provider's limit is reached.
    """
    at = at or timezone.now()
    row = lock(hold)
    if why := refusal(row, by):
        raise NotAllowed(why)
    end_left(row, at=at)
    known: HoldFollower | None = row.followers.filter(user=colleague, ended_at=None).first()
    if known is not None:
        return known
    if colleague.pk not in {person.pk for person in colleagues(row, at=at)}:
        raise NotAllowed("Choose an officer of your agency who has access now.")
    limit = row.provider.follower_limit
    if row.followers.filter(ended_at=None).count() >= limit:
        raise Incomplete(f"Up to {limit} colleagues can follow a hold. End the following of one first.")
    count_telling(by, at=at)
    found = HoldFollower.objects.create(hold=row, user=colleague, agency=row.agency, added_at=at, added_by=by)
    record(Event.FOLLOWER_ADDED, by=by, obj=row, data={"follower": colleague.email}, at=at)
    if row.status != HoldStatus.DRAFT:
        notify.follower_added(found, at=at)
    return found


@transaction.atomic
def add_address(hold: PreservationHold, email: str, *, by: User, at: datetime | None = None) -> HoldFollower:
    """Let the colleague follow who has exactly this address; raises Incomplete where nobody of the agency has it."""
    wanted = User.objects.normalize_email(email).strip().lower()
    if wanted == by.email.lower():
        raise Incomplete("This is your own address: you are reminded already.")
    people = [*colleagues(hold, at=at), *(row.user for row in standing(hold))]
    found = next((person for person in people if person.email.lower() == wanted), None)
    if found is None:
        raise Incomplete("No officer of your agency with access has this address. Only colleagues can follow a hold.")
    return add(hold, found, by=by, at=at)


@transaction.atomic
def end(follower: HoldFollower, *, by: User, at: datetime | None = None) -> HoldFollower:
    """Let somebody no longer follow: by the officer, or by themselves; doing it twice changes nothing."""
    at = at or timezone.now()
    row = lock(follower.hold)
    found: HoldFollower = row.followers.select_related("user").get(pk=follower.pk)
    if by.pk not in {row.officer_id, found.user_id}:
        raise NotAllowed(_WHO)
    return _close(found, row, by=by, at=at)


@transaction.atomic
def left_by(officer: User, *, agency: Agency, at: datetime) -> int:
    """End what an officer who leaves this agency follows there, and tell its leads of the holds that stay behind.

    Returns 0: what is returned are requests that a lead may know of (accounts.open_work).
    """
    for row in HoldFollower.objects.filter(user=officer, agency=agency, ended_at=None).select_related("hold", "user"):
        _close(row, row.hold, by=None, at=at)
    mine = PreservationHold.objects.open().filter(officer=officer, agency=agency, restricted=False)
    people = AgencyMembership.objects.acting(at).filter(agency=agency, role=DeskRole.LEAD, user__is_active=True)
    if number := mine.count():
        found = [member.user for member in people.exclude(user=officer).select_related("user")]
        notify.holds_left(found, officer, number=number, at=at)
    return 0


def end_left(hold: PreservationHold, *, at: datetime) -> int:
    """End the following of those who left the agency or closed their account; return how many. The row is locked."""
    stay = told.belonging(hold).values("user")
    gone = hold.followers.filter(ended_at=None).exclude(user__in=stay).select_related("user")
    return len([_close(found, hold, by=None, at=at) for found in gone])


def tell_on_filing(hold: PreservationHold, *, at: datetime) -> None:
    """Tell those who were named while it was a draft that they can follow the hold now."""
    for found in told.following(hold, at=at):
        notify.follower_added(found, at=at)


@dataclass(frozen=True)
class Following:
    """What the page of a hold says of its followers to one reader."""

    rows: list[HoldFollower]
    own: HoldFollower | None
    may_change: bool
    may_take_over: bool


def for_page(hold: PreservationHold, reader: Any) -> Following:
    """Return who follows, and what this reader may do about it; whoever only reads the hold learns of nobody."""
    rows = standing(hold)
    own = next((row for row in rows if row.user_id == reader.pk), None)
    may_change = refusal(hold, reader) is None
    return Following(rows if may_change else [], own, may_change, take_over_refusal(hold, reader) is None)


def take_over_refusal(hold: PreservationHold, by: Any) -> str | None:
    """Say why this person cannot have the hold in the place of its officer, or None."""
    if hold.officer_id == by.pk:
        return "This hold is yours."
    if not officer_left(hold):
        return "The officer who filed the hold still belongs to your agency."
    if is_addressee(hold.officer):
        return "We kept this for an officer of your agency, who has the hold once we know the officer."
    if hold.restricted or not by.is_officer or by.membership.agency_id != hold.agency_id:
        return "Only a colleague of the officer who filed the hold can have it."
    if by.membership.role != DeskRole.LEAD and not told.following(hold, at=timezone.now()).filter(user=by).exists():
        return "Only the agency's lead, or who follows the hold, can have it."
    if hold.status not in OPEN_STATUSES and hold.status != HoldStatus.EXPIRED:
        return "This hold is over."
    return None


@transaction.atomic
def take_over(hold: PreservationHold, *, by: User, at: datetime | None = None) -> PreservationHold:
    """Make a lead or a follower the officer of a hold whose officer has left, so that somebody can ask for more time.

    Doing it twice changes nothing. Raises NotAllowed while the officer still belongs to the agency.
    """
    at = at or timezone.now()
    row = lock(hold)
    if row.officer_id == by.pk:
        return row
    if why := take_over_refusal(row, by):
        raise NotAllowed(why)
    former, row.officer = row.officer, by
    row.save(update_fields=["officer"])
    end_of(row, by, by=by, at=at)
    facts: dict[str, JSON] = {"from": former.email, "to": by.email, "to_id": by.pk}
    record(Event.PASSED_ON, by=by, obj=row, data=facts, at=at)
    return row


def end_of(hold: PreservationHold, user: User, *, by: User | None, at: datetime) -> None:
    """End what somebody follows who has the hold now. The row is locked."""
    for found in hold.followers.filter(user=user, ended_at=None).select_related("user"):
        _close(found, hold, by=by, at=at)


def _close(found: HoldFollower, row: PreservationHold, *, by: User | None, at: datetime) -> HoldFollower:
    if found.ended_at is None:
        found.ended_at = at
        found.save(update_fields=["ended_at"])
        record(Event.FOLLOWER_ENDED, by=by, obj=row, data={"follower": found.user.email}, at=at)
    return found
