"""The outbox: one row for each message to one person, and one for each time it was handed to a mail server."""

from datetime import datetime
from typing import ClassVar, Self

from django.conf import settings
from django.db import models
from django.db.models import Q

from foundation.core.jobs import Job, JobState


class OutboundMessageQuerySet(models.QuerySet["OutboundMessage"]):
    """Rows by what must happen to them next."""

    def ordinary(self) -> Self:
        """Rows that Celery delivers."""
        return self.filter(urgent=False)

    def urgent(self) -> Self:
        """Rows that the urgent loop delivers."""
        return self.filter(urgent=True)

    def unread(self) -> Self:
        """Rows that their reader has not opened in the inbox."""
        return self.filter(read_at__isnull=True)


class OutboundMessage(Job):
    """One message to one person, with its final words; a row is the job, its states are those of Job."""

    event = models.CharField(max_length=100)
    dedupe_key = models.CharField(max_length=255, unique=True)
    to_user = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="messages"
    )
    to_address = models.CharField(max_length=320)
    language = models.CharField(max_length=16, default="en")
    reference = models.CharField(max_length=40, blank=True)
    subject = models.CharField(max_length=255)
    body_text = models.TextField()
    body_html = models.TextField()
    urgent = models.BooleanField(default=False)
    # Fixed for the row, so that a second hand-over after a crash threads with the first.
    message_id = models.CharField(max_length=255, unique=True)
    created_at = models.DateTimeField()
    read_at = models.DateTimeField(null=True, blank=True)

    objects = OutboundMessageQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(condition=~Q(to_address=""), name="message_has_address"),
        ]
        indexes: ClassVar = [
            models.Index(fields=["urgent", "due_at"], name="message_due", condition=Q(state=JobState.PENDING)),
            models.Index(fields=["claimed_until"], name="message_claimed", condition=Q(state=JobState.RUNNING)),
            models.Index(fields=["to_user", "-created_at"], name="message_inbox"),
        ]

    def __str__(self) -> str:
        return f"{self.event} {self.reference}".strip()

    @property
    def sent_at(self) -> datetime | None:
        """When a mail server took it."""
        return self.finished_at if self.state == JobState.DONE else None


class Outcome(models.TextChoices):
    """What a mail server made of a message."""

    ACCEPTED = "accepted", "Accepted"
    REFUSED = "refused", "Refused for good"
    FAILED = "failed", "Failed, to be tried again"


class DeliveryAttempt(models.Model):
    """One try to hand a message to the mail server, with the server's answer and nothing of the message."""

    message = models.ForeignKey(OutboundMessage, on_delete=models.CASCADE, related_name="deliveries")
    at = models.DateTimeField()
    outcome = models.CharField(max_length=10, choices=Outcome.choices)
    detail = models.CharField(max_length=300, blank=True)

    class Meta:
        indexes: ClassVar = [models.Index(fields=["message", "at"], name="delivery_message_at")]

    def __str__(self) -> str:
        return f"{self.outcome} {self.at:%Y-%m-%d %H:%M:%S}"
