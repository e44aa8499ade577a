"""The weekly report of unusual acts, and what came of each finding."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from foundation.core.models import Identified
from foundation.providers.models import Provider
from requests_app.unusual_rules import UnusualKind

_USER = settings.AUTH_USER_MODEL


class UnusualReport(Identified):
    """One company's week, Monday to Sunday in UTC, as the trail has it; made once and looked at by auditors."""

    provider = models.ForeignKey(Provider, on_delete=models.PROTECT, related_name="+")
    week = models.DateField()
    made_at = models.DateTimeField()
    # {"totals": {"looks": [this week, median of the weeks before or null]}, "readers": [[person, number]]}
    figures = models.JSONField(default=dict)
    # Moments of the company's calendar after which auditors are reminded, and administrators told.
    remind_at = models.DateTimeField()
    escalate_at = models.DateTimeField()
    reminded_at = models.DateTimeField(null=True, blank=True)
    escalated_at = models.DateTimeField(null=True, blank=True)
    done_at = models.DateTimeField(null=True, blank=True)
    done_by = models.ForeignKey(_USER, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    note = models.TextField(blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["provider", "week"], name="unusualreport_once"),
            models.CheckConstraint(
                condition=Q(done_at=None, done_by=None) | Q(done_at__isnull=False, done_by__isnull=False),
                name="unusualreport_done_pair",
            ),
        ]
        indexes = [models.Index(fields=["remind_at"], condition=Q(done_at=None), name="unusualreport_open")]

    def __str__(self) -> str:
        return f"Week of {self.week:%Y-%m-%d}"


class UnusualFinding(Identified):
    """Something in a week that a second person looks at; it accuses nobody."""

    report = models.ForeignKey(UnusualReport, on_delete=models.CASCADE, related_name="findings")
    kind = models.CharField(max_length=12, choices=UnusualKind.choices)
    # Whose acts they are.
    user = models.ForeignKey(_USER, on_delete=models.PROTECT, related_name="+")
    # Figures and names of colleagues or agencies; nothing of a case.
    facts = models.JSONField(default=dict)
    looked_at = models.DateTimeField(null=True, blank=True)
    looked_by = models.ForeignKey(_USER, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    note = models.TextField(blank=True)

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(looked_at=None, looked_by=None) | Q(looked_at__isnull=False, looked_by__isnull=False),
                name="unusualfinding_pair",
            ),
            models.CheckConstraint(
                condition=Q(looked_by=None) | ~Q(looked_by=F("user")), name="unusualfinding_by_another"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()}: {self.user}"
