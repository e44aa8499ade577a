"""What an agency's lead does with its members and desks, and who reads about officers."""

from datetime import datetime

from django.db import IntegrityError, transaction
from django.utils import timezone

from accounts import notify, open_work
from accounts.acting import end_sessions
from accounts.enums import DeskRole
from accounts.events import Event
from accounts.models import Agency, AgencyMembership, Desk, User
from accounts.permissions import Permission, has_permission
from foundation.audit.trail import record
from foundation.core.errors import Incomplete, NotAllowed, TransitionRefused

_NOT_LEAD = "Only a lead of this agency can do this."


def note_members_listed(agency: Agency, *, by: User, at: datetime | None = None) -> None:
    """Leave the event of a lead who reads the list of members."""
    record(Event.MEMBERS_LISTED, by=by, obj=agency, at=at)


def note_officers_listed(*, by: User, filters: list[str], found: int, at: datetime | None = None) -> None:
    """Leave the event of somebody of the desk who searches officers: by what, never the words typed."""
    record(Event.MEMBERS_LISTED, by=by, data={"filters": ", ".join(sorted(filters)), "found": found}, at=at)


def note_officer_read(user: User, *, by: User, at: datetime | None = None) -> None:
    """Leave the event of somebody of the desk who reads about an officer."""
    record(Event.OFFICER_READ, by=by, obj=user, at=at)


def remove_refusal(member: AgencyMembership, by: User) -> str:
    """Say why this lead cannot end the access of this member, or nothing."""
    if not _leads(by, member.agency_id):
        return _NOT_LEAD
    if member.user_id == by.pk:
        return "You cannot remove yourself. Another lead, or your agency by phone, tells us."
    if member.role == DeskRole.LEAD:
        return "A lead cannot remove another lead. Your agency calls us about it."
    if member.suspended_at is not None:
        return "This officer is suspended: we look at it, and the access stays as it is. Ask your agency to call us."
    return ""


@transaction.atomic
def remove(member: AgencyMembership, *, by: User, reason: str, at: datetime | None = None) -> AgencyMembership:
    """End the access of a colleague who left: sessions end, desks lose them, what they sent stays with the agency.

    Raises NotAllowed for leads and oneself, TransitionRefused where it has ended already.
    """
    at = at or timezone.now()
    end_sessions(User.objects.filter(pk=member.user_id))
    row = AgencyMembership.objects.select_for_update().get(pk=member.pk)
    if refusal := remove_refusal(row, by):
        raise NotAllowed(refusal)
    if row.ended_at is not None:
        raise TransitionRefused("This access has ended already.")
    if not reason:
        raise Incomplete("Write down why.")
    row.ended_at, row.ended_by = at, by
    row.save(update_fields=["ended_at", "ended_by"])
    desks = list(Desk.objects.filter(agency=row.agency_id, members=row.user_id))
    for desk in desks:
        desk.members.remove(row.user_id)
    record(Event.MEMBERSHIP_ENDED, by=by, obj=row, reason=reason, data={"desks": len(desks)}, at=at)
    notify.member_removed(row.user, agency=row.agency, at=at)
    tell_left_behind(row.user, row.agency, at=at)
    return row


def tell_left_behind(officer: User, agency: Agency, *, at: datetime) -> None:
    """Tell the desk, and the leads who stay, that an officer who leaves an agency leaves open requests there.

    Called in the transaction that ends the membership. Restricted requests are not counted for leads.
    """
    number = open_work.officer_left(officer, agency=agency, at=at)
    leads = AgencyMembership.objects.acting(at).filter(agency=agency, role=DeskRole.LEAD).exclude(user=officer)
    if number:
        notify.requests_left([lead.user for lead in leads.select_related("user")], officer, number=number, at=at)


# Desks ----------------------------------------------------------------------------------------------------------------
@transaction.atomic
def make_desk(agency: Agency, *, name: str, by: User, at: datetime | None = None) -> Desk:
    """Make a desk of an agency; its members are put in one by one, each vetted on their own."""
    _require_lead(by, agency.pk)
    desk = Desk(agency=agency, name=name)
    _save_named(desk)
    record(Event.DESK_CHANGED, by=by, obj=desk, data={"change": "made"}, at=at)
    return desk


@transaction.atomic
def rename_desk(desk: Desk, *, name: str, by: User, at: datetime | None = None) -> Desk:
    """Give a desk another name; raises NotAllowed where the agency has a desk of that name."""
    row = _open_desk(desk, by)
    before, row.name = row.name, name
    if before != name:
        _save_named(row)
        record(Event.DESK_CHANGED, by=by, obj=row, data={"change": "renamed", "before": before}, at=at)
    return row


@transaction.atomic
def close_desk(desk: Desk, *, by: User, at: datetime | None = None) -> Desk:
    """Close a desk; its members keep their access."""
    row = _open_desk(desk, by)
    row.closed_at = at or timezone.now()
    row.save(update_fields=["closed_at"])
    record(Event.DESK_CHANGED, by=by, obj=row, data={"change": "closed"}, at=at)
    return row


@transaction.atomic
def put_in(desk: Desk, member: AgencyMembership, *, by: User, at: datetime | None = None) -> Desk:
    """Put a member into a desk; only who may act now in the same agency. Who is in it already stays so."""
    at = at or timezone.now()
    row = _open_desk(desk, by)
    if not AgencyMembership.objects.acting(at).filter(pk=member.pk, agency=row.agency_id).exists():
        raise NotAllowed("Only officers of your agency who have access now can be put into a desk.")
    if not row.members.filter(pk=member.user_id).exists():
        row.members.add(member.user_id)
        record(Event.DESK_CHANGED, by=by, obj=row, data={"change": "put in", "member": member.user.email}, at=at)
    return row


@transaction.atomic
def take_out(desk: Desk, member: AgencyMembership, *, by: User, at: datetime | None = None) -> Desk:
    """Take a member out of a desk; who is not in it stays so."""
    row = _open_desk(desk, by)
    if row.members.filter(pk=member.user_id).exists():
        row.members.remove(member.user_id)
        record(Event.DESK_CHANGED, by=by, obj=row, data={"change": "taken out", "member": member.user.email}, at=at)
    return row


def _open_desk(desk: Desk, by: User) -> Desk:
    row = Desk.objects.select_for_update().get(pk=desk.pk)
    _require_lead(by, row.agency_id)
    if row.closed_at is not None:
        raise TransitionRefused("This desk was closed.")
    return row


def _save_named(desk: Desk) -> None:
    try:
        with transaction.atomic():
            desk.save()
    except IntegrityError:
        raise NotAllowed("Your agency has a desk of this name already.") from None


def _require_lead(by: User, agency_id: int) -> None:
    if not _leads(by, agency_id):
        raise NotAllowed(_NOT_LEAD)


def _leads(by: User, agency_id: int) -> bool:
    member = by.membership if has_permission(by, Permission.LEAD_AGENCY) else None
    return member is not None and member.agency_id == agency_id
