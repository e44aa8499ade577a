"""Jurisdictions, types of legal process, and the calendars that deadlines are counted on."""

from django.contrib.postgres.fields import ArrayField
from django.db import models


class Jurisdiction(models.Model):
    """A country (ISO 3166-1 alpha-2), EU, or INT for treaties and the generic types."""

    code = models.CharField(max_length=3, primary_key=True)
    name = models.CharField(max_length=100)
    time_zone = models.CharField(max_length=40, default="UTC")

    def __str__(self) -> str:
        return self.name


class Issuer(models.TextChoices):
    """Classes of people who may issue legal process."""

    OFFICER = "officer", "Police officer"
    PROSECUTOR = "prosecutor", "Prosecutor"
    JUDGE = "judge", "Judge or court"
    OFFICER_OR_PROSECUTOR = "officer or prosecutor", "Police officer or prosecutor"
    OFFICER_OR_JUDGE = "officer or judge", "Police officer or judge"
    PROSECUTOR_OR_JUDGE = "prosecutor or judge", "Prosecutor or judge"
    ADMINISTRATIVE = "administrative authority", "Administrative authority"
    CENTRAL = "central authority", "Central authority"


class BarsNotice(models.TextChoices):
    """Whether the law behind a type can itself forbid telling the account holder."""

    YES = "yes", "The instrument or the law behind it can forbid it"
    SEPARATE_ORDER = "separate-order", "Only a separate order can"
    NO = "no", "Nothing forbids it"
    UNKNOWN = "unknown", "Not known"


class NoticeDuty(models.TextChoices):
    """Who tells the account holder, where the law says more than that the company may."""

    COMPANY = "company", "The company may tell"
    MUST = "must", "The law demands that the holder is told"
    AUTHORITY = "authority", "The authority tells, the company never does"


class CountingMode(models.TextChoices):
    """How a period is counted."""

    BUSINESS_DAYS = "business_days", "Business days"
    CALENDAR_ROLL = "calendar_roll", "Calendar days, the last rolls to a working day"
    CALENDAR_STRICT = "calendar_strict", "Calendar days, never rolls"
    HOURS = "hours", "Elapsed hours"


class ProcessType(models.Model):
    """A type of legal process from the catalogue: who issues it, what it reaches, what it needs."""

    code = models.CharField(max_length=40)
    catalogue_version = models.CharField(max_length=20)
    jurisdiction = models.ForeignKey(Jurisdiction, on_delete=models.PROTECT, related_name="process_types")
    name = models.CharField(max_length=200)
    local_name = models.CharField(max_length=200, blank=True)
    authority = models.TextField()
    issuer = models.CharField(max_length=30, choices=Issuer.choices)
    minimum_rank = models.CharField(max_length=100, blank=True)
    # The same as a word of the jurisdiction's scale of ranks (foundation.legal.ranks); empty: the law sets none.
    rank_at_least = models.CharField(max_length=30, blank=True)
    reaches = ArrayField(models.CharField(max_length=20), default=list, blank=True)
    # None: the instrument's force is not known.
    compels = models.BooleanField(null=True)
    bars_notice = models.CharField(max_length=15, choices=BarsNotice.choices)
    # From data/notice_duties.yaml, with the law that says so.
    notice_duty = models.CharField(max_length=9, choices=NoticeDuty.choices, default=NoticeDuty.COMPANY)
    notice_duty_law = models.CharField(max_length=300, blank=True)
    notice_citation = models.TextField(blank=True)
    response_days = models.PositiveSmallIntegerField(null=True, blank=True)
    emergency_hours = models.PositiveSmallIntegerField(null=True, blank=True)
    counting_mode = models.CharField(max_length=16, choices=CountingMode.choices, default=CountingMode.CALENDAR_ROLL)
    preservation_days = models.PositiveSmallIntegerField(null=True, blank=True)
    extension_days = models.PositiveSmallIntegerField(null=True, blank=True)
    # None: as often as the company allows.
    maximum_extensions = models.PositiveSmallIntegerField(null=True, blank=True)
    # Days of a hold in all at most, extensions included; None: only their number limits it.
    maximum_hold_days = models.PositiveSmallIntegerField(null=True, blank=True)
    # Days within which the authority must go to court, or the hold falls.
    file_within_days = models.PositiveSmallIntegerField(null=True, blank=True)
    # First period where the offence is under the law of another country.
    foreign_days = models.PositiveSmallIntegerField(null=True, blank=True)
    # What was kept must be destroyed once the hold is over: nothing stays for late requests.
    destroy_after = models.BooleanField(default=False)
    required_documents = ArrayField(models.CharField(max_length=60), default=list, blank=True)
    route = models.CharField(max_length=200)
    source = models.TextField(blank=True)
    note = models.TextField(blank=True)
    valid_from = models.DateField(null=True, blank=True)
    valid_to = models.DateField(null=True, blank=True)
    accepted = models.BooleanField(default=True)
    needs_counsel = models.BooleanField(default=False)
    is_emergency = models.BooleanField(default=False)
    is_preservation = models.BooleanField(default=False)
    # Interception orders, national security letters: stopped at the door with where to go instead.
    stop_screen = models.BooleanField(default=False)
    # May reach data that comes into being after the request: every other period ends today at the latest.
    prospective = models.BooleanField(default=False)
    # Citations of what stands in the catalogue beside the entry: {"maximum_extensions": "18 USC 2703(f)(2)"}.
    value_sources = models.JSONField(default=dict, blank=True)

    class Meta:
        ordering = ["jurisdiction_id", "name"]
        constraints = [models.UniqueConstraint(fields=["code", "catalogue_version"], name="processtype_once")]

    def __str__(self) -> str:
        return self.name

    @property
    def full_name(self) -> str:
        """The English name with the one its own country uses, where that is another."""
        return f"{self.name} ({self.local_name})" if self.local_name else self.name


