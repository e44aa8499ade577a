"""The hold: what is kept, for whom, until when; its identifiers and its extensions."""

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils import timezone

from accounts.models import Agency
from foundation.core.identifiers import IdentifierKind, beside_words
from foundation.core.models import Identified
from foundation.documents.models import Document
from foundation.legal.models import ProcessType
from foundation.providers.models import Provider
from preservation.enums import (
    ENDED_STATUSES,
    LETS_GO,
    MATCH_WORDS,
    OPEN_STATUSES,
    Acceptance,
    DeclineCode,
    ExtensionStatus,
    HoldFlag,
    HoldGround,
    HoldStatus,
)
from preservation.querysets import COPIES_OVER, OVER_AT, WAITS_FOR_CHOICE, PreservationHoldQuerySet

_USER = settings.AUTH_USER_MODEL
# In one order, whatever order a set has: conditions of indexes are compared as text.
_KEPT, _OVER = sorted(OPEN_STATUSES), sorted(ENDED_STATUSES)
# Kept, and the time stands still.
_STOPPED = sorted(OPEN_STATUSES - {HoldStatus.ACTIVE})


class PreservationHold(Identified):
    """Records kept for an officer. Counting is calendar_strict: never earlier than n x 24 h after receipt."""

    reference = models.CharField(max_length=16, unique=True, null=True, blank=True)
    provider = models.ForeignKey(Provider, on_delete=models.PROTECT, related_name="holds")
    officer = models.ForeignKey(_USER, on_delete=models.PROTECT, related_name="holds")
    agency = models.ForeignKey(Agency, on_delete=models.PROTECT, related_name="holds")
    status = models.CharField(max_length=15, choices=HoldStatus.choices, default=HoldStatus.DRAFT)
    title = models.CharField(max_length=150, blank=True)
    case_number = models.CharField(max_length=100, blank=True)
    ground = models.CharField(max_length=6, choices=HoldGround.choices, default=HoldGround.POLICY)
    process_type = models.ForeignKey(ProcessType, null=True, blank=True, on_delete=models.PROTECT)
    reason = models.TextField(blank=True)
    categories = ArrayField(models.CharField(max_length=20), default=list, blank=True)
    period_from = models.DateField(null=True, blank=True)
    period_to = models.DateField(null=True, blank=True)
    process_follows = models.BooleanField(null=True)
    process_follows_by = models.DateField(null=True, blank=True)
    document = models.ForeignKey(Document, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    restricted = models.BooleanField(default=False)
    # The request this hold belongs to, as text: the hold never looks up.
    request_reference = models.CharField(max_length=16, blank=True)

    created_at = models.DateTimeField()
    saved_at = models.DateTimeField(default=timezone.now)
    requested_at = models.DateTimeField(null=True, blank=True)
    starts_at = models.DateTimeField(null=True, blank=True)
    expires_at = models.DateTimeField(null=True, blank=True)
    # The rule and version that gave the expiry, frozen with it.
    expiry_rule = models.CharField(max_length=120, blank=True)
    first_days = models.PositiveSmallIntegerField(default=90)
    extension_days = models.PositiveSmallIntegerField(default=90)
    maximum_extensions = models.PositiveSmallIntegerField(null=True, blank=True)
    # Days in all, extensions included; empty: only the number of extensions limits it.
    maximum_days = models.PositiveSmallIntegerField(null=True, blank=True)
    destroy_after = models.BooleanField(default=False)
    # Whether the offence is under the law of another country, where the rule counts that differently.
    foreign_offence = models.BooleanField(null=True)
    # By when the authority itself must go to court, and when the officer said that it did, with docket or court.
    authority_must_file_by = models.DateTimeField(null=True, blank=True)
    filed_on = models.DateField(null=True, blank=True)
    filed_words = models.CharField(max_length=200, blank=True)

    # Set by compliance (tipping-off law): nobody tells the account holders, in whatever request. Officers never see it.
    aml_bar = models.BooleanField(default=False)
    # Whether somebody took it as it was asked for. Declining ends it; until then the records are kept.
    acceptance = models.CharField(max_length=8, choices=Acceptance.choices, default=Acceptance.RULE)
    flags = ArrayField(models.CharField(max_length=20, choices=HoldFlag.choices), default=list, blank=True)
    # By when a person decides on one that nobody accepted yet, with the rule that gave it.
    accept_by = models.DateTimeField(null=True, blank=True)
    accept_rule = models.CharField(max_length=80, blank=True)
    accepted_at = models.DateTimeField(null=True, blank=True)
    accepted_by = models.ForeignKey(_USER, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    declined_at = models.DateTimeField(null=True, blank=True)
    declined_by = models.ForeignKey(_USER, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    decline_code = models.CharField(max_length=20, choices=DeclineCode.choices, blank=True)
    decline_reason = models.TextField(blank=True)

    # A treaty request: its number or authority, and when somebody says again that it is under way.
    treaty_words = models.CharField(max_length=500, blank=True)
    confirm_by = models.DateTimeField(null=True, blank=True)
    # Until when the copies of an ended hold stay, so that a late extension can be granted.
    grace_until = models.DateTimeField(null=True, blank=True)
    # When somebody last looked at a long hold that no process followed, and what was found. No moment beside a note:
    # the note is the officer's answer, and nobody has read it yet.
    looked_at = models.DateTimeField(null=True, blank=True)
    looked_by = models.ForeignKey(_USER, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    looked_note = models.CharField(max_length=500, blank=True)
    # When staff asked the officer whether it is still needed; empty again once the officer answered.
    needed_asked_at = models.DateTimeField(null=True, blank=True)
    # When the first request, or treaty request, came for what is kept: the answer to how many holds process follows.
    process_at = models.DateTimeField(null=True, blank=True)
    # The next instant at which this hold is reminded of, or ends; empty while nothing runs down.
    next_action_at = models.DateTimeField(null=True, blank=True)
    # The next instant at which the company's own systems are asked for anything: keep, make the certificate, delete.
    work_at = models.DateTimeField(null=True, blank=True)
    reminded_lead = models.PositiveSmallIntegerField(null=True, blank=True)
    snapshot = models.JSONField(default=dict, blank=True)
    snapshot_at = models.DateTimeField(null=True, blank=True)
    certificate = models.ForeignKey(Document, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    released_at = models.DateTimeField(null=True, blank=True)
    expired_at = models.DateTimeField(null=True, blank=True)
    destroyed_at = models.DateTimeField(null=True, blank=True)
    lock_version = models.PositiveIntegerField(default=0)

    objects = PreservationHoldQuerySet.as_manager()

    class Meta:
        indexes = [
            models.Index(fields=["next_action_at"], condition=models.Q(next_action_at__isnull=False), name="hold_due"),
            models.Index(fields=["work_at"], condition=models.Q(work_at__isnull=False), name="hold_work_due"),
            models.Index(fields=["officer", "-created_at"], name="hold_by_officer"),
            models.Index(fields=["accept_by"], condition=models.Q(acceptance="pending"), name="hold_accept_by"),
            models.Index(fields=["agency", "requested_at"], name="hold_by_agency"),
            # A page of each tab in its order, without sorting or reading what else there is.
            models.Index(fields=["expires_at", "id"], condition=models.Q(status__in=_KEPT), name="hold_open_by_end"),
            models.Index(
                fields=["status", "expires_at", "id"], condition=models.Q(status__in=_STOPPED), name="hold_stopped"
            ),
            models.Index(OVER_AT, "id", condition=models.Q(status__in=_OVER), name="hold_over"),
            models.Index(fields=["starts_at"], condition=models.Q(status="active"), name="hold_long"),
            models.Index(fields=["saved_at"], condition=models.Q(status="draft"), name="hold_old_draft"),
            models.Index(
                fields=["request_reference"], condition=~models.Q(request_reference=""), name="hold_of_request"
            ),
            models.Index(COPIES_OVER, condition=models.Q(status__in=LETS_GO), name="hold_copies_over"),
            models.Index(
                fields=["authority_must_file_by"],
                condition=models.Q(authority_must_file_by__isnull=False, filed_on__isnull=True, status="active"),
                name="hold_to_file",
            ),
            models.Index(fields=["confirm_by"], condition=models.Q(confirm_by__isnull=False), name="hold_to_confirm"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(status="draft") | models.Q(reference__isnull=False), name="hold_has_reference"
            ),
            models.CheckConstraint(
                condition=~models.Q(status__in=["active", "process_served", "on_treaty"])
                | models.Q(starts_at__isnull=False, expires_at__isnull=False),
                name="hold_active_has_expiry",
            ),
            models.CheckConstraint(
                condition=models.Q(next_action_at=None) | models.Q(status="active"), name="hold_only_active_runs_down"
            ),
            models.CheckConstraint(
                condition=~models.Q(acceptance="person") | models.Q(accepted_at__isnull=False),
                name="hold_accepted_by_somebody",
            ),
            models.CheckConstraint(
                condition=models.Q(declined_at=None) | ~models.Q(decline_code=""), name="hold_declined_with_code"
            ),
            models.CheckConstraint(
                condition=models.Q(period_from=None)
                | models.Q(period_to=None)
                | models.Q(period_from__lte=models.F("period_to")),
                name="hold_period_forward",
            ),
        ]

    def __str__(self) -> str:
        return self.reference or "Draft hold"

    @property
    def name(self) -> str:
        """What the officer calls it, or its reference."""
        return self.title or self.case_number or self.reference or "New hold"

    @property
    def is_open(self) -> bool:
        """Say whether records are kept now."""
        return self.status in OPEN_STATUSES


class HeldIdentifier(models.Model):
    """An identifier the officer named, as given and normalised; the account behind it stays with staff."""

    hold = models.ForeignKey(PreservationHold, on_delete=models.CASCADE, related_name="identifiers")
    kind = models.CharField(max_length=10, choices=IdentifierKind.choices)
    network = models.CharField(max_length=20, blank=True)
    given = models.CharField(max_length=300)
    normalised = models.CharField(max_length=300)
    # Memo, tag, direction or output: foundation.core.identifiers.Identifier.
    detail = models.CharField(max_length=60, blank=True)
    account = models.CharField(max_length=100, blank=True)
    match_result = models.CharField(max_length=20, blank=True)
    # Where an identifier leads to several accounts: each as the connector named it, until a person chose.
    candidates = models.JSONField(default=list, blank=True)
    chosen_at = models.DateTimeField(null=True, blank=True)
    chosen_by = models.ForeignKey(_USER, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    # The officer needs this one no longer; the others are kept on.
    released_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        indexes = [
            models.Index(fields=["normalised"]),
            models.Index(fields=["hold"], condition=WAITS_FOR_CHOICE, name="held_to_choose"),
            models.Index(fields=["account"], condition=~models.Q(account=""), name="held_account"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["hold", "kind", "network", "normalised", "detail"], name="heldidentifier_once"
            )
        ]

    def __str__(self) -> str:
        return self.given

    @property
    def beside(self) -> str:
        """Network, memo or tag, direction and output in words, empty where there is none."""
        return beside_words(self.network, self.detail)

    @property
    def match_words(self) -> str:
        """What staff read of the match."""
        return MATCH_WORDS.get(self.match_result, "Not matched yet")


class HoldExtension(Identified):
    """An additional request to keep the records longer, decided by a preservation administrator."""

    hold = models.ForeignKey(PreservationHold, on_delete=models.CASCADE, related_name="extensions")
    status = models.CharField(max_length=10, choices=ExtensionStatus.choices, default=ExtensionStatus.REQUESTED)
    requested_at = models.DateTimeField()
    requested_by = models.ForeignKey(_USER, on_delete=models.PROTECT, related_name="+")
    reason = models.TextField()
    # The decision that extends it, in the officer's words: whose, of when, its number. Only where the law wants one.
    ground = models.CharField(max_length=300, blank=True)
    document = models.ForeignKey(Document, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    days = models.PositiveSmallIntegerField()
    # Asked for after the end, within the time for which the copies stay.
    late = models.BooleanField(default=False)
    old_expires_at = models.DateTimeField()
    new_expires_at = models.DateTimeField(null=True, blank=True)
    decided_at = models.DateTimeField(null=True, blank=True)
    decided_by = models.ForeignKey(_USER, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    decision_reason = models.TextField(blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["hold"], condition=models.Q(status="requested"), name="extension_one_open_per_hold"
            ),
            models.CheckConstraint(
                condition=models.Q(decided_at=None, decided_by=None) | models.Q(decided_at__isnull=False),
                name="extension_decided_pair",
            ),
        ]

    def __str__(self) -> str:
        return f"Extension of {self.hold}"


class HoldFollower(models.Model):
    """A colleague of the same agency who is reminded with the officer, and reads the hold."""

    hold = models.ForeignKey(PreservationHold, on_delete=models.CASCADE, related_name="followers")
    user = models.ForeignKey(_USER, on_delete=models.PROTECT, related_name="followed_holds")
    agency = models.ForeignKey(Agency, on_delete=models.PROTECT, related_name="+")
    added_at = models.DateTimeField()
    added_by = models.ForeignKey(_USER, on_delete=models.PROTECT, related_name="+")
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["hold", "user"], condition=models.Q(ended_at=None), name="holdfollower_once"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user} follows {self.hold}"
