"""A request for access, the evidence about it, and the calls made."""

from typing import TYPE_CHECKING, Self

from django.conf import settings
from django.db import models

from accounts.enums import (
    AddressVerdict,
    ApplicationStatus,
    AskCode,
    CallBackResult,
    CallPurpose,
    CallWay,
    DecisionAct,
    DeclineCode,
    ProofKind,
    SignalKind,
    SignalOutcome,
)
from accounts.models.agencies import Agency, AgencyNumber
from accounts.permissions import Permission, has_permission
from foundation.core.jobs import Job
from foundation.core.models import Identified
from foundation.documents.models import Document

if TYPE_CHECKING:
    from accounts.models.users import User

_USER = settings.AUTH_USER_MODEL
_OPEN = ["submitted", "in_review", "awaiting_approval"]


class AccessApplicationQuerySet(models.QuerySet["AccessApplication"]):
    """Applications by who may see them and what must happen to them."""

    def visible_to(self, user: "User") -> Self:
        """Return what this person may see: their own, or all that were ever sent for staff with the right."""
        if has_permission(user, Permission.SEE_APPLICATIONS):
            unsent = [ApplicationStatus.EMAIL_PENDING, ApplicationStatus.DRAFT]
            return self.exclude(status__in=unsent).exclude(submitted_at=None)
        return self.filter(user=user)

    def waiting(self) -> Self:
        """Return those that wait for the desk, oldest promise first."""
        return self.filter(status__in=_OPEN).order_by("due_at", "id")

    def unfinished(self) -> Self:
        """Return those that are neither decided nor withdrawn."""
        return self.filter(status__in=[*_OPEN, ApplicationStatus.DRAFT, ApplicationStatus.ACTION_NEEDED])


