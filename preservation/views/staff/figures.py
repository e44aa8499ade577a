"""The figures above the staff's list: headline counts, and the strip of the next 90 days."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

from django.db.models import Count, Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from accounts.access import Audience, access, signed_in
from accounts.permissions import Permission
from preservation.enums import ENDED_STATUSES, ExtensionStatus
from preservation.list_filters import Tab, bounded, number_words
from preservation.models import HoldExtension, PreservationHold
from preservation.querysets import OVER_AT, PreservationHoldQuerySet
from preservation.services import hold_figures
from preservation.status_words import ENDING_DAYS

STRIP_DAYS = 90
ENDED_DAYS = 30
# A day counts up to here: a million holds cost no more than so many a day.
MOST_A_DAY = 999


@dataclass(frozen=True)
class Day:
    """One day of the strip."""

    day: date
    count: int
    place: str  # off, today, empty, now, soon or later

    @property
    def words(self) -> str:
        """How many holds end on it, "999+" where counting stopped."""
        return str(self.count) if self.count <= MOST_A_DAY else f"{MOST_A_DAY}+"


@dataclass(frozen=True)
class Week:
    """Seven days from a Monday."""

    first: date
    days: tuple[Day, ...]

    @property
    def total(self) -> int:
        """How many holds end in it, as far as its days were counted."""
        return sum(day.count for day in self.days)

    @property
    def words(self) -> str:
        """How many holds end in it, "at least 4,200" where counting stopped on one of its days."""
        counted = sum(min(day.count, MOST_A_DAY) for day in self.days)
        return f"{counted:,}" if counted == self.total else f"at least {counted:,}"


def tally(visible: PreservationHoldQuerySet, counts: Mapping[Tab, int], now: datetime) -> list[tuple[str, str, str]]:
    """Return the headline figures in words: what they count, how many, and the address of the list of them."""
    since = now - timedelta(days=ENDED_DAYS)
    over = visible.annotate(over_at=OVER_AT).filter(status__in=ENDED_STATUSES, over_at__gte=since)
    found = [
        ("active", counts[Tab.RUNNING], ""),
        (f"end within {ENDING_DAYS} days", counts[Tab.ENDING], f"?state={Tab.ENDING}#list"),
        ("extensions to decide", counts[Tab.ASKED], f"?state={Tab.ASKED}"),
        (f"ended, last {ENDED_DAYS} days", bounded(over), f"?state={Tab.ENDED}#list"),
    ]
    return [(words, number_words(number), url if number else "") for words, number, url in found]


def strip(visible: PreservationHoldQuerySet, now: datetime) -> list[Week]:
    """Return the weeks of the next 90 days, with how many holds end on each day."""
    today = now.astimezone(UTC).date()
    last = today + timedelta(days=STRIP_DAYS)
    by_day = visible.ending_on(today, STRIP_DAYS + 1, most=MOST_A_DAY)
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
