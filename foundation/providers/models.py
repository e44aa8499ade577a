"""The company that holds the data, its legal entities, entry points, teams, and jobs for its own systems."""

from django.contrib.postgres.fields import ArrayField
from django.db import models

from foundation.core.jobs import Job
from foundation.core.models import Identified
from foundation.legal.models import Jurisdiction, WorkCalendar


class AnswersEnquiries(models.TextChoices):
    """Whether the company says before any order if an account is its own."""

    NEVER = "never", "Never"
    VETTED = "vetted", "To vetted officers"


def _english() -> list[str]:
    return ["en"]


def _leads() -> list[int]:
    return [30, 14, 7, 1]


class Provider(models.Model):
    """A company that answers requests. An installation with one never shows the choice."""

    name = models.CharField(max_length=150)
    slug = models.SlugField(unique=True)
    reference_prefix = models.CharField(max_length=4, unique=True)
    calendar = models.ForeignKey(WorkCalendar, on_delete=models.PROTECT)
    emergency_phone = models.CharField(max_length=30)
    # Policy: days, as promised in the guidelines. The law's own numbers live in the catalogue.
    access_review_days = models.PositiveSmallIntegerField(default=3)
    first_look_days = models.PositiveSmallIntegerField(default=1)
    answer_days = models.PositiveSmallIntegerField(default=30)
    question_days = models.PositiveSmallIntegerField(default=10)
    counsel_days = models.PositiveSmallIntegerField(default=3)
    # After an emergency: business days for legal process, or for a supervisor's word that there will be none.
    process_days = models.PositiveSmallIntegerField(default=5)
    notice_window_days = models.PositiveSmallIntegerField(default=7)
    # Days for which a renewal that was filed in time and is not decided holds a notice after its bar ended.
    notice_grace_days = models.PositiveSmallIntegerField(default=14)
    # Days since an account's address, phone or second factor changed in which nobody is told before an analyst looks.
    contact_settles_days = models.PositiveSmallIntegerField(default=30)
    # Days in which the company answers its customers' access and deletion requests, the same for everybody.
    customer_answer_days = models.PositiveSmallIntegerField(default=30)
    hold_days = models.PositiveSmallIntegerField(default=90)
    # Days before the end of a hold on which a reminder goes out, the longest first.
    hold_leads = ArrayField(models.PositiveSmallIntegerField(), default=_leads)
    # Days for which the copies of an ended hold stay, so that an extension asked for late can still be granted.
    hold_grace_days = models.PositiveSmallIntegerField(default=7)
    # What one officer, and one agency, may ask to keep in 24 hours before a person looks at every further hold.
    hold_limit_officer = models.PositiveSmallIntegerField(default=10)
    hold_limit_agency = models.PositiveSmallIntegerField(default=50)
    # So many identifiers in one hold are a mass filing: the agency is called.
    hold_many_identifiers = models.PositiveSmallIntegerField(default=50)
    # Whether holds that nothing speaks against start without a person.
    hold_by_rule = models.BooleanField(default=True)
    # Whether officers of holds without an order are told what was found for each identifier.
    hold_tells_results = models.BooleanField(default=False)
    # Days after which somebody says again that a treaty request is still under way.
    hold_confirm_days = models.PositiveSmallIntegerField(default=90)
    # Running days after which a hold that no process followed is listed for review.
    hold_review_days = models.PositiveSmallIntegerField(default=180)
    download_days = models.PositiveSmallIntegerField(default=30)
    # Days after the end of a download until its files are deleted; manifest, letter and certificate stay.
    purge_days = models.PositiveSmallIntegerField(default=30)
    # Whether officers may take files one by one over TLS: locked-down computers cannot open an AES archive.
    single_files = models.BooleanField(default=True)
    # The system that makes the records, as a custodian describes it to a court.
    records_system = models.TextField(blank=True)
    answers_enquiries = models.CharField(
        max_length=10, choices=AnswersEnquiries.choices, default=AnswersEnquiries.NEVER
    )
    # Who works on restricted requests; empty: whoever is named on the request.
    restricted_team = models.ForeignKey("Team", null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    # Languages that orders are read in here, ISO 639-1; others need a translation.
    languages = ArrayField(models.CharField(max_length=10), default=_english)
    follower_limit = models.PositiveSmallIntegerField(default=5)
    # Where counsel takes process that must not be uploaded: address, telephone, what to write on the envelope.
    sealed_channel = models.TextField(blank=True)
    connector = models.CharField(max_length=20, default="demo")
    connector_settings = models.JSONField(default=dict, blank=True)

    def __str__(self) -> str:
        return self.name

    def ordinary_teams(self) -> models.QuerySet["Team"]:
        """Return the teams that any request can go to: all but the one for restricted requests."""
        return self.teams.exclude(pk=self.restricted_team_id or 0)


class LegalEntity(models.Model):
    """A company of the group: orders must name the one that holds the accounts."""

    provider = models.ForeignKey(Provider, on_delete=models.PROTECT, related_name="entities")
    name = models.CharField(max_length=150)
    country = models.CharField(max_length=2)
    products = models.CharField(max_length=300, blank=True)
    service_address = models.TextField(blank=True)
    is_default = models.BooleanField(default=False)

    def __str__(self) -> str:
        return f"{self.name} ({self.country})"


class Team(models.Model):
    """A group of staff that requests are routed to."""

    provider = models.ForeignKey(Provider, on_delete=models.PROTECT, related_name="teams")
    name = models.CharField(max_length=100)
    on_call_address = models.EmailField(blank=True)
    # What a first look by this team is counted on; empty: the company's own. Promises and the law are the company's.
    calendar = models.ForeignKey(WorkCalendar, null=True, blank=True, on_delete=models.PROTECT, related_name="teams")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["provider", "name"], name="team_name_once")]

    def __str__(self) -> str:
        return self.name


