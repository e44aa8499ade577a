"""How access of staff ends: role by role, the account with the last one, or blocked at once until others decide."""

from collections.abc import Mapping
from datetime import datetime, timedelta

from django.conf import settings
from django.db.models import QuerySet

from accounts import open_work
from accounts.acting import end_sessions
from accounts.enums import InvitationStatus
from accounts.events import Event
from accounts.models import RoleChange, StaffInvitation, StaffRole, TeamMembership, User
from accounts.services.staff_rules import NO_RIGHT, block_refusal, roles_of
from accounts.states import INVITATION, ROLE_CHANGE
from foundation.audit.canonical import JSON
from foundation.audit.trail import record
from foundation.core.errors import NotAllowed
from foundation.core.workflow import Workflow

_voiding = {
    machine.name: Workflow(machine, guard=lambda user, _action, _obj: None if user is None else NO_RIGHT)
    for machine in (INVITATION, ROLE_CHANGE)
}


def end_roles(
    user: User, ending: "QuerySet[StaffRole]", *, facts: Mapping[str, JSON], by: User | None, at: datetime
) -> None:
    """End these roles; whoever is left without any has no account any more. The caller ends the sessions first."""
    for held in list(ending):
        StaffRole.objects.filter(pk=held.pk).update(ended_at=at)
        data = {**facts, "role": held.role, "provider": str(held.provider)}
        record(Event.STAFF_ROLE_ENDED, by=by, obj=user, data=data, at=at)
    # Analysts of one provider are in no team of another: what they no longer work for goes with the role.
    gone = TeamMembership.objects.filter(user=user).exclude(team__provider__in=roles_of(user).values("provider"))
    for member in list(gone.select_related("team")):
        record(Event.STAFF_TEAM_LEFT, by=by, obj=user, data={"team": str(member.team)}, at=at)
        member.delete()
    if not roles_of(user).exists():
        _close(user, by=by, at=at)


def block(user: User, *, reason: str, by: User, at: datetime) -> datetime:
    """Let nobody sign in to the account from now on; return until when others are to decide. Raises NotAllowed."""
    if refusal := block_refusal(user, by=by):
        raise NotAllowed(refusal)
    until = at + timedelta(hours=settings.STAFF_BLOCK_HOURS)
    end_sessions(User.objects.filter(pk=user.pk))
    User.objects.filter(pk=user.pk).update(is_active=False)
    record(Event.STAFF_BLOCKED, by=by, obj=user, reason=reason, data={"until": until.isoformat()}, at=at)
    return until


def open_again(user: User, *, by: User, at: datetime) -> None:
    """Let a blocked colleague sign in again, if any role is left."""
    if roles_of(user).exists():
        User.objects.filter(pk=user.pk).update(is_active=True)
        record(Event.STAFF_UNBLOCKED, by=by, obj=user, at=at)


def _close(user: User, *, by: User | None, at: datetime) -> None:
    """Close the account of somebody who left (SEC-27): no sign-in, no work in hand, nothing of theirs waits."""
    User.objects.filter(pk=user.pk).update(is_active=False)
    handed_back = open_work.give_back(user, by=by, at=at)
    waiting = RoleChange.objects.waiting()
    # What they blocked stays blocked: other people look at it.
    for change in [*waiting.filter(proposed_by=user, blocked_at=None), *waiting.filter(user=user)]:
        _voiding["RoleChange"].advance(change, "void", by=None, at=at, decided_at=at)
    of_theirs = StaffInvitation.objects.filter(proposed_by=user) | StaffInvitation.objects.filter(decided_by=user)
    for invitation in of_theirs.filter(status__in=[InvitationStatus.PROPOSED, InvitationStatus.CONFIRMED]):
        _voiding["StaffInvitation"].advance(invitation, "void", by=None, at=at, token_hash="")
    record(Event.STAFF_ACCOUNT_CLOSED, by=by, obj=user, data={"handed_back": handed_back}, at=at)
