"""Questions to the officer and their answers; notes that only staff see."""

from django.conf import settings
from django.db import models

from foundation.core.models import Identified
from foundation.documents.models import Document
from requests_app.enums import AmendmentKind, ClarificationStatus
from requests_app.models.requests import DataRequest

_USER = settings.AUTH_USER_MODEL


class Clarification(Identified):
    """A question that stops the request's clock until it is answered."""

    data_request = models.ForeignKey(DataRequest, on_delete=models.CASCADE, related_name="clarifications")
    number = models.PositiveSmallIntegerField()
    status = models.CharField(max_length=10, choices=ClarificationStatus.choices, default=ClarificationStatus.OPEN)
    text = models.TextField()
    asked_at = models.DateTimeField()
    asked_by = models.ForeignKey(_USER, on_delete=models.PROTECT, related_name="+")
    due_at = models.DateTimeField()
    due_rule = models.CharField(max_length=80, blank=True)
    closed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["number"]
        indexes = [models.Index(fields=["due_at"], condition=models.Q(status="open"), name="clarification_due")]
        constraints = [
            models.UniqueConstraint(
                fields=["data_request"], condition=models.Q(status="open"), name="clarification_one_open"
            ),
            models.UniqueConstraint(fields=["data_request", "number"], name="clarification_number"),
        ]

    def __str__(self) -> str:
        return f"Question {self.number} of {self.data_request}"


class ClarificationReply(models.Model):
    """The officer's answer, with documents."""

    clarification = models.ForeignKey(Clarification, on_delete=models.CASCADE, related_name="replies")
    text = models.TextField()
    answered_at = models.DateTimeField()
    answered_by = models.ForeignKey(_USER, on_delete=models.PROTECT, related_name="+")
    documents = models.ManyToManyField(Document, related_name="+", blank=True)

    def __str__(self) -> str:
        return f"Answer to {self.clarification}"


class CaseNote(models.Model):
    """A note of staff; never leaves the desk."""

    data_request = models.ForeignKey(DataRequest, on_delete=models.CASCADE, related_name="notes")
    text = models.TextField()
    written_at = models.DateTimeField()
    written_by = models.ForeignKey(_USER, on_delete=models.PROTECT, related_name="+")

    class Meta:
        ordering = ["-written_at"]

    def __str__(self) -> str:
        return f"Note on {self.data_request}"


class Amendment(Identified):
    """What the officer changed after sending: what stood there before and what stands there now."""

    data_request = models.ForeignKey(DataRequest, on_delete=models.CASCADE, related_name="amendments")
    number = models.PositiveSmallIntegerField()
    kind = models.CharField(max_length=11, choices=AmendmentKind.choices)
    text = models.TextField(blank=True)
    before = models.JSONField(default=dict, blank=True)
    after = models.JSONField(default=dict, blank=True)
    made_at = models.DateTimeField()
    made_by = models.ForeignKey(_USER, on_delete=models.PROTECT, related_name="+")

    class Meta:
        ordering = ["number"]
        constraints = [models.UniqueConstraint(fields=["data_request", "number"], name="amendment_number")]

    def __str__(self) -> str:
        return f"{self.data_request}, amendment {self.number}"
