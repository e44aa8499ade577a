"""Ending access at once: of one officer, of a whole agency."""

from datetime import datetime

from django.db import transaction
from django.db.models import F
from django.utils import timezone

from accounts import notify
from accounts.enums import AgencyStatus, ApplicationStatus
from accounts.events import Event
from accounts.guards import application_workflow
from accounts.models import AccessApplication, Agency, AgencyMembership, User
from accounts.permissions import Permission, has_permission
from foundation.audit.trail import record
from foundation.core.errors import NotAllowed, TransitionRefused


@transaction.atomic
def suspend_officer(user: User, *, by: User, reason: str, at: datetime | None = None) -> AgencyMembership:
    """Suspend an officer: every session ends with this transaction, and no new one is an officer's."""
    at = at or timezone.now()
    _require_right(by)
    member = AgencyMembership.objects.select_for_update().filter(user=user, ended_at=None).first()
    if member is None:
        raise TransitionRefused("This person belongs to no agency.")
    if member.suspended_at is not None:
        return member
    member.suspended_at = at
    member.save(update_fields=["suspended_at"])
    User.objects.filter(pk=user.pk).update(session_epoch=F("session_epoch") + 1)
    approved = AccessApplication.objects.select_for_update().filter(user=user, status=ApplicationStatus.APPROVED)
    if application := approved.order_by("-pk").first():
        application_workflow.advance(application, "suspend", by=by, at=at, reason=reason)
    else:
        record(Event.ACCESS_SUSPENDED, by=by, obj=member, reason=reason, at=at)
    notify.suspended(user, at=at)
    return member


@transaction.atomic
def lift_suspension(user: User, *, by: User, reason: str, at: datetime | None = None) -> AgencyMembership:
    """Let a suspended officer in again."""
    at = at or timezone.now()
    _require_right(by)
    member = AgencyMembership.objects.select_for_update().filter(user=user, ended_at=None).first()
    if member is None or member.suspended_at is None:
        raise TransitionRefused("This officer is not suspended.")
    member.suspended_at = None
    member.save(update_fields=["suspended_at"])
    suspended = AccessApplication.objects.select_for_update().filter(user=user, status=ApplicationStatus.SUSPENDED)
    if application := suspended.order_by("-pk").first():
        application_workflow.advance(application, "lift", by=by, at=at, reason=reason)
    else:
        record(Event.SUSPENSION_LIFTED, by=by, obj=member, reason=reason, at=at)
    return member


@transaction.atomic
def suspend_agency(agency: Agency, *, by: User, reason: str, at: datetime | None = None) -> Agency:
    """Suspend an agency: the sessions of all its officers end, and none of them may act until it is lifted."""
    at = at or timezone.now()
    _require_right(by)
    row = Agency.objects.select_for_update().get(pk=agency.pk)
    if row.status == AgencyStatus.SUSPENDED:
        return row
    row.status = AgencyStatus.SUSPENDED
    row.save(update_fields=["status"])
    members = User.objects.filter(memberships__agency=row, memberships__ended_at=None)
    ended = User.objects.filter(pk__in=members.values("pk")).update(session_epoch=F("session_epoch") + 1)
    record(Event.AGENCY_SUSPENDED, by=by, obj=row, reason=reason, data={"officers": ended}, at=at)
    return row


def note_listed(*, by: User, at: datetime | None = None) -> None:
    """Leave the event of somebody who reads the list of staff."""
    record(Event.PEOPLE_LISTED, by=by, at=at)


def _require_right(by: User) -> None:
    if not has_permission(by, Permission.SUSPEND_ACCESS):
        raise NotAllowed("You do not have the right to do this.")
