"""How the desk is doing, above the queue: read at most once a minute for a company, and of nothing restricted."""

from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from typing import Any

from django.core.cache import cache
from django.db.models import Aggregate, Count, DurationField, ExpressionWrapper, F, Min, OuterRef, Q, Subquery
from django.db.models.functions import Least

from accounts.models import User
from requests_app.models import Clarification, DataRequest

SECONDS = 60
MEDIAN_OF = timedelta(days=30)


class Median(Aggregate):
    """The middle value, PostgreSQL's own."""

    function = "PERCENTILE_CONT"
    template = "%(function)s(0.5) WITHIN GROUP (ORDER BY %(expressions)s)"
    output_field = DurationField()


@dataclass(frozen=True)
class Tally:
    """Figures of a UTC day. `median` is the time from receipt to the first answer, nights and weekends included.

    The first answer is the first question to the officer or the decision, whichever came first; those of the last 30
    days count. None where there was none.
    """

    received: int
    answered: int
    median: timedelta | None


def read(user: User, at: datetime) -> Tally:
    """Return the figures of the companies this person works for; the same for all their staff, so none is restricted.

    They may be a minute old.
    """
    providers = sorted(set(user.staff_roles.filter(ended_at=None).values_list("provider", flat=True)))
    key = f"queue-tally:{at.astimezone(UTC):%Y%m%d}:{'-'.join(map(str, providers))}"
    found: Tally | None = cache.get(key)
    if found is None:
        found = count(providers, at)
        cache.set(key, found, SECONDS)
    return found


def count(providers: list[int], at: datetime) -> Tally:
    """Count now, for these companies."""
    today = datetime.combine(at.astimezone(UTC).date(), time(), UTC)
    rows = DataRequest.objects.filter(provider__in=providers, restricted=False, submitted_at__isnull=False)
    of_today = rows.filter(Q(submitted_at__gte=today) | Q(decided_at__gte=today)).aggregate(
        received=Count("pk", filter=Q(submitted_at__gte=today)), answered=Count("pk", filter=Q(decided_at__gte=today))
    )
    return Tally(of_today["received"], of_today["answered"], _median(rows, at - MEDIAN_OF))


def _median(rows: Any, since: datetime) -> timedelta | None:
    asked = Clarification.objects.filter(data_request=OuterRef("pk")).order_by().values("data_request")
    recent = Clarification.objects.filter(asked_at__gte=since).values("data_request")
    answered = rows.filter(Q(decided_at__gte=since) | Q(pk__in=recent)).annotate(
        first_answer=Least(F("decided_at"), Subquery(asked.annotate(first=Min("asked_at")).values("first")))
    )
    took = ExpressionWrapper(F("first_answer") - F("submitted_at"), output_field=DurationField())
    found: timedelta | None = answered.filter(first_answer__gte=since).aggregate(median=Median(took))["median"]
    return found
