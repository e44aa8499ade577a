"""Searching for accounts that is unlike what a person and the desk do: noticed, and looked at by somebody else.

Nobody can search freely: only identifiers of a request in review are asked for. What is left to misuse is searching
too much, at night, without finding, or in requests that come to nothing. All figures are read from the trail, which
nobody can change. An alarm accuses nobody: it asks a second person to look.
"""

import json
import logging
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.db import transaction
from django.db.models import Count, QuerySet
from django.utils import timezone

from accounts.models import User
from accounts.permissions import Permission, has_permission
from foundation.audit.models import AuditEvent
from foundation.audit.trail import record
from foundation.core.errors import Incomplete, NotAllowed
from foundation.providers.models import Provider
from requests_app.enums import AlarmKind, MatchResult, RequestStatus
from requests_app.events import Event
from requests_app.models import DataRequest, MatchAlarm
from requests_app.notify import alarms as notify

logger = logging.getLogger(__name__)

# How far back what is usual is read.
USUAL = timedelta(days=90)
# Many in an hour: at least so many, and so many times what this person and the desk search in an hour of work.
MANY, TIMES = 100, 3
# Hours are judged for those who have searched on so many days; an hour is theirs after two of them, give or take one.
DAYS, SEEN = 10, 2
# In a day so many that found nothing, and more than half of all.
NOTHING, NOTHING_SHARE = 20, 0.6
# In a month so many requests that came to nothing, and so large a part of those searched in.
UNDECIDED, UNDECIDED_SHARE, MONTH = 5, 0.3, timedelta(days=30)
# The same of the same person is said once a day.
AGAIN = timedelta(days=1)
_NOT_DECIDED = (RequestStatus.DRAFT, RequestStatus.WITHDRAWN, RequestStatus.LAPSED)
_HOUR = timedelta(hours=1)


@dataclass(frozen=True)
class Unusual:
    """Something unusual, in figures."""

    kind: AlarmKind
    facts: dict[str, int]
    data_request: DataRequest | None = None


def after_search(user: User, data_request: DataRequest, *, searches: int, at: datetime | None = None) -> None:
    """Look at what this person has just searched, so many identifiers; never in the way of the search itself.

    One query, mostly: of an hour only the first search is compared with the hours of the person's work, and not in an
    emergency, which comes at any hour.
    """
    at = at or timezone.now()
    try:
        now = _count(user, at - _HOUR, at)
        found = [*_many(user, now, at)]
        if now <= searches and not data_request.is_exigent:
            found += _hour(user, data_request, at)
        for one in found:
            raise_alarm(user, data_request.provider, one, at=at)
    except Exception:  # what was found is stored already, and the sweep looks again
        logger.exception("Searching could not be watched")


def sweep(*, at: datetime | None = None) -> int:
    """Look at everybody who searched in the last day; return how many alarms were raised."""
    at = at or timezone.now()
    recent = _searches(at - AGAIN, at).exclude(actor_id="").order_by().values_list("actor_id", flat=True).distinct()
    people = User.objects.filter(pk__in=[int(pk) for pk in recent if pk.isdigit()]).order_by("pk")
    return sum(_look_at(person, at) for person in people)


def _look_at(user: User, at: datetime) -> int:
    provider = Provider.objects.filter(staff_roles__user=user).order_by("pk").first()
    if provider is None:
        return 0
    found = [*_many(user, _count(user, at - _HOUR, at), at), *_nothing(user, at), *_undecided(user, at)]
    return sum(raise_alarm(user, provider, one, at=at) is not None for one in found)


@transaction.atomic
def raise_alarm(user: User, provider: Provider, found: Unusual, *, at: datetime) -> MatchAlarm | None:
    """Write an alarm and tell who looks at it; None where the same was said of this person within a day."""
    # Two searches at once raise one alarm: the person's row is the lock.
    User.objects.select_for_update().get(pk=user.pk)
    if MatchAlarm.objects.filter(user=user, kind=found.kind, raised_at__gt=at - AGAIN).exists():
        return None
    alarm = MatchAlarm.objects.create(
        provider=provider, user=user, data_request=found.data_request, kind=found.kind, facts=found.facts, raised_at=at
    )
    record(Event.ALARM_RAISED, by=None, obj=alarm, data={"kind": str(found.kind), "figures": found.facts}, at=at)
    notify.raised(alarm, at=at)
    return alarm


@transaction.atomic
def look(alarm: MatchAlarm, *, note: str, by: User, at: datetime | None = None) -> MatchAlarm:
    """Write what came of an alarm; never one's own, and once."""
    at = at or timezone.now()
    if not note.strip():
        raise Incomplete("Write what came of it.")
    locked: MatchAlarm = MatchAlarm.objects.select_for_update().get(pk=alarm.pk)
    if not visible(by).filter(pk=locked.pk).exists():
        raise NotAllowed("You do not have the right to do this.")
    if locked.looked_at is not None:
        raise NotAllowed("Somebody has looked at this alarm already: read what came of it.")
    locked.looked_at, locked.looked_by, locked.note = at, by, note.strip()
    locked.save(update_fields=["looked_at", "looked_by", "note"])
    record(Event.ALARM_LOOKED_AT, by=by, obj=locked, at=at)
    return locked


