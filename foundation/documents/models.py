"""Files and the pictures of their pages. The contents lie encrypted in the storage, never in the database."""

import uuid
from datetime import UTC, datetime, timedelta
from typing import Any, Self

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils import timezone

from foundation.documents.enums import DocumentState
from foundation.documents.filetypes import by_media_type
from foundation.documents.keys import WrappedKey, unwrap

# An upload over a bad line may take hours; what is older was given up.
ABANDONED_AFTER = timedelta(hours=24)


class DocumentQuerySet(models.QuerySet["Document"]):
    """Rows by what must happen to them."""

    def due(self, at: datetime) -> Self:
        """Return what waits for a worker and is not held by one."""
        return self.filter(Q(claimed_until=None) | Q(claimed_until__lte=at), due_at__lte=at)

    def abandoned(self, at: datetime, *, after: timedelta = ABANDONED_AFTER) -> Self:
        """Return uploads that ended half way."""
        given_up = at - after
        return self.filter(
            Q(upload=None, created_at__lte=given_up) | Q(upload__touched_at__lte=given_up),
            state=DocumentState.RECEIVING,
        )

    def staged(self, by: Any) -> Self:
        """Return the files that this person sent and that no form has taken yet, measured and whole."""
        return self.filter(state=DocumentState.RECEIVING, uploaded_by=by).exclude(sha256="")


class Document(models.Model):
    """One private file, and the job of checking it and making its page images (due_at says when)."""

    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    filename = models.CharField(max_length=200)
    purpose = models.CharField(max_length=40)
    media_type = models.CharField(max_length=100, blank=True)
    size = models.PositiveBigIntegerField(null=True, blank=True)
    sha256 = models.CharField(max_length=64, blank=True)
    crc32 = models.PositiveBigIntegerField(null=True, blank=True)
    generated = models.BooleanField(default=False)
    uploaded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", db_index=False
    )
    created_at = models.DateTimeField(default=timezone.now)

    state = models.CharField(max_length=10, choices=DocumentState.choices, default=DocumentState.RECEIVING)
    refusal = models.CharField(max_length=300, blank=True)
    scanned_at = models.DateTimeField(null=True, blank=True)
    scanner = models.CharField(max_length=200, blank=True)

    storage_name = models.CharField(max_length=80, unique=True)
    # Empty once the file is purged: without its key the stored file is noise.
    data_key = models.BinaryField()
    master_key_id = models.CharField(max_length=40)
    purged_at = models.DateTimeField(null=True, blank=True)

    page_count = models.PositiveIntegerField(null=True, blank=True)
    # Somebody wants the original, and the scanner has learnt since it looked.
    rescan_at = models.DateTimeField(null=True, blank=True)

    previewed_at = models.DateTimeField(null=True, blank=True)
    preview_error = models.CharField(max_length=300, blank=True)

    due_at = models.DateTimeField(null=True, blank=True)
    claimed_until = models.DateTimeField(null=True, blank=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    last_error = models.CharField(max_length=500, blank=True)

    objects = DocumentQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(state__in=DocumentState.values), name="document_state_known"),
            models.CheckConstraint(
                condition=Q(state=DocumentState.RECEIVING)
                | (Q(size__isnull=False, crc32__isnull=False) & Q(sha256__regex=r"^[0-9a-f]{64}$") & ~Q(media_type="")),
                name="document_received_is_measured",
            ),
            models.CheckConstraint(condition=Q(crc32=None) | Q(crc32__lt=2**32), name="document_crc32_fits"),
            models.CheckConstraint(
                condition=Q(state__in=[DocumentState.INFECTED, DocumentState.REFUSED], refusal__gt="")
                | (~Q(state__in=[DocumentState.INFECTED, DocumentState.REFUSED]) & Q(refusal="")),
                name="document_refusal_is_explained",
            ),
            models.CheckConstraint(
                condition=~Q(state__in=[DocumentState.CLEAN, DocumentState.INFECTED])
                | Q(scanned_at__isnull=False)
                | Q(generated=True),
                name="document_verdict_has_a_scan",
            ),
            models.CheckConstraint(
                condition=Q(purged_at=None, data_key__gt=b"") | Q(purged_at__isnull=False, data_key=b""),
                name="document_purged_has_no_key",
            ),
            models.CheckConstraint(
                condition=~Q(state=DocumentState.PURGED) | Q(purged_at__isnull=False), name="document_purged_has_a_time"
            ),
            models.CheckConstraint(
                condition=Q(previewed_at=None) | Q(preview_error="", page_count__isnull=False),
                name="document_preview_is_whole",
            ),
            models.CheckConstraint(
                condition=Q(claimed_until=None) | Q(due_at__isnull=False), name="document_claim_has_a_job"
            ),
        ]
        indexes = [
            models.Index("due_at", name="document_due", condition=Q(due_at__isnull=False)),
            models.Index("created_at", name="document_receiving", condition=Q(state="receiving")),
            models.Index("sha256", name="document_same_content", condition=~Q(sha256="")),
            models.Index("id", name="document_unscanned", condition=Q(state="unscanned", due_at=None)),
            models.Index("scanned_at", name="document_infected", condition=Q(state="infected")),
        ]

    def __str__(self) -> str:
        # Names of files often hold names of people: the trail and the log see the number only.
        return f"Document {self.uid}"

    @property
    def waits(self) -> str:
        """In a sentence, that the check waits for the virus scanner and when it is tried again; else nothing."""
        checked = self.state not in {DocumentState.PENDING, DocumentState.UNSCANNED} and self.rescan_at is None
        if checked or self.due_at is None or not self.last_error.startswith("scanner: "):
            return ""
        return f"The virus scanner does not answer. Checked again at {self.due_at.astimezone(UTC):%H:%M} UTC."

    @property
    def ending(self) -> str:
        """The ending of the file name, by its format."""
        kind = by_media_type(self.media_type)
        return kind.endings[0] if kind else self.filename.rpartition(".")[2].lower()[:10] or "bin"

    @property
    def binding(self) -> bytes:
        """What the encryption of the content is bound to."""
        return b"document\0" + self.uid.bytes

    def open_key(self) -> bytes:
        """Return the data key in plain; it must not outlive the reading or writing."""
        return unwrap(WrappedKey(bytes(self.data_key), self.master_key_id), self.uid)


