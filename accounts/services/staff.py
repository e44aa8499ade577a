"""Roles and teams of staff: one person proposes, another confirms, the auditors are told."""

from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.utils import timezone

from accounts.acting import end_sessions
from accounts.enums import RoleChangeKind
from accounts.events import Event
from accounts.models import RoleChange, StaffRole, TeamMembership, User
from accounts.permissions import Permission, Role, has_permission
from accounts.services import block_notices, staff_ending, staff_rules
from accounts.services import staff_notices as notify
from accounts.services.staff_rules import (
    LAST,
    NO_RIGHT,
    OpenAlready,
    combination_refusal,
    last_administrator,
    one_at_a_time,
    require_reason,
    roles_of,
    second_refusal,
)
from accounts.states import ROLE_CHANGE, SYSTEM
from foundation.audit.trail import record
from foundation.core.errors import NotAllowed
from foundation.core.workflow import Workflow
from foundation.providers.models import Provider, Team

OPEN = "This is proposed already and waits for a second person."
OPEN_BLOCK = "Closing this account is proposed already. Confirm that: it works at once."
LIFTED_BY_TWO = "This account is blocked. Two people lift that: one asks, another one agrees."
_ROLES = frozenset({RoleChangeKind.GRANT, RoleChangeKind.END})
_TEAMS = frozenset({RoleChangeKind.JOIN, RoleChangeKind.PART})


@dataclass(frozen=True)
class Wanted:
    """What is to change: a role at a provider, a team, or everything (LEAVE).

    `at_once`, for LEAVE only: the account is blocked with the proposal, because waiting is too dangerous.
    """

    kind: str
    provider: Provider | None = None
    role: str = ""
    team: Team | None = None
    at_once: bool = False


@transaction.atomic
def propose(user: User, wanted: Wanted, *, reason: str, by: User, at: datetime | None = None) -> RoleChange:
    """Propose a change; it happens when another person confirms it. Raises NotAllowed with the reason."""
    at = at or timezone.now()
    one_at_a_time()
    reason = require_reason(reason)
    if refusal := propose_refusal(user, by=by) or impossible(user, wanted):
        raise NotAllowed(refusal)
    same = {"user": user, "kind": wanted.kind, "provider": wanted.provider, "role": wanted.role, "team": wanted.team}
    if waiting := RoleChange.objects.waiting().filter(**same).first():
        if not wanted.at_once or waiting.blocks or waiting.proposed_by_id != by.pk:
            raise OpenAlready(OPEN_BLOCK if wanted.at_once else OPEN, waiting)
        change_workflow.advance(waiting, "void", by=None, at=at, decided_at=at)  # the own one, made more urgent
    blocked: dict[str, datetime] = {}
    if wanted.at_once:  # users are locked before anything else
        blocked = {"blocked_at": at, "decide_until": staff_ending.block(user, reason=reason, by=by, at=at)}
    change = RoleChange.objects.create(**same, reason=reason, proposed_at=at, proposed_by=by, **blocked)
    record(Event.STAFF_CHANGE_PROPOSED, by=by, obj=change, reason=reason, data=_facts(change), at=at)
    if wanted.at_once:
        block_notices.blocked(change, at=at)
    else:
        notify.waits(change, at=at)
    return change


def propose_refusal(user: User, *, by: User) -> str:
    """Say why this person cannot propose anything about that one, or nothing."""
    if not has_permission(by, Permission.MANAGE_PEOPLE):
        return NO_RIGHT
    if user.pk == by.pk:
        return "Nobody changes their own roles or teams: ask another administrator."
    return "" if roles_of(user).exists() else "This person holds no role any more. Invite them again."


def impossible(user: User, wanted: Wanted) -> str:
    """Say why the change makes no sense or must not be, as things stand now, or nothing."""
    kind, held = wanted.kind, list(roles_of(user))
    if kind in _ROLES and (wanted.provider is None or not wanted.role):
        return "Choose the role, and the provider."
    if kind in _TEAMS and wanted.team is None:
        return "Choose the team."
    has = any(row.role == wanted.role and row.provider == wanted.provider for row in held)
    if kind == RoleChangeKind.GRANT:
        return "This person has this role already." if has else combination_refusal([*_names(held), wanted.role])
    if kind == RoleChangeKind.END and not has:
        return "This person does not have this role."
    if _ends_administrator(wanted, held) and last_administrator(user):
        return LAST
    return _team_refusal(user, wanted, held) if wanted.team is not None else ""


@transaction.atomic
def confirm(change: RoleChange, *, by: User, at: datetime | None = None) -> RoleChange:
    """Let the change happen, as the second person. Raises NotAllowed with the reason."""
    at = at or timezone.now()
    one_at_a_time()
    row = _read(change)
    if refusal := change_workflow.refusal(row, "confirm", by):
        raise NotAllowed(refusal)
    wanted = Wanted(row.kind, row.provider, row.role, row.team)
    if refusal := impossible(row.user, wanted):
        raise NotAllowed(refusal)
    if row.kind in {RoleChangeKind.END, RoleChangeKind.LEAVE}:
        end_sessions(User.objects.filter(pk=row.user_id))
    change_workflow.advance(
        row, "confirm", by=by, at=at, reason=row.reason, data=_facts(row), decided_by=by, decided_at=at
    )
    _apply(row, by=by, at=at)
    notify.changed(row, at=at)
    return row


