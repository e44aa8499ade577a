"""The figures above the staff's list: headline counts, and the strip of the next 90 days."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

from django.db.models import Count, Q
from django.db.models.functions import TruncDate
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from accounts.access import Audience, access, signed_in
from accounts.permissions import Permission
from preservation.enums import ExtensionStatus, HoldStatus
from preservation.list_filters import Tab, bounded, number_words
from preservation.models import HoldExtension, PreservationHold
from preservation.querysets import PreservationHoldQuerySet
from preservation.services import hold_figures
from preservation.status_words import ENDING_DAYS

STRIP_DAYS = 90
ENDED_DAYS = 30


@dataclass(frozen=True)
class Day:
    """One day of the strip."""

    day: date
    count: int
    place: str  # off, today, empty, now, soon or later


@dataclass(frozen=True)
class Week:
    """Seven days from a Monday."""

    first: date
    days: tuple[Day, ...]

    @property
    def total(self) -> int:
        """How many holds end in it."""
        return sum(day.count for day in self.days)


def tally(visible: PreservationHoldQuerySet, counts: Mapping[Tab, int], now: datetime) -> list[tuple[str, str, str]]:
    """Return the headline figures in words: what they count, how many, and the address of the list of them."""
    since = now - timedelta(days=ENDED_DAYS)
    ended = bounded(visible.filter(Q(released_at__gte=since) | Q(expired_at__gte=since)))
    found = [
        ("active", counts[Tab.RUNNING], ""),
        (f"end within {ENDING_DAYS} days", counts[Tab.ENDING], f"?state={Tab.ENDING}#list"),
        ("extensions to decide", counts[Tab.ASKED], f"?state={Tab.ASKED}"),
        (f"ended, last {ENDED_DAYS} days", ended, ""),
    ]
    return [(words, number_words(number), url if number else "") for words, number, url in found]


def strip(visible: PreservationHoldQuerySet, now: datetime) -> list[Week]:
    """Return the weeks of the next 90 days, with how many holds end on each day; one query."""
    today = now.astimezone(UTC).date()
    last = today + timedelta(days=STRIP_DAYS)
    running = visible.filter(status=HoldStatus.ACTIVE, expires_at__lt=now + timedelta(days=STRIP_DAYS + 1))
    by_day: dict[date, int] = dict(
        running.annotate(day=TruncDate("expires_at", tzinfo=UTC)).values_list("day").annotate(n=Count("pk")).order_by()
    )
    monday = today - timedelta(days=today.weekday())
    return [Week(first, tuple(_week(first, today, last, by_day))) for first in _mondays(monday, last)]


def open_extensions(visible: PreservationHoldQuerySet) -> Any:
    """Return the extensions to decide, the hold that ends first on top."""
    return (
        HoldExtension.objects.filter(status=ExtensionStatus.REQUESTED, hold__in=visible.values("pk"))
        .select_related("hold__agency")
        .annotate(before=Count("hold__extensions", filter=Q(hold__extensions__status=ExtensionStatus.GRANTED)))
        .order_by("hold__expires_at", "pk")
    )


def _mondays(first: date, last: date) -> Iterator[date]:
    while first <= last:
        yield first
        first += timedelta(days=7)


def _week(first: date, today: date, last: date, by_day: dict[date, int]) -> Iterator[Day]:
    for n in range(7):
        day = first + timedelta(days=n)
        yield Day(day, by_day.get(day, 0), _place(day, today, last, by_day.get(day, 0)))


def _place(day: date, today: date, last: date, count: int) -> str:
    if day < today or day > last:
        return "off"
    if not count:
        return "today" if day == today else "empty"
    away = (day - today).days
    return "now" if away <= 1 else "soon" if away <= ENDING_DAYS else "later"


def all_visible(user: Any) -> PreservationHoldQuerySet:
    """Return every hold this member of staff may see."""
    found: PreservationHoldQuerySet = PreservationHold.objects.visible_to_staff(user)
    return found


@access(Audience.STAFF, permission=Permission.SEE_HOLDS)
@require_safe
def page(request: HttpRequest) -> HttpResponse:
    """Plots of holds with their tables."""
    now = timezone.now()
    numbers, sections = hold_figures.sections(signed_in(request), at=now)
    context = {"numbers": numbers, "sections": sections, "at": now}
    return render(request, "holds/staff_figures.html", context)
