"""What an emergency needs beside the request: who is paged in which order, what was checked, what follows."""

from typing import TYPE_CHECKING, Self

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q

from accounts.models import AccessApplication, Agency
from accounts.permissions import Permission
from foundation.core.models import Identified
from foundation.documents.models import Document
from foundation.providers.models import Provider, Team
from preservation.models import PreservationHold
from requests_app.enums import SettledHow, UrgentContactStatus
from requests_app.models.requests import DataRequest

if TYPE_CHECKING:
    from accounts.models import User

_USER = settings.AUTH_USER_MODEL


def _every_day() -> list[int]:
    return [1, 2, 3, 4, 5, 6, 7]


class RotaStep(Identified):
    """One step of the rota: who is paged next when nobody took an emergency in time. Steps are five minutes apart."""

    provider = models.ForeignKey(Provider, on_delete=models.PROTECT, related_name="rota")
    # Of one team; empty: of every team that has no rota of its own.
    team = models.ForeignKey(Team, null=True, blank=True, on_delete=models.PROTECT, related_name="rota")
    position = models.PositiveSmallIntegerField()
    name = models.CharField(max_length=100)
    # A pager's or a group's address, paged beside the people on duty.
    address = models.EmailField(blank=True)
    # Everybody who may take it, on duty or not.
    everybody = models.BooleanField(default=False)
    # Rises with every change: whoever saves over an older state is told.
    lock_version = models.PositiveIntegerField(default=0)

    class Meta:
        ordering = ["position", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["provider", "team", "position"], name="rotastep_position", nulls_distinct=False,
                deferrable=models.Deferrable.DEFERRED,
            )
        ]  # fmt: skip

    def __str__(self) -> str:
        return f"{self.position}. {self.name}"


class RotaDuty(models.Model):
    """When somebody is on duty in a step: days of the week (1 is Monday) and hours of a time zone, perhaps some dates.

    Without hours the whole day; an end before the beginning lies on the next day.
    """

    step = models.ForeignKey(RotaStep, on_delete=models.CASCADE, related_name="duties")
    user = models.ForeignKey(_USER, on_delete=models.PROTECT, related_name="+")
    weekdays = ArrayField(models.PositiveSmallIntegerField(), default=_every_day)
    begins = models.TimeField(null=True, blank=True)
    ends = models.TimeField(null=True, blank=True)
    zone = models.CharField(max_length=50, default="UTC")
    first_day = models.DateField(null=True, blank=True)
    last_day = models.DateField(null=True, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(begins=None, ends=None) | Q(begins__isnull=False, ends__isnull=False), name="rotaduty_hours"
            )
        ]

    def __str__(self) -> str:
        return f"{self.user} in {self.step}"


