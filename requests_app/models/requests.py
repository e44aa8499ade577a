"""The aggregate root: one request of one officer to one provider."""

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from django.conf import settings
from django.contrib.postgres.indexes import GinIndex, OpClass
from django.db import models
from django.db.models import F, Q
from django.utils import timezone

from accounts.models import Agency, Desk
from accounts.querysets import may_act
from foundation.core.models import Identified
from foundation.legal.models import ProcessType
from foundation.providers.models import LegalEntity, Provider, Team
from requests_app.deadlines import follows_a_zone, resumed
from requests_app.enums import (
    NUMBERED_CHANNELS,
    OPEN_STATUSES,
    CertificateForm,
    Channel,
    FollowerStatus,
    HandOverStatus,
    Outcome,
    Rank,
    RequestKind,
    RequestStatus,
)
from requests_app.models.alerts import EmergencyAlert
from requests_app.models.searchable import FACTS_DIGEST, FACTS_VECTOR, squeezed
from requests_app.querysets import DataRequestQuerySet

if TYPE_CHECKING:
    from accounts.models import User

_USER = settings.AUTH_USER_MODEL
_OPEN = Q(status__in=[str(s) for s in OPEN_STATUSES])


class DataRequest(Identified):
    """A request from draft to closure. Status moves only through requests_app.permissions.request_workflow."""

    reference = models.CharField(max_length=16, unique=True, null=True, blank=True)
    provider = models.ForeignKey(Provider, on_delete=models.PROTECT, related_name="requests")
    legal_entity = models.ForeignKey(LegalEntity, null=True, blank=True, on_delete=models.PROTECT)
    kind = models.CharField(max_length=10, choices=RequestKind.choices, default=RequestKind.DISCLOSURE)
    status = models.CharField(max_length=17, choices=RequestStatus.choices, default=RequestStatus.DRAFT)
    outcome = models.CharField(max_length=10, choices=Outcome.choices, default=Outcome.NONE)
    rank = models.PositiveSmallIntegerField(choices=Rank.choices, default=Rank.ROUTINE)
    officer = models.ForeignKey(_USER, on_delete=models.PROTECT, related_name="data_requests")
    # Whoever files is `officer`; who leads the investigation may be somebody without an account here.
    investigating_officer = models.CharField(max_length=150, blank=True)
    investigating_rank = models.CharField(max_length=100, blank=True)
    investigating_email = models.EmailField(blank=True)
    investigating_phone = models.CharField(max_length=30, blank=True)
    agency = models.ForeignKey(Agency, on_delete=models.PROTECT, related_name="data_requests")
    # Filed for a desk: its members see and answer it like the officer.
    desk = models.ForeignKey(Desk, null=True, blank=True, on_delete=models.PROTECT, related_name="data_requests")
    jurisdiction = models.CharField(max_length=3)
    restricted = models.BooleanField(default=False)
    restricted_because = models.CharField(max_length=300, blank=True)
    named_readers: "models.ManyToManyField[User, models.Model]" = models.ManyToManyField(
        _USER, related_name="restricted_requests", blank=True
    )
    title = models.CharField(max_length=150, blank=True)
    case_number = models.CharField(max_length=100, blank=True)
    process_type = models.ForeignKey(ProcessType, null=True, blank=True, on_delete=models.PROTECT)
    section_of_law = models.CharField(max_length=200, blank=True)
    offence = models.CharField(max_length=300, blank=True)
    facts = models.TextField(blank=True)
    connection = models.TextField(blank=True)
    # The orders behind it, in their own sequence; process_type and section_of_law are the leading order's.
    orders = models.ManyToManyField(
        "requests_app.LegalProcess", through="requests_app.OrderUse", related_name="data_requests", blank=True
    )
    # What a draft asks for, before there are targets to make lines of:
    # [{"category", "from", "to", "zone", "order"}], days of that zone (UTC where none is named), both included.
    records_asked = models.JSONField(default=list, blank=True)
    treaty_channel = models.CharField(max_length=150, blank=True)
    certificate_form = models.CharField(max_length=30, choices=CertificateForm.choices, blank=True)
    # Emergencies: who is in danger, why now, why this data, why not ordinary process (JSON of the one-page form).
    emergency = models.JSONField(default=dict, blank=True)
    needed_by = models.DateTimeField(null=True, blank=True)
    declared_at = models.DateTimeField(null=True, blank=True)
    # Who is not to be told, and why, as the officer asked; the review decides.
    secrecy_asked = models.BooleanField(null=True)
    channel = models.CharField(max_length=20, choices=Channel.choices, default=Channel.PORTAL)
    # What another channel calls it: the number of a gateway, of a letter, of a treaty request.
    external_reference = models.CharField(max_length=100, blank=True)
    copied_from = models.ForeignKey("self", null=True, blank=True, on_delete=models.SET_NULL, related_name="copies")
    recorded_by = models.ForeignKey(_USER, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    aml_bar = models.BooleanField(default=False)  # set by compliance, never shown to an officer

    # Emergencies: the alert that told of it.
    alert = models.ForeignKey(
        EmergencyAlert, null=True, blank=True, on_delete=models.PROTECT, related_name="emergencies"
    )
    team = models.ForeignKey(Team, null=True, blank=True, on_delete=models.PROTECT)
    # Why it went to this team: the rule's name and what it looked at.
    routed_because = models.CharField(max_length=300, blank=True)
    assignee = models.ForeignKey(
        _USER, null=True, blank=True, on_delete=models.PROTECT, related_name="assigned_requests"
    )

    created_at = models.DateTimeField()
    saved_at = models.DateTimeField()
    submitted_at = models.DateTimeField(null=True, blank=True)
    # When the mail server took the mail that says we received it.
    acknowledged_at = models.DateTimeField(null=True, blank=True)
    first_look_due_at = models.DateTimeField(null=True, blank=True)
    first_look_rule = models.CharField(max_length=80, blank=True)
    taken_at = models.DateTimeField(null=True, blank=True)
    # The answer's deadline; moves only when a question stopped the clock, by what deadlines.resumed() says.
    deadline_at = models.DateTimeField(null=True, blank=True)
    deadline_rule = models.CharField(max_length=120, blank=True)
    clock_stopped_at = models.DateTimeField(null=True, blank=True)
    # How long the clock stood in pauses that are over.
    clock_stood = models.DurationField(default=timedelta)
    decided_at = models.DateTimeField(null=True, blank=True)
    produced_at = models.DateTimeField(null=True, blank=True)
    closed_at = models.DateTimeField(null=True, blank=True)
    appealed_at = models.DateTimeField(null=True, blank=True)
    # Why the officer wants a refusal looked at again.
    appeal_text = models.TextField(blank=True)
    # Rises with every save of a step: the older of two open tabs is refused.
    lock_version = models.PositiveIntegerField(default=0)

    objects = DataRequestQuerySet.as_manager()

    class Meta:
        indexes = [
            models.Index(
                fields=["submitted_at"],
                condition=Q(acknowledged_at=None, submitted_at__isnull=False),
                name="request_unacknowledged",
            ),
            models.Index(fields=["rank", "deadline_at", "id"], condition=_OPEN, name="request_open_queue"),
            models.Index(
                fields=["jurisdiction", "rank", "deadline_at", "id"], condition=_OPEN, name="request_open_by_country"
            ),
            models.Index(fields=["status", "rank", "deadline_at", "id"], name="request_by_status"),
            models.Index(fields=["officer", "-created_at"], name="request_by_officer"),
            models.Index(fields=["agency", "-created_at"], name="request_by_agency"),
            models.Index(fields=["team", "rank", "deadline_at", "id"], condition=_OPEN, name="request_open_by_team"),
            models.Index(
                fields=["assignee", "rank", "deadline_at", "id"], condition=_OPEN, name="request_open_by_assignee"
            ),
            models.Index(OpClass(squeezed("case_number"), name="text_pattern_ops"), name="request_case_number"),
            # A search for what stands in very many: the newest are read until there are enough.
            models.Index(
                F("submitted_at").desc(), F("id").desc(), condition=Q(submitted_at__isnull=False), name="request_newest"
            ),
            GinIndex(FACTS_VECTOR, name="request_facts_words"),
            models.Index(FACTS_DIGEST, condition=~Q(facts=""), name="request_same_facts"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(status__in=["draft", "withdrawn"])
                | Q(reference__isnull=False, submitted_at__isnull=False, deadline_at__isnull=False),
                name="request_submitted_has_reference",
            ),
            models.UniqueConstraint(
                fields=["provider", "channel", "external_reference"],
                condition=~Q(external_reference="") & Q(channel__in=[str(c) for c in NUMBERED_CHANNELS]),
                name="request_external_reference_once",
            ),
        ]

    def __str__(self) -> str:
        return self.reference or "Draft request"

    @property
    def is_exigent(self) -> bool:
        """Say whether this stands in the emergency band."""
        return self.rank == Rank.EXIGENT

    def deadline_if_resumed(self, at: datetime) -> datetime | None:
        """Return the answer's deadline as it is once the clock runs again at this moment; as it is where it runs."""
        stopped, due = self.clock_stopped_at, self.deadline_at
        if stopped is None or due is None:
            return due
        zone = self.provider.calendar.time_zone if follows_a_zone(self.deadline_rule) else "UTC"
        return resumed(due, rule=self.deadline_rule, zone=zone, stood=self.clock_stood, pause=at - stopped)

    @property
    def investigator_details(self) -> str:
        """Rank, address and number of who leads the investigation, as far as they are given."""
        return ", ".join(filter(None, (self.investigating_rank, self.investigating_email, self.investigating_phone)))

    def people(self) -> "list[User]":
        """Return the officer, the desk it was filed for, and those who follow: who may see and download.

        Colleagues count only while they may act themselves; a suspended or departed one is left out. Of a restricted
        request only those count who are named as its readers.
        """
        now = timezone.now()
        of_us = Q(agency=None, user__memberships__agency=self.agency_id)
        where_named = of_us | Q(agency=F("user__memberships__agency"))
        following = self.followers.filter(
            where_named, may_act(now, "user__memberships__"), status=FollowerStatus.ACTIVE
        )
        found = [self.officer]
        if self.desk_id:
            members = Desk.members.through.objects.filter(desk_id=self.desk_id, desk__closed_at=None)
            acting = members.filter(may_act(now, "user__memberships__"), user__memberships__agency=self.agency_id)
            found += [row.user for row in acting.select_related("user").order_by("user_id")]
        found += [f.user for f in following.select_related("user").order_by("pk") if f.user]
        if self.restricted:
            named = set(self.named_readers.values_list("pk", flat=True))
            found = [person for person in found if person.pk == self.officer_id or person.pk in named]
        return list(dict.fromkeys(found))


class Follower(models.Model):
    """A colleague who may follow and download: up to five. One of another agency waits for staff to agree."""

    data_request = models.ForeignKey(DataRequest, on_delete=models.CASCADE, related_name="followers")
    # Of another agency: nobody until we agree, so that the address alone says nothing of who has access here.
    user = models.ForeignKey(_USER, null=True, blank=True, on_delete=models.PROTECT, related_name="followed")
    email = models.EmailField(max_length=254, blank=True)
    # Where the colleague worked when named; somebody who moved on does not take the request along.
    agency = models.ForeignKey(Agency, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    added_at = models.DateTimeField()
    added_by = models.ForeignKey(_USER, on_delete=models.PROTECT, related_name="+")
    status = models.CharField(max_length=8, choices=FollowerStatus.choices, default=FollowerStatus.ACTIVE)
    # Why an officer of another agency may see this: the passage of the order, or the name of the agreement.
    ground = models.CharField(max_length=300, blank=True)
    decided_by = models.ForeignKey(_USER, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    decided_at = models.DateTimeField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["data_request", "user"], condition=Q(status__in=["active", "waiting"]), name="follower_once"
            ),
            models.UniqueConstraint(
                fields=["data_request", "email"], condition=Q(status="waiting"), name="follower_asked_once"
            ),
            models.CheckConstraint(
                condition=~Q(status="active") | Q(user__isnull=False), name="follower_active_is_somebody"
            ),
            models.CheckConstraint(
                condition=Q(decided_at=None, decided_by=None) | Q(decided_at__isnull=False, decided_by__isnull=False),
                name="follower_decided_pair",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user or self.email} follows {self.data_request}"


class Assignment(models.Model):
    """Who worked on a request from when to when."""

    data_request = models.ForeignKey(DataRequest, on_delete=models.CASCADE, related_name="assignments")
    user = models.ForeignKey(_USER, on_delete=models.PROTECT, related_name="+")
    assigned_at = models.DateTimeField()
    assigned_by = models.ForeignKey(_USER, null=True, on_delete=models.PROTECT, related_name="+")
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["data_request"], condition=Q(ended_at=None), name="assignment_one_in_force")
        ]

    def __str__(self) -> str:
        return f"{self.data_request}: {self.user}"


class HandOver(Identified):
    """A request goes to another officer of the agency; staff agree where the new one is not proven yet."""

    data_request = models.ForeignKey(DataRequest, on_delete=models.CASCADE, related_name="hand_overs")
    from_officer = models.ForeignKey(_USER, on_delete=models.PROTECT, related_name="+")
    to_officer = models.ForeignKey(_USER, on_delete=models.PROTECT, related_name="+")
    reason = models.CharField(max_length=300)
    status = models.CharField(max_length=9, choices=HandOverStatus.choices, default=HandOverStatus.WAITING)
    asked_by = models.ForeignKey(_USER, on_delete=models.PROTECT, related_name="+")
    asked_at = models.DateTimeField()
    decided_by = models.ForeignKey(_USER, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    decided_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["data_request"], condition=Q(status="waiting"), name="handover_one_waiting")
        ]

    def __str__(self) -> str:
        return f"{self.data_request}: {self.from_officer} to {self.to_officer}"
