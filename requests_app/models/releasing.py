"""Around what left: certificates, marks of copies, what was issued, calls back, what is asked for years later."""

from django.conf import settings
from django.contrib.postgres.indexes import HashIndex
from django.db import models
from django.db.models import F, Q

from foundation.core.jobs import Job
from foundation.core.models import Identified
from foundation.documents.models import Document
from requests_app.enums import CertificateForm
from requests_app.models.packages import DisclosurePackage, Recall
from requests_app.models.requests import DataRequest
from requests_app.release_enums import (
    CertificateKind,
    CertificateStatus,
    DestructionStatus,
    IssuedKind,
    LaterKind,
    LaterStatus,
    SignedBy,
)

_USER = settings.AUTH_USER_MODEL


class SigningIdentity(Identified):
    """A custodian's certificate and key. The key is under a PIN that only the custodian knows and nobody keeps."""

    user = models.ForeignKey(_USER, on_delete=models.PROTECT, related_name="signing_identities")
    subject = models.CharField(max_length=300)
    issuer = models.CharField(max_length=300)
    serial = models.CharField(max_length=64)
    # The certificate and those above it, PEM.
    chain = models.TextField()
    # PKCS#12 under the custodian's PIN, wrapped once more by the documents' master key.
    sealed_key = models.BinaryField()
    valid_from = models.DateTimeField()
    valid_until = models.DateTimeField()
    added_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)
    ended_by = models.ForeignKey(_USER, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    ended_reason = models.TextField(blank=True)

    class Meta:
        ordering = ["-added_at"]
        constraints = [
            models.UniqueConstraint(fields=["user"], condition=Q(ended_at=None), name="signingidentity_one_in_force")
        ]

    def __str__(self) -> str:
        return self.subject


class LaterAsk(Identified):
    """Asked for on a request that was answered: the records again, a certificate, a witness."""

    data_request = models.ForeignKey(DataRequest, on_delete=models.CASCADE, related_name="later_asks")
    package = models.ForeignKey(
        DisclosurePackage, null=True, blank=True, on_delete=models.PROTECT, related_name="later_asks"
    )
    kind = models.CharField(max_length=12, choices=LaterKind.choices)
    status = models.CharField(max_length=10, choices=LaterStatus.choices, default=LaterStatus.OPEN)
    certificate_form = models.CharField(max_length=30, choices=CertificateForm.choices, blank=True)
    court = models.CharField(max_length=200, blank=True)
    # Until when it is needed: the day of the hearing, and the end of that day where the desk is.
    needed_by = models.DateField(null=True, blank=True)
    due_at = models.DateTimeField(null=True, blank=True)
    words = models.TextField()
    asked_by = models.ForeignKey(_USER, on_delete=models.PROTECT, related_name="+")
    asked_at = models.DateTimeField()
    answer = models.TextField(blank=True)
    answered_by = models.ForeignKey(_USER, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    answered_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["asked_at", "id"]
        indexes = [models.Index(fields=["asked_at"], condition=Q(status="open"), name="laterask_open")]

    def __str__(self) -> str:
        return f"{self.data_request}: {self.get_kind_display()}"


class Certificate(Identified):
    """What a named custodian declares about a package, for a court. Drafted by software, signed by a person."""

    package = models.ForeignKey(DisclosurePackage, on_delete=models.PROTECT, related_name="certificates")
    kind = models.CharField(max_length=8, choices=CertificateKind.choices)
    form = models.CharField(max_length=30, choices=CertificateForm.choices)
    status = models.CharField(max_length=10, choices=CertificateStatus.choices, default=CertificateStatus.DRAFT)
    # What the custodian states: name, title, employer, address, authority, place, the system, exceptions.
    facts = models.JSONField(default=dict)
    custodian = models.ForeignKey(_USER, on_delete=models.PROTECT, related_name="certificates")
    drafted_by = models.ForeignKey(_USER, on_delete=models.PROTECT, related_name="+")
    drafted_at = models.DateTimeField()
    draft = models.ForeignKey(Document, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    # What a person who holds the paper types on the check page.
    check_code = models.CharField(max_length=20, unique=True)
    signed = models.ForeignKey(Document, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    signed_with = models.CharField(max_length=4, choices=SignedBy.choices, blank=True)
    signed_at = models.DateTimeField(null=True, blank=True)
    identity = models.ForeignKey(SigningIdentity, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    # Of an RFC 3161 time stamp; empty where none is configured.
    stamped_at = models.DateTimeField(null=True, blank=True)
    stamped_by = models.CharField(max_length=300, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)
    ended_reason = models.TextField(blank=True)
    # Of one that was asked for later.
    later = models.ForeignKey(LaterAsk, null=True, blank=True, on_delete=models.PROTECT, related_name="certificates")

    class Meta:
        ordering = ["drafted_at", "id"]
        indexes = [models.Index(fields=["drafted_at"], condition=Q(status="draft"), name="certificate_to_sign")]
        constraints = [
            models.CheckConstraint(
                condition=~Q(status__in=["signed", "withdrawn"])
                | (Q(signed__isnull=False, signed_at__isnull=False) & ~Q(signed_with="")),
                name="certificate_signed_is_whole",
            )
        ]

    def __str__(self) -> str:
        return f"{self.package}: certificate"

    @property
    def reference(self) -> str:
        """Name the request, for the trail."""
        return self.package.data_request.reference or ""


class PaperLook(models.Model):
    """Somebody looked at the page images of a letter or certificate: whoever releases must have."""

    package = models.ForeignKey(DisclosurePackage, on_delete=models.CASCADE, related_name="paper_looks")
    document = models.ForeignKey(Document, on_delete=models.PROTECT, related_name="+")
    user = models.ForeignKey(_USER, on_delete=models.PROTECT, related_name="+")
    first_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["document", "user"], name="paperlook_once")]

    def __str__(self) -> str:
        return f"{self.user} looked at {self.document_id}"


class RecipientCopy(Identified, Job):
    """The archive as one person gets it: the same bytes with a mark at the end. The Job columns are its hashing."""

    package = models.ForeignKey(DisclosurePackage, on_delete=models.CASCADE, related_name="copies")
    user = models.ForeignKey(_USER, on_delete=models.PROTECT, related_name="+")
    mark = models.CharField(max_length=32, unique=True)
    made_at = models.DateTimeField()
    # Of the bytes with the mark; empty until a worker has counted them.
    sha256 = models.CharField(max_length=64, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["package", "user"], name="recipientcopy_once")]
        indexes = [models.Index(fields=["due_at", "id"], condition=Q(sha256=""), name="recipientcopy_to_hash")]

    def __str__(self) -> str:
        return f"{self.package}: the copy of {self.user}"


class IssuedFile(models.Model):
    """A hash that the check page knows: what left, since when, and whether it was withdrawn."""

    package = models.ForeignKey(DisclosurePackage, on_delete=models.CASCADE, related_name="issued")
    kind = models.CharField(max_length=12, choices=IssuedKind.choices)
    sha256 = models.CharField(max_length=64)
    # Of paper: what its last line says.
    check_code = models.CharField(max_length=20, blank=True)
    issued_at = models.DateTimeField()
    withdrawn_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        indexes = [HashIndex(fields=["sha256"], name="issuedfile_hash")]
        constraints = [
            models.UniqueConstraint(fields=["package", "sha256"], name="issuedfile_once"),
            models.UniqueConstraint(fields=["check_code"], condition=~Q(check_code=""), name="issuedfile_code"),
        ]

    def __str__(self) -> str:
        return f"{self.package}: {self.kind}"


class DestructionAsk(Identified):
    """One person who took something of a package that was called back, asked to destroy it."""

    recall = models.ForeignKey(Recall, on_delete=models.CASCADE, related_name="asks")
    user = models.ForeignKey(_USER, on_delete=models.PROTECT, related_name="+")
    agency_name = models.CharField(max_length=200)
    status = models.CharField(max_length=10, choices=DestructionStatus.choices, default=DestructionStatus.ASKED)
    asked_at = models.DateTimeField()
    # When they are asked again; empty once they answered or were asked often enough.
    due_at = models.DateTimeField(null=True, blank=True)
    chased = models.PositiveSmallIntegerField(default=0)
    # What was destroyed, where copies went, or why it cannot be destroyed.
    words = models.TextField(blank=True)
    passed_on = models.TextField(blank=True)
    answered_at = models.DateTimeField(null=True, blank=True)
    answered_by = models.ForeignKey(_USER, null=True, blank=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        ordering = ["asked_at", "id"]
        indexes = [models.Index(fields=["due_at"], condition=Q(status="asked"), name="destructionask_due")]
        constraints = [models.UniqueConstraint(fields=["recall", "user"], name="destructionask_once")]

    def __str__(self) -> str:
        return f"{self.recall}: {self.user}"

    @property
    def reference(self) -> str:
        """Name the request, for the trail."""
        return self.recall.reference


class MistakenDisclosure(Identified):
    """Records reached the wrong person: 72 hours to tell the supervisory authority (GDPR Art. 33(1)), from knowing."""

    recall = models.OneToOneField(Recall, on_delete=models.CASCADE, related_name="mistake")
    known_at = models.DateTimeField()
    due_at = models.DateTimeField()
    # What counsel or the data-protection officer found: what happened, whom it concerns, what follows from it.
    assessment = models.TextField(blank=True)
    tells_authority = models.BooleanField(null=True)
    authority_reason = models.TextField(blank=True)
    authority_told_at = models.DateTimeField(null=True, blank=True)
    authority_reference = models.CharField(max_length=100, blank=True)
    # Why it was told after the 72 hours (Art. 33(1), second sentence).
    late_reason = models.TextField(blank=True)
    # GDPR Art. 34: the people concerned are told where the risk to them is high.
    tells_holders = models.BooleanField(null=True)
    holders_reason = models.TextField(blank=True)
    holders_told_at = models.DateTimeField(null=True, blank=True)
    decided_by = models.ForeignKey(_USER, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    decided_at = models.DateTimeField(null=True, blank=True)
    closed_at = models.DateTimeField(null=True, blank=True)
    closed_by = models.ForeignKey(_USER, null=True, blank=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        indexes = [models.Index(fields=["due_at"], condition=Q(closed_at=None), name="mistake_open")]
        constraints = [
            models.CheckConstraint(
                condition=Q(decided_at=None, decided_by=None) | Q(decided_at__isnull=False, decided_by__isnull=False),
                name="mistake_decided_pair",
            ),
            models.CheckConstraint(
                condition=Q(closed_at=None, closed_by=None) | Q(closed_at__isnull=False, closed_by__isnull=False),
                name="mistake_closed_pair",
            ),
            models.CheckConstraint(condition=Q(due_at__gt=F("known_at")), name="mistake_due_after_known"),
        ]

    def __str__(self) -> str:
        return f"{self.recall}: mistaken disclosure"

    @property
    def reference(self) -> str:
        """Name the request, for the trail."""
        return self.recall.reference


class CostNote(Identified):
    """What an answer cost, for a claim where the law of the request allows one."""

    data_request = models.ForeignKey(DataRequest, on_delete=models.CASCADE, related_name="costs")
    amount = models.DecimalField(max_digits=10, decimal_places=2)
    currency = models.CharField(max_length=3)
    what = models.CharField(max_length=200)
    noted_by = models.ForeignKey(_USER, on_delete=models.PROTECT, related_name="+")
    noted_at = models.DateTimeField()
    removed_by = models.ForeignKey(_USER, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    removed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["noted_at", "id"]
        constraints = [
            models.CheckConstraint(condition=Q(amount__gt=0), name="costnote_positive"),
            models.CheckConstraint(
                condition=Q(removed_at=None, removed_by=None) | Q(removed_at__isnull=False, removed_by__isnull=False),
                name="costnote_removed_pair",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.data_request}: {self.amount} {self.currency}"
