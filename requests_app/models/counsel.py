"""A question to counsel about a request: it has its own clock while the statutory one runs on."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from foundation.core.models import Identified
from requests_app.enums import CounselOpinion, CounselStatus
from requests_app.models.requests import DataRequest

_USER = settings.AUTH_USER_MODEL


class CounselReferral(Identified):
    """What counsel or the data-protection officer is asked about a request, and the opinion; never for officers."""

    data_request = models.ForeignKey(DataRequest, on_delete=models.CASCADE, related_name="referrals")
    number = models.PositiveSmallIntegerField()
    status = models.CharField(max_length=9, choices=CounselStatus.choices, default=CounselStatus.OPEN)
    question = models.TextField()
    asked_at = models.DateTimeField()
    asked_by = models.ForeignKey(_USER, on_delete=models.PROTECT, related_name="+")
    # Somebody in particular, or whoever of counsel takes it first.
    to = models.ForeignKey(_USER, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    due_at = models.DateTimeField()
    due_rule = models.CharField(max_length=80, blank=True)
    opinion = models.CharField(max_length=10, choices=CounselOpinion.choices, blank=True)
    advice = models.TextField(blank=True)
    # Why a disclosure is proposed although counsel objects; the second person reads it.
    despite = models.TextField(blank=True)
    despite_at = models.DateTimeField(null=True, blank=True)
    despite_by = models.ForeignKey(_USER, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    closed_at = models.DateTimeField(null=True, blank=True)
    closed_by = models.ForeignKey(_USER, null=True, blank=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        ordering = ["number"]
        indexes = [models.Index(fields=["due_at"], condition=Q(status="open"), name="counsel_due")]
        constraints = [
            models.UniqueConstraint(fields=["data_request"], condition=Q(status="open"), name="counsel_one_open"),
            models.UniqueConstraint(fields=["data_request", "number"], name="counsel_number"),
            models.CheckConstraint(
                condition=~Q(status="answered") | (~Q(opinion="") & ~Q(closed_by=F("asked_by"))),
                name="counsel_answered_by_somebody_else",
            ),
            models.CheckConstraint(
                condition=Q(despite="", despite_at=None, despite_by=None)
                | (Q(despite_at__isnull=False, despite_by__isnull=False) & ~Q(despite="")),
                name="counsel_despite_with_reason",
            ),
        ]

    def __str__(self) -> str:
        return f"Question {self.number} to counsel about {self.data_request}"
