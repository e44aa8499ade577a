"""What reaches the company outside the portal: messages, letters, batches of other gateways. None of it is trusted."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from accounts.models import Agency
from foundation.core.models import Identified
from foundation.documents.models import Document
from foundation.providers.models import Provider
from requests_app.enums import Channel, ImportOutcome, ImportSource, IncomingStatus, TakedownStatus
from requests_app.models.requests import DataRequest

_USER = settings.AUTH_USER_MODEL


class IncomingMessage(Identified):
    """An e-mail, a letter, a fax or a call, before and after somebody made a request of it."""

    provider = models.ForeignKey(Provider, on_delete=models.PROTECT, related_name="+")
    channel = models.CharField(max_length=20, choices=Channel.choices)
    status = models.CharField(max_length=10, choices=IncomingStatus.choices, default=IncomingStatus.NEW)
    # When it reached the company, not when somebody got round to it: clocks count from here.
    arrived_at = models.DateTimeField()
    # Of an e-mail its Message-ID, so that reading the mailbox again makes no double; else empty.
    message_id = models.CharField(max_length=998, blank=True)
    sender = models.CharField(max_length=320, blank=True)
    sender_name = models.CharField(max_length=200, blank=True)
    subject = models.CharField(max_length=300, blank=True)
    text = models.TextField(blank=True)
    # What the receiving mail server said of the sender (SPF, DKIM, DMARC), as text; it proves nothing.
    authentication = models.TextField(blank=True)
    # What stopped somebody from reading all of it: too many parts, an encrypted body, a part that was refused.
    problems = models.JSONField(default=list, blank=True)
    original = models.ForeignKey(Document, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    attachments: "models.ManyToManyField[Document, models.Model]" = models.ManyToManyField(
        Document, related_name="+", blank=True
    )
    data_request = models.ForeignKey(
        DataRequest, null=True, blank=True, on_delete=models.PROTECT, related_name="arrivals"
    )  # fmt: skip
    # Who entered it by hand; an e-mail that was fetched has nobody.
    entered_by = models.ForeignKey(_USER, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    decided_at = models.DateTimeField(null=True, blank=True)
    decided_by = models.ForeignKey(_USER, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    decided_reason = models.CharField(max_length=300, blank=True)
    lock_version = models.PositiveIntegerField(default=0)

    class Meta:
        indexes = [
            models.Index(fields=["status", "-arrived_at", "-id"], name="incoming_by_status"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["provider", "message_id"], condition=~Q(message_id=""), name="incoming_message_once"
            ),
            models.CheckConstraint(
                condition=Q(decided_at=None, decided_by=None) | Q(decided_at__isnull=False, decided_by__isnull=False),
                name="incoming_decided_pair",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_channel_display()} of {self.arrived_at:%Y-%m-%d %H:%M}"


class ImportBatch(Identified):
    """A file with many requests of another gateway or of an earlier system, each of its lines answered."""

    provider = models.ForeignKey(Provider, on_delete=models.PROTECT, related_name="+")
    source = models.CharField(max_length=10, choices=ImportSource.choices)
    filename = models.CharField(max_length=200)
    sha256 = models.CharField(max_length=64)
    document = models.ForeignKey(Document, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    imported_at = models.DateTimeField()
    imported_by = models.ForeignKey(_USER, null=True, blank=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["provider", "source", "sha256"], name="importbatch_once"),
        ]

    def __str__(self) -> str:
        return self.filename


class TakedownNotice(Identified):
    """A notice to take content down (India: IT Act s.79(3)(b)): a kind of its own, never a request for data."""

    provider = models.ForeignKey(Provider, on_delete=models.PROTECT, related_name="+")
    reference = models.CharField(max_length=16, unique=True)
    channel = models.CharField(max_length=20, choices=Channel.choices)
    external_reference = models.CharField(max_length=100, blank=True)
    status = models.CharField(max_length=10, choices=TakedownStatus.choices, default=TakedownStatus.RECEIVED)
    jurisdiction = models.CharField(max_length=3)
    authority = models.CharField(max_length=200)
    agency = models.ForeignKey(Agency, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    officer_words = models.CharField(max_length=200, blank=True)
    law = models.CharField(max_length=200)
    # What is to be taken down: addresses, names, numbers, one on each line.
    content = models.TextField()
    reason = models.TextField(blank=True)
    document = models.ForeignKey(Document, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    arrived_at = models.DateTimeField()
    deadline_at = models.DateTimeField()
    deadline_rule = models.CharField(max_length=120)
    recorded_by = models.ForeignKey(_USER, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    assignee = models.ForeignKey(_USER, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    # What was proposed (complied or declined), what was done about it, and who signed.
    proposed = models.CharField(max_length=10, choices=TakedownStatus.choices, blank=True)
    proposed_at = models.DateTimeField(null=True, blank=True)
    proposed_by = models.ForeignKey(_USER, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    done = models.TextField(blank=True)
    decided_at = models.DateTimeField(null=True, blank=True)
    decided_by = models.ForeignKey(_USER, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    lock_version = models.PositiveIntegerField(default=0)

    class Meta:
        indexes = [
            models.Index(
                fields=["deadline_at", "id"], condition=~Q(status__in=["complied", "declined"]), name="takedown_due"
            ),
            models.Index(fields=["-arrived_at", "-id"], name="takedown_newest"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["provider", "channel", "external_reference"], condition=~Q(external_reference=""),
                name="takedown_external_reference_once",
            ),
            models.CheckConstraint(
                condition=Q(decided_by=None) | ~Q(decided_by=F("proposed_by")), name="takedown_second_person"
            ),
        ]  # fmt: skip

    def __str__(self) -> str:
        return self.reference


class ImportLine(models.Model):
    """One line of a batch, as it was given and what became of it."""

    batch = models.ForeignKey(ImportBatch, on_delete=models.CASCADE, related_name="lines")
    number = models.PositiveIntegerField()
    external_reference = models.CharField(max_length=100, blank=True)
    given = models.JSONField(default=dict)
    outcome = models.CharField(max_length=8, choices=ImportOutcome.choices)
    # Why it was refused, or what was changed in it.
    said = models.TextField(blank=True)
    data_request = models.ForeignKey(
        DataRequest, null=True, blank=True, on_delete=models.PROTECT, related_name="import_lines"
    )  # fmt: skip
    takedown = models.ForeignKey(TakedownNotice, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    # Of a live hold: its reference, as text.
    hold_reference = models.CharField(max_length=16, blank=True)

    class Meta:
        ordering = ["number"]
        constraints = [models.UniqueConstraint(fields=["batch", "number"], name="importline_once")]

    def __str__(self) -> str:
        return f"{self.batch}, line {self.number}"
