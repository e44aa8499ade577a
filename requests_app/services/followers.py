"""Colleagues who follow a request: they read and download, and change nothing.

One of the same agency follows at once. For one of another agency the officer types the exact address and the ground,
and we decide: until then the address alone is kept, so that the answer is the same whether or not anybody has it.
"""

from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils import timezone

from accounts.models import AgencyMembership, User
from accounts.permissions import Permission
from accounts.services.limits import count_telling
from foundation.audit.trail import record
from foundation.core.errors import Incomplete, NotAllowed, TransitionRefused
from requests_app.enums import FollowerStatus, RequestStatus
from requests_app.events import Event
from requests_app.models import DataRequest, Follower
from requests_app.notify import following as notify
from requests_app.permissions import answers_for, desk_refusal
from requests_app.services.locks import lock

COUNTED = (FollowerStatus.ACTIVE, FollowerStatus.WAITING)
# So many different addresses of other agencies an officer may try on one request.
MOST_ASKED = 20
_OVER = (RequestStatus.WITHDRAWN, RequestStatus.LAPSED)
_WHO = "Only the officer who filed it can say who follows."


def refusal(data_request: DataRequest, by: Any) -> str | None:
    """Say why this person cannot let others follow this request now, or None."""
    if not answers_for(by, data_request):
        return _WHO
    if data_request.status in _OVER:
        return "This request is over: nobody new can follow it."
    return None


def from_elsewhere(data_request: DataRequest, person: Any) -> bool:
    """Say whether this person reads the request for another agency.

    Such a follower reads where it stands, what was decided and the records, which the order covers; what was sent,
    asked and answered stays with the agency that asked.
    """
    if data_request.officer_id == person.pk:
        return False
    member = person.membership
    return member is None or member.agency_id != data_request.agency_id


def colleagues(data_request: DataRequest, *, at: datetime | None = None) -> list[User]:
    """Return the officers of the same agency who may act now and do not follow yet, by name."""
    follows = {row.user_id for row in standing(data_request)}
    members = AgencyMembership.objects.acting(at or timezone.now()).filter(
        agency=data_request.agency_id, user__is_active=True
    )
    found = members.exclude(user=data_request.officer_id).select_related("user").order_by("user__full_name", "pk")
    return [m.user for m in found if m.user_id not in follows]


def standing(data_request: DataRequest) -> list[Follower]:
    """Return who follows and what waits for us, in the order in which they were named."""
    rows = data_request.followers.filter(status__in=COUNTED).select_related("user", "agency")
    return list(rows.order_by("added_at", "pk"))


@transaction.atomic
def add(data_request: DataRequest, colleague: User, *, by: User, at: datetime | None = None) -> Follower:
    """Let a colleague of the same agency follow at once; naming somebody twice changes nothing.

    On a restricted request, which only named people read, this names the colleague as a reader.

    Raises NotAllowed for somebody who is not an officer of the agency with access now, and Incomplete where the limit
    of the provider is reached.
    """
    at = at or timezone.now()
    row = _locked(data_request, by)
    known = row.followers.filter(user=colleague, status=FollowerStatus.ACTIVE).first()
    if known is not None:
        return known
    if colleague.pk not in {person.pk for person in colleagues(row, at=at)}:
        raise NotAllowed("Choose an officer of your agency who has access now.")
    _room(row)
    count_telling(by, at=at)
    follower = Follower.objects.create(
        data_request=row, user=colleague, email=colleague.email, agency=row.agency, added_at=at, added_by=by
    )
    if row.restricted:
        row.named_readers.add(colleague)
    record(Event.FOLLOWER_ADDED, by=by, obj=row, data={"follower": colleague.email}, at=at)
    if row.submitted_at is not None:
        notify.follower_added(follower, at=at)
    return follower


@transaction.atomic
def ask(data_request: DataRequest, *, email: str, ground: str, by: User, at: datetime | None = None) -> Follower:
    """Ask that an officer of another agency may follow; an address of the own agency is taken at once.

    `ground` is the passage of the order or the name of the agreement that allows it. What is answered does not depend
    on whether anybody has this address. Raises Incomplete without a ground, and where the limit is reached.
    """
    at = at or timezone.now()
    row = _locked(data_request, by)
    email = User.objects.normalize_email(email).strip().lower()
    if own := next((person for person in colleagues(row, at=at) if person.email.lower() == email), None):
        return add(row, own, by=by, at=at)
    known = row.followers.filter(email__iexact=email, status__in=COUNTED).first()
    if known is not None:
        return known
    if email == by.email.lower() or email == row.officer.email.lower():
        raise Incomplete("This is the officer's own address: it needs no following.")
    if row.restricted:
        raise Incomplete("This request is restricted: only officers of your agency can be named to follow.")
    if not ground.strip():
        raise Incomplete(
            "Nobody of your agency with access has this address. For an officer of another agency, "
            "write the passage of the order or the agreement that allows it."
        )
    _room(row)
    if row.followers.exclude(agency=row.agency_id).count() >= MOST_ASKED:
        raise Incomplete("You asked for many addresses on this request. Ask us in a message before you add another.")
    follower = Follower.objects.create(
        data_request=row, email=email, ground=ground.strip(), status=FollowerStatus.WAITING, added_at=at, added_by=by
    )
    record(Event.FOLLOWER_ASKED, by=by, obj=row, data={"follower": email}, at=at)
    notify.agreement_waits(row, key=f"follower:{follower.pk}", at=at)
    return follower