class DocumentPage(models.Model):
    """The picture of one page and the words on it, both encrypted under the document's own data key."""

    document = models.ForeignKey(Document, models.CASCADE, related_name="pages", db_index=False)
    number = models.PositiveIntegerField()
    width = models.PositiveIntegerField()
    height = models.PositiveIntegerField()
    storage_name = models.CharField(max_length=80, unique=True)
    size = models.PositiveIntegerField()
    sealed_text = models.BinaryField()

    class Meta:
        ordering = ["document", "number"]
        constraints = [
            models.UniqueConstraint(F("document"), F("number"), name="document_page_once"),
            models.CheckConstraint(
                condition=Q(number__gte=1, width__gte=1, height__gte=1), name="document_page_has_a_place"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.document}, page {self.number}"

    @property
    def binding(self) -> bytes:
        """What the encryption of the picture is bound to."""
        return b"page\0" + self.document.uid.bytes + self.number.to_bytes(4)

    @property
    def text_binding(self) -> bytes:
        """What the encryption of the words is bound to."""
        return b"text\0" + self.document.uid.bytes + self.number.to_bytes(4)


class Upload(models.Model):
    """A file on its way in pieces over a bad line (the tus protocol): how much is stored, and how it goes on."""

    document = models.OneToOneField(Document, models.CASCADE, related_name="upload")
    length = models.PositiveBigIntegerField()
    # Bytes of the file that are stored for good: a multiple of a frame until the file is whole.
    offset = models.PositiveBigIntegerField(default=0)
    crc32 = models.PositiveBigIntegerField(default=0)
    # What the storage needs to go on: nothing for a folder; the upload's id and the parts' marks for S3.
    progress = models.JSONField(default=dict, blank=True)
    touched_at = models.DateTimeField(default=timezone.now)
    completed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(length__gte=1, offset__lte=F("length"), crc32__lt=2**32), name="upload_within_its_length"
            ),
            models.CheckConstraint(
                condition=Q(completed_at=None) | Q(offset=F("length")), name="upload_complete_is_whole"
            ),
        ]

    def __str__(self) -> str:
        return f"Upload of {self.document.uid}"


class DocumentFindings(models.Model):
    """What a file says of itself (marks), and what its electronic signatures are worth, as read by a worker.

    `signatures` is a list of plain objects, one for each signature, in the words of `foundation.documents.signatures`.
    """

    document = models.OneToOneField(Document, models.CASCADE, related_name="findings")
    marks = models.JSONField(default=dict, blank=True)
    signatures = models.JSONField(default=list, blank=True)
    # Why nothing could be read; empty where everything could.
    error = models.CharField(max_length=300, blank=True)
    read_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"Findings of {self.document.uid}"


class SanitisedCopy(models.Model):
    """A copy of a PDF with nothing in it that acts, encrypted under the document's own data key."""

    document = models.OneToOneField(Document, models.CASCADE, related_name="sanitised")
    storage_name = models.CharField(max_length=80, unique=True)
    size = models.PositiveBigIntegerField()
    sha256 = models.CharField(max_length=64)
    # What was taken out, in words: "2 scripts", "1 embedded file".
    removed = models.JSONField(default=list, blank=True)
    made_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(sha256__regex=r"^[0-9a-f]{64}$"), name="sanitised_is_measured"),
        ]

    def __str__(self) -> str:
        return f"Sanitised copy of {self.document.uid}"

    @property
    def binding(self) -> bytes:
        """What the encryption of the copy is bound to."""
        return b"sanitised\0" + self.document.uid.bytes
