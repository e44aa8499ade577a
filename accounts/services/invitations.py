"""Inviting colleagues: one person proposes, another confirms, and only then the mail goes out. Accepting is a POST."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from allauth.account.models import EmailAddress
from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.crypto import constant_time_compare

from accounts.acting import end_sessions
from accounts.deadlines import operator
from accounts.enums import InvitationStatus
from accounts.events import Event
from accounts.models import AgencyMembership, RecoveryCode, StaffInvitation, StaffRole, TeamMembership, User
from accounts.permissions import Permission, Role, has_permission
from accounts.services import staff_notices as notify
from accounts.services.factors import MODELS
from accounts.services.limits import count_telling
from accounts.services.staff_rules import (
    LINK_LIFE,
    NO_RIGHT,
    OpenAlready,
    administrators,
    combination_refusal,
    hash_of,
    new_token,
    one_at_a_time,
    require_reason,
    require_right,
    second_refusal,
)
from accounts.staff_addresses import staff_address_refusal
from accounts.states import INVITATION, SYSTEM
from foundation.audit.trail import record
from foundation.core.errors import Incomplete, NotAllowed, TransitionRefused
from foundation.core.workflow import Workflow
from foundation.providers.models import Provider, Team

# How long two people's word stands: after that the colleague is proposed anew.
STANDS = timedelta(days=14)
FIRST_ADMINISTRATORS = 2
TAKEN = "This address has an account already."


@dataclass(frozen=True)
class Colleague:
    """Who is to come, and as what."""

    email: str
    full_name: str
    provider: Provider
    roles: Sequence[str]
    teams: Sequence[Team] = ()
    pseudonym: str = ""


@transaction.atomic
def propose(colleague: Colleague, *, reason: str, by: User, at: datetime | None = None) -> StaffInvitation:
    """Propose to invite a colleague; nothing is sent before another person confirms. Raises NotAllowed."""
    at = at or timezone.now()
    one_at_a_time()
    require_right(by, Permission.MANAGE_PEOPLE)
    reason = require_reason(reason)
    row = _make(colleague, reason=reason, proposed_by=by, at=at)
    record(Event.STAFF_INVITED, by=by, obj=row, reason=reason, data=_facts(row), at=at)
    notify.waits(row, at=at)
    return row


@transaction.atomic
def confirm(invitation: StaffInvitation, *, by: User, at: datetime | None = None) -> StaffInvitation:
    """Confirm as the second person: the mail with the link goes out."""
    at = at or timezone.now()
    one_at_a_time()
    row = _read(invitation)
    if row.status == InvitationStatus.PROPOSED and (refusal := address_refusal(row.email)):
        raise NotAllowed(refusal)
    token, hashed = new_token()
    invitation_workflow.advance(
        row, "confirm", by=by, at=at, reason=row.reason, data=_facts(row), decided_by=by, decided_at=at,
        token_hash=hashed, token_expires_at=at + LINK_LIFE,
    )  # fmt: skip
    notify.invited(row, token=token, again=False, at=at)
    return row


@transaction.atomic
def refuse(invitation: StaffInvitation, *, reason: str, by: User, at: datetime | None = None) -> StaffInvitation:
    """Refuse as the second person; nothing was sent."""
    at = at or timezone.now()
    one_at_a_time()
    row, reason = _read(invitation), require_reason(reason)
    invitation_workflow.advance(
        row, "refuse", by=by, at=at, reason=reason, data=_facts(row), decided_by=by, decided_at=at,
        decision_reason=reason,
    )  # fmt: skip
    notify.refused(row, by=by, at=at)
    return row


@transaction.atomic
def withdraw(invitation: StaffInvitation, *, by: User, at: datetime | None = None) -> StaffInvitation:
    """Take an invitation back, also after it was confirmed: the link works no more."""
    at = at or timezone.now()
    one_at_a_time()
    row = _read(invitation)
    invitation_workflow.advance(row, "withdraw", by=by, at=at, data=_facts(row), token_hash="")
    notify.refused(row, by=by, at=at)
    return row


@transaction.atomic
def send_again(invitation: StaffInvitation, *, by: User, at: datetime | None = None) -> StaffInvitation:
    """Mail a new link in place of the old one; one person may, because two agreed on the address."""
    at = at or timezone.now()
    one_at_a_time()
    require_right(by, Permission.MANAGE_PEOPLE)
    row = _read(invitation)
    if row.status != InvitationStatus.CONFIRMED or row.decided_at is None or row.decided_at <= at - STANDS:
        raise TransitionRefused("This invitation cannot be sent again. Invite the colleague anew.")
    if refusal := address_refusal(row.email):
        raise NotAllowed(refusal)
    count_telling(by, at=at)
    token, hashed = new_token()
    row.token_hash, row.token_expires_at = hashed, at + LINK_LIFE
    row.save(update_fields=["token_hash", "token_expires_at"])
    record(Event.STAFF_INVITATION_SENT_AGAIN, by=by, obj=row, data=_facts(row), at=at)
    notify.invited(row, token=token, again=True, at=at)
    return row


def find_by_token(uid: UUID, token: str, *, at: datetime | None = None) -> StaffInvitation | None:
    """Return the invitation whose mailed link this is; None where it is wrong, used or older than a day."""
    rows = StaffInvitation.objects.filter(
        uid=uid, status=InvitationStatus.CONFIRMED, token_expires_at__gt=at or timezone.now()
    )
    row = rows.select_related("provider", "proposed_by", "decided_by").first()
    known = row is not None and bool(row.token_hash) and constant_time_compare(row.token_hash, hash_of(token))
    return row if known else None


@transaction.atomic
def accept(invitation: StaffInvitation, *, token: str, password: str, at: datetime | None = None) -> User:
    """Make the account of an invited colleague, with its roles and teams; the link is used up.

    Somebody who worked here before has the old account back, without any of the old factors.
    """
    at = at or timezone.now()
    one_at_a_time()
    row = find_by_token(invitation.uid, token, at=at)
    if row is None:
        raise TransitionRefused("This link was used already, or it is older than 24 hours.")
    if refusal := address_refusal(row.email):
        raise NotAllowed(refusal)
    user = _account(row, password, at=at)
    for role in row.roles:
        StaffRole.objects.create(
            user=user, provider=row.provider, role=role, granted_at=at, granted_by=row.proposed_by,
            confirmed_by=row.decided_by,
        )  # fmt: skip
        record(Event.STAFF_ROLE_GRANTED, by=user, obj=user, data=_facts(row) | {"role": role}, at=at)
    TeamMembership.objects.bulk_create(TeamMembership(user=user, team=team) for team in row.teams.all())
    invitation_workflow.advance(
        row, "accept", by=user, at=at, data=_facts(row), token_hash="", user=user, accepted_at=at
    )
    record(Event.PASSWORD_SET, by=user, obj=user, data={"by": "invitation"}, at=at)
    notify.accepted(row, at=at)
    return user


@transaction.atomic
def first_administrators(emails: Iterable[str], *, at: datetime | None = None) -> list[tuple[StaffInvitation, str]]:
    """Invite the first administrators, up to two in all, and return each invitation with its link.

    Two, because everything later takes two people. Raises NotAllowed once there are two who can sign in.
    """
    at = at or timezone.now()
    one_at_a_time()
    wanted = sorted({email.strip().lower() for email in emails})
    missing = FIRST_ADMINISTRATORS - administrators().count()
    if not missing or len(wanted) != missing:
        words = (
            "none is missing" if missing <= 0 else f"give {missing} addresses" if missing > 1 else "give one address"
        )
        raise NotAllowed(f"This command makes the first {FIRST_ADMINISTRATORS} administrators: {words}.")
    made = []
    for email in wanted:
        for old in StaffInvitation.objects.filter(email=email, status__in=_OPEN):
            invitation_workflow.advance(old, "void", by=None, at=at, token_hash="")
        colleague = Colleague(email, email.partition("@")[0], operator(), [Role.ADMINISTRATOR])
        row = _make(colleague, reason="First administrator", proposed_by=None, at=at)
        token, row.token_hash = new_token()
        row.token_expires_at, row.status, row.decided_at = at + LINK_LIFE, InvitationStatus.CONFIRMED, at
        row.save(update_fields=["token_hash", "token_expires_at", "status", "decided_at"])
        record(Event.STAFF_INVITED, by=None, obj=row, reason=row.reason, data=_facts(row), at=at)
        made.append((row, f"/join/{row.uid}/{token}/"))
    return made


def address_refusal(email: str) -> str:
    """Say why nobody is invited with this address, or nothing."""
    if refusal := staff_address_refusal(email):
        return refusal
    user = User.objects.filter(email=email).first()
    if user is None:
        return ""
    was_staff = user.staff_roles.exists() and not user.staff_roles.filter(ended_at=None).exists()
    officer = AgencyMembership.objects.filter(user=user).exists()
    return "" if was_staff and not user.is_active and not officer else TAKEN


def alike(invitation: StaffInvitation) -> list[User | StaffInvitation]:
    """Return colleagues, former ones too, and open invitations with the same name: perhaps one person twice."""
    name = Q(full_name__iexact=invitation.full_name)
    people = User.objects.filter(name, staff_roles__isnull=False).distinct()
    others = StaffInvitation.objects.filter(name, status__in=_OPEN).exclude(pk=invitation.pk)
    return [*people.order_by("pk"), *others.order_by("pk")]


def invitation_refusal(user: User | None, action: str, invitation: StaffInvitation) -> str | None:
    """Say why this person may not do this to the invitation, or None."""
    if INVITATION.by_action[action][0].permission == SYSTEM:
        return None if user is None else NO_RIGHT
    if action == "accept":
        return None if user is not None and user.email == invitation.email else NO_RIGHT
    if action == "withdraw":
        return None if user is not None and has_permission(user, Permission.MANAGE_PEOPLE) else NO_RIGHT
    return second_refusal(user, proposer=invitation.proposed_by_id, subject=None, at=timezone.now())


invitation_workflow = Workflow(INVITATION, guard=invitation_refusal)
_OPEN = (InvitationStatus.PROPOSED, InvitationStatus.CONFIRMED)


def _make(colleague: Colleague, *, reason: str, proposed_by: User | None, at: datetime) -> StaffInvitation:
    email = colleague.email.strip().lower()
    if not colleague.roles:
        raise Incomplete("Choose at least one role.")
    if waiting := StaffInvitation.objects.filter(email=email, status__in=_OPEN).first():
        raise OpenAlready("This address is invited already.", waiting)
    refusal = address_refusal(email)
    if refusal == TAKEN and (there := User.objects.filter(email=email, staff_roles__isnull=False).first()):
        raise OpenAlready(TAKEN, there)
    if refusal := refusal or combination_refusal(colleague.roles):
        raise NotAllowed(refusal)
    if any(team.provider_id != colleague.provider.pk for team in colleague.teams):
        raise NotAllowed("A team belongs to another provider.")
    row = StaffInvitation.objects.create(
        email=email, full_name=colleague.full_name, pseudonym=colleague.pseudonym, provider=colleague.provider,
        roles=sorted(set(colleague.roles)), reason=reason, proposed_at=at, proposed_by=proposed_by,
    )  # fmt: skip
    row.teams.set(colleague.teams)
    return row


def _account(row: StaffInvitation, password: str, *, at: datetime) -> User:
    """Make the account, or give a former colleague's back with nothing in it that opened it before."""
    words = {"full_name": row.full_name, "pseudonym": row.pseudonym, "email_confirmed_at": at}
    user = User.objects.filter(email=row.email).first()
    if user is None:
        user = User.objects.create_user(row.email, password, date_joined=at, **words)
    else:
        end_sessions(User.objects.filter(pk=user.pk))
        for model in MODELS.values():
            model.objects.filter(user=user).delete()
        RecoveryCode.objects.filter(user=user).delete()
        user.refresh_from_db()
        user.set_password(password)
        user.is_active, user.first_factor = True, ""  # the next one is a first one again: two people said so
        user.full_name, user.pseudonym, user.email_confirmed_at = row.full_name, row.pseudonym, at
        user.save()
    EmailAddress.objects.update_or_create(user=user, email=user.email, defaults={"verified": True, "primary": True})
    return user


def _read(invitation: StaffInvitation) -> StaffInvitation:
    rows = StaffInvitation.objects.select_related("provider", "proposed_by", "decided_by")
    row: StaffInvitation = rows.get(pk=invitation.pk)
    return row


def _facts(row: StaffInvitation) -> dict[str, str]:
    """The names of both people and what it is about, for the trail."""
    return {
        "person": row.email, "provider": str(row.provider), "roles": ", ".join(row.roles),
        "proposed_by": row.proposed_by.email if row.proposed_by else "",
        "confirmed_by": row.decided_by.email if row.decided_by else "",
    }  # fmt: skip
