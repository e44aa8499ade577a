"""What staff are: roles per provider, teams, conflicts they declared, and how two people change any of it."""

from typing import TYPE_CHECKING, Any, Self

from django.conf import settings
from django.db import models

from accounts.enums import InvitationStatus, RoleChangeKind, RoleChangeStatus
from accounts.permissions import ROLE_WORDS, Permission, Role, has_permission
from foundation.core.models import Identified
from foundation.providers.models import Provider, Team

if TYPE_CHECKING:
    from accounts.models.users import User

_USER = settings.AUTH_USER_MODEL
_ROLES = [(role.value, words) for role, words in ROLE_WORDS.items()]


class StaffQuerySet(models.QuerySet[Any]):
    """What is about staff, by who may see it."""

    def visible_to(self, user: "User") -> Self:
        """Return everything for those who may see people, nothing for anybody else."""
        return self if has_permission(user, Permission.SEE_PEOPLE) else self.none()

    def waiting(self) -> Self:
        """Return what waits for a second person, oldest first."""
        return self.filter(status="proposed").order_by("proposed_at", "pk")


class StaffRole(models.Model):
    """A role in force from granted_at until ended_at; granted by another person."""

    user = models.ForeignKey(_USER, on_delete=models.PROTECT, related_name="staff_roles")
    provider = models.ForeignKey(Provider, on_delete=models.PROTECT, related_name="staff_roles")
    role = models.CharField(max_length=20, choices=_ROLES)
    granted_at = models.DateTimeField()
    # Who proposed it and who confirmed it; nobody for the first administrators, whom a command invites.
    granted_by = models.ForeignKey(_USER, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    confirmed_by = models.ForeignKey(_USER, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["user", "provider", "role"], condition=models.Q(ended_at=None), name="staffrole_once"
            ),
            models.CheckConstraint(
                condition=models.Q(granted_by=None) | ~models.Q(granted_by=models.F("user")),
                name="staffrole_not_by_oneself",
            ),
            models.CheckConstraint(
                condition=models.Q(confirmed_by=None)
                | (~models.Q(confirmed_by=models.F("user")) & ~models.Q(confirmed_by=models.F("granted_by"))),
                name="staffrole_by_two",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user}: {self.role}"


class TeamMembership(models.Model):
    """A staff member in a team of a provider."""

    user = models.ForeignKey(_USER, on_delete=models.PROTECT, related_name="team_memberships")
    team = models.ForeignKey(Team, on_delete=models.PROTECT, related_name="memberships")
    on_call = models.BooleanField(default=False)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "team"], name="teammembership_once")]

    def __str__(self) -> str:
        return f"{self.user} in {self.team}"


class DeclaredConflict(models.Model):
    """A staff member may not touch anything of this agency or reference: they said why."""

    user = models.ForeignKey(_USER, on_delete=models.PROTECT, related_name="conflicts")
    agency = models.ForeignKey("accounts.Agency", null=True, blank=True, on_delete=models.PROTECT)
    about_reference = models.CharField(max_length=16, blank=True)
    reason = models.TextField()
    declared_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return f"Conflict of {self.user}"


class Absence(Identified):
    """Days on which a staff member is away, both included, and who stands in."""

    user = models.ForeignKey(_USER, on_delete=models.PROTECT, related_name="absences")
    first_day = models.DateField()
    last_day = models.DateField()
    deputy = models.ForeignKey(_USER, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    entered_at = models.DateTimeField()
    entered_by = models.ForeignKey(_USER, on_delete=models.PROTECT, related_name="+")
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        indexes = [models.Index(fields=["last_day"], condition=models.Q(ended_at=None), name="absence_to_come")]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(first_day__lte=models.F("last_day")), name="absence_days_forward"
            ),
            models.CheckConstraint(
                condition=models.Q(deputy=None) | ~models.Q(deputy=models.F("user")), name="absence_not_own_deputy"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user} away until {self.last_day}"


