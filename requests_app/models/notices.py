"""The notice to an account holder: per account its own small life."""

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models import F, Q

from foundation.core.models import Identified
from foundation.providers.models import Provider
from requests_app.enums import NoticeStatus, TargetRole
from requests_app.models.requests import DataRequest
from requests_app.notice_enums import CompanyDoes, CustomerAsks, NoticeChannel, NoticeWait

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
    # Stays when the holder is to be told anew: the letter that is out there is still ours.
    last_told_at = models.DateTimeField(null=True, blank=True)
    window_ends_at = models.DateTimeField(null=True, blank=True)
    # Proposed by one person, in force only with the approval of a second.
    waiver_reason = models.TextField(blank=True)
    waived_by = models.ForeignKey(_USER, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    waiver_approved_by = models.ForeignKey(_USER, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    # Who the account holder is in this request, the most careful of the roles of its identifiers.
    role = models.CharField(max_length=8, choices=TargetRole.choices, default=TargetRole.UNKNOWN)
    # Why nobody is told before a person has looked; empty where nobody has to.
    waits_for = models.CharField(max_length=8, choices=NoticeWait.choices, blank=True)
    # What an analyst looks at (requests_app.notice_rules.Look), as the rule last said.
    looks = ArrayField(models.CharField(max_length=20), default=list, blank=True)
    # An analyst looked: the holder may be told as soon as nothing forbids it.
    cleared_at = models.DateTimeField(null=True, blank=True)
    cleared_by = models.ForeignKey(_USER, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    cleared_reason = models.TextField(blank=True)
    # Counsel decided that a bar of another matter, of a linked account or of a law nobody is sure of does not hold
    # this notice. A confirmed bar of this request and the mark of compliance are not lifted by it.
    despite_at = models.DateTimeField(null=True, blank=True)
    despite_by = models.ForeignKey(_USER, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    despite_reason = models.TextField(blank=True)
    # Which bars of other matters that were (requests_app.notice_rules.Bar.key): one that comes later holds it again.
    despite_bars = ArrayField(models.TextField(), default=list, blank=True)
    # Until when a renewal that was filed in time, and that nobody decided yet, holds a notice whose bar is over.
    grace_until = models.DateTimeField(null=True, blank=True)
    # How it was told.
    channel = models.CharField(max_length=8, choices=NoticeChannel.choices, blank=True)
    language = models.CharField(max_length=10, blank=True)
    # How many letters went out: a second one only where an objection was upheld and records are granted anew.
    letters_sent = models.PositiveSmallIntegerField(default=0)
    # Told by hand: who did it, and how.
    told_by = models.ForeignKey(_USER, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    told_words = models.TextField(blank=True)
    # What the account holder said to the company's support, where it can be found there, and who wrote it down here.
    objection = models.TextField(blank=True)
    objection_ticket = models.CharField(max_length=100, blank=True)
    objected_at = models.DateTimeField(null=True, blank=True)
    objection_recorded_at = models.DateTimeField(null=True, blank=True)
    objection_recorded_by = models.ForeignKey(_USER, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    objection_decided_at = models.DateTimeField(null=True, blank=True)
    objection_decided_by = models.ForeignKey(_USER, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    objection_decision = models.TextField(blank=True)

    class Meta:
        indexes = [
            models.Index(
                fields=["due_at"],
                condition=Q(status__in=["planned", "postponed"], due_at__isnull=False),
                name="notice_due",
            ),
            # The lists of the desk, each read from its end.
            models.Index(fields=["due_at", "id"], condition=Q(status="planned", waits_for=""), name="notice_list_due"),
            models.Index(fields=["due_at", "id"], condition=Q(status="postponed"), name="notice_list_postponed"),
            models.Index(fields=["planned_at", "id"], condition=~Q(waits_for=""), name="notice_list_look"),
            models.Index(
                fields=["objection_recorded_at", "id"], condition=Q(status="objected"), name="notice_list_objected"
            ),
            models.Index(fields=["-sent_at", "-id"], condition=Q(sent_at__isnull=False), name="notice_list_told"),
            models.Index(fields=["-planned_at", "-id"], condition=Q(status="waived"), name="notice_list_waived"),
        ]
        constraints = [
            models.UniqueConstraint(fields=["data_request", "account"], name="notice_once_per_account"),
            models.CheckConstraint(
                condition=~Q(status="waived") | Q(waived_by__isnull=False, waiver_approved_by__isnull=False),
                name="notice_waiver_two_people",
            ),
            models.CheckConstraint(
                condition=Q(cleared_at=None, cleared_by=None) | Q(cleared_at__isnull=False, cleared_by__isnull=False),
                name="notice_cleared_pair",
            ),
            models.CheckConstraint(
                condition=Q(despite_at=None, despite_by=None) | Q(despite_at__isnull=False, despite_by__isnull=False),
                name="notice_despite_pair",
            ),
            models.CheckConstraint(
                condition=Q(channel="by_hand", told_by__isnull=False) | (~Q(channel="by_hand") & Q(told_by=None)),
                name="notice_by_hand_by_somebody",
            ),
            models.CheckConstraint(
                condition=Q(objection_decided_by=None)
                | (Q(objection_decided_at__isnull=False) & ~Q(objection_decided_by=F("objection_recorded_by"))),
                name="notice_objection_second_person",
            ),
        ]

    @property
    def objection_upheld(self) -> bool:
        """Say whether the last objection was upheld, also when the holder was told anew of what was granted anew."""
        decided = self.objection_decided_at
        return decided is not None and (self.status == NoticeStatus.UPHELD or self.planned_at >= decided)

    def __str__(self) -> str:
        return self.reference


class AccountFacts(models.Model):
    """What the company's systems last said about an account that decides who may be told: no name, no address."""

    provider = models.ForeignKey(Provider, on_delete=models.PROTECT, related_name="+")
    account = models.CharField(max_length=100)
    # foundation.providers.connectors.base.Trait
    traits = ArrayField(models.CharField(max_length=20), default=list, blank=True)
    # Other accounts of the same person; a link is read in both directions.
    linked = ArrayField(models.CharField(max_length=100), default=list, blank=True)
    contact_changed_at = models.DateTimeField(null=True, blank=True)
    read_at = models.DateTimeField()

    class Meta:
        indexes = [GinIndex(fields=["linked"], name="accountfacts_linked")]
        constraints = [models.UniqueConstraint(fields=["provider", "account"], name="accountfacts_once")]

    def __str__(self) -> str:
        return f"What is known of account {self.pk}"


class RestrictionQuestion(Identified):
    """The company's systems ask before they answer a customer's access or deletion request; counsel may have to say."""

    provider = models.ForeignKey(Provider, on_delete=models.PROTECT, related_name="+")
    # The company's own key of the question: asked again, the answer is the same until something changed.
    key = models.CharField(max_length=100)
    account = models.CharField(max_length=100)
    kind = models.CharField(max_length=8, choices=CustomerAsks.choices)
    language = models.CharField(max_length=10, blank=True)
    asked_at = models.DateTimeField()
    answer = models.CharField(max_length=9, choices=CompanyDoes.choices)
    answered_at = models.DateTimeField()
    # The day on which the company answers its customer, not before and not after: the same for everybody who asked on
    # the same day. Frozen with the first answer.
    answer_on = models.DateField()
    # What counsel decided of one that was answered "ask legal", and a digest of what there was when it was decided:
    # where something else is there, it waits again.
    decision = models.CharField(max_length=9, choices=CompanyDoes.choices, blank=True)
    basis = models.CharField(max_length=64, blank=True)
    decided_at = models.DateTimeField(null=True, blank=True)
    decided_by = models.ForeignKey(_USER, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    decided_reason = models.TextField(blank=True)

    class Meta:
        indexes = [
            models.Index(fields=["answer_on", "id"], condition=Q(answer="ask_legal"), name="restriction_waits"),
            models.Index(
                fields=["-decided_at", "-id"], condition=Q(decided_at__isnull=False), name="restriction_decided"
            ),
        ]
        constraints = [
            models.UniqueConstraint(fields=["provider", "key"], name="restriction_once"),
            models.CheckConstraint(
                condition=Q(decided_at=None, decided_by=None) | Q(decided_at__isnull=False, decided_by__isnull=False),
                name="restriction_decided_pair",
            ),
            models.CheckConstraint(
                condition=Q(decision="", decided_at=None, basis="")
                | (
                    Q(decision__in=["proceed", "keep"], decided_at__isnull=False) & ~Q(basis="") & ~Q(decided_reason="")
                ),
                name="restriction_decision_whole",
            ),
        ]

    def __str__(self) -> str:
        return f"Question {self.pk} of the company's systems"