class AccessApplication(Identified):
    """One officer's request for access, from the first e-mail to the decision."""

    reference = models.CharField(max_length=16, unique=True)
    email = models.EmailField(max_length=254)
    verdict = models.CharField(max_length=20, choices=AddressVerdict.choices)
    status = models.CharField(max_length=20, choices=ApplicationStatus.choices, default=ApplicationStatus.EMAIL_PENDING)
    user = models.ForeignKey(_USER, null=True, blank=True, on_delete=models.PROTECT, related_name="applications")
    # Hash of the one-time confirmation token; the token itself is only in the mail.
    token_hash = models.CharField(max_length=64, blank=True)
    token_expires_at = models.DateTimeField(null=True, blank=True)

    full_name = models.CharField(max_length=150, blank=True)
    rank = models.CharField(max_length=100, blank=True)
    unit = models.CharField(max_length=150, blank=True)
    badge = models.CharField(max_length=60, blank=True)
    phone = models.CharField(max_length=30, blank=True)
    agency = models.ForeignKey(Agency, null=True, blank=True, on_delete=models.PROTECT, related_name="applications")
    proposed_agency = models.JSONField(default=dict, blank=True)
    supervisor_name = models.CharField(max_length=150, blank=True)
    supervisor_contact = models.CharField(max_length=200, blank=True)
    # Why an address that the registry does not know is official, in the applicant's words.
    address_note = models.TextField(blank=True)
    explanation = models.TextField(blank=True)
    proof_kind = models.CharField(max_length=15, choices=ProofKind.choices, default=ProofKind.SERVICE_CARD)
    identity_document = models.ForeignKey(Document, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    # What the checks read in the file (hash, producer, author, …): stays when the images are deleted.
    document_marks = models.JSONField(default=dict, blank=True)
    document_purged_at = models.DateTimeField(null=True, blank=True)
    # A keyed hash of the network the first page was asked from, and the country the front server named, if any.
    place_hash = models.CharField(max_length=64, blank=True)
    signup_country = models.CharField(max_length=2, blank=True)
    attested_at = models.DateTimeField(null=True, blank=True)
    guidelines_version = models.CharField(max_length=20, blank=True)

    # When somebody with this address told us of an emergency without an account: vetted before all others.
    urgent_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField()
    # When the applicant last saved a part; a draft that nobody touches is deleted.
    saved_at = models.DateTimeField(null=True, blank=True)
    submitted_at = models.DateTimeField(null=True, blank=True)
    # 3 business days on the desk's calendar, frozen with the rule that gave it.
    due_at = models.DateTimeField(null=True, blank=True)
    due_rule = models.CharField(max_length=80, blank=True)
    # One working day before: the desk is reminded. Moves with the promise.
    remind_at = models.DateTimeField(null=True, blank=True)
    reviewer = models.ForeignKey(_USER, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    # What the applicant is asked to add, in their words.
    ask = models.TextField(blank=True)
    # What stood in the application when more was asked, to show what was changed since.
    sent_before = models.JSONField(default=dict, blank=True)
    # Why, for staff only: a declined applicant is told how to apply again, no reasons.
    decision_reason = models.TextField(blank=True)
    decision_code = models.CharField(max_length=20, choices=DeclineCode.choices, blank=True)
    recommended_by = models.ForeignKey(_USER, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    recommended_at = models.DateTimeField(null=True, blank=True)
    decided_by = models.ForeignKey(_USER, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    decided_at = models.DateTimeField(null=True, blank=True)

    # An appeal, once: another person than those who declined decides.
    appeal = models.TextField(blank=True)
    appealed_at = models.DateTimeField(null=True, blank=True)
    # When a lapsed officer began to verify again; empty for a first application.
    reverify_started_at = models.DateTimeField(null=True, blank=True)

    objects = AccessApplicationQuerySet.as_manager()

    class Meta:
        indexes = [
            models.Index(fields=["due_at", "id"], condition=models.Q(status__in=_OPEN), name="application_open_due"),
            models.Index(fields=["email"]),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["email"],
                condition=models.Q(
                    status__in=["draft", "submitted", "in_review", "action_needed", "awaiting_approval"]
                ),
                name="application_one_open_per_address",
            ),
            models.CheckConstraint(
                condition=models.Q(decided_at=None, decided_by=None)
                | models.Q(decided_at__isnull=False, decided_by__isnull=False),
                name="application_decided_pair",
            ),
            models.CheckConstraint(
                condition=models.Q(recommended_at=None, recommended_by=None)
                | models.Q(recommended_at__isnull=False, recommended_by__isnull=False),
                name="application_recommended_pair",
            ),
            models.CheckConstraint(
                condition=models.Q(decided_by=None)
                | models.Q(recommended_by=None)
                | ~models.Q(decided_by=models.F("recommended_by")),
                name="application_second_person",
            ),
        ]

    def __str__(self) -> str:
        return self.reference

    @property
    def agency_name(self) -> str:
        """The agency of the registry, or the one the applicant proposes."""
        return self.agency.name if self.agency else str(self.proposed_agency.get("name", ""))


class VettingSignal(Job):
    """One check of an application: a job row whose answer is evidence, never a decision."""

    application = models.ForeignKey(AccessApplication, on_delete=models.CASCADE, related_name="signals")
    kind = models.CharField(max_length=30, choices=SignalKind.choices)
    outcome = models.CharField(max_length=8, choices=SignalOutcome.choices, default=SignalOutcome.UNKNOWN)
    evidence = models.TextField(blank=True)
    explanation = models.TextField(blank=True)
    checked_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["application", "kind"], name="signal_once_per_kind")]

    def __str__(self) -> str:
        return f"{self.kind} of {self.application}"


class ApplicationDecision(models.Model):
    """One thing the desk did about an application, with its reason: nothing replaces what another person wrote."""

    application = models.ForeignKey(AccessApplication, on_delete=models.PROTECT, related_name="decisions")
    act = models.CharField(max_length=10, choices=DecisionAct.choices)
    code = models.CharField(max_length=20, blank=True, choices=[*DeclineCode.choices, *AskCode.choices])
    text = models.TextField(blank=True)
    made_at = models.DateTimeField()
    made_by = models.ForeignKey(_USER, on_delete=models.PROTECT, related_name="+")

    class Meta:
        indexes = [models.Index(fields=["made_at"])]

    def __str__(self) -> str:
        return f"{self.get_act_display()} of {self.application}"


class CallBack(models.Model):
    """A call to a number the company holds itself: number, source, who answered, when, result."""

    application = models.ForeignKey(
        AccessApplication, null=True, blank=True, on_delete=models.PROTECT, related_name="call_backs"
    )
    purpose = models.CharField(max_length=15, choices=CallPurpose.choices, default=CallPurpose.FIRST_APPROVAL)
    # Whom and which agency the call was about, where there is no application.
    about_user = models.ForeignKey(_USER, null=True, blank=True, on_delete=models.PROTECT, related_name="call_backs")
    agency = models.ForeignKey(Agency, null=True, blank=True, on_delete=models.PROTECT, related_name="call_backs")
    # A request's reference as text: this app knows nothing of requests.
    about_reference = models.CharField(max_length=16, blank=True)
    number = models.ForeignKey(AgencyNumber, null=True, blank=True, on_delete=models.PROTECT)
    # Listed alternatives where there is no usable number (central authority, liaison officer): two people.
    alternative = models.CharField(max_length=200, blank=True, choices=CallWay.choices)
    called_at = models.DateTimeField()
    called_by = models.ForeignKey(_USER, on_delete=models.PROTECT, related_name="+")
    spoke_to = models.CharField(max_length=150, blank=True)
    result = models.CharField(max_length=15, choices=CallBackResult.choices)
    note = models.TextField(blank=True)
    # A way without a usable number counts once a second person vouches for it.
    seconded_at = models.DateTimeField(null=True, blank=True)
    seconded_by = models.ForeignKey(_USER, null=True, blank=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        indexes = [
            models.Index(
                fields=["about_reference", "called_at"], condition=~models.Q(about_reference=""), name="callback_about"
            )
        ]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(number__isnull=False) | ~models.Q(alternative=""), name="callback_has_a_way"
            ),
            models.CheckConstraint(
                condition=models.Q(seconded_at=None, seconded_by=None)
                | (
                    models.Q(seconded_at__isnull=False, seconded_by__isnull=False)
                    & ~models.Q(seconded_by=models.F("called_by"))
                ),
                name="callback_seconded_by_another",
            ),
        ]

    def __str__(self) -> str:
        return f"Call of {self.called_at:%Y-%m-%d %H:%M}"