class TwoPeople(Identified):
    """Something about staff that one person proposes and another one confirms or refuses."""

    reason = models.TextField()
    proposed_at = models.DateTimeField()
    proposed_by = models.ForeignKey(_USER, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    decided_at = models.DateTimeField(null=True, blank=True)
    decided_by = models.ForeignKey(_USER, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    decision_reason = models.TextField(blank=True)

    class Meta:
        abstract = True


class StaffInvitation(TwoPeople):
    """A colleague who is to come: proposed, confirmed by another person, then mailed a link that works once."""

    email = models.EmailField(max_length=254)
    full_name = models.CharField(max_length=150)
    # What officers read instead of the name.
    pseudonym = models.CharField(max_length=40, blank=True)
    provider = models.ForeignKey(Provider, on_delete=models.PROTECT, related_name="+")
    roles = models.JSONField(default=list)
    teams = models.ManyToManyField(Team, related_name="+", blank=True)
    status = models.CharField(max_length=10, choices=InvitationStatus.choices, default=InvitationStatus.PROPOSED)
    # Hash of the token; the token itself is only in the mail.
    token_hash = models.CharField(max_length=64, blank=True)
    token_expires_at = models.DateTimeField(null=True, blank=True)
    accepted_at = models.DateTimeField(null=True, blank=True)
    user = models.ForeignKey(_USER, null=True, blank=True, on_delete=models.PROTECT, related_name="staff_invitations")

    objects = StaffQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["email"],
                condition=models.Q(status__in=["proposed", "confirmed"]),
                name="invitation_one_open_per_address",
            ),
            models.CheckConstraint(
                condition=models.Q(decided_by=None) | ~models.Q(decided_by=models.F("proposed_by")),
                name="invitation_by_two",
            ),
        ]

    def __str__(self) -> str:
        return f"Invitation of {self.email}"

    def get_full_name(self) -> str:
        """Return the name people use for this person."""
        return self.full_name

    @property
    def what(self) -> str:
        """What it is about, in words: "Invitation as analyst, approver"."""
        return f"Invitation as {', '.join(name.lower() for name in self.role_names)}"

    @property
    def role_names(self) -> list[str]:
        """The roles as people say them."""
        return [role_words(role) for role in self.roles]


class RoleChange(TwoPeople):
    """One change of a colleague's roles or teams, proposed by one person and confirmed by another."""

    kind = models.CharField(max_length=10, choices=RoleChangeKind.choices)
    user = models.ForeignKey(_USER, on_delete=models.PROTECT, related_name="role_changes")
    provider = models.ForeignKey(Provider, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    role = models.CharField(max_length=20, choices=_ROLES, blank=True)
    team = models.ForeignKey(Team, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    status = models.CharField(max_length=10, choices=RoleChangeStatus.choices, default=RoleChangeStatus.PROPOSED)
    # Set where the account was blocked with the proposal, because waiting was too dangerous; and until when a second
    # person is to close the account or two are to lift the block. After that everybody is told, once.
    blocked_at = models.DateTimeField(null=True, blank=True)
    decide_until = models.DateTimeField(null=True, blank=True)
    overdue_at = models.DateTimeField(null=True, blank=True)
    # The two people who lift a block; who blocked may be one of them.
    lift_asked_at = models.DateTimeField(null=True, blank=True)
    lift_asked_by = models.ForeignKey(_USER, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    lift_reason = models.TextField(blank=True)
    lifted_by = models.ForeignKey(_USER, null=True, blank=True, on_delete=models.PROTECT, related_name="+")

    objects = StaffQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(decided_by=None) | ~models.Q(decided_by=models.F("proposed_by")),
                name="rolechange_by_two",
            ),
            models.CheckConstraint(
                condition=~models.Q(proposed_by=models.F("user"))
                & (models.Q(decided_by=None) | ~models.Q(decided_by=models.F("user"))),
                name="rolechange_not_by_oneself",
            ),
            models.CheckConstraint(
                condition=(~models.Q(status="lifted") & models.Q(lifted_by=None))
                | (
                    models.Q(status="lifted", lift_asked_by__isnull=False, lifted_by__isnull=False)
                    & ~models.Q(lifted_by=models.F("lift_asked_by"))
                ),
                name="rolechange_lifted_by_two",
            ),
            models.CheckConstraint(
                condition=(models.Q(lift_asked_by=None) | ~models.Q(lift_asked_by=models.F("user")))
                & (models.Q(lifted_by=None) | ~models.Q(lifted_by=models.F("user"))),
                name="rolechange_not_lifted_by_oneself",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.what} ({self.user})"

    @property
    def blocks(self) -> bool:
        """Say whether it keeps the account blocked now."""
        return self.blocked_at is not None and self.status == RoleChangeStatus.PROPOSED

    @property
    def what(self) -> str:
        """What is to change, in words: "Give the role analyst at Meridian"."""
        if self.kind in {RoleChangeKind.GRANT, RoleChangeKind.END}:
            verb = "Give" if self.kind == RoleChangeKind.GRANT else "End"
            return f"{verb} the role {role_words(self.role).lower()} at {self.provider}"
        if self.kind in {RoleChangeKind.JOIN, RoleChangeKind.PART}:
            return f"{self.get_kind_display().removesuffix(' a team')} the team {self.team}"
        return str(self.get_kind_display())


def role_words(role: str) -> str:
    """Return a role as people say it: "Data-protection officer"."""
    return ROLE_WORDS[Role(role)] if role in ROLE_WORDS else role