class EmergencyCase(models.Model):
    """An emergency from its receipt to the day it is in order; outlives that it was found to be none."""

    data_request = models.OneToOneField(DataRequest, on_delete=models.CASCADE, related_name="emergency_case")
    # What is measured, kept as it was: a request that goes on as an ordinary one has other clocks.
    filed_at = models.DateTimeField()
    take_by = models.DateTimeField(null=True, blank=True)
    decide_by = models.DateTimeField(null=True, blank=True)
    taken_at = models.DateTimeField(null=True, blank=True)
    decided_at = models.DateTimeField(null=True, blank=True)
    # The least that averts the harm: why for each kind of records that leaves ({category: words}), what was left out,
    # and who looked.
    minimum_why = models.JSONField(default=dict, blank=True)
    minimum_note = models.TextField(blank=True)
    minimum_at = models.DateTimeField(null=True, blank=True)
    minimum_by = models.ForeignKey(_USER, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    # "Not an emergency": goes on as an ordinary request.
    ordinary_at = models.DateTimeField(null=True, blank=True)
    ordinary_by = models.ForeignKey(_USER, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    ordinary_reason = models.TextField(blank=True)
    # When the agency's own generic address was told.
    agency_told_at = models.DateTimeField(null=True, blank=True)
    # Voluntary disclosures: by when legal process, or a supervisor's word that there will be none, with its rule.
    process_due_at = models.DateTimeField(null=True, blank=True)
    process_rule = models.CharField(max_length=120, blank=True)
    settled_at = models.DateTimeField(null=True, blank=True)
    settled_by = models.ForeignKey(_USER, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    settled_how = models.CharField(max_length=9, choices=SettledHow.choices, blank=True)
    settled_note = models.TextField(blank=True)
    # What the officer sent: the order, or the supervisor's confirmation with the supervisor's name.
    sent_at = models.DateTimeField(null=True, blank=True)
    sent_how = models.CharField(max_length=9, choices=SettledHow.choices, blank=True)
    supervisor = models.CharField(max_length=150, blank=True)
    document = models.ForeignKey(Document, null=True, blank=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        indexes = [
            models.Index(
                fields=["process_due_at"], condition=Q(process_due_at__isnull=False, settled_at=None),
                name="emergency_process_due",
            )
        ]  # fmt: skip
        constraints = [
            models.CheckConstraint(
                condition=Q(minimum_at=None, minimum_by=None) | Q(minimum_at__isnull=False, minimum_by__isnull=False),
                name="emergency_minimum_pair",
            ),
            models.CheckConstraint(
                condition=Q(ordinary_at=None) | (Q(ordinary_by__isnull=False) & ~Q(ordinary_reason="")),
                name="emergency_ordinary_pair",
            ),
            models.CheckConstraint(
                condition=Q(settled_at=None, settled_how="") | (Q(settled_at__isnull=False) & ~Q(settled_how="")),
                name="emergency_settled_pair",
            ),
        ]

    def __str__(self) -> str:
        return f"Emergency {self.data_request}"


class UrgentContactQuerySet(models.QuerySet["UrgentContact"]):
    """Emergencies told without an account, by who may see them."""

    def visible_to_staff(self, user: "User") -> Self:
        """Return what this member of staff may see: of their providers, for who vets; no agency of a conflict."""
        if Permission.SEE_APPLICATIONS not in user.permissions:
            return self.none()
        providers = user.staff_roles.filter(ended_at=None).values("provider")
        conflicts = user.conflicts.filter(ended_at=None)
        return (
            self.filter(provider__in=providers)
            .exclude(agency__in=conflicts.filter(agency__isnull=False).values("agency"))
            .exclude(reference__in=conflicts.exclude(about_reference="").values("about_reference"))
        )

    def untaken(self) -> Self:
        """Return those that nobody has taken, the longest waiting first."""
        return self.filter(status=UrgentContactStatus.NEW).order_by("take_by", "pk")


class UrgentContact(Identified):
    """An emergency told by somebody without an account: a vetting before others, and a hold. Nothing is disclosed."""

    provider = models.ForeignKey(Provider, on_delete=models.PROTECT, related_name="+")
    reference = models.CharField(max_length=16, unique=True)
    # One press of the button, however often it is sent.
    key = models.UUIDField(unique=True)
    status = models.CharField(
        max_length=11, choices=UrgentContactStatus.choices, default=UrgentContactStatus.NEW
    )  # fmt: skip
    full_name = models.CharField(max_length=150)
    rank = models.CharField(max_length=100, blank=True)
    email = models.EmailField(max_length=254)
    phone = models.CharField(max_length=30)
    agency = models.ForeignKey(Agency, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    agency_words = models.CharField(max_length=200, blank=True)
    country = models.CharField(max_length=2)
    supervisor = models.CharField(max_length=150, blank=True)
    danger = models.TextField()
    # As typed and as read: [{"kind", "value", "detail"}].
    identifiers = models.JSONField(default=list)
    created_at = models.DateTimeField()
    # A keyed hash of the network it came from, for the limit.
    place_hash = models.CharField(max_length=64, blank=True)
    take_by = models.DateTimeField()
    taken_at = models.DateTimeField(null=True, blank=True)
    taken_by = models.ForeignKey(_USER, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    ended_at = models.DateTimeField(null=True, blank=True)
    ended_by = models.ForeignKey(_USER, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    ended_reason = models.TextField(blank=True)
    # Turned away as spam: until when nothing is taken from its network.
    blocks_until = models.DateTimeField(null=True, blank=True)
    application = models.ForeignKey(
        AccessApplication, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )  # fmt: skip
    hold = models.ForeignKey(PreservationHold, null=True, blank=True, on_delete=models.PROTECT, related_name="+")

    objects = UrgentContactQuerySet.as_manager()

    class Meta:
        indexes = [
            models.Index(fields=["take_by"], condition=Q(status="new"), name="urgentcontact_to_take"),
            models.Index(fields=["-created_at"], name="urgentcontact_newest"),
            models.Index(
                fields=["place_hash", "blocks_until"],
                condition=Q(blocks_until__isnull=False),
                name="urgentcontact_blocks",
            ),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(taken_at=None, taken_by=None) | Q(taken_at__isnull=False, taken_by__isnull=False),
                name="urgentcontact_taken_pair",
            ),
            models.CheckConstraint(
                condition=Q(ended_at=None) | Q(ended_at__gte=F("created_at")), name="urgentcontact_ends_later"
            ),
        ]

    def __str__(self) -> str:
        return self.reference
