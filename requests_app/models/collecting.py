"""What is collected for a package: one export for each granted account, kind of records, period and limits."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from foundation.core.jobs import Job
from foundation.core.models import Identified
from foundation.documents.models import Document
from requests_app.models.packages import DisclosurePackage
from requests_app.models.scope import RequestLine

_USER = settings.AUTH_USER_MODEL


class LineExport(Identified, Job):
    """One export from the company's systems, for the lines that ask for exactly this; a worker's row under a lease.

    What came whole stays: a second try takes up only the files that are missing.
    """

    package = models.ForeignKey(DisclosurePackage, on_delete=models.CASCADE, related_name="exports")
    lines = models.ManyToManyField(RequestLine, related_name="exports")
    # A hash of what was granted when it was planned (services.collecting.fingerprint): what came is of that, whatever
    # the lines say now.
    scope = models.CharField(max_length=64, blank=True)
    # Sent with every try, so that the other side makes the export once.
    idempotency_key = models.CharField(max_length=100, unique=True)
    # How many files there will be, once the company's systems said so; and how far it is, in files, rows and bytes.
    files_expected = models.PositiveIntegerField(null=True, blank=True)
    files_done = models.PositiveIntegerField(default=0)
    rows_done = models.PositiveBigIntegerField(default=0)
    bytes_done = models.PositiveBigIntegerField(default=0)
    progress_at = models.DateTimeField(null=True, blank=True)
    # Why it stands still, in words that staff read; empty where it does not.
    problem = models.TextField(blank=True)

    class Meta:
        indexes = [
            models.Index(fields=["due_at", "id"], condition=~Q(state__in=["done", "given_up"]), name="lineexport_due")
        ]

    def __str__(self) -> str:
        return f"{self.package}: export {self.pk}"

    @property
    def purpose(self) -> str:
        """The mark of every document that a try of it made: what no row names is removed by it."""
        return f"collect-{self.uid.hex}"


class CollectedFile(Identified):
    """One file as it was stored, what the guard saw in it, and what a person took out of it."""

    export = models.ForeignKey(LineExport, on_delete=models.CASCADE, related_name="files")
    # The company's own number of the file in its export, from 1.
    position = models.PositiveIntegerField()
    document = models.ForeignKey(Document, on_delete=models.PROTECT, related_name="+")
    # Of a table: the same rows as JSON, with the dictionary of its columns and the time zone.
    as_json = models.ForeignKey(Document, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    rows = models.PositiveBigIntegerField(null=True, blank=True)
    columns = models.JSONField(default=dict, blank=True)
    extracted_at = models.DateTimeField()
    # What the guard looked at and what lies outside, by aspect, with the first rows of each: see services/guard.py.
    findings = models.JSONField(default=dict, blank=True)
    outside = models.PositiveBigIntegerField(default=0)
    # Rows that a person took out, or the whole file where it has no rows: numbers and words, why, who and when.
    taken_out = models.JSONField(default=dict, blank=True)
    taken_out_at = models.DateTimeField(null=True, blank=True)
    taken_out_by = models.ForeignKey(_USER, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    taken_out_reason = models.TextField(blank=True)
    # Of a file without some rows of another: the file as it came.
    replaces = models.OneToOneField("self", null=True, blank=True, on_delete=models.PROTECT, related_name="replaced_by")

    class Meta:
        ordering = ["export_id", "position", "id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(taken_out_at=None, taken_out_by=None)
                | (Q(taken_out_at__isnull=False, taken_out_by__isnull=False) & ~Q(taken_out_reason="")),
                name="collectedfile_taken_out_pair",
            ),
            models.CheckConstraint(
                condition=Q(replaces=None) | ~Q(replaces=F("pk")), name="collectedfile_replaces_another"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.export}: file {self.position}"
