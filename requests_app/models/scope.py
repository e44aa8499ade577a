"""What is asked about whom: targets and lines (target x category x period)."""

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import OpClass
from django.db import models
from django.db.models import F, Q

from foundation.core.identifiers import IdentifierKind
from foundation.core.jobs import Job
from foundation.core.models import Identified
from foundation.documents.models import Document
from foundation.providers.models import LegalEntity
from requests_app.enums import (
    DataCategory,
    FreezeAct,
    FreezeExtent,
    LiftCause,
    LineDecision,
    MatchResult,
    RefusalCode,
    TargetAct,
    TargetRole,
)
from requests_app.models.orders import LegalProcess, OrderVersion
from requests_app.models.requests import DataRequest
from requests_app.models.searchable import FROM_END, FROM_START

_USER = settings.AUTH_USER_MODEL


class Target(models.Model):
    """An identifier the officer gave, and the account staff matched it to."""

    data_request = models.ForeignKey(DataRequest, on_delete=models.CASCADE, related_name="targets")
    kind = models.CharField(max_length=10, choices=IdentifierKind.choices)
    network = models.CharField(max_length=20, blank=True)
    given = models.CharField(max_length=300)
    normalised = models.CharField(max_length=300)
    # What stands beside the bare value: a memo or tag, the direction and output of a transaction.
    detail = models.CharField(max_length=160, blank=True)
    note = models.CharField(max_length=300, blank=True)
    # The order that names this account; none: all orders of the request do.
    process = models.ForeignKey(LegalProcess, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    # What came in together, so that it can be taken back together.
    batch = models.UUIDField(null=True, blank=True)
    role = models.CharField(max_length=8, choices=TargetRole.choices, default=TargetRole.UNKNOWN)
    match_result = models.CharField(max_length=12, choices=MatchResult.choices, default=MatchResult.UNMATCHED)
    account = models.CharField(max_length=100, blank=True)
    account_label = models.CharField(max_length=200, blank=True)
    match_detail = models.JSONField(default=dict, blank=True)
    # Whose of several holders of a joint account the identifier is, in the company's own label; empty: the account's.
    holder = models.CharField(max_length=40, blank=True)
    # Which of our companies holds the account: the answer to an enquiry.
    entity = models.ForeignKey(LegalEntity, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    matched_at = models.DateTimeField(null=True, blank=True)
    matched_by = models.ForeignKey(_USER, null=True, blank=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        indexes = [
            models.Index(fields=["normalised"]),
            models.Index(OpClass(FROM_START, name="text_pattern_ops"), name="target_from_start"),
            models.Index(OpClass(FROM_END, name="text_pattern_ops"), name="target_from_end"),
            models.Index(fields=["account"], condition=~Q(account=""), name="target_account"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["data_request", "kind", "network", "normalised", "detail"], name="target_once"
            ),
            models.CheckConstraint(
                condition=Q(matched_at=None, matched_by=None) | Q(matched_at__isnull=False, matched_by__isnull=False),
                name="target_matched_pair",
            ),
        ]

    def __str__(self) -> str:
        return self.given


class RequestLine(Identified):
    """One decision: this target, this category, this period (UTC, end exclusive)."""

    data_request = models.ForeignKey(DataRequest, on_delete=models.CASCADE, related_name="lines")
    target = models.ForeignKey(Target, on_delete=models.CASCADE, related_name="lines")
    category = models.CharField(max_length=15, choices=DataCategory.choices)
    period_from = models.DateTimeField()
    period_to = models.DateTimeField()
    # What the order's words narrow further: assets by their short names, upper case (empty: all), and whether they
    # cover the other holders of a joint account, and who the other side of a transaction is.
    assets = ArrayField(models.CharField(max_length=20), default=list, blank=True)
    other_holders = models.BooleanField(default=False)
    counterparties = models.BooleanField(default=False)
    order_version = models.ForeignKey(OrderVersion, null=True, blank=True, on_delete=models.PROTECT)
    decision = models.CharField(max_length=10, choices=LineDecision.choices, default=LineDecision.OPEN)
    refusal_code = models.CharField(max_length=20, choices=RefusalCode.choices, blank=True)
    ground = models.TextField(blank=True)

    class Meta:
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(
                fields=["data_request", "target", "category", "period_from", "period_to"], name="line_once"
            ),
            models.CheckConstraint(condition=Q(period_from__lt=F("period_to")), name="line_period_forward"),
            models.CheckConstraint(condition=~Q(decision="refuse") | ~Q(refusal_code=""), name="line_refusal_has_code"),
        ]

    def __str__(self) -> str:
        return f"{self.target}: {self.category}"


class TargetChange(models.Model):
    """What was added to or taken out of the identifiers of a draft at once, so that it can be undone."""

    data_request = models.ForeignKey(DataRequest, on_delete=models.CASCADE, related_name="target_changes")
    act = models.CharField(max_length=7, choices=TargetAct.choices)
    batch = models.UUIDField()
    # Of what was removed: everything that makes it again.
    rows = models.JSONField(default=list, blank=True)
    count = models.PositiveIntegerField(default=0)
    at = models.DateTimeField()
    by = models.ForeignKey(_USER, on_delete=models.PROTECT, related_name="+")
    undone_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return f"{self.data_request}: {self.count} {self.act}"


class TargetImport(Identified, Job):
    """A file of identifiers on its way into a draft: read row by row by a worker, each row answered."""

    data_request = models.ForeignKey(DataRequest, on_delete=models.CASCADE, related_name="imports")
    document = models.OneToOneField(Document, on_delete=models.PROTECT, related_name="+")
    role = models.CharField(max_length=8, choices=TargetRole.choices, default=TargetRole.UNKNOWN)
    process = models.ForeignKey(LegalProcess, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    batch = models.UUIDField()
    total = models.PositiveIntegerField(default=0)
    done = models.PositiveIntegerField(default=0)
    added = models.PositiveIntegerField(default=0)
    corrected = models.PositiveIntegerField(default=0)
    refused = models.PositiveIntegerField(default=0)
    duplicates = models.PositiveIntegerField(default=0)
    # [row, given, verdict, why] of every row that was corrected or refused.
    results = models.JSONField(default=list, blank=True)
    created_at = models.DateTimeField()
    by = models.ForeignKey(_USER, on_delete=models.PROTECT, related_name="+")

    class Meta:
        indexes = [
            models.Index(fields=["due_at", "id"], condition=~Q(state__in=["done", "given_up"]), name="targetimport_due")
        ]

    def __str__(self) -> str:
        return f"{self.data_request}: {self.document}"


class FreezeOrder(models.Model):
    """What a freeze or seizure asks: which asset, how much, until when. The portal itself moves nothing."""

    data_request = models.OneToOneField(DataRequest, on_delete=models.CASCADE, related_name="freeze")
    act = models.CharField(max_length=8, choices=FreezeAct.choices, blank=True)
    asset = models.CharField(max_length=100, blank=True)
    # In units of the asset; none: all of it.
    amount = models.DecimalField(max_digits=38, decimal_places=18, null=True, blank=True)
    everything = models.BooleanField(default=False)
    # Of a transfer: where to. Confirmed by call-back before anything is instructed.
    destination = models.CharField(max_length=300, blank=True)
    destination_network = models.CharField(max_length=20, blank=True)
    expires_on = models.DateField(null=True, blank=True)
    # Once carried out: when it ends by itself (the order's last day is over), and that it ended.
    ends_at = models.DateTimeField(null=True, blank=True)
    # The rule that gave this end, frozen with it.
    ends_rule = models.CharField(max_length=80, blank=True)
    lifted_at = models.DateTimeField(null=True, blank=True)
    # Who asked the company's own systems to do it; none: people do it by hand.
    instructed_at = models.DateTimeField(null=True, blank=True)
    instructed_by = models.ForeignKey(_USER, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    process = models.ForeignKey(LegalProcess, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    # What was done, as one person recorded it and a second confirmed it.
    recorded_at = models.DateTimeField(null=True, blank=True)
    recorded_by = models.ForeignKey(_USER, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    confirmed_at = models.DateTimeField(null=True, blank=True)
    confirmed_by = models.ForeignKey(_USER, null=True, blank=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(confirmed_by=None)
                | (Q(recorded_by__isnull=False, confirmed_at__isnull=False) & ~Q(confirmed_by=F("recorded_by"))),
                name="freeze_confirmed_by_second_person",
            ),
            models.CheckConstraint(condition=Q(amount=None) | Q(amount__gt=0), name="freeze_amount_positive"),
            models.CheckConstraint(condition=Q(amount=None) | Q(everything=False), name="freeze_amount_or_all"),
        ]

    def __str__(self) -> str:
        return f"{self.get_act_display()} {self.amount or 'all'} {self.asset}"


class FreezeResult(models.Model):
    """What was done for one account of a freeze or seizure, outside the portal; amounts in units of the asset."""

    line = models.OneToOneField(RequestLine, on_delete=models.CASCADE, related_name="freeze_result")
    extent = models.CharField(max_length=8, choices=FreezeExtent.choices)
    balance = models.DecimalField(max_digits=38, decimal_places=18, null=True, blank=True)
    amount = models.DecimalField(max_digits=38, decimal_places=18, null=True, blank=True)
    done_at = models.DateTimeField()
    note = models.CharField(max_length=300, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(extent="nothing", amount=None) | (~Q(extent="nothing") & Q(amount__gt=0)),
                name="freezeresult_amount_if_done",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.line}: {self.get_extent_display()}"


class FreezeLift(Identified):
    """The end of a freeze: why, recorded by one person and confirmed by a second, once the assets are free again."""

    freeze = models.OneToOneField(FreezeOrder, on_delete=models.CASCADE, related_name="lift")
    cause = models.CharField(max_length=11, choices=LiftCause.choices)
    reason = models.TextField(blank=True)
    document = models.ForeignKey(Document, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    asked_at = models.DateTimeField()
    # None: the order's last day is over.
    asked_by = models.ForeignKey(_USER, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    # Who asked the company's own systems to do it; none: people do it by hand.
    instructed_at = models.DateTimeField(null=True, blank=True)
    instructed_by = models.ForeignKey(_USER, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    done_at = models.DateTimeField(null=True, blank=True)
    recorded_at = models.DateTimeField(null=True, blank=True)
    recorded_by = models.ForeignKey(_USER, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    confirmed_at = models.DateTimeField(null=True, blank=True)
    confirmed_by = models.ForeignKey(_USER, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    # Not lifted after all, and why, as whoever asked reads it.
    declined_at = models.DateTimeField(null=True, blank=True)
    declined_by = models.ForeignKey(_USER, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    declined_reason = models.TextField(blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(confirmed_by=None)
                | (Q(recorded_by__isnull=False, confirmed_at__isnull=False) & ~Q(confirmed_by=F("recorded_by"))),
                name="freezelift_confirmed_by_second_person",
            )
        ]

    def __str__(self) -> str:
        return f"End of {self.freeze}"


class FreezeExtension(Identified):
    """A later version of the order and what it does to the end of a freeze: one person checks, a second confirms."""

    freeze = models.ForeignKey(FreezeOrder, on_delete=models.CASCADE, related_name="extensions")
    version = models.ForeignKey(OrderVersion, on_delete=models.PROTECT, related_name="+")
    # The new last day; none: until further order.
    last_day = models.DateField(null=True, blank=True)
    checked_at = models.DateTimeField()
    checked_by = models.ForeignKey(_USER, on_delete=models.PROTECT, related_name="+")
    confirmed_at = models.DateTimeField(null=True, blank=True)
    confirmed_by = models.ForeignKey(_USER, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    # It changes nothing, and why, as the officer reads it.
    declined_at = models.DateTimeField(null=True, blank=True)
    declined_by = models.ForeignKey(_USER, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    declined_reason = models.TextField(blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["freeze", "version"], name="freezeextension_once"),
            models.CheckConstraint(
                condition=Q(confirmed_by=None) | (Q(confirmed_at__isnull=False) & ~Q(confirmed_by=F("checked_by"))),
                name="freezeextension_confirmed_by_second_person",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.freeze} until {self.last_day or 'further order'}"
