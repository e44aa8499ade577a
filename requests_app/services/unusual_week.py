"""A week of one company out of the trail: who did what when, and what was usual in the weeks before."""

import json
from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from functools import cached_property
from statistics import median
from typing import Any

from django.db.models import Count, Q, QuerySet
from django.db.models.functions import TruncHour, TruncWeek

from accounts.events import Event as AccountEvent
from accounts.models import StaffRole, User
from foundation.audit.models import AuditEvent
from foundation.providers.models import Provider
from requests_app import unusual_rules as rules
from requests_app.duty import Span, windows
from requests_app.events import Event
from requests_app.models import DataRequest, RotaDuty

USER, REQUEST = User._meta.label_lower, DataRequest._meta.label_lower
LOOKS = frozenset(
    {
        Event.VIEWED, Event.DOCUMENT_VIEWED, Event.RECORD_VIEWED, Event.RECORDS_VIEWED, AccountEvent.APPLICATION_READ,
        AccountEvent.IDENTITY_DOCUMENT_VIEWED, AccountEvent.AGENCY_READ, AccountEvent.OFFICER_READ,
        AccountEvent.PERSON_READ,
    }
)  # fmt: skip
FILES = frozenset(
    {
        Event.LIST_EXPORT_STARTED, Event.PRINTED, Event.DOCUMENT_DOWNLOADED, Event.RECORD_DOWNLOADED,
        Event.LETTER_DOWNLOADED, Event.FIGURES_TAKEN, Event.BATCH_EXPORTED, Event.TAKEDOWN_REPLY_TAKEN,
        Event.PROOF_TAKEN, AccountEvent.TRAIL_EXPORT_STARTED, "hold.list_exported",
    }
)  # fmt: skip
DECIDED = frozenset({Event.APPROVED, Event.REFUSED, Event.REDIRECTED})
FAILED = frozenset({AccountEvent.SIGN_IN_FAILED, AccountEvent.FACTOR_REFUSED})
PASSED = frozenset({AccountEvent.SIGNED_IN_SSO, AccountEvent.FACTOR_ACCEPTED, AccountEvent.RECOVERY_CODE_USED})
ENDED = frozenset({AccountEvent.STAFF_ROLE_ENDED, AccountEvent.STAFF_BLOCKED})
SUSPENDED = {
    AccountEvent.SUSPENSION_LIFTED: AccountEvent.ACCESS_SUSPENDED,
    AccountEvent.AGENCY_SUSPENSION_LIFTED: AccountEvent.AGENCY_SUSPENDED,
    AccountEvent.STAFF_UNBLOCKED: AccountEvent.STAFF_BLOCKED,
    AccountEvent.STAFF_BLOCK_LIFTED: AccountEvent.STAFF_BLOCKED,
}


@dataclass(frozen=True)
class Act:
    """One entry, as the rules need it; `actor` is a person's number, 0 for nobody known."""

    at: datetime
    action: str
    actor: int
    outcome: str
    kind: str
    object_id: str
    label: str


@dataclass
class Week:
    """A company's week from Monday 00:00 UTC on."""

    provider: Provider
    first: date
    acts: list[Act] = field(default_factory=list)

    @property
    def start(self) -> datetime:
        """Monday 00:00 UTC."""
        return datetime(self.first.year, self.first.month, self.first.day, tzinfo=UTC)

    @property
    def end(self) -> datetime:
        """The next Monday 00:00 UTC."""
        return self.start + rules.WEEK

    @property
    def before(self) -> datetime:
        """From when on what is usual is read."""
        return self.start - rules.WEEKS * rules.WEEK

    @cached_property
    def staff(self) -> frozenset[int]:
        """Everybody who held a role here in the week or the weeks before."""
        roles = StaffRole.objects.filter(provider=self.provider, granted_at__lt=self.end)
        held = roles.filter(Q(ended_at=None) | Q(ended_at__gte=self.before))
        return frozenset(held.values_list("user", flat=True))

    @cached_property
    def main(self) -> bool:
        """Whether this company's report says what officers and agencies did: the first one's, whose desk vets them."""
        first = Provider.objects.order_by("pk").values_list("pk", flat=True).first()
        return first == self.provider.pk

    def by_person(self, actions: Iterable[str]) -> dict[int, list[Act]]:
        """Return the acts of these kinds that were done, of each member of staff, oldest first."""
        wanted, found = frozenset(map(str, actions)), defaultdict(list)
        for act in self.acts:
            if act.actor in self.staff and act.action in wanted and act.outcome == "ok":
                found[act.actor].append(act)
        return dict(found)


def read(provider: Provider, first: date) -> Week:
    """Read the week's entries of the company's staff, and what they and nobody known did to people."""
    week = Week(provider, first)
    about: list[str] = [*FAILED, *PASSED, *ENDED, *SUSPENDED, *SUSPENDED.values(), AccountEvent.STAFF_ROLE_GRANTED]
    about.append(Event.PASSPHRASE_SHOWN)  # by officers
    entries = AuditEvent.objects.filter(occurred_at__gte=week.start, occurred_at__lt=week.end).filter(
        Q(actor_id__in=[str(pk) for pk in week.staff]) | Q(action__in=about) | ~Q(outcome="ok")
    )
    columns = ("occurred_at", "action", "actor_id", "outcome", "object_type", "object_id", "object_label", "actor_kind")
    rows = entries.order_by("occurred_at", "id").values_list(*columns).iterator(chunk_size=5000)
    week.acts = [
        Act(at, action, int(actor) if kind == USER and actor.isdigit() else 0, outcome, about_kind, pk, label)
        for at, action, actor, outcome, about_kind, pk, label, kind in rows
    ]
    return week


