"""Figures of holds by months of UTC: how many are kept, what became of extensions, and how many process follows.

Counted when the page is opened: one pass over the holds, one over the extensions. Restricted holds are in no figure,
not even for those who may read them.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

from django.db.models import Count, Q
from django.db.models.functions import Coalesce, TruncMonth

from accounts.models import User
from foundation.core.plots import Row, Section, bars, by_month
from preservation.enums import ExtensionStatus
from preservation.models import HoldExtension, PreservationHold

MONTHS = 12
_NOTHING = "No hold was asked for yet."


@dataclass(frozen=True)
class Month:
    """What happened in a month of UTC, and how many holds were kept at its end, or are kept now."""

    first: date
    started: int
    ended: int
    kept: int
    followed: int


@dataclass(frozen=True)
class Extensions:
    """What was asked for and decided in a month."""

    first: date
    asked: int
    granted: int
    refused: int
    lapsed: int


def sections(user: User, *, at: datetime) -> tuple[list[tuple[str, str]], list[Section]]:
    """Return the headline numbers, and the plots with their tables, of the holds this member of staff may see."""
    months = last_months(at)
    kept, extensions = holds_by_month(user, months), extensions_by_month(user, months)
    total, follow = sum(month.started for month in kept), sum(month.followed for month in kept)
    numbers = [
        ("kept now", f"{kept[-1].kept:,}"),
        (f"asked for in {MONTHS} months", f"{total:,}"),
        ("of these followed by process", _share(follow, total)),
        (f"extensions granted in {MONTHS} months", f"{sum(month.granted for month in extensions):,}"),
    ]
    return numbers, [_kept(kept), _extended(extensions), _followed(kept)]


def last_months(at: datetime) -> list[date]:
    """Return the first days of the last twelve months of UTC, this one last."""
    today = at.astimezone(UTC).date()
    count = today.year * 12 + today.month - 1
    return [date(n // 12, n % 12 + 1, 1) for n in range(count - MONTHS + 1, count + 1)]


def holds_by_month(user: User, months: Sequence[date]) -> list[Month]:
    """Count what started and ended in each month, what was kept at its end, and what of it process followed since."""
    visible = PreservationHold.objects.visible_to_staff(user).filter(restricted=False, starts_at__isnull=False)
    rows: Iterable[tuple[Any, Any, int, int]] = (
        visible.order_by()
        .annotate(
            began=TruncMonth("starts_at", tzinfo=UTC),
            over=TruncMonth(Coalesce("released_at", "declined_at", "expired_at"), tzinfo=UTC),
        )
        .values_list("began", "over")
        .annotate(n=Count("pk"), followed=Count("pk", filter=Q(process_at__isnull=False)))
    )
    started: Counter[date] = Counter()
    ended: Counter[date] = Counter()
    followed: Counter[date] = Counter()
    for began, over, number, process in rows:
        started[began.date()] += number
        followed[began.date()] += process
        if over is not None:
            ended[over.date()] += number
    return [
        Month(first, started[first], ended[first], _until(started, first) - _until(ended, first), followed[first])
        for first in months
    ]


def extensions_by_month(user: User, months: Sequence[date]) -> list[Extensions]:
    """Count extensions in the month in which they were asked for, and in the one in which they were decided."""
    visible = PreservationHold.objects.visible_to_staff(user).filter(restricted=False)
    rows: Iterable[tuple[Any, Any, str, int]] = (
        HoldExtension.objects.filter(hold__in=visible)
        .order_by()
        .annotate(asked=TruncMonth("requested_at", tzinfo=UTC), done=TruncMonth("decided_at", tzinfo=UTC))
        .values_list("asked", "done", "status")
        .annotate(n=Count("pk"))
    )
    asked: Counter[date] = Counter()
    decided: Counter[tuple[date, str]] = Counter()
    for first, done, status, number in rows:
        asked[first.date()] += number
        if done is not None:
            decided[done.date(), status] += number
    names = (ExtensionStatus.GRANTED, ExtensionStatus.REFUSED, ExtensionStatus.LAPSED)
    return [Extensions(first, asked[first], *(decided[first, str(name)] for name in names)) for first in months]


def _until(counted: Counter[date], first: date) -> int:
    return sum(number for month, number in counted.items() if month <= first)


def _share(part: int, whole: int) -> str:
    return f"{round(100 * part / whole)}%" if whole else "No figure"


def _kept(months: list[Month]) -> Section:
    title = "Kept at the end of each month"
    plot = by_month(
        "kept", title, ("Kept", "Started", "Ended"), [(m.first, m.kept, m.started, m.ended) for m in months]
    )
    rows = [Row(f"{m.first:%b %Y}", (f"{m.kept:,}", f"{m.started:,}", f"{m.ended:,}")) for m in reversed(months)]
    heads = ("Month (UTC)", "Kept", "Started", "Ended")
    note = "The last line is as of now. Ended: released, run out, or not accepted."
    return Section("kept", title, heads, rows if plot else [], months=plot, note=note, empty=_NOTHING)


def _extended(months: list[Extensions]) -> Section:
    title = "Extensions in each month"
    values = [(m.first, m.asked, m.granted, m.refused) for m in months]
    plot = by_month("extensions", title, ("Asked", "Granted", "Refused"), values)
    cells = [(f"{m.asked:,}", f"{m.granted:,}", f"{m.refused:,}", f"{m.lapsed:,}") for m in months]
    rows = [Row(f"{m.first:%b %Y}", line) for m, line in zip(reversed(months), reversed(cells), strict=True)]
    heads = ("Month (UTC)", "Asked", "Granted", "Refused", "Lapsed")
    note = "Asked counts when it was asked, the others when decided. Lapsed: the hold was kept another way first."
    return Section(
        "extensions", title, heads, rows if plot else [], months=plot, note=note, empty="Nobody asked for more time."
    )


def _followed(months: list[Month]) -> Section:
    title = "Followed by legal process, by the month of the hold"
    found = [(f"{m.first:%b %Y}", m.followed, m.started) for m in reversed(months)]
    plot = bars("followed", title, [(label, part, f"{part:,} of {whole:,}") for label, part, whole in found if whole])
    rows = [Row(label, (f"{whole:,}", f"{part:,}", _share(part, whole))) for label, part, whole in found]
    asked = any(whole for _label, _part, whole in found)
    heads = ("Asked for in (UTC)", "Holds", "Followed", "Share")
    note = "A request that was attached, or a treaty request. Young holds may still be followed."
    return Section("followed", title, heads, rows if asked else [], plot, note=note, empty=_NOTHING)
