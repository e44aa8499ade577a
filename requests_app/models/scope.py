"""What is asked about whom: targets and lines (target x category x period)."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from foundation.core.identifiers import IdentifierKind
from foundation.core.models import Identified
from requests_app.enums import DataCategory, LineDecision, MatchResult, RefusalCode, TargetRole
from requests_app.models.orders import OrderVersion
from requests_app.models.requests import DataRequest

_USER = settings.AUTH_USER_MODEL


class Target(models.Model):
    """An identifier the officer gave, and the account staff matched it to."""

    data_request = models.ForeignKey(DataRequest, on_delete=models.CASCADE, related_name="targets")
    kind = models.CharField(max_length=10, choices=IdentifierKind.choices)
    network = models.CharField(max_length=20, blank=True)
    given = models.CharField(max_length=300)
    normalised = models.CharField(max_length=300)
    role = models.CharField(max_length=8, choices=TargetRole.choices, default=TargetRole.UNKNOWN)
    match_result = models.CharField(max_length=12, choices=MatchResult.choices, default=MatchResult.UNMATCHED)
    account = models.CharField(max_length=100, blank=True)
    account_label = models.CharField(max_length=200, blank=True)
    match_detail = models.JSONField(default=dict, blank=True)
    matched_at = models.DateTimeField(null=True, blank=True)
    matched_by = models.ForeignKey(_USER, null=True, blank=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        indexes = [
            models.Index(fields=["normalised"]),
            models.Index(fields=["account"], condition=~Q(account=""), name="target_account"),
        ]
        constraints = [
            models.UniqueConstraint(fields=["data_request", "kind", "network", "normalised"], name="target_once"),
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
