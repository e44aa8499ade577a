"""People who cannot show their second factor any more, and how two others confirmed who asks."""

from typing import TYPE_CHECKING, Any, Self

from django.conf import settings
from django.db import models
from django.db.models import Q

from accounts.enums import LostFactorStatus
from accounts.models.agencies import Agency
from accounts.models.applications import CallBack
from accounts.permissions import Permission, has_permission
from foundation.core.models import Identified

if TYPE_CHECKING:
    from accounts.models.users import User

_USER = settings.AUTH_USER_MODEL
OPEN = (LostFactorStatus.ASKED, LostFactorStatus.IDENTIFIED)


class LostFactorQuerySet(models.QuerySet[Any]):
    """Lost factors by who may see them."""

    def visible_to(self, user: "User") -> Self:
        """Return what this person may see: officers' for the desk, staff's for those who see people; never their own.

        Nothing of an agency with which the person has a conflict.
        """
        if not has_permission(user, Permission.SEE_LOST_FACTORS):
            return self.none()
        whose = Q()
        if not has_permission(user, Permission.SEE_APPLICATIONS):
            whose &= Q(of_staff=True)
        if not has_permission(user, Permission.SEE_PEOPLE):
            whose &= Q(of_staff=False)
        conflicts = user.conflicts.filter(ended_at=None, agency__isnull=False).values("agency")
        return self.filter(whose).exclude(user=user).exclude(agency__in=conflicts)

    def open(self) -> Self:
        """Return those that nobody decided yet."""
        return self.filter(status__in=OPEN)


class LostFactor(Identified):
    """Somebody asks to have all passkeys, apps and recovery codes reset; it takes two people who are not that one."""

    user = models.ForeignKey(_USER, on_delete=models.PROTECT, related_name="lost_factors")
    of_staff = models.BooleanField(default=False)
    # Whom we call: the agency the officer belongs or belonged to when asking; nobody for staff.
    agency = models.ForeignKey(Agency, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    status = models.CharField(max_length=10, choices=LostFactorStatus.choices, default=LostFactorStatus.ASKED)
    reason = models.TextField()
    asked_at = models.DateTimeField()
    # The first person: a call that confirmed an officer, or how a colleague was recognised.
    identified_at = models.DateTimeField(null=True, blank=True)
    identified_by = models.ForeignKey(_USER, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    identified_how = models.TextField(blank=True)
    call = models.ForeignKey(CallBack, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    # The second person.
    decided_at = models.DateTimeField(null=True, blank=True)
    decided_by = models.ForeignKey(_USER, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    decision_reason = models.TextField(blank=True)
    # Hash of the token; the token itself is only in the mail.
    token_hash = models.CharField(max_length=64, blank=True)
    token_expires_at = models.DateTimeField(null=True, blank=True)

    objects = LostFactorQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["user"], condition=Q(status__in=OPEN), name="lostfactor_one_open"),
            models.CheckConstraint(
                condition=(Q(decided_by=None) | ~Q(decided_by=models.F("user")))
                & (Q(identified_by=None) | ~Q(identified_by=models.F("user"))),
                name="lostfactor_not_by_oneself",
            ),
            models.CheckConstraint(
                condition=~Q(status__in=["reset", "done"])
                | (Q(identified_by__isnull=False) & ~Q(decided_by=models.F("identified_by"))),
                name="lostfactor_reset_by_two",
            ),
        ]
        indexes = [models.Index(fields=["asked_at", "id"], condition=Q(status__in=OPEN), name="lostfactor_waiting")]

    def __str__(self) -> str:
        return f"Lost factor of {self.user}"
