"""What the staff's list of holds is narrowed down to: one tab and a few filters, as they stand in the address.

They name nobody: people, cases and identifiers are searched for, and a search leaves no address.
"""

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.db.models import F, Q

from foundation.providers.models import Provider
from preservation.enums import ENDED_STATUSES, OPEN_STATUSES, ExtensionStatus, HoldGround, HoldStatus
from preservation.querysets import OVER_AT, PreservationHoldQuerySet
from preservation.status_words import ENDING_DAYS

# The company's systems have this long, mostly it takes seconds; afterwards a hold is listed as failed.
KEEPING, DELETING = timedelta(hours=1), timedelta(hours=4)
# An officer who was asked whether a hold is still needed has this long before it is listed for review again.
ANSWER = timedelta(days=14)
WITHIN = {"7": "Within 7 days", "30": "Within 30 days"}
GROUNDS = {str(HoldGround.POLICY): "Company policy", str(HoldGround.LAW): "A law"}
# Counting stops here: what a tab or list holds beyond is said as "10,000+".
MOST = 10_000


class Tab(StrEnum):
    """The parts of the list, as they stand in the address."""

    RUNNING = ""
    ACCEPT = "accept"
    CHOOSE = "choose"
    ASKED = "asked"
    ENDING = "ending"
    KEPT = "kept"
    TREATY = "treaty"
    FAILED = "failed"
    REVIEW = "review"
    ENDED = "ended"


TAB_WORDS = {
    Tab.RUNNING: "All running",
    Tab.ACCEPT: "To accept",
    Tab.CHOOSE: "To choose",
    Tab.ASKED: "Extensions",
    Tab.ENDING: "Ending",
    Tab.KEPT: "Kept while we answer",
    Tab.TREATY: "Treaty",
    Tab.FAILED: "Failed",
    Tab.REVIEW: "To review",
    Tab.ENDED: "Ended",
}
# The moment by which each tab is in order, and whether the latest comes first, in words of the page; an index has each.
_BY_END = (F("expires_at"), False, "soonest first")
_ORDERS: dict[Tab, tuple[Any, bool, str]] = {
    Tab.REVIEW: (F("starts_at"), False, "kept longest first"),
    Tab.ENDED: (OVER_AT, True, "last ended first"),
}
# When a hold ended in one way or another, and until when its copies stay for a late extension.
_ENDS = ("released_at", "expired_at", "declined_at", "grace_until")
_PLAIN = {
    Tab.RUNNING: Q(status__in=OPEN_STATUSES),
    Tab.ASKED: Q(extensions__status=ExtensionStatus.REQUESTED),
    Tab.KEPT: Q(status=HoldStatus.PROCESS_SERVED),
    Tab.TREATY: Q(status=HoldStatus.ON_TREATY),
    Tab.ENDED: Q(status__in=ENDED_STATUSES),
}


@dataclass(frozen=True)
class Filters:
    """One tab, and what of it is shown; empty: everything."""

    state: Tab = Tab.RUNNING
    within: str = ""
    ends: date | None = None
    country: str = ""
    ground: str = ""
    agency: UUID | None = None

    @classmethod
    def read(cls, given: Mapping[str, str]) -> "Filters":
        """Read the address; what it cannot mean is left out."""
        state = str(given.get("state") or "")
        country = str(given.get("country") or "")
        within, ground = str(given.get("within") or ""), str(given.get("ground") or "")
        return cls(
            state=Tab(state) if state in list(Tab) else Tab.RUNNING,
            within=within if within in WITHIN else "",
            ends=_day(str(given.get("ends") or "")),
            country=country if len(country) == 2 and country.isascii() and country.isupper() else "",
            ground=ground if ground in GROUNDS else "",
            agency=_uid(str(given.get("agency") or "")),
        )

    def query(self, **other: str) -> str:
        """Return these filters as a query string, with more of it."""
        values = {item.name: getattr(self, item.name) for item in fields(self)}
        return urlencode({name: str(value) for name, value in values.items() if value} | other)

    def without(self, name: str) -> "Filters":
        """Return these filters without one of them."""
        nothing: dict[str, Any] = {name: None if name in {"ends", "agency"} else ""}
        return replace(self, **nothing)

    @property
    def set(self) -> list[str]:
        """The names of the filters in force; the tab is none of them."""
        return [item.name for item in fields(self) if item.name != "state" and getattr(self, item.name)]


