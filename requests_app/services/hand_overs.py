"""A request goes to another officer of the agency: at once to a proven one, to a new one once we agreed."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Exists, OuterRef, Q
from django.utils import timezone

from accounts.models import AgencyMembership, User
from accounts.permissions import Permission
from accounts.services.limits import count_telling
from foundation.audit.trail import record
from foundation.core.errors import Incomplete, NotAllowed, TransitionRefused
from preservation.services.passing_on import pass_on
from requests_app.enums import HandOverStatus, PackageStatus, RequestStatus
from requests_app.events import Event
from requests_app.models import DataRequest, DisclosurePackage, HandOver, LaterAsk
from requests_app.notify import following as notify
from requests_app.permissions import desk_refusal
from requests_app.release_enums import LaterStatus
from requests_app.services import followers
from requests_app.services.locks import lock

PROVEN_AFTER = timedelta(days=90)
AT_ONCE = 50
# What is refused can still be asked to be reviewed, so it can still change hands.
_ENDED = (RequestStatus.WITHDRAWN, RequestStatus.LAPSED)
_OVER = (*_ENDED, RequestStatus.CLOSED, RequestStatus.PRODUCED)
_WAITS = "It waits for our agreement to hand it over. Call that off first."


def is_proven(approved_at: datetime | None, answered: int, *, at: datetime) -> bool:
    """Say whether an officer may take a request over without our agreement.

    Proven: vetted more than 90 days ago, and at least one own request was answered. A new account, or one that never
    asked anything, is what somebody who wants another's records would come with.
    """
    return approved_at is not None and approved_at < at - PROVEN_AFTER and answered > 0


def proven(person: User, *, at: datetime) -> bool:
    """Say the same of a person, from the membership in force and the requests that were decided."""
    member = person.memberships.filter(ended_at=None).first()
    answered = DataRequest.objects.filter(officer=person, decided_at__isnull=False).count()
    return is_proven(member.approved_at if member else None, answered, at=at)


def refusal(data_request: DataRequest, by: Any) -> str | None:
    """Say why this person cannot hand this request over, or None: the officer can, and the agency's lead.

    A lead hands over what was sent and is not restricted, also of an officer who left or was suspended. What was
    withdrawn or lapsed needs no other officer; on what was answered something can be asked for years later.
    """
    if why := _not_theirs(data_request, by):
        return why
    if data_request.status in _ENDED:
        return "This request is over: there is nothing to hand over."
    return None


def _not_theirs(data_request: DataRequest, by: Any) -> str | None:
    if data_request.officer_id == by.pk:
        return None
    member = by.membership
    led = by.is_lead and member is not None and member.agency_id == data_request.agency_id
    if not led or data_request.restricted or data_request.submitted_at is None:
        return "Only the officer who filed it, or your agency's lead, can hand it over."
    return None


def worth_it() -> Q:
    """Return the requests that wait for something: not over, with records to download, or asked about later."""
    ready = DisclosurePackage.objects.filter(data_request=OuterRef("pk"), status=PackageStatus.RELEASED)
    asked = LaterAsk.objects.filter(data_request=OuterRef("pk"), status=LaterStatus.OPEN)
    return ~Q(status__in=_OVER) | Q(Exists(ready)) | Q(Exists(asked))


def candidates(agency_id: int, *, at: datetime | None = None) -> list[User]:
    """Return the officers of an agency who may act now, by name."""
    members = AgencyMembership.objects.acting(at or timezone.now()).filter(agency=agency_id, user__is_active=True)
    return [m.user for m in members.select_related("user").order_by("user__full_name", "pk")]


def waiting(data_request: DataRequest) -> HandOver | None:
    """Return the handing over that waits for our agreement, or None."""
    rows = data_request.hand_overs.filter(status=HandOverStatus.WAITING)
    return rows.select_related("from_officer", "to_officer", "asked_by").first()


@transaction.atomic
def hand_over(
    data_request: DataRequest, *, to: User, reason: str = "", by: User, at: datetime | None = None
) -> HandOver:
    """Hand a request over; the answer's status says whether it is done or waits for us.

    Doing the same twice changes nothing. Raises NotAllowed where this person, or the colleague, may not.
    """
    at = at or timezone.now()
    row = lock(data_request)
    if row.officer_id == to.pk and (done := _last(row, to, by)):
        return done
    if (why := refusal(row, by)) is not None:
        raise NotAllowed(why)
    _check_colleague(row, to, at)
    if (known := waiting(row)) is not None:
        if known.to_officer_id == to.pk:
            return known
        raise TransitionRefused(_WAITS)
    found = HandOver(
        data_request=row, from_officer=row.officer, to_officer=to, reason=reason.strip(), asked_by=by, asked_at=at
    )
    count_telling(by, at=at)
    never_sent = row.submitted_at is None
    if never_sent or (proven(to, at=at) and not row.restricted):
        return _carry_out(found, row, by=by, at=at)
    if row.status == RequestStatus.DRAFT:
        raise NotAllowed("We must agree, and cannot see it while it is with you. Complete it and send it again first.")
    found.save()
    record(Event.HAND_OVER_ASKED, by=by, obj=row, reason=found.reason, data={"to": to.email}, at=at)
    notify.agreement_waits(row, key=f"handover:{found.pk}", at=at)
    return found


@transaction.atomic
def hand_over_all(
    rows: Iterable[DataRequest], *, to: User, reason: str = "", by: User, at: datetime | None = None
) -> list[HandOver]:
    """Hand several requests over, all or none; the sentence of a refusal names the request."""
    chosen = sorted(rows, key=lambda row: row.pk)
    if not chosen:
        raise Incomplete("Choose at least one request.")
    if len(chosen) > AT_ONCE:
        raise Incomplete(f"Hand over up to {AT_ONCE} requests at once.")
    found = []
    for row in chosen:
        try:
            found.append(hand_over(row, to=to, reason=reason, by=by, at=at))
        except (NotAllowed, TransitionRefused) as refused:
            raise type(refused)(f"{row.reference or row.title or 'A draft'}: {refused}") from refused
    return found


@transaction.atomic
def cancel(found: HandOver, *, by: User, at: datetime | None = None) -> HandOver:
    """Call off what waits for us; doing it twice changes nothing."""
    at = at or timezone.now()
    row = lock(found.data_request)
    found = row.hand_overs.select_related("to_officer").get(pk=found.pk)
    if (why := _not_theirs(row, by)) is not None:
        raise NotAllowed(why)
    if found.status == HandOverStatus.CANCELLED:
        return found
    if found.status != HandOverStatus.WAITING:
        raise TransitionRefused("This was decided meanwhile.")
    found.status = HandOverStatus.CANCELLED
    found.save(update_fields=["status"])
    record(Event.HAND_OVER_CANCELLED, by=by, obj=row, data={"to": found.to_officer.email}, at=at)
    return found


@transaction.atomic
def agree(found: HandOver, *, reason: str = "", by: User, at: datetime | None = None) -> HandOver:
    """Let the new officer take the request over."""
    at = at or timezone.now()
    row, found = _waiting(found, by)
    _check_colleague(row, found.to_officer, at)
    found.decided_by, found.decided_at = by, at
    return _carry_out(found, row, by=by, reason=reason, at=at)


@transaction.atomic
def decline(found: HandOver, *, reason: str, by: User, at: datetime | None = None) -> HandOver:
    """Leave the request where it is; who asked reads the reason in the portal."""
    at = at or timezone.now()
    if not reason.strip():
        raise Incomplete("Write the reason. The officer reads it.")
    row, found = _waiting(found, by)
    found.status, found.decided_by, found.decided_at = HandOverStatus.DECLINED, by, at
    found.save(update_fields=["status", "decided_by", "decided_at"])
    facts = {"to": found.to_officer.email}
    record(Event.HAND_OVER_DECLINED, by=by, obj=row, reason=reason.strip(), data=facts, at=at)
    notify.hand_over_declined(found, at=at)
    return found


def _carry_out(found: HandOver, row: DataRequest, *, by: User, reason: str = "", at: datetime) -> HandOver:
    """Make the new officer the owner: open questions, drafts and linked holds are theirs now."""
    old = row.officer
    row.officer, row.lock_version = found.to_officer, row.lock_version + 1
    row.save(update_fields=["officer", "lock_version"])
    followers.end_for(row, found.to_officer, by=by, at=at)
    found.status = HandOverStatus.DONE
    found.save()
    facts: dict[str, str | int | None] = {
        "from": old.email,
        "to": found.to_officer.email,
        "to_id": found.to_officer_id,
    }
    if row.reference:
        facts["holds"] = pass_on(row.reference, officer=old, to=found.to_officer, by=by, at=at)
    record(Event.HANDED_OVER, by=by, obj=row, reason=reason.strip() or found.reason, data=facts, at=at)
    notify.handed_over(found, at=at)
    return found


def _check_colleague(row: DataRequest, to: User, at: datetime) -> None:
    if to.pk == row.officer_id:
        raise NotAllowed("It is with this officer already.")
    if to.pk not in {person.pk for person in candidates(row.agency_id, at=at)}:
        raise NotAllowed("Choose an officer of your agency who has access now.")
    if row.restricted and not row.named_readers.filter(pk=to.pk).exists():
        raise NotAllowed("This request is restricted: only a named reader can take it over.")


def _waiting(found: HandOver, by: User) -> tuple[DataRequest, HandOver]:
    row = lock(found.data_request)
    found = row.hand_overs.select_related("from_officer", "to_officer", "asked_by").get(pk=found.pk)
    found.data_request = row
    if why := desk_refusal(by, Permission.REVIEW_REQUEST, row):
        raise NotAllowed(why)
    if found.status != HandOverStatus.WAITING:
        raise TransitionRefused("This was decided or called off meanwhile.")
    return row, found


def _last(row: DataRequest, to: User, by: User) -> HandOver | None:
    """Return the handing over that a second click repeats, or None."""
    done = row.hand_overs.filter(status=HandOverStatus.DONE).order_by("-asked_at", "-pk").first()
    return done if done is not None and done.to_officer_id == to.pk and done.asked_by_id == by.pk else None
