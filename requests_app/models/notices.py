"""The notice to an account holder: per account its own small life."""

from django.conf import settings
from django.db import models
from django.db.models import Q

from foundation.core.models import Identified
from requests_app.enums import NoticeStatus
from requests_app.models.requests import DataRequest

_USER = settings.AUTH_USER_MODEL


class UserNotice(Identified):
    """Told before disclosure with a window to object, unless a bar is in force."""

    data_request = models.ForeignKey(DataRequest, on_delete=models.CASCADE, related_name="notices")
    reference = models.CharField(max_length=16, unique=True)
    account = models.CharField(max_length=100)
    status = models.CharField(max_length=10, choices=NoticeStatus.choices, default=NoticeStatus.PLANNED)
    # Why this is planned, postponed or waived, in words the file can be read by.
    reason = models.TextField()
    # When it may be sent: at once, or when the bar ends. Empty: a bar without end.
    due_at = models.DateTimeField(null=True, blank=True)
    after_disclosure = models.BooleanField(default=False)
    planned_at = models.DateTimeField()
    sent_at = models.DateTimeField(null=True, blank=True)
    window_ends_at = models.DateTimeField(null=True, blank=True)
    # Proposed by one person, in force only with the approval of a second.
    waiver_reason = models.TextField(blank=True)
    waived_by = models.ForeignKey(_USER, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    waiver_approved_by = models.ForeignKey(_USER, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    objection = models.TextField(blank=True)
    objected_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        indexes = [
            models.Index(
                fields=["due_at"],
                condition=Q(status__in=["planned", "postponed"], due_at__isnull=False),
                name="notice_due",
            )
        ]
        constraints = [
            models.UniqueConstraint(fields=["data_request", "account"], name="notice_once_per_account"),
            models.CheckConstraint(
                condition=~Q(status="waived") | Q(waived_by__isnull=False, waiver_approved_by__isnull=False),
                name="notice_waiver_two_people",
            ),
        ]

    def __str__(self) -> str:
        return self.reference
