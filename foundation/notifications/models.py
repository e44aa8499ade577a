"""The outbox: one row for each message to one person, and one for each time it was handed to a mail server.

Beside it: the calls to other systems (hooks), rows in the same way, and marks of the reminders that were given.
"""

from datetime import datetime
from typing import ClassVar, Self

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from foundation.core.jobs import Job, JobState
from foundation.core.models import Identified
from foundation.notifications.enums import Cause


class OutboundMessageQuerySet(models.QuerySet["OutboundMessage"]):
    """Rows by what must happen to them next."""

    def ordinary(self) -> Self:
        """Rows that Celery delivers; what waits for its reader's digest is not among them."""
        return self.filter(urgent=False, for_digest=False)

    def for_digests(self) -> Self:
        """Rows that wait for the next digest of their reader."""
        return self.filter(for_digest=True, state=JobState.PENDING)

    def urgent(self) -> Self:
        """Rows that the urgent loop delivers."""
        return self.filter(urgent=True)

    def unread(self) -> Self:
        """Rows that their reader has not opened in the inbox."""
        return self.filter(read_at__isnull=True)

    def undelivered(self) -> Self:
        """Rows that did not reach their reader, and about which nobody has done anything yet."""
        return self.filter(failed_at__isnull=False, dealt_with_at=None)


class Kind(models.TextChoices):
    """How a message weighs: what its reader may put off, and what nobody may."""

    ORDINARY = "ordinary", "Ordinary"
    # Has a legal effect or starts a time: cannot be put into a digest.
    LEGAL = "legal", "Legal"
    # About the reader's own access: cannot be put into a digest either.
    SECURITY = "security", "Security"


class OutboundMessage(Identified, Job):
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
    kind = models.CharField(max_length=10, choices=Kind.choices, default=Kind.LEGAL)
    # Waits until its reader's digest is due (due_at); the digest takes it with it and ends it.
    for_digest = models.BooleanField(default=False)
    gathered_in = models.ForeignKey("self", null=True, blank=True, on_delete=models.SET_NULL, related_name="gathered")
    # The mail server took it, and a report came back later that it did not arrive.
    bounced_at = models.DateTimeField(null=True, blank=True)
    bounce_detail = models.CharField(max_length=300, blank=True)
    # Since when it waits for staff because it did not arrive, and why; both end when it is sent again.
    failed_at = models.DateTimeField(null=True, blank=True)
    cause = models.CharField(max_length=12, choices=Cause.choices, blank=True)
    # Somebody of staff has done what there was to do: it need not be sent again.
    dealt_with_at = models.DateTimeField(null=True, blank=True)
    dealt_with_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    # Times it may have been handed over again: a worker died after the mail server took it and before that was kept.
    handed_over_again = models.PositiveSmallIntegerField(default=0)
    # When a hand-over began whose answer is not recorded yet.
    handing_over_since = models.DateTimeField(null=True, blank=True)
    # Fixed for the row, so that a second hand-over after a crash threads with the first.
    message_id = models.CharField(max_length=255, unique=True)
    created_at = models.DateTimeField()
    read_at = models.DateTimeField(null=True, blank=True)

    objects = OutboundMessageQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(condition=~Q(to_address=""), name="message_has_address"),
            models.CheckConstraint(
                condition=Q(cause="", failed_at=None) | (~Q(cause="") & Q(failed_at__isnull=False)),
                name="message_failed_for_a_cause",
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["urgent", "due_at"], name="message_due", condition=Q(state=JobState.PENDING)),
            models.Index(fields=["claimed_until"], name="message_claimed", condition=Q(state=JobState.RUNNING)),
            models.Index(fields=["to_user", "-created_at"], name="message_inbox"),
            models.Index(fields=["to_user"], name="message_unread", condition=Q(read_at=None)),
            models.Index(
                fields=["failed_at", "id"],
                name="message_undelivered",
                condition=Q(failed_at__isnull=False, dealt_with_at=None),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.event} {self.reference}".strip()

    @property
    def sent_at(self) -> datetime | None:
        """When a mail server took it; of what was gathered in a digest, the digest knows."""
        return self.finished_at if self.state == JobState.DONE and not self.for_digest else None