class EntryPoint(models.Model):
    """How a jurisdiction reaches the provider: address, language, team, or a national channel instead."""

    provider = models.ForeignKey(Provider, on_delete=models.PROTECT, related_name="entry_points")
    jurisdiction = models.ForeignKey(Jurisdiction, on_delete=models.PROTECT)
    team = models.ForeignKey(Team, null=True, blank=True, on_delete=models.PROTECT)
    language = models.CharField(max_length=10, default="en")
    address = models.CharField(max_length=200, blank=True)
    national_channel = models.TextField(blank=True)
    guidelines = models.TextField(blank=True)
    # What its officers read instead of a new request: requests come through the national channel.
    redirects = models.BooleanField(default=False)
    title = models.CharField(max_length=150, blank=True)
    # The law that names the channel, with its sections.
    law = models.TextField(blank=True)
    # Where victims of this country turn to.
    victims = models.TextField(blank=True)
    # Whether an officer who was sent to the national channel may file here all the same; emergencies always may.
    allows_filing = models.BooleanField(default=False)
    # Rises with every change: whoever saves over an older state is told.
    lock_version = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["provider", "jurisdiction"], name="entrypoint_once")]

    def __str__(self) -> str:
        return f"{self.provider} for {self.jurisdiction}"


class ProcessPolicy(models.Model):
    """What the company decided about a type of legal process; without a row the catalogue's own values hold.

    By code, not by row of the catalogue: the decision outlives a new version.
    """

    provider = models.ForeignKey(Provider, on_delete=models.PROTECT, related_name="process_policies")
    code = models.CharField(max_length=40)
    accepted = models.BooleanField()
    needs_counsel = models.BooleanField()
    note = models.CharField(max_length=300, blank=True)
    changed_at = models.DateTimeField()
    # Rises with every change: whoever saves over an older state is told.
    lock_version = models.PositiveIntegerField(default=1)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["provider", "code"], name="processpolicy_once")]

    def __str__(self) -> str:
        return f"{self.code} at {self.provider}"


class ConnectorAct(models.TextChoices):
    """What the portal may ask of the company's own systems."""

    PRESERVE = "preserve", "Keep a snapshot"
    EXPORT = "export", "Export records"
    RELEASE = "release", "End a hold"
    FREEZE = "freeze", "Freeze or transfer assets"
    LIFT = "lift", "End a freeze"
    NOTIFY = "notify", "Give a letter to an account holder"