@transaction.atomic
def end(follower: Follower, *, by: User, at: datetime | None = None) -> Follower:
    """Let somebody no longer follow, or take back what was asked; doing it twice changes nothing."""
    at = at or timezone.now()
    row = lock(follower.data_request)
    found: Follower = row.followers.get(pk=follower.pk)
    if not answers_for(by, row) and found.user_id != by.pk:
        raise NotAllowed(_WHO)
    if found.status not in COUNTED:
        return found
    return _close(found, row, by=by, at=at)


@transaction.atomic
def end_for(data_request: DataRequest, person: User, *, by: User, at: datetime) -> None:
    """End the following of somebody who needs it no more, because the request is theirs now."""
    for found in data_request.followers.filter(user=person, status__in=COUNTED):
        _close(found, data_request, by=by, at=at)


def somebody(follower: Follower, *, at: datetime | None = None) -> AgencyMembership | None:
    """Return who has the address that was asked for, and may act now; for staff only."""
    members = AgencyMembership.objects.acting(at or timezone.now())
    found = members.filter(user__email__iexact=follower.email, user__is_active=True, ended_at=None)
    return found.select_related("user", "agency").order_by("pk").first()


@transaction.atomic
def agree(follower: Follower, *, reason: str, by: User, at: datetime | None = None) -> Follower:
    """Let an officer of another agency follow; the ground was compared with the order or the agreement.

    Raises NotAllowed where nobody with access has the address, and TransitionRefused where it was decided meanwhile.
    """
    at = at or timezone.now()
    row, found = _waiting(follower, by)
    if row.restricted:
        raise NotAllowed("This request is restricted: nobody of another agency can follow it. Decline.")
    member = somebody(found, at=at)
    if member is None:
        raise NotAllowed("No officer with access has this address now. Decline, or wait until the agency is vetted.")
    if row.followers.filter(user=member.user, status=FollowerStatus.ACTIVE).exists():
        raise TransitionRefused("This officer follows already.")
    _room(row, besides=found)
    found.user, found.agency = member.user, member.agency
    _decide(found, FollowerStatus.ACTIVE, by=by, at=at)
    record(Event.FOLLOWER_AGREED, by=by, obj=row, reason=reason.strip(), data={"follower": found.email}, at=at)
    notify.follower_agreed(found, at=at)
    notify.follower_added(found, at=at)
    return found


@transaction.atomic
def decline(follower: Follower, *, reason: str, by: User, at: datetime | None = None) -> Follower:
    """Do not let somebody follow; the officer reads the reason in the portal, the other person hears nothing."""
    at = at or timezone.now()
    if not reason.strip():
        raise Incomplete("Write the reason. The officer reads it.")
    row, found = _waiting(follower, by)
    _decide(found, FollowerStatus.DECLINED, by=by, at=at)
    record(Event.FOLLOWER_DECLINED, by=by, obj=row, reason=reason.strip(), data={"follower": found.email}, at=at)
    notify.follower_declined(found, at=at)
    return found


def tell_on_sending(data_request: DataRequest, *, at: datetime) -> None:
    """Tell those who were named while it was a draft that they can follow now, and us what waits."""
    for follower in standing(data_request):
        if follower.status == FollowerStatus.ACTIVE and follower.user is not None:
            if data_request.restricted:
                data_request.named_readers.add(follower.user)
            notify.follower_added(follower, at=at)


def _locked(data_request: DataRequest, by: Any) -> DataRequest:
    row = lock(data_request)
    if (why := refusal(row, by)) is not None:
        raise NotAllowed(why)
    return row


def _waiting(follower: Follower, by: User) -> tuple[DataRequest, Follower]:
    row = lock(follower.data_request)
    found: Follower = row.followers.get(pk=follower.pk)
    found.data_request = row
    if why := desk_refusal(by, Permission.REVIEW_REQUEST, row):
        raise NotAllowed(why)
    if found.status != FollowerStatus.WAITING:
        raise TransitionRefused("This was decided or taken back meanwhile.")
    return row, found


def _decide(found: Follower, status: FollowerStatus, *, by: User, at: datetime) -> None:
    found.status, found.decided_by, found.decided_at = status, by, at
    found.save(update_fields=["status", "decided_by", "decided_at", "user", "agency"])


def _close(found: Follower, row: DataRequest, *, by: User, at: datetime) -> Follower:
    found.status, found.ended_at = FollowerStatus.ENDED, at
    found.save(update_fields=["status", "ended_at"])
    if row.restricted and found.user is not None:
        row.named_readers.remove(found.user)
    record(Event.FOLLOWER_ENDED, by=by, obj=row, data={"follower": found.email}, at=at)
    return found


def _room(row: DataRequest, *, besides: Follower | None = None) -> None:
    limit = row.provider.follower_limit
    taken = row.followers.filter(status__in=COUNTED).count() - (besides is not None)
    if taken >= limit:
        raise Incomplete(f"Up to {limit} colleagues can follow a request. End the following of one first.")
