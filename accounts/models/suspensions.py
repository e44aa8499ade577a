"""Suspensions of an officer or an agency, and what they did that is looked at again."""

from django.conf import settings
from django.db import models

from accounts.enums import LookBackOutcome
from accounts.models.agencies import Agency
from accounts.models.applications import CallBack
from foundation.core.models import Identified

_USER = settings.AUTH_USER_MODEL


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