class Outcome(models.TextChoices):
    """What a mail server made of a message."""

    ACCEPTED = "accepted", "Accepted"
    REFUSED = "refused", "Refused for good"
    FAILED = "failed", "Failed, to be tried again"
    BOUNCED = "bounced", "Came back later"


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


class Hook(Identified):
    """An address of a pager or of the company's own systems that is called when something happens."""

    name = models.CharField(max_length=100)
    url = models.URLField(max_length=500)
    # Names of the hook events it wants (foundation.notifications.hooks).
    events = ArrayField(models.CharField(max_length=60))
    # Encrypted under a key made from SECRET_KEY; the previous one signs too until it ends.
    secret_sealed = models.TextField()
    previous_secret_sealed = models.TextField(blank=True)
    previous_secret_until = models.DateTimeField(null=True, blank=True)
    active = models.BooleanField(default=True)
    # When its receiver answered 410 and it was switched off for that; empty once somebody switches it.
    gone_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField()
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    # Rises with every change: whoever saves over an older state is told.
    lock_version = models.PositiveIntegerField(default=0)

    def __str__(self) -> str:
        return self.name


class HookCall(Identified, Job):
    """One call of one hook: the row is the job, its uid is the webhook-id of every try."""

    hook = models.ForeignKey(Hook, on_delete=models.CASCADE, related_name="calls")
    event = models.CharField(max_length=60)
    dedupe_key = models.CharField(max_length=255, unique=True)
    # What is sent: event, time, reference, link. Nothing of a case.
    payload = models.JSONField()
    urgent = models.BooleanField(default=False)
    created_at = models.DateTimeField()
    # Given up, and somebody of staff has done what there was to do.
    dealt_with_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["urgent", "due_at"], name="hookcall_due", condition=Q(state=JobState.PENDING)),
            models.Index(fields=["claimed_until"], name="hookcall_claimed", condition=Q(state=JobState.RUNNING)),
            models.Index(fields=["hook", "-created_at"], name="hookcall_of_hook"),
            models.Index(
                fields=["finished_at"],
                name="hookcall_given_up",
                condition=Q(state=JobState.GIVEN_UP, dealt_with_at=None),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.event} to {self.hook_id}"


class HookAttempt(models.Model):
    """One try to call a hook, with the answer's status and the beginning of an error; nothing of the payload."""

    call = models.ForeignKey(HookCall, on_delete=models.CASCADE, related_name="tries")
    at = models.DateTimeField()
    outcome = models.CharField(max_length=10, choices=Outcome.choices)
    status = models.PositiveSmallIntegerField(null=True, blank=True)
    detail = models.CharField(max_length=300, blank=True)

    class Meta:
        indexes: ClassVar = [models.Index(fields=["call", "at"], name="hookattempt_call_at")]

    def __str__(self) -> str:
        return f"{self.outcome} {self.at:%Y-%m-%d %H:%M:%S}"


class ReminderMark(models.Model):
    """That a stage of a clock was told of for one deadline of one row. A deadline that moves has marks of its own."""

    clock = models.CharField(max_length=30)
    row_id = models.BigIntegerField()
    due_at = models.DateTimeField()
    stage = models.CharField(max_length=30)
    at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["clock", "row_id", "due_at", "stage"], name="reminder_once"),
        ]
        indexes: ClassVar = [models.Index(fields=["at"], name="reminder_at")]

    def __str__(self) -> str:
        return f"{self.clock} {self.row_id} {self.stage}"


class Pulse(models.Model):
    """When a process showed last that it lives: the worker and the urgent loop look after each other."""

    name = models.CharField(max_length=20, primary_key=True)
    beat_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.name} at {self.beat_at:%Y-%m-%d %H:%M:%S}"
