"""The review, and the proposal that a second person signs."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from foundation.core.jobs import Job
from foundation.core.models import Identified
from foundation.documents.models import Document
from foundation.providers.models import Provider
from requests_app.enums import LawfulBasis, ProposalStatus, ProposedResult, RedirectChannel, RefusalCode, TextPurpose
from requests_app.models.requests import DataRequest

_USER = settings.AUTH_USER_MODEL


class Review(models.Model):
    """The answers to the validity checks of one request, and what is stored of the decision's grounds."""

    data_request = models.OneToOneField(DataRequest, on_delete=models.CASCADE, related_name="review")
    # {check name: {"answer": yes|no|unclear, "note": text, "page": text}}
    checks = models.JSONField(default=dict)
    # What is typed of the decision and not proposed yet, by the names of a proposal's columns.
    terms = models.JSONField(default=dict, blank=True)
    # What the reviewer advises the second person; never shown to an officer.
    recommendation = models.TextField(blank=True)
    recommended_at = models.DateTimeField(null=True, blank=True)
    recommended_by = models.ForeignKey(_USER, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    updated_at = models.DateTimeField()
    updated_by = models.ForeignKey(_USER, on_delete=models.PROTECT, related_name="+")
    lock_version = models.PositiveIntegerField(default=0)

    def __str__(self) -> str:
        return f"Review of {self.data_request}"


class Proposal(Identified):
    """What one person proposes and another signs by its hash; at most one waits at a time."""

    data_request = models.ForeignKey(DataRequest, on_delete=models.CASCADE, related_name="proposals")
    number = models.PositiveSmallIntegerField()
    status = models.CharField(max_length=10, choices=ProposalStatus.choices, default=ProposalStatus.PROPOSED)
    result = models.CharField(max_length=10, choices=ProposedResult.choices)
    # The exact bytes that are signed: lines, order versions, notice, recipient, grounds; and their SHA-256.
    content = models.TextField()
    content_hash = models.CharField(max_length=64)
    binding = models.BooleanField()  # False: voluntary
    route = models.CharField(max_length=100)
    lawful_basis = models.CharField(max_length=10, choices=LawfulBasis.choices)
    transfer_ground = models.CharField(max_length=200)
    necessity = models.TextField()
    refusal_code = models.CharField(max_length=20, choices=RefusalCode.choices, blank=True)
    # Where the officer is referred to.
    redirect_channel = models.CharField(max_length=8, choices=RedirectChannel.choices, blank=True)
    text_for_officer = models.TextField()
    proposed_at = models.DateTimeField()
    proposed_by = models.ForeignKey(_USER, on_delete=models.PROTECT, related_name="+")
    signed_at = models.DateTimeField(null=True, blank=True)
    signed_by = models.ForeignKey(_USER, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    signed_hash = models.CharField(max_length=64, blank=True)
    sent_back_reason = models.TextField(blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["data_request"], condition=Q(status="proposed"), name="proposal_one_waits"),
            models.UniqueConstraint(fields=["data_request", "number"], name="proposal_number"),
            models.CheckConstraint(
                condition=Q(signed_by=None) | ~Q(signed_by=F("proposed_by")), name="proposal_second_person"
            ),
            models.CheckConstraint(
                condition=Q(signed_at=None, signed_by=None) | Q(signed_at__isnull=False, signed_by__isnull=False),
                name="proposal_signed_pair",
            ),
            models.CheckConstraint(
                condition=~Q(status="approved") | Q(signed_hash=F("content_hash")), name="proposal_signed_what_it_says"
            ),
            # GDPR Art. 5(2), 6, 44: nothing is disclosed without its ground, that of the transfer and why it is needed.
            # What goes no route is an enquiry, of which no records leave.
            models.CheckConstraint(
                condition=~Q(status="approved", result="grant")
                | (~Q(lawful_basis="") & (Q(route="") | (~Q(transfer_ground="") & ~Q(necessity="")))),
                name="proposal_granted_on_grounds",
            ),
        ]

    def __str__(self) -> str:
        return f"Proposal {self.number} of {self.data_request}"


class DecisionLetter(Identified, Job):
    """The letter that tells the officer of a decision: made by a worker from the signed proposal, then kept."""

    proposal = models.OneToOneField(Proposal, on_delete=models.CASCADE, related_name="letter")
    document = models.OneToOneField(Document, null=True, blank=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        indexes = [
            models.Index(
                fields=["due_at", "id"], condition=~Q(state__in=["done", "given_up"]), name="decisionletter_due"
            )
        ]

    def __str__(self) -> str:
        return f"Letter on {self.proposal}"


class TextTemplate(Identified):
    """Words that staff start from: of a question, a refusal, a referral; per country and language, edited by staff."""

    provider = models.ForeignKey(Provider, on_delete=models.PROTECT, related_name="texts")
    purpose = models.CharField(max_length=10, choices=TextPurpose.choices)
    # The same text in several languages shares its code.
    code = models.SlugField(max_length=40)
    name = models.CharField(max_length=100)
    # Of a question: the check it is about; of a refusal: its code; of a referral: its channel.
    about = models.CharField(max_length=20, blank=True)
    # Of one country, ISO 3166; empty: of all that have none of their own.
    jurisdiction = models.CharField(max_length=3, blank=True)
    language = models.CharField(max_length=10, default="en")
    text = models.TextField()
    changed_at = models.DateTimeField()
    changed_by = models.ForeignKey(_USER, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    retired_at = models.DateTimeField(null=True, blank=True)
    # Rises with every change: whoever saves over an older state is told.
    lock_version = models.PositiveIntegerField(default=0)

    class Meta:
        ordering = ["purpose", "name", "jurisdiction", "language"]
        constraints = [
            models.UniqueConstraint(
                fields=["provider", "purpose", "code", "jurisdiction", "language"], name="texttemplate_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.name} ({self.language})"