class WorkCalendar(models.Model):
    """Working days of a place: country and subdivision, zone, closing time, and the version that was counted on."""

    name = models.CharField(max_length=100, unique=True)
    country = models.CharField(max_length=2)
    subdivision = models.CharField(max_length=10, blank=True)
    time_zone = models.CharField(max_length=40)
    closes_at = models.TimeField()
    # Receipts after this hour count as the next working day; empty: they do not.
    cut_off = models.TimeField(null=True, blank=True)
    # Days of rest each week, Monday being 0; empty: those of the country.
    weekend = ArrayField(models.PositiveSmallIntegerField(), default=list, blank=True)
    # Ranges of days with a name: [{"from": "2026-12-24", "to": "2026-12-31", "name": "Year-end closure"}].
    closures = models.JSONField(default=list, blank=True)
    # Days this desk is closed or open against the national calendar, as ISO dates.
    extra_closed = ArrayField(models.DateField(), default=list, blank=True)
    extra_open = ArrayField(models.DateField(), default=list, blank=True)
    # Rises when the days or hours change; every frozen deadline names the one it was counted on.
    version = models.PositiveIntegerField(default=1)
    # Rises with every change: whoever saves over an older state is told.
    lock_version = models.PositiveIntegerField(default=0)

    def __str__(self) -> str:
        return self.name


class CalendarVersion(models.Model):
    """A version of a calendar as it was counted on: its settings, and the public days off that the library gave then.

    What lets a deadline be counted again exactly as it was, and shows what a newer library would count otherwise.
    """

    calendar = models.ForeignKey(WorkCalendar, on_delete=models.CASCADE, related_name="versions")
    version = models.PositiveIntegerField()
    made_at = models.DateTimeField()
    # Version of the holidays library.
    library = models.CharField(max_length=20)
    state = models.JSONField()
    # {"2026": {"2026-12-25": "Christmas Day"}}: weekends and public holidays of whole years.
    days = models.JSONField()

    class Meta:
        ordering = ["calendar_id", "-version"]
        constraints = [models.UniqueConstraint(fields=["calendar", "version"], name="calendarversion_once")]

    def __str__(self) -> str:
        return f"{self.calendar} v{self.version}"