class ConnectorJob(Identified, Job):
    """One instruction to the company's own systems: asked once by key, retried under a lease."""

    provider = models.ForeignKey(Provider, on_delete=models.PROTECT)
    act = models.CharField(max_length=10, choices=ConnectorAct.choices)
    # Sent with every try, so that the other side does the work once.
    idempotency_key = models.CharField(max_length=100, unique=True)
    # Whose job it is, as text: this app knows neither requests nor holds.
    owner_type = models.CharField(max_length=40)
    owner_id = models.CharField(max_length=40)
    account = models.CharField(max_length=100)
    arguments = models.JSONField(default=dict)
    answer = models.JSONField(default=dict, blank=True)

    class Meta:
        indexes = [
            models.Index(
                fields=["due_at", "id"], condition=~models.Q(state__in=["done", "given_up"]), name="connectorjob_due"
            ),
            models.Index(fields=["owner_type", "owner_id"]),
        ]

    def __str__(self) -> str:
        # Not the key: it names the account, and this stands in logs.
        return f"{self.act}, instruction {self.pk}"


class ConnectorKey(models.Model):
    """A secret shared with the company's own systems: both sides sign with it; two are in force during a change."""

    provider = models.ForeignKey(Provider, on_delete=models.CASCADE, related_name="connector_keys")
    # Stands in every call, so that the other side knows which secret it was signed with.
    key_id = models.CharField(max_length=40, unique=True)
    # Encrypted under a key made from SECRET_KEY.
    secret_sealed = models.TextField()
    made_at = models.DateTimeField()
    # After it nothing signed with it is believed any more; empty: until somebody ends it.
    ends_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return self.key_id


class SeenCall(models.Model):
    """A call of the company's own systems that was let in: the same one is never let in again (a replay)."""

    key_id = models.CharField(max_length=40)
    call_id = models.CharField(max_length=64)
    seen_at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["seen_at"], name="seencall_old")]
        constraints = [models.UniqueConstraint(fields=["key_id", "call_id"], name="seencall_once")]

    def __str__(self) -> str:
        return f"Call {self.pk}"


class ConnectorCheck(models.Model):
    """What came of a check of the line to the company's own systems: nothing of any customer is in it."""

    provider = models.ForeignKey(Provider, on_delete=models.CASCADE, related_name="connector_checks")
    at = models.DateTimeField()
    # Who asked for it, as text: this app knows no people.
    by_label = models.CharField(max_length=300, blank=True)
    # A list of {"name", "result", "why"} in the order of the checks.
    results = models.JSONField(default=list)

    def __str__(self) -> str:
        return f"Check of {self.provider} at {self.at:%Y-%m-%d %H:%M}"


class DemoFreeze(models.Model):
    """The demo company's own book of frozen assets: what its systems did, once for each key; amounts in the asset."""

    provider = models.ForeignKey(Provider, on_delete=models.CASCADE, related_name="+")
    idempotency_key = models.CharField(max_length=100, unique=True)
    # Which freeze it belongs to, in the portal's words; one freeze may have several accounts.
    freeze = models.CharField(max_length=40)
    account = models.CharField(max_length=100)
    asset = models.CharField(max_length=100)
    # What was there, and free of earlier freezes, when it was done.
    balance = models.DecimalField(max_digits=38, decimal_places=18)
    amount = models.DecimalField(max_digits=38, decimal_places=18)
    frozen_at = models.DateTimeField()
    lifted_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        indexes = [models.Index(fields=["account", "asset"], condition=models.Q(lifted_at=None), name="demofreeze_now")]

    def __str__(self) -> str:
        return f"{self.amount} {self.asset} on {self.account}"


class DemoLetter(models.Model):
    """The demo company's own pages: a letter that an account holder finds there, put once for each key."""

    provider = models.ForeignKey(Provider, on_delete=models.CASCADE, related_name="+")
    idempotency_key = models.CharField(max_length=100, unique=True)
    account = models.CharField(max_length=100)
    reference = models.CharField(max_length=60)
    language = models.CharField(max_length=10)
    subject = models.CharField(max_length=300)
    text = models.TextField()
    arrived_at = models.DateTimeField()

    def __str__(self) -> str:
        # Not the account: this may stand in logs.
        return self.reference
