"""Agencies, how their addresses and numbers are known, and who belongs to them."""

from django.conf import settings
from django.db import models
from django.db.models.functions import Concat, Lower, Replace

from accounts import folding
from accounts.enums import AgencyKind, AgencyStatus, DeskRole
from accounts.querysets import DeskQuerySet, MembershipQuerySet, VouchQuerySet
from foundation.core.models import Identified


def _search_text() -> models.Func:
    """What an agency is found by, folded as the words are that are searched for."""
    space = models.Value(" ")
    text: models.Func = Concat("name", space, "local_name", space, "town", space, "region")
    for letter, written in folding.DOUBLE:
        text = Replace(text, models.Value(letter), models.Value(written))
    return Lower(models.Func(text, models.Value(folding.FROM), models.Value(folding.TO), function="TRANSLATE"))


class Agency(Identified):
    """An officer's employer. "Domain known" and "police power confirmed" are two facts."""

    name = models.CharField(max_length=200)
    local_name = models.CharField(max_length=200, blank=True)
    country = models.CharField(max_length=2)
    region = models.CharField(max_length=60, blank=True)
    town = models.CharField(max_length=100, blank=True)
    address = models.CharField(max_length=300, blank=True)
    kind = models.CharField(max_length=12, choices=AgencyKind.choices, default=AgencyKind.POLICE)
    website = models.URLField(blank=True)
    generic_address = models.EmailField(blank=True)
    police_power_confirmed = models.BooleanField(default=False)
    # Where the power is written down (law, national list), who looked and when.
    police_power_source = models.CharField(max_length=200, blank=True)
    police_power_at = models.DateTimeField(null=True, blank=True)
    police_power_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    status = models.CharField(max_length=10, choices=AgencyStatus.choices, default=AgencyStatus.PROPOSED)
    source = models.CharField(max_length=200, blank=True)
    # What a list of domains calls the agency, so that importing it again makes no double.
    import_key = models.CharField(max_length=250, unique=True, null=True, blank=True)
    created_at = models.DateTimeField()
    merged_into = models.ForeignKey("self", null=True, blank=True, on_delete=models.PROTECT)
    # Written by the database: 16,000 names are folded once, not at every search.
    search_text = models.GeneratedField(
        expression=_search_text(), output_field=models.TextField(), db_persist=True, editable=False
    )

    class Meta:
        indexes = [
            models.Index(fields=["country", "name"]),
            models.Index(fields=["search_text", "id"], name="agency_in_order"),
        ]

    def __str__(self) -> str:
        return self.name


class AgencyDomain(models.Model):
    """An e-mail domain of an agency, as an IDNA A-label in lower case."""

    agency = models.ForeignKey(Agency, on_delete=models.PROTECT, related_name="domains")
    domain = models.CharField(max_length=253, unique=True)
    covers_subdomains = models.BooleanField(default=False)
    source = models.CharField(max_length=200)
    added_at = models.DateTimeField()
    added_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )

    def __str__(self) -> str:
        return self.domain


class AgencyNumber(models.Model):
    """A telephone number the company holds independently of any application; usable once a second person confirmed."""

    agency = models.ForeignKey(Agency, on_delete=models.PROTECT, related_name="numbers")
    number = models.CharField(max_length=20)
    label = models.CharField(max_length=100, blank=True)
    source = models.CharField(max_length=200)
    # When the source said so; not when it was typed in here.
    source_date = models.DateField(null=True, blank=True)
    entered_at = models.DateTimeField()
    entered_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    confirmed_at = models.DateTimeField(null=True, blank=True)
    confirmed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    retired_at = models.DateTimeField(null=True, blank=True)
    retired_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(confirmed_by=None) | ~models.Q(confirmed_by=models.F("entered_by")),
                name="agencynumber_confirmed_by_another",
            )
        ]

    def __str__(self) -> str:
        return self.number


class AgencyAddressee(models.Model):
    """Who stands for an agency where a request came outside the portal and no vetted officer is named yet.

    Nobody: an account that is not active and cannot be signed in to. Nothing is released to it.
    """

    agency = models.OneToOneField(Agency, on_delete=models.PROTECT, related_name="addressee")
    user = models.OneToOneField(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="stands_for")

    def __str__(self) -> str:
        return f"Addressee of {self.agency}"


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
    # Set when verification is overdue: the officer may sign in only to verify again.
    lapsed_at = models.DateTimeField(null=True, blank=True)
    lapse_reason = models.CharField(max_length=200, blank=True)
    # When somebody of the desk asked for verification before its year was over.
    verification_asked_at = models.DateTimeField(null=True, blank=True)
    # Nothing about the verification is due before this moment; empty: not reckoned yet.
    look_at = models.DateTimeField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)
    ended_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )

    objects = MembershipQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["user"], condition=models.Q(ended_at=None), name="membership_one_in_force")
        ]
        indexes = [
            models.Index(
                fields=["look_at"],
                condition=models.Q(approved_at__isnull=False, ended_at=None, lapsed_at=None, suspended_at=None),
                name="membership_to_look_at",
            )
        ]

    def __str__(self) -> str:
        return f"{self.user} at {self.agency}"


class Desk(models.Model):
    """A group of individually vetted members of one agency, such as a 24/7 desk."""

    agency = models.ForeignKey(Agency, on_delete=models.PROTECT, related_name="desks")
    name = models.CharField(max_length=100)
    members = models.ManyToManyField(settings.AUTH_USER_MODEL, related_name="desks", blank=True)
    closed_at = models.DateTimeField(null=True, blank=True)

    objects = DeskQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["agency", "name"], condition=models.Q(closed_at=None), name="desk_name_once_per_agency"
            )
        ]

    def __str__(self) -> str:
        return self.name


class Vouch(models.Model):
    """An agency lead says that an address belongs to a colleague: a signal for the desk, never a call-back."""

    agency = models.ForeignKey(Agency, on_delete=models.PROTECT, related_name="vouches")
    email = models.EmailField(max_length=254)
    name = models.CharField(max_length=150)
    note = models.CharField(max_length=300, blank=True)
    made_at = models.DateTimeField()
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="vouches")
    withdrawn_at = models.DateTimeField(null=True, blank=True)

    objects = VouchQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["agency", "email", "made_by"],
                condition=models.Q(withdrawn_at=None),
                name="vouch_once_per_lead",
            )
        ]

    def __str__(self) -> str:
        return f"{self.made_by} for {self.email}"


class BlockedDomain(models.Model):
    """A domain that nobody gets in with any more, because somebody of the desk said so."""

    domain = models.CharField(max_length=253)
    reason = models.CharField(max_length=300)
    # The reference of the application that showed it, as text.
    about_reference = models.CharField(max_length=16, blank=True)
    blocked_at = models.DateTimeField()
    blocked_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    lifted_at = models.DateTimeField(null=True, blank=True)
    lifted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["domain"], condition=models.Q(lifted_at=None), name="blocked_domain_once")
        ]

    def __str__(self) -> str:
        return self.domain