def visible(user: User) -> QuerySet[MatchAlarm]:
    """Return the alarms this person may look at: of the own companies, about others."""
    if not has_permission(user, Permission.SEE_ALARMS):
        return MatchAlarm.objects.none()
    own = user.staff_roles.filter(ended_at=None).values("provider")
    return MatchAlarm.objects.filter(provider__in=own).exclude(user=user)


def searched(alarm: MatchAlarm, *, user: User) -> list[tuple[DataRequest, int]]:
    """Return in which requests the person searched in the day before, and how often: only those `user` may see."""
    rows = _of(alarm.user, alarm.raised_at - AGAIN, alarm.raised_at)
    counts = Counter(int(row.object_id) for row in rows if row.object_id.isdigit())
    visible_rows = DataRequest.objects.visible_to_staff(user).filter(pk__in=counts).select_related("agency")
    found = [(row, counts[row.pk]) for row in visible_rows.order_by("-pk")]
    return sorted(found, key=lambda item: -item[1])[:_SHOWN]


_SHOWN = 20


def to_look_at(user: User, at: datetime) -> list[QuerySet[Any]]:
    """Return what the navigation counts: alarms that nobody has looked at."""
    return [visible(user).filter(looked_at=None)]


def _many(user: User, now: int, at: datetime) -> Iterator[Unusual]:
    """Many within an hour, against the hours in which this person and the desk search."""
    if now < MANY:
        return
    before = _searches(at - USUAL, at - _HOUR)
    own, desk = _by_hour(before.filter(actor_id=str(user.pk))), _by_hour(before)
    usual = max(own, desk)
    if now >= TIMES * usual:
        yield Unusual(AlarmKind.MANY, {"searches": now, "usual": round(usual), "hours": 1})


def _by_hour(searches: QuerySet[AuditEvent]) -> float:
    """Return how many searches one person makes in an hour in which he or she searches at all; 0 for none."""
    hours = Counter(
        (actor, at.replace(minute=0, second=0, microsecond=0))
        for actor, at in searches.order_by().values_list("actor_id", "occurred_at")[:_MOST]
    )
    return sum(hours.values()) / len(hours) if hours else 0.0


_MOST = 20_000


def _hour(user: User, data_request: DataRequest, at: datetime) -> Iterator[Unusual]:
    """An hour of the day in which this person has hardly ever searched in three months, on the person's own clock."""
    zone = ZoneInfo(user.time_zone or "UTC")
    moments = _searches(at - USUAL, at - _HOUR).filter(actor_id=str(user.pk)).order_by()
    seen = {at.astimezone(zone) for at in moments.values_list("occurred_at", flat=True)[:_MOST]}
    days = {moment.date() for moment in seen}
    if len(days) < DAYS:
        return
    hour = at.astimezone(zone).hour
    near = {hour, (hour - 1) % 24, (hour + 1) % 24}
    if len({moment.date() for moment in seen if moment.hour in near}) < SEEN:
        yield Unusual(AlarmKind.HOUR, {"hour": hour, "days": len(days)}, data_request)


def _nothing(user: User, at: datetime) -> Iterator[Unusual]:
    """Many in a day that found nothing."""
    results = Counter(_facts(row).get("result") for row in _of(user, at - AGAIN, at))
    results.pop("chosen", None)  # one of several accounts found: no search
    none, every = results[str(MatchResult.NONE)], sum(results.values())
    if none >= NOTHING and none >= NOTHING_SHARE * every:
        yield Unusual(AlarmKind.NOTHING, {"searches": every, "nothing": none, "hours": 24})


def _undecided(user: User, at: datetime) -> Iterator[Unusual]:
    """Searches in requests that were sent back, withdrawn or never answered, so that nobody else ever looked."""
    keys = {int(row.object_id) for row in _of(user, at - MONTH, at) if row.object_id.isdigit()}
    if len(keys) < UNDECIDED:
        return
    kinds = DataRequest.objects.filter(pk__in=keys).order_by().values("status").annotate(number=Count("pk"))
    by_status = {row["status"]: row["number"] for row in kinds}
    undecided = sum(by_status.get(status, 0) for status in _NOT_DECIDED)
    if undecided >= UNDECIDED and undecided >= UNDECIDED_SHARE * len(keys):
        yield Unusual(AlarmKind.UNDECIDED, {"requests": len(keys), "undecided": undecided, "days": MONTH.days})


def _searches(since: datetime, until: datetime) -> QuerySet[AuditEvent]:
    """Return the searches in this time, from the trail."""
    return AuditEvent.objects.filter(action=Event.MATCHED, occurred_at__gt=since, occurred_at__lte=until)


def _of(user: User, since: datetime, until: datetime) -> Iterable[AuditEvent]:
    return _searches(since, until).filter(actor_id=str(user.pk)).order_by("-id")[:_MOST]


def _count(user: User, since: datetime, until: datetime) -> int:
    return _searches(since, until).filter(actor_id=str(user.pk)).count()


def _facts(event: AuditEvent) -> dict[str, Any]:
    facts: dict[str, Any] = json.loads(bytes(event.payload)).get("data") or {}
    return facts