def narrowed(visible: PreservationHoldQuerySet, filters: Filters, at: datetime) -> PreservationHoldQuerySet:
    """Return the holds of a tab that pass the filters, in no order."""
    found = of_tab(visible, filters.state, at)
    if filters.within:
        found = found.ending(int(filters.within), at)
    if filters.ends:
        first = datetime(filters.ends.year, filters.ends.month, filters.ends.day, tzinfo=UTC)
        until = first + timedelta(days=1)
        found = found.filter(status=HoldStatus.ACTIVE, expires_at__gte=first, expires_at__lt=until)
    if filters.country:
        found = found.filter(agency__country=filters.country)
    if filters.ground:
        found = found.filter(ground=filters.ground)
    return found.filter(agency__uid=filters.agency) if filters.agency else found


def of_tab(visible: PreservationHoldQuerySet, tab: Tab, at: datetime) -> PreservationHoldQuerySet:
    """Return the holds of one tab, in no order."""
    if tab is Tab.ACCEPT:
        return visible.to_accept()
    if tab is Tab.CHOOSE:
        return visible.to_choose()
    if tab is Tab.ENDING:
        return visible.ending(ENDING_DAYS, at)
    if tab is Tab.FAILED:
        return visible.filter(failed(at))
    return visible.filter(to_review(at) if tab is Tab.REVIEW else _PLAIN[tab])


def in_order(found: PreservationHoldQuerySet, tab: Tab, after: tuple[datetime, int] | None = None) -> Any:
    """Return the holds in the order of their tab, each with `moment`, from after a place on: a moment and a key.

    The first condition on the moment is a range of an index, so that a page far down costs what the first does.
    """
    by, backwards, _words = _ORDERS.get(tab, _BY_END)
    rows: Any = found.annotate(moment=by).filter(moment__isnull=False)
    if after and backwards:
        rows = rows.filter(moment__lte=after[0]).filter(Q(moment__lt=after[0]) | Q(pk__lt=after[1]))
    elif after:
        rows = rows.filter(moment__gte=after[0]).filter(Q(moment__gt=after[0]) | Q(pk__gt=after[1]))
    return rows.order_by("-moment", "-pk") if backwards else rows.order_by("moment", "pk")


def order_words(tab: Tab) -> str:
    """Say in which order a tab stands."""
    return _ORDERS.get(tab, _BY_END)[2]


def failed(at: datetime) -> Q:
    """Match what the company's systems have not done in time: records not kept, or copies not deleted.

    Each has work_at, so that only what is on its way anyway is looked at.
    """
    not_kept = Q(status=HoldStatus.ACTIVE, snapshot_at=None, starts_at__lte=at - KEEPING)
    late = at - DELETING
    over = [Q(**{f"{name}__isnull": True}) | Q(**{f"{name}__lte": late}) for name in _ENDS]
    not_deleted = Q(*over, status__in=ENDED_STATUSES, destroyed_at=None)
    return Q(work_at__isnull=False) & (not_kept | not_deleted)


def to_review(at: datetime) -> Q:
    """Match holds that run for longer than the company's hold_review_days, and that nothing has followed.

    Not those that somebody looked at within the same time, nor those whose officer was asked and may still answer.
    """
    long, limits = Q(pk__in=[]), dict(Provider.objects.values_list("pk", "hold_review_days"))
    for provider, days in limits.items():
        before = at - timedelta(days=days)
        long |= Q(provider=provider, starts_at__lte=before) & (Q(looked_at=None) | Q(looked_at__lte=before))
    asked = Q(needed_asked_at=None) | Q(needed_asked_at__lte=at - ANSWER)
    # A range of an index, however many companies have limits of their own.
    shortest = at - timedelta(days=min(limits.values(), default=0))
    return Q(status=HoldStatus.ACTIVE, request_reference="", starts_at__lte=shortest) & long & asked


def bounded(found: PreservationHoldQuerySet) -> int:
    """Count the holds, and stop one beyond MOST: a million are counted no longer than ten thousand."""
    return found.order_by().values("pk")[: MOST + 1].count()


def counts(visible: PreservationHoldQuerySet, at: datetime) -> dict[Tab, int]:
    """Count what is in each tab but the ended, which only grows."""
    return {tab: bounded(of_tab(visible, tab, at)) for tab in TAB_WORDS if tab != Tab.ENDED}


def number_words(number: int) -> str:
    """Say how many: "143", or "10,000+" where counting stopped."""
    return f"{number:,}" if number <= MOST else f"{MOST:,}+"


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text) if len(text) == len("2026-11-22") else None
    except ValueError:
        return None


def _uid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None
