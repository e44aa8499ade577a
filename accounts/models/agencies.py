"""Agencies, how their addresses and numbers are known, and who belongs to them."""

from django.conf import settings
from django.db import models

from accounts.enums import AgencyKind, AgencyStatus, DeskRole
from foundation.core.models import Identified


class Agency(Identified):
    """An officer's employer. "Domain known" and "police power confirmed" are two facts."""

    name = models.CharField(max_length=200)
    local_name = models.CharField(max_length=200, blank=True)
    country = models.CharField(max_length=2)
    town = models.CharField(max_length=100, blank=True)
    kind = models.CharField(max_length=12, choices=AgencyKind.choices, default=AgencyKind.POLICE)
    website = models.URLField(blank=True)
    generic_address = models.EmailField(blank=True)
    police_power_confirmed = models.BooleanField(default=False)
    status = models.CharField(max_length=10, choices=AgencyStatus.choices, default=AgencyStatus.PROPOSED)
    created_at = models.DateTimeField()
    merged_into = models.ForeignKey("self", null=True, blank=True, on_delete=models.PROTECT)

    class Meta:
        indexes = [models.Index(fields=["country", "name"])]

    def __str__(self) -> str:
        return self.name


class AgencyDomain(models.Model):
    """An e-mail domain of an agency, as an IDNA A-label in lower case."""

    agency = models.ForeignKey(Agency, on_delete=models.PROTECT, related_name="domains")
    domain = models.CharField(max_length=253, unique=True)
    covers_subdomains = models.BooleanField(default=False)
    source = models.CharField(max_length=200)
    added_at = models.DateTimeField()

    def __str__(self) -> str:
        return self.domain


class AgencyNumber(models.Model):
    """A telephone number the company holds independently of any application; usable once a second person confirmed."""

    agency = models.ForeignKey(Agency, on_delete=models.PROTECT, related_name="numbers")
    number = models.CharField(max_length=20)
    label = models.CharField(max_length=100, blank=True)
    source = models.CharField(max_length=200)
    entered_at = models.DateTimeField()
    entered_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    confirmed_at = models.DateTimeField(null=True, blank=True)
    confirmed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    retired_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(confirmed_by=None) | ~models.Q(confirmed_by=models.F("entered_by")),
                name="agencynumber_confirmed_by_another",
            )
        ]

    def __str__(self) -> str:
        return self.number


class AgencyMembership(models.Model):
    """An officer in an agency, from approval until it ends."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="memberships")
    agency = models.ForeignKey(Agency, on_delete=models.PROTECT, related_name="memberships")
    role = models.CharField(max_length=8, choices=DeskRole.choices, default=DeskRole.OFFICER)
    rank = models.CharField(max_length=100, blank=True)
    unit = models.CharField(max_length=150, blank=True)
    badge = models.CharField(max_length=60, blank=True)
    phone = models.CharField(max_length=30, blank=True)
    started_at = models.DateTimeField()
    approved_at = models.DateTimeField(null=True, blank=True)
    verify_again_at = models.DateTimeField(null=True, blank=True)
    suspended_at = models.DateTimeField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["user"], condition=models.Q(ended_at=None), name="membership_one_in_force")
        ]

    def __str__(self) -> str:
        return f"{self.user} at {self.agency}"


class Desk(models.Model):
    """A group of individually vetted members of one agency, such as a 24/7 desk."""

    agency = models.ForeignKey(Agency, on_delete=models.PROTECT, related_name="desks")
    name = models.CharField(max_length=100)
    members = models.ManyToManyField(settings.AUTH_USER_MODEL, related_name="desks", blank=True)

    def __str__(self) -> str:
        return self.name
