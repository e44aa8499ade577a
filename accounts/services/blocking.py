"""Blocking a colleague at once: what it leaves, who lifts it, and what happens where nobody decides.

One administrator may block alone, because waiting can be worse. It stands until a second person closes the account, or
until two people lift it; it is never undone by one. Who is not decided about in time is not let in again by that: all
who may decide are told, and it stays on the page of people.
"""

from datetime import datetime

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from accounts import open_work
from accounts.acting import end_sessions
from accounts.events import Event
from accounts.models import RoleChange, StaffRole, TeamMembership, User
from accounts.permissions import ROLE_WORDS, Role
from accounts.services import block_notices, staff_ending
from accounts.services.staff import change_workflow
from accounts.services.staff_rules import confirmers, one_at_a_time, require_reason, roles_of
from foundation.audit.trail import record

# What stands still at a provider where nobody holds the role.
_STANDS_STILL = {
    Role.ANALYST: "nothing is taken into review",
    Role.APPROVER: "nothing is approved, released or given back",
    Role.COUNSEL: "nobody gives advice on law",
    Role.DPO: "nobody gives advice on data protection",
    Role.CUSTODIAN: "no certificate is signed",
    Role.PRESERVATION_ADMIN: "no extension of a hold is decided",
    Role.AUDITOR: "nobody is told of changes of staff, and nobody reads the trail",
    Role.ADMINISTRATOR: "nobody manages people",
}


def leaves(user: User, *, by: User) -> list[str]:
    """Say in sentences what blocking this colleague now would leave behind."""
    said = [_of_role(held) for held in roles_of(user)]
    alone = TeamMembership.objects.filter(user=user, on_call=True).select_related("team")
    for member in alone:
        others = TeamMembership.objects.filter(team=member.team, on_call=True, user__is_active=True)
        if not others.exclude(user=user).exists():
            said.append(f"Nobody else is on call in the team {member.team}.")
    if work := open_work.of(user):
        said.append(f"In hand: {', '.join(work)}. It is handed back only when the account is closed.")
    return [*said, _who_lifts(user, by=by)]


@transaction.atomic
def ask_lift(change: RoleChange, *, reason: str, by: User, at: datetime | None = None) -> RoleChange:
    """Ask to lift a block, as the first of two; nothing opens yet. Who blocked may ask. Raises NotAllowed."""
    at = at or timezone.now()
    one_at_a_time()
    row, reason = _read(change), require_reason(reason)
    data = {"person": row.user.email}
    change_workflow.advance(
        row, "ask_lift", by=by, at=at, reason=reason, data=data, lift_asked_by=by, lift_asked_at=at, lift_reason=reason
    )
    block_notices.lift_asked(row, at=at)
    return row


@transaction.atomic
def lift(change: RoleChange, *, by: User, at: datetime | None = None) -> RoleChange:
    """Lift a block, as the second of two; who blocked may be the second. Raises NotAllowed."""
    at = at or timezone.now()
    one_at_a_time()
    end_sessions(User.objects.filter(pk=change.user_id))  # users are locked before anything else
    row = _read(change)
    asked = row.lift_asked_by.email if row.lift_asked_by else ""
    data = {"person": row.user.email, "asked_by": asked}
    change_workflow.advance(row, "lift", by=by, at=at, reason=row.lift_reason, data=data, lifted_by=by, decided_at=at)
    staff_ending.open_again(row.user, by=by, at=at)
    block_notices.lifted(row, at=at)
    return row


def sweep(*, at: datetime | None = None) -> int:
    """Tell all who may decide of blocks that nobody decided in time; return how many there are new."""
    at = at or timezone.now()
    late = RoleChange.objects.waiting().filter(Q(decide_until=None) | Q(decide_until__lte=at), overdue_at=None)
    return sum(_tell_overdue(pk, at=at) for pk in late.exclude(blocked_at=None).values_list("pk", flat=True))


@transaction.atomic
def _tell_overdue(pk: int, *, at: datetime) -> bool:
    one_at_a_time()
    row = RoleChange.objects.waiting().filter(pk=pk, overdue_at=None).select_related("user", "proposed_by").first()
    if row is None:
        return False
    RoleChange.objects.filter(pk=pk).update(overdue_at=at)
    record(Event.STAFF_BLOCK_OVERDUE, by=None, obj=row, data={"person": row.user.email}, at=at)
    block_notices.overdue(row, at=at)
    return True


def _of_role(held: StaffRole) -> str:
    others = StaffRole.objects.filter(role=held.role, provider=held.provider, ended_at=None, user__is_active=True)
    names = [row.user.get_full_name() for row in others.exclude(user=held.user_id).select_related("user")]
    role = ROLE_WORDS[Role(held.role)].lower()
    if names:
        return f"{held.provider} keeps {len(names)} with the role {role}: {', '.join(sorted(names))}."
    return f"{held.provider} has nobody else with the role {role}: {_STANDS_STILL[Role(held.role)]} until somebody has."


def _who_lifts(user: User, *, by: User) -> str:
    others = [person.get_full_name() for person in confirmers(user.pk, by.pk)]
    if others:
        return f"Lifting the block takes two of: you, {', '.join(others)}."
    return (
        "Lifting the block takes two people, and only you are left. Somebody must then invite a second administrator "
        "from the command line of the server."
    )


def _read(change: RoleChange) -> RoleChange:
    rows = RoleChange.objects.select_related("user", "provider", "team", "proposed_by", "lift_asked_by")
    row: RoleChange = rows.get(pk=change.pk)
    return row
