"""Running holds for the page of deadlines, and holds whose end passed without the copies being deleted."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any

from django.db.models import Count, Exists, Min, OuterRef, QuerySet
from django.db.models.functions import TruncDate
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from foundation.notifications.running_clocks import ShownDeadline, Stage
from preservation import notify
from preservation.enums import LETS_GO, ExtensionStatus, HoldStatus
from preservation.models import HoldExtension, PreservationHold
from preservation.querysets import COPIES_OVER

# So many holds of a time are listed one by one; where there are more, each day says how many end on it.
ONE_BY_ONE = 1000
# The company's systems have this long before anybody speaks of it; mostly it takes seconds.
QUICK = timedelta(hours=4)


def running() -> QuerySet[PreservationHold]:
    """Return the holds that run down: not those kept while we answer or during a treaty request."""
    return PreservationHold.objects.filter(status=HoldStatus.ACTIVE, expires_at__isnull=False)


def list_running(reader: User, since: datetime, until: datetime) -> Iterator[ShownDeadline]:
    """Yield the holds that end in this time, for staff who may see them; of very many, one line for each day."""
    visible = PreservationHold.objects.visible_to_staff(reader)
    ending: Any = visible.filter(status=HoldStatus.ACTIVE, expires_at__gte=since, expires_at__lt=until)
    rows = list(_in_order(ending)[: ONE_BY_ONE + 1])
    if len(rows) > ONE_BY_ONE:
        now = timezone.now()
        rows = list(_in_order(ending.filter(expires_at__lte=now))[:ONE_BY_ONE])
        yield from _by_day(ending.filter(expires_at__gt=now))
    for reference, end, asked in rows:
        yield _shown("Hold", reference, end, "More time is asked for" if asked else "")


def not_let_go() -> QuerySet[Any]:
    """Return the holds that are over and whose copies are still there, each with `ended_at`.

    Among them are those that should have ended and did not. One whose officer asked for more time goes on until that
    is decided, and is not among them.
    """
    return _not_let_go(PreservationHold.objects.all())


def tell_not_let_go(hold: Any, stage: Stage, at: datetime) -> None:
    """Alarm those who decide on holds (hold: a row of not_let_go()); the officer has nothing to do with it any more."""
    notify.not_deleted(hold, ended_at=hold.ended_at, stage=stage.name, at=at)


def list_not_let_go(reader: User, since: datetime, until: datetime) -> Iterator[ShownDeadline]:
    """Yield the holds whose copies should have been deleted by a moment in this time, and were not.

    Copies that stay for a late request are deleted by themselves: nobody has anything to do until that day has come.
    """
    rows = _not_let_go(PreservationHold.objects.visible_to_staff(reader)).exclude(status=HoldStatus.ACTIVE)
    past = min(until - QUICK, timezone.now())
    for row in rows.filter(ended_at__gte=since - QUICK, ended_at__lt=past):
        yield _shown("Copies of an ended hold", row.reference, row.ended_at + QUICK, "Not deleted")


def _not_let_go(holds: QuerySet[PreservationHold]) -> QuerySet[Any]:
    """Return what not_let_go() is of these holds. States and `ended_at` are those of the index `hold_copies_over`."""
    asked = HoldExtension.objects.filter(hold=OuterRef("pk"), status=ExtensionStatus.REQUESTED)
    found: QuerySet[Any] = holds.filter(~Exists(asked), status__in=LETS_GO, destroyed_at=None)
    found = found.annotate(ended_at=COPIES_OVER).filter(ended_at__isnull=False)
    return found.select_related("officer", "provider", "agency").order_by("pk")


def _in_order(holds: Any) -> Any:
    return holds.with_extensions().order_by("expires_at", "pk").values_list("reference", "expires_at", "asked")


def _by_day(holds: QuerySet[Any]) -> Iterator[ShownDeadline]:
    """Yield one line for each day on which holds end, which leads to the list of them."""
    days = holds.annotate(day=TruncDate("expires_at", tzinfo=UTC)).values_list("day").order_by("day")
    ends: date
    for ends, number, first in days.annotate(number=Count("pk"), first=Min("expires_at")):
        url = f"{reverse('holds:staff_list')}?ends={ends.isoformat()}"
        words = f"{number:,} {'hold' if number == 1 else 'holds'}"
        yield ShownDeadline("Hold", first, words, url, team="", count=number)


def _shown(clock: str, reference: str | None, due: datetime, note: str) -> ShownDeadline:
    url = reverse("holds:staff_detail", args=[reference])
    return ShownDeadline(clock=clock, due=due, label=reference or "", url=url, team="", note=note)