@transaction.atomic
def refuse(change: RoleChange, *, reason: str, by: User, at: datetime | None = None) -> RoleChange:
    """Refuse the change, as the second person. A block is not lifted by one: see accounts.services.blocking."""
    return _end(change, "refuse", reason=require_reason(reason), by=by, at=at or timezone.now())


@transaction.atomic
def withdraw(change: RoleChange, *, by: User, at: datetime | None = None) -> RoleChange:
    """Take the own proposal back. A block is not lifted by one: see accounts.services.blocking."""
    return _end(change, "withdraw", reason="", by=by, at=at or timezone.now())


@transaction.atomic
def set_on_call(member: TeamMembership, *, on_call: bool, by: User, at: datetime | None = None) -> TeamMembership:
    """Say whether a member of a team is on call; one person may, because it gives no right."""
    if not has_permission(by, Permission.MANAGE_PEOPLE):
        raise NotAllowed(NO_RIGHT)
    if member.user_id == by.pk:
        raise NotAllowed("Nobody changes their own roles or teams: ask another administrator.")
    if TeamMembership.objects.filter(pk=member.pk).exclude(on_call=on_call).update(on_call=on_call):
        data: dict[str, str | bool] = {"team": str(member.team), "on_call": on_call}
        record(Event.STAFF_ON_CALL_CHANGED, by=by, obj=member.user, data=data, at=at)
    member.on_call = on_call
    return member


def note_read(user: User, *, by: User, at: datetime | None = None) -> None:
    """Leave the event of somebody who reads about a colleague."""
    record(Event.PERSON_READ, by=by, obj=user, at=at)


def change_refusal(user: User | None, action: str, change: RoleChange) -> str | None:
    """Say why this person may not do this to the change, or None."""
    if ROLE_CHANGE.by_action[action][0].permission == SYSTEM:
        return None if user is None else NO_RIGHT
    if action in {"refuse", "withdraw"} and change.blocked_at is not None:
        return LIFTED_BY_TWO
    if action in {"ask_lift", "lift"}:
        return staff_rules.lift_refusal(user, action, change, at=timezone.now())
    if action == "withdraw":
        return None if user is not None and user.pk == change.proposed_by_id else "Only who proposed it takes it back."
    return second_refusal(user, proposer=change.proposed_by_id, subject=change.user_id, at=timezone.now())


change_workflow = Workflow(ROLE_CHANGE, guard=change_refusal)


def _apply(row: RoleChange, *, by: User, at: datetime) -> None:
    """Do what was confirmed."""
    if row.kind == RoleChangeKind.GRANT and row.provider is not None:
        StaffRole.objects.create(
            user=row.user, provider=row.provider, role=row.role, granted_at=at, granted_by=row.proposed_by,
            confirmed_by=by,
        )  # fmt: skip
        record(Event.STAFF_ROLE_GRANTED, by=by, obj=row.user, data=_facts(row), at=at)
    elif row.kind == RoleChangeKind.JOIN:
        TeamMembership.objects.get_or_create(user=row.user, team=row.team)
        record(Event.STAFF_TEAM_JOINED, by=by, obj=row.user, data=_facts(row), at=at)
    elif row.kind == RoleChangeKind.PART:
        TeamMembership.objects.filter(user=row.user, team=row.team).delete()
        record(Event.STAFF_TEAM_LEFT, by=by, obj=row.user, data=_facts(row), at=at)
    else:
        ending = roles_of(row.user)
        if row.kind == RoleChangeKind.END:
            ending = ending.filter(role=row.role, provider=row.provider)
        staff_ending.end_roles(row.user, ending, facts=_facts(row), by=by, at=at)


def _end(change: RoleChange, action: str, *, reason: str, by: User, at: datetime) -> RoleChange:
    one_at_a_time()
    row = _read(change)
    facts = {"decided_by": by, "decided_at": at} if action == "refuse" else {"decided_at": at}
    change_workflow.advance(row, action, by=by, at=at, reason=reason, data=_facts(row), decision_reason=reason, **facts)
    notify.refused(row, by=by, at=at)
    return row


def _read(change: RoleChange) -> RoleChange:
    rows = RoleChange.objects.select_related("user", "provider", "team", "proposed_by")
    row: RoleChange = rows.get(pk=change.pk)
    return row


def _names(held: list[StaffRole]) -> list[str]:
    return [row.role for row in held]


def _ends_administrator(wanted: Wanted, held: list[StaffRole]) -> bool:
    if wanted.kind == RoleChangeKind.LEAVE:
        return Role.ADMINISTRATOR in _names(held)
    if wanted.kind != RoleChangeKind.END or wanted.role != Role.ADMINISTRATOR:
        return False
    return len([row for row in held if row.role == Role.ADMINISTRATOR]) == 1


def _team_refusal(user: User, wanted: Wanted, held: list[StaffRole]) -> str:
    inside = TeamMembership.objects.filter(user=user, team=wanted.team).exists()
    if wanted.kind == RoleChangeKind.PART:
        return "" if inside else "This person is not in this team."
    if inside:
        return "This person is in this team already."
    works = wanted.team is not None and any(row.provider_id == wanted.team.provider_id for row in held)
    return "" if works else "This person holds no role at the provider of this team."


def _facts(change: RoleChange) -> dict[str, str | bool | None]:
    """The names of both people and what it is about, for the trail."""
    return {
        "kind": change.kind, "role": change.role, "provider": str(change.provider or ""),
        "team": str(change.team or ""), "person": change.user.email,
        "proposed_by": change.proposed_by.email if change.proposed_by else "", "blocked": change.blocked_at is not None,
    }  # fmt: skip
