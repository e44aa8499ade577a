"""What staff are: roles per provider, teams, and conflicts they declared."""

from django.conf import settings
from django.db import models

from accounts.permissions import Role
from foundation.providers.models import Provider, Team

_USER = settings.AUTH_USER_MODEL


class StaffRole(models.Model):
    """A role in force from granted_at until ended_at; granted by another person."""

    user = models.ForeignKey(_USER, on_delete=models.PROTECT, related_name="staff_roles")
    provider = models.ForeignKey(Provider, on_delete=models.PROTECT, related_name="staff_roles")
    role = models.CharField(max_length=20, choices=[(r.value, r.name) for r in Role])
    granted_at = models.DateTimeField()
    granted_by = models.ForeignKey(_USER, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
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
