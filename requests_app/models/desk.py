"""How the desk works: where requests are routed, what people keep for themselves, who is looking, what was compared."""

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q

from foundation.core.models import Identified
from foundation.providers.models import LegalEntity, Provider, Team
from requests_app.enums import AlarmKind, Likeness, Rank
from requests_app.models.requests import DataRequest

_USER = settings.AUTH_USER_MODEL


def _words(length: int) -> "ArrayField[list[str], list[str]]":
    return ArrayField(models.CharField(max_length=length), default=list, blank=True)


class RoutingRule(Identified):
    """What comes in goes to this team if every condition that is set holds; the first rule by position decides.

    An empty condition holds for everything. An administrator edits the rules; no code is run from a rule.
    """

    provider = models.ForeignKey(Provider, on_delete=models.PROTECT, related_name="routing_rules")
    position = models.PositiveSmallIntegerField()
    name = models.CharField(max_length=100)
    jurisdictions = _words(3)
    kinds = _words(10)
    issuers = _words(20)
    # Codes of types of legal process; they outlive a new version of the catalogue.
    process_codes = _words(40)
    languages = _words(10)
    entity = models.ForeignKey(LegalEntity, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    team = models.ForeignKey(Team, on_delete=models.PROTECT, related_name="routing_rules")
    # What it becomes in the queue; empty: as it came. Never lower than an emergency has by itself.
    rank = models.PositiveSmallIntegerField(choices=Rank.choices, null=True, blank=True)
    active = models.BooleanField(default=True)
    changed_at = models.DateTimeField()
    changed_by = models.ForeignKey(_USER, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    # Rises with every change: whoever saves over an older state is told.
    lock_version = models.PositiveIntegerField(default=0)

    class Meta:
        ordering = ["position", "pk"]
        constraints = [models.UniqueConstraint(fields=["provider", "name"], name="routingrule_name_once")]

    def __str__(self) -> str:
        return self.name


class SavedView(models.Model):
    """Filters of the queue that one person keeps under a name; nothing personal can stand in them."""

    user = models.ForeignKey(_USER, on_delete=models.CASCADE, related_name="saved_views")
    name = models.CharField(max_length=40)
    # The filters as they stand in the address, canonical.
    query = models.CharField(max_length=500, blank=True)
    created_at = models.DateTimeField()

    class Meta:
        ordering = ["name", "pk"]
        constraints = [models.UniqueConstraint(fields=["user", "name"], name="savedview_name_once")]

    def __str__(self) -> str:
        return self.name


class StoredSearch(Identified):
    """What one person searched for, kept a day so that the address of the results names nobody."""

    user = models.ForeignKey(_USER, on_delete=models.CASCADE, related_name="searches")
    text = models.CharField(max_length=300)
    asked_at = models.DateTimeField()
    kept_until = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["kept_until"], name="storedsearch_over")]

    def __str__(self) -> str:
        return f"Search of {self.user}"


class Presence(models.Model):
    """Who had a request open last, and when: so that two people see each other."""

    data_request = models.ForeignKey(DataRequest, on_delete=models.CASCADE, related_name="presences")
    user = models.ForeignKey(_USER, on_delete=models.CASCADE, related_name="+")
    # Since when without a break.
    began_at = models.DateTimeField()
    seen_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["data_request", "user"], name="presence_once")]

    def __str__(self) -> str:
        return f"{self.user} at {self.data_request}"


class ComparedRequest(models.Model):
    """Two requests that looked alike and what a person said of them; `other` has the greater key: a pair is one row."""

    data_request = models.ForeignKey(DataRequest, on_delete=models.CASCADE, related_name="+")
    other = models.ForeignKey(DataRequest, on_delete=models.CASCADE, related_name="+")
    verdict = models.CharField(max_length=9, choices=Likeness.choices)
    note = models.CharField(max_length=300, blank=True)
    compared_at = models.DateTimeField()
    compared_by = models.ForeignKey(_USER, on_delete=models.PROTECT, related_name="+")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["data_request", "other"], name="compared_once"),
            models.CheckConstraint(condition=Q(data_request__lt=F("other")), name="compared_in_order"),
        ]

    def __str__(self) -> str:
        return f"{self.data_request} and {self.other}: {self.verdict}"


class MatchAlarm(Identified):
    """Searching for accounts that is unlike what this person or desk does; somebody else looks at it."""

    provider = models.ForeignKey(Provider, on_delete=models.PROTECT, related_name="+")
    user = models.ForeignKey(_USER, on_delete=models.PROTECT, related_name="match_alarms")
    data_request = models.ForeignKey(DataRequest, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    kind = models.CharField(max_length=12, choices=AlarmKind.choices)
    # Figures only: {"searches": 140, "usual": 20, "hours": 1}.
    facts = models.JSONField(default=dict)
    raised_at = models.DateTimeField()
    looked_at = models.DateTimeField(null=True, blank=True)
    looked_by = models.ForeignKey(_USER, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    note = models.TextField(blank=True)

    class Meta:
        indexes = [models.Index(fields=["raised_at"], condition=Q(looked_at=None), name="matchalarm_open")]
        constraints = [
            models.CheckConstraint(
                condition=Q(looked_at=None, looked_by=None) | Q(looked_at__isnull=False, looked_by__isnull=False),
                name="matchalarm_looked_pair",
            ),
            models.CheckConstraint(
                condition=Q(looked_by=None) | ~Q(looked_by=F("user")), name="matchalarm_by_somebody_else"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()}: {self.user}"
