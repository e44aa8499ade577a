"""Suspensions of an officer or an agency, and what they did that is looked at again."""

from typing import TYPE_CHECKING, Any, Self

from django.conf import settings
from django.db import models
from django.db.models import Count, OuterRef, Q, Subquery
from django.db.models.functions import Coalesce

from accounts.enums import LookBackOutcome
from accounts.models.agencies import Agency
from accounts.models.applications import CallBack
from accounts.permissions import Permission, has_permission
from foundation.core.models import Identified

if TYPE_CHECKING:
    from accounts.models.users import User

_USER = settings.AUTH_USER_MODEL


class SuspensionQuerySet(models.QuerySet[Any]):
    """Suspensions by who may see them."""

    def visible_to(self, user: "User") -> Self:
        """Return what this person may see: the desk that lets people in, without agencies they have a conflict with."""
        if not has_permission(user, Permission.SEE_APPLICATIONS):
            return self.none()
        conflicts = user.conflicts.filter(ended_at=None, agency__isnull=False).values("agency")
        return self.exclude(Q(agency__in=conflicts) | Q(call__agency__in=conflicts))

    def with_progress(self) -> Self:
        """Count on each row the acts of its look-back, and those that somebody looked at."""
        items = LookBackItem.objects.filter(suspension=OuterRef("pk")).order_by().values("suspension")
        number = {"output_field": models.IntegerField()}
        return self.annotate(
            acts=Coalesce(Subquery(items.annotate(n=Count("pk")).values("n"), **number), 0),
            looked=Coalesce(Subquery(items.annotate(n=Count("looked_at")).values("n"), **number), 0),
        )

    def in_force(self) -> Self:
        """Return those that nobody lifted."""
        return self.filter(lifted_at=None)


class Suspension(Identified):
    """Access taken from one officer or from a whole agency, until another person gives it back."""

    agency = models.ForeignKey(Agency, null=True, blank=True, on_delete=models.PROTECT, related_name="suspensions")
    officer = models.ForeignKey(_USER, null=True, blank=True, on_delete=models.PROTECT, related_name="suspensions")
    reason = models.TextField()
    suspended_at = models.DateTimeField()
    suspended_by = models.ForeignKey(_USER, on_delete=models.PROTECT, related_name="+")
    # The agency is told by phone first; a call that nobody answered is a call too.
    call = models.ForeignKey(CallBack, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    # What is looked at again begins with the last call that confirmed somebody, or with the first act.
    look_back_from = models.DateTimeField(null=True, blank=True)
    lifted_at = models.DateTimeField(null=True, blank=True)
    lifted_by = models.ForeignKey(_USER, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    lift_reason = models.TextField(blank=True)

    objects = SuspensionQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(agency=None, officer__isnull=False) | models.Q(agency__isnull=False, officer=None),
                name="suspension_of_one",
            ),
            models.UniqueConstraint(
                fields=["agency"], condition=models.Q(lifted_at=None), name="suspension_once_per_agency"
            ),
            models.UniqueConstraint(
                fields=["officer"], condition=models.Q(lifted_at=None), name="suspension_once_per_officer"
            ),
            models.CheckConstraint(
                condition=models.Q(lifted_by=None) | ~models.Q(lifted_by=models.F("suspended_by")),
                name="suspension_lifted_by_another",
            ),
        ]

    def __str__(self) -> str:
        return f"Suspension of {self.agency or self.officer}"

    @property
    def who(self) -> str:
        """The name of the officer, or of the agency, that is suspended."""
        return self.officer.get_full_name() if self.officer else str(self.agency)

    @property
    def subject_agency(self) -> Agency | None:
        """The agency that is suspended, or that the officer belonged to: its numbers are called."""
        return self.agency or (self.call.agency if self.call else None)


class LookBackItem(models.Model):
    """One act since the last call-back (request, hold, download, hand-over, vouch), looked at again by a person."""

    suspension = models.ForeignKey(Suspension, on_delete=models.PROTECT, related_name="look_back")
    # The entry of the trail it stands for; as a number, because the trail is nobody's foreign key.
    entry_id = models.BigIntegerField()
    kind = models.CharField(max_length=40)
    label = models.CharField(max_length=200)
    done_at = models.DateTimeField()
    done_by = models.ForeignKey(_USER, on_delete=models.PROTECT, related_name="+")
    outcome = models.CharField(max_length=10, choices=LookBackOutcome.choices, blank=True)
    note = models.CharField(max_length=1000, blank=True)
    looked_at = models.DateTimeField(null=True, blank=True)
    looked_by = models.ForeignKey(_USER, null=True, blank=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["suspension", "entry_id"], name="look_back_item_once")]
        ordering = ["done_at", "pk"]

    def __str__(self) -> str:
        return f"{self.kind}: {self.label}"