def begins() -> datetime | None:
    """Return when the first entry of the log was written; None while there is none."""
    return AuditEvent.objects.order_by("occurred_at", "id").values_list("occurred_at", flat=True).first()


def past(week: Week) -> QuerySet[AuditEvent]:
    """Return what the company's staff did in the weeks before."""
    people = [str(pk) for pk in week.staff]
    return AuditEvent.objects.filter(
        occurred_at__gte=week.before, occurred_at__lt=week.start, actor_id__in=people, actor_kind=USER, outcome="ok"
    ).order_by()


def usual(week: Week, actions: Iterable[str]) -> dict[int, list[int]]:
    """Return each person's numbers in the weeks before in which he or she did anything at all."""
    wanted = list(map(str, actions))
    rows = (
        past(week)
        .annotate(week=TruncWeek("occurred_at", tzinfo=UTC))
        .values("actor_id", "week")
        .annotate(any=Count("pk"), number=Count("pk", filter=Q(action__in=wanted)))
    )
    found: dict[int, list[int]] = defaultdict(list)
    for row in rows:
        found[int(row["actor_id"])].append(row["number"])
    return dict(found)


def middle(numbers: Iterable[float]) -> int | None:
    """Return the median as a whole number; None where there are none."""
    known = list(numbers)
    return round(median(known)) if known else None


def hours(week: Week) -> dict[int, set[datetime]]:
    """Return the hours in which each person did anything in the weeks before."""
    rows = past(week).annotate(hour=TruncHour("occurred_at", tzinfo=UTC)).values_list("actor_id", "hour").distinct()
    found: dict[int, set[datetime]] = defaultdict(set)
    for actor, hour in rows:
        found[int(actor)].add(hour)
    return dict(found)


def duty(week: Week) -> dict[int, list[Span]]:
    """Return when each person was on duty in the rota, as it stands now."""
    found: dict[int, list[Span]] = defaultdict(list)
    for row in RotaDuty.objects.filter(step__provider=week.provider, user__in=week.staff):
        found[row.user_id] += windows(row, week.start, week.end)
    return dict(found)


def requests_of(week: Week, acts: Iterable[Act]) -> dict[str, dict[str, Any]]:
    """Return the company's requests that these acts are about, by their number as the trail has it."""
    keys = {int(act.object_id) for act in acts if act.kind == REQUEST and act.object_id.isdigit()}
    rows = DataRequest.objects.filter(pk__in=keys, provider=week.provider)
    columns = ("pk", "restricted", "agency_id", "agency__name", "assignee_id")
    return {str(row["pk"]): row for row in rows.values(*columns)}


def signatures(week: Week) -> list[tuple[int, int]]:
    """Return who proposed and who signed each decision of the week and the weeks before."""
    entries = AuditEvent.objects.filter(
        object_type=REQUEST, occurred_at__gte=week.before, occurred_at__lt=week.end, outcome="ok",
        action__in=[str(Event.PROPOSED), *map(str, DECIDED)], actor_id__in=[str(pk) for pk in week.staff],
    ).order_by("occurred_at", "id")  # fmt: skip
    proposed: dict[str, int] = {}
    found = []
    for action, actor, about in entries.values_list("action", "actor_id", "object_id"):
        if action == Event.PROPOSED:
            proposed[about] = int(actor)
        elif about in proposed:
            found.append((proposed.pop(about), int(actor)))
    return found


def own(week: Week, decisions: dict[int, list[Act]]) -> Counter[int]:
    """Return how many of the week's decisions each person signed on requests that they had taken themselves."""
    keys = {act.object_id for acts in decisions.values() for act in acts}
    taken: set[tuple[int, str]] = set()
    entries = AuditEvent.objects.filter(object_type=REQUEST, object_id__in=keys, occurred_at__lt=week.end)
    for row in entries.filter(action__in=[Event.TAKEN, Event.ASSIGNED]).exclude(actor_id=""):
        facts = json.loads(bytes(row.payload)).get("data") or {}
        if row.action == Event.TAKEN or facts.get("to") == row.actor_label:
            taken.add((int(row.actor_id), row.object_id))
    return Counter(person for person, acts in decisions.items() for act in acts if (person, act.object_id) in taken)


def first_looks(week: Week, decisions: dict[int, list[Act]]) -> dict[tuple[int, str], datetime]:
    """Return when each of these people first opened what they decided."""
    keys = {act.object_id for acts in decisions.values() for act in acts}
    rows = AuditEvent.objects.filter(
        object_type=REQUEST, object_id__in=keys, action=Event.VIEWED, occurred_at__lt=week.end,
        actor_id__in=[str(pk) for pk in decisions],
    ).order_by("-occurred_at")  # fmt: skip
    return {(int(who), about): at for who, about, at in rows.values_list("actor_id", "object_id", "occurred_at")}


def within(moments: list[datetime], span: timedelta) -> int:
    """Return the most of these moments that lie within a span."""
    ordered, most, left = sorted(moments), 0, 0
    for right, moment in enumerate(ordered):
        while moment - ordered[left] > span:
            left += 1
        most = max(most, right - left + 1)
    return most


def usual_of_desk(week: Week, actions: Iterable[str]) -> int | None:
    """Return the median of the desk's sums in the weeks before; None while there are too few of them."""
    wanted = list(map(str, actions))
    rows = past(week).annotate(week=TruncWeek("occurred_at", tzinfo=UTC)).values("week")
    sums = [row["number"] for row in rows.annotate(number=Count("pk", filter=Q(action__in=wanted)))]
    return middle(sums) if len(sums) >= rules.KNOWN_WEEKS else None
