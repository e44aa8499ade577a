"""What leaves: numbered packages, their files, who may download, who did, and what was called back."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from foundation.core.jobs import Job
from foundation.core.models import Identified
from foundation.documents.models import Document
from requests_app.enums import PackageStatus, RecallCause
from requests_app.models.requests import DataRequest
from requests_app.models.scope import RequestLine
from requests_app.release_enums import RecallStatus

_USER = settings.AUTH_USER_MODEL


class DisclosurePackage(Identified, Job):
    """Numbered records of a request. The Job columns are the building of it: a worker's row under a lease."""

    data_request = models.ForeignKey(DataRequest, on_delete=models.CASCADE, related_name="packages")
    number = models.PositiveSmallIntegerField()
    status = models.CharField(max_length=10, choices=PackageStatus.choices, default=PackageStatus.PREPARING)
    # The granted lines it answers. A line stands in one package at a time that is under way or was released and not
    # stopped: services.preparing looks, under the lock of the request.
    lines: "models.ManyToManyField[RequestLine, PackageLine]" = models.ManyToManyField(
        RequestLine, through="PackageLine", related_name="packages"
    )
    # Whether nothing that was granted is left for another package; said at the start, and again at the release.
    is_last = models.BooleanField(default=True)
    prepared_by = models.ForeignKey(_USER, on_delete=models.PROTECT, related_name="+")
    prepared_at = models.DateTimeField()
    blocked_reason = models.TextField(blank=True)
    manifest = models.ForeignKey(Document, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    # Of manifest.txt, which is only inside the archive.
    manifest_text_sha256 = models.CharField(max_length=64, blank=True)
    letter = models.ForeignKey(Document, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    archive = models.ForeignKey(Document, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    # 128+ random bits, wrapped by the documents' master key; shown after step-up, and the showing is logged.
    passphrase_wrapped = models.BinaryField(null=True, blank=True)
    sealed_at = models.DateTimeField(null=True, blank=True)
    released_at = models.DateTimeField(null=True, blank=True)
    released_by = models.ForeignKey(_USER, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    expires_at = models.DateTimeField(null=True, blank=True)
    purged_at = models.DateTimeField(null=True, blank=True)
    # Why it may leave before the custodian has signed the certificate that was asked for; empty: it may not.
    certificate_follows = models.TextField(blank=True)
    # The check code on its letter, and the entry of the trail that says what left (package.issued).
    letter_code = models.CharField(max_length=20, blank=True)
    issued_entry = models.BigIntegerField(null=True, blank=True)

    class Meta:
        ordering = ["number"]
        indexes = [
            models.Index(fields=["due_at", "id"], condition=Q(status="preparing"), name="package_to_build"),
            models.Index(fields=["expires_at"], condition=Q(status="released"), name="package_expiring"),
            models.Index(
                fields=["expires_at"],
                condition=Q(purged_at=None, status__in=["expired", "revoked"]),
                name="package_to_purge",
            ),
        ]
        constraints = [
            models.UniqueConstraint(fields=["data_request", "number"], name="package_number"),
            models.CheckConstraint(
                condition=Q(released_at=None, released_by=None)
                | Q(released_at__isnull=False, released_by__isnull=False),
                name="package_released_pair",
            ),
            models.CheckConstraint(
                condition=Q(released_by=None) | ~Q(released_by=F("prepared_by")), name="package_second_person"
            ),
            models.CheckConstraint(
                condition=~Q(status__in=["sealed", "released"])
                | Q(manifest__isnull=False, letter__isnull=False, archive__isnull=False),
                name="package_sealed_is_whole",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.data_request} package {self.number}"

    def accounts(self) -> set[str]:
        """Return the accounts of which something is in it: whose holders are told, or may object."""
        return set(self.lines.values_list("target__account", flat=True))


class PackageLine(models.Model):
    """A granted line that a package answers; of a package that was stopped or taken back too, as it was."""

    package = models.ForeignKey(DisclosurePackage, on_delete=models.CASCADE, related_name="line_rows")
    line = models.ForeignKey(RequestLine, on_delete=models.PROTECT, related_name="package_rows")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["package", "line"], name="packageline_once")]

    def __str__(self) -> str:
        return f"{self.package}: line {self.line_id}"


class AddedRecord(Identified):
    """A file that a person adds to the records of one granted line, because the company's systems cannot export it."""

    data_request = models.ForeignKey(DataRequest, on_delete=models.CASCADE, related_name="added_records")
    line = models.ForeignKey(RequestLine, on_delete=models.PROTECT, related_name="added_records")
    document = models.OneToOneField(Document, on_delete=models.PROTECT, related_name="+")
    source = models.CharField(max_length=150)
    justification = models.TextField()
    added_by = models.ForeignKey(_USER, on_delete=models.PROTECT, related_name="+")
    added_at = models.DateTimeField()
    removed_by = models.ForeignKey(_USER, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    removed_reason = models.TextField(blank=True)
    removed_at = models.DateTimeField(null=True, blank=True)
    # Of a table: what the guard saw outside of the line when it was last built into a package, as in CollectedFile.
    findings = models.JSONField(default=dict, blank=True)
    outside = models.PositiveBigIntegerField(default=0)

    class Meta:
        ordering = ["added_at", "id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(removed_at=None, removed_by=None) | Q(removed_at__isnull=False, removed_by__isnull=False),
                name="addedrecord_removed_pair",
            )
        ]

    def __str__(self) -> str:
        return f"{self.data_request}: added by hand"


class AddedRecordLook(models.Model):
    """Somebody looked at a file that was added by hand: a releaser must have, because no rule can read it."""

    added = models.ForeignKey(AddedRecord, on_delete=models.CASCADE, related_name="looks")
    user = models.ForeignKey(_USER, on_delete=models.PROTECT, related_name="+")
    first_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["added", "user"], name="addedrecordlook_once")]

    def __str__(self) -> str:
        return f"{self.user} looked at {self.added_id}"


class PackageItem(models.Model):
    """One file of a package, and the line it answers."""

    package = models.ForeignKey(DisclosurePackage, on_delete=models.CASCADE, related_name="items")
    line = models.ForeignKey(RequestLine, on_delete=models.PROTECT, related_name="items")
    document = models.ForeignKey(Document, on_delete=models.PROTECT, related_name="+")
    # Neutral: names inside an encrypted ZIP stay readable.
    name = models.CharField(max_length=60)
    rows = models.PositiveIntegerField(null=True, blank=True)
    source = models.CharField(max_length=150)
    extracted_at = models.DateTimeField()
    # The exported file it is; of a table as JSON, beside the CSV of the same rows, the same one.
    collected = models.ForeignKey(
        "CollectedFile", null=True, blank=True, on_delete=models.PROTECT, related_name="items"
    )
    # The same records as they left in an earlier package: this is a new export of them, and what is different now:
    # {"same": bool, "rows": [before, now], "gone": n, "new": n, "named": [...], "compared": "rows" | "hashes"}.
    earlier = models.ForeignKey("self", null=True, blank=True, on_delete=models.PROTECT, related_name="later")
    differences = models.JSONField(default=dict, blank=True)
    # Where a person added the file by hand; empty where it came from the company's systems.
    added = models.ForeignKey(AddedRecord, null=True, blank=True, on_delete=models.PROTECT, related_name="items")

    class Meta:
        ordering = ["name"]
        constraints = [models.UniqueConstraint(fields=["package", "name"], name="packageitem_name")]

    def __str__(self) -> str:
        return self.name


class DownloadGrant(models.Model):
    """Opened by step-up for one person, package and session, so that a resumed download does not fail."""

    package = models.ForeignKey(DisclosurePackage, on_delete=models.CASCADE, related_name="grants")
    user = models.ForeignKey(_USER, on_delete=models.PROTECT, related_name="+")
    session_hash = models.CharField(max_length=64)
    opened_at = models.DateTimeField()
    ends_at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["package", "user", "session_hash"])]

    def __str__(self) -> str:
        return f"{self.user} may download {self.package}"


