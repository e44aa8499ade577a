"""Legal process as it stands on paper: orders, their versions, non-disclosure, and attached documents."""

from django.conf import settings
from django.contrib.postgres.indexes import OpClass
from django.db import models
from django.db.models.functions import Lower

from accounts.models import Agency
from foundation.core.models import Identified
from foundation.documents.models import Document
from foundation.legal.models import ProcessType
from requests_app.enums import DocumentRole, OrderRelation
from requests_app.models.requests import DataRequest
from requests_app.models.searchable import squeezed

_USER = settings.AUTH_USER_MODEL


class LegalProcess(Identified):
    """One order or warrant of an agency. A request may rest on several, and one may carry several requests."""

    agency = models.ForeignKey(Agency, on_delete=models.PROTECT, related_name="orders")
    process_type = models.ForeignKey(ProcessType, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    section_of_law = models.CharField(max_length=200, blank=True)
    # Of the document, ISO 639-1; empty: not said.
    language = models.CharField(max_length=10, blank=True)
    issuing_authority = models.CharField(max_length=200)
    # As it stands on the document; compared with the least rank the type of process asks for.
    issuer_rank = models.CharField(max_length=100, blank=True)
    signatory = models.CharField(max_length=150, blank=True)
    docket = models.CharField(max_length=100, blank=True)
    # What an officer typed in its form and could not be read: {"valid_until": {"typed": […], "why": "…"}}.
    unread = models.JSONField(default=dict, blank=True)
    created_by = models.ForeignKey(_USER, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField()

    class Meta:
        verbose_name, verbose_name_plural = "order", "orders"
        indexes = [
            models.Index(OpClass(Lower("docket"), name="text_pattern_ops"), name="order_docket"),
            models.Index(OpClass(squeezed("docket"), name="text_pattern_ops"), name="order_docket_squeezed"),
        ]

    def __str__(self) -> str:
        return f"{self.issuing_authority} {self.docket}".strip()


class OrderUse(models.Model):
    """A request rests on this order; position 0 leads: its type and dates give the request's own."""

    data_request = models.ForeignKey(DataRequest, on_delete=models.CASCADE, related_name="order_uses")
    process = models.ForeignKey(LegalProcess, on_delete=models.PROTECT, related_name="uses")
    position = models.PositiveSmallIntegerField(default=0)
    added_at = models.DateTimeField()
    added_by = models.ForeignKey(_USER, null=True, blank=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        ordering = ["position", "pk"]
        constraints = [models.UniqueConstraint(fields=["data_request", "process"], name="orderuse_once")]

    def __str__(self) -> str:
        return f"{self.data_request}: {self.process}"


class OrderVersion(models.Model):
    """A version of an order: what it says from a date on. Each line names the version that covers it."""

    process = models.ForeignKey(LegalProcess, on_delete=models.CASCADE, related_name="versions")
    number = models.PositiveSmallIntegerField(default=1)
    relation = models.CharField(max_length=10, choices=OrderRelation.choices, default=OrderRelation.ORIGINAL)
    issued_on = models.DateField()
    valid_until = models.DateField(null=True, blank=True)
    return_date = models.DateField(null=True, blank=True)
    document = models.ForeignKey(Document, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    received_at = models.DateTimeField()
    # What this version changes, in the officer's words.
    note = models.CharField(max_length=500, blank=True)
    added_by = models.ForeignKey(_USER, null=True, blank=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["process", "number"], name="orderversion_number")]

    def __str__(self) -> str:
        return f"{self.process}, version {self.number}"


class NonDisclosureOrder(models.Model):
    """A bar on telling the account holder: the clause, where it stands, and until when."""

    data_request = models.ForeignKey(DataRequest, on_delete=models.CASCADE, related_name="non_disclosure_orders")
    clause = models.CharField(max_length=300)
    # The last day of the bar; empty: without end, which a reviewer must confirm.
    bars_until = models.DateField(null=True, blank=True)
    document = models.ForeignKey(Document, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    stated_by_officer = models.BooleanField(default=True)
    confirmed_by = models.ForeignKey(_USER, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    confirmed_at = models.DateTimeField(null=True, blank=True)
    page = models.CharField(max_length=40, blank=True)
    # Of a renewal: when the officer filed it, after the request was sent. What the request names itself has no moment.
    stated_at = models.DateTimeField(null=True, blank=True)
    stated_by = models.ForeignKey(_USER, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    # A person read it, and it forbids nothing; why, in words for the file.
    declined_at = models.DateTimeField(null=True, blank=True)
    declined_by = models.ForeignKey(_USER, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    declined_reason = models.TextField(blank=True)
    # When the last day is over everywhere: frozen with the confirmation; empty before it, or where there is no end.
    bar_ends_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(confirmed_at=None, confirmed_by=None)
                | models.Q(confirmed_at__isnull=False, confirmed_by__isnull=False),
                name="nondisclosure_confirmed_pair",
            ),
            models.CheckConstraint(
                condition=models.Q(declined_at=None, declined_by=None)
                | models.Q(declined_at__isnull=False, declined_by__isnull=False, confirmed_at=None),
                name="nondisclosure_declined_pair",
            ),
            models.CheckConstraint(
                condition=models.Q(stated_at=None, stated_by=None)
                | models.Q(stated_at__isnull=False, stated_by__isnull=False),
                name="nondisclosure_stated_pair",
            ),
        ]

    def __str__(self) -> str:
        return f"Bar until {self.bars_until or 'further order'}"


class RequestDocument(Identified):
    """A document attached to a request, by whom and as what."""

    data_request = models.ForeignKey(DataRequest, on_delete=models.CASCADE, related_name="documents")
    document = models.OneToOneField(Document, on_delete=models.PROTECT, related_name="+")
    role = models.CharField(max_length=15, choices=DocumentRole.choices, default=DocumentRole.ORDER)
    added_at = models.DateTimeField()
    added_by = models.ForeignKey(_USER, on_delete=models.PROTECT, related_name="+")
    removed_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return self.document.filename
