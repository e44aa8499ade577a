"""The register of breaches of personal data (GDPR Art. 33(5)), but for what left by a recall: MistakenDisclosure."""

from django.conf import settings
from django.db import models
from django.db.models import Q

from foundation.core.models import Identified
from foundation.providers.models import Provider
from requests_app.breach_rules import BreachKind, BreachPart, BreachRisk

_USER = settings.AUTH_USER_MODEL


class Breach(Identified):
    """A breach as it stands now; what was said of it, and by whom, is in its steps."""

    provider = models.ForeignKey(Provider, on_delete=models.PROTECT, related_name="+")
    number = models.PositiveIntegerField()
    noted_at = models.DateTimeField()
    noted_by = models.ForeignKey(_USER, on_delete=models.PROTECT, related_name="+")
    kind = models.CharField(max_length=10, choices=BreachKind.choices)
    known_at = models.DateTimeField()
    # 72 hours later (Art. 33(1)); none for a processor, who tells its controller without undue delay (Art. 33(2)).
    due_at = models.DateTimeField(null=True, blank=True)
    part = models.CharField(max_length=10, choices=BreachPart.choices)
    controller = models.CharField(max_length=200, blank=True)
    happened = models.TextField()
    concerned = models.TextField()
    consequences = models.TextField(blank=True)
    measures = models.TextField(blank=True)
    risk = models.CharField(max_length=4, choices=BreachRisk.choices, blank=True)
    controller_told_at = models.DateTimeField(null=True, blank=True)
    authority_told_at = models.DateTimeField(null=True, blank=True)
    authority_reference = models.CharField(max_length=100, blank=True)
    late_reason = models.TextField(blank=True)
    not_told_reason = models.TextField(blank=True)
    people_told_at = models.DateTimeField(null=True, blank=True)
    people_reason = models.TextField(blank=True)
    closed_at = models.DateTimeField(null=True, blank=True)
    closed_by = models.ForeignKey(_USER, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    closed_reason = models.TextField(blank=True)
    # The number of the last step.
    version = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["provider", "number"], name="breach_number"),
            models.CheckConstraint(
                condition=Q(closed_at=None, closed_by=None) | Q(closed_at__isnull=False, closed_by__isnull=False),
                name="breach_closed_pair",
            ),
            models.CheckConstraint(
                condition=Q(part="controller", due_at__isnull=False) | Q(part="processor", due_at=None),
                name="breach_due_of_controller",
            ),
        ]
        indexes = [
            models.Index(fields=["due_at"], condition=Q(closed_at=None), name="breach_open"),
            models.Index(fields=["closed_at"], name="breach_closed"),
        ]

    def __str__(self) -> str:
        return f"Breach {self.number}"


class BreachStep(models.Model):
    """What one person added at one time: only what is new. Nobody changes a step; its hash is in the trail."""

    breach = models.ForeignKey(Breach, on_delete=models.CASCADE, related_name="steps")
    number = models.PositiveIntegerField()
    at = models.DateTimeField()
    by = models.ForeignKey(_USER, on_delete=models.PROTECT, related_name="+")
    # {field of the breach: what it says from here on}, moments in ISO 8601.
    says = models.JSONField()

    class Meta:
        ordering = ["number"]
        constraints = [models.UniqueConstraint(fields=["breach", "number"], name="breachstep_number")]

    def __str__(self) -> str:
        return f"{self.breach}: step {self.number}"