class DownloadReceipt(models.Model):
    """Who took which file when, and whether all of it went out."""

    package = models.ForeignKey(DisclosurePackage, on_delete=models.CASCADE, related_name="receipts")
    document = models.ForeignKey(Document, on_delete=models.PROTECT, related_name="+")
    user = models.ForeignKey(_USER, on_delete=models.PROTECT, related_name="+")
    agency_name = models.CharField(max_length=200)
    started_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True, blank=True)
    first_byte = models.PositiveBigIntegerField(default=0)
    bytes_sent = models.PositiveBigIntegerField(default=0)
    complete = models.BooleanField(default=False)

    class Meta:
        ordering = ["-started_at"]

    def __str__(self) -> str:
        return f"{self.user} took {self.document_id}"


class Recall(Identified, Job):
    """A released package called back: its cause, and the chase of each downloader.

    One person stops the downloads; a second one decides whether whoever took it is asked to destroy it.
    """

    package = models.ForeignKey(DisclosurePackage, on_delete=models.CASCADE, related_name="recalls")
    cause = models.CharField(max_length=20, choices=RecallCause.choices)
    reason = models.TextField()
    called_at = models.DateTimeField()
    called_by = models.ForeignKey(_USER, on_delete=models.PROTECT, related_name="+")
    confirmed_by = models.ForeignKey(_USER, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    confirmed_at = models.DateTimeField(null=True, blank=True)
    status = models.CharField(max_length=8, choices=RecallStatus.choices, default=RecallStatus.WAITING)
    # Why nobody is asked, where the second person decided so.
    dropped_reason = models.TextField(blank=True)

    class Meta:
        indexes = [models.Index(fields=["called_at"], condition=Q(status__in=["waiting", "asked"]), name="recall_open")]

    def __str__(self) -> str:
        return f"Recall of {self.package}"

    @property
    def reference(self) -> str:
        """Name the request, for the trail."""
        return self.package.data_request.reference or ""
