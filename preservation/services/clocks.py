"""Running holds for the page of deadlines, and holds whose end passed without the copies being deleted."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.db.models.functions import Coalesce
from django.urls import reverse

from accounts.models import User
from foundation.notifications.running_clocks import ShownDeadline, Stage
from preservation import notify
from preservation.enums import ExtensionStatus, HoldStatus
from preservation.models import HoldExtension, PreservationHold

# The company's systems have this long before anybody speaks of it; mostly it takes seconds.
QUICK = timedelta(hours=4)


def running() -> QuerySet[PreservationHold]:
    """Return the holds that run down: not those kept while we answer or during a treaty request."""
    return PreservationHold.objects.filter(status=HoldStatus.ACTIVE, expires_at__isnull=False)


def list_running(reader: User, since: datetime, until: datetime) -> Iterator[ShownDeadline]:
    """Yield the holds that end in this time, for staff who may see them."""
    visible = PreservationHold.objects.visible_to_staff(reader).filter(status=HoldStatus.ACTIVE)
    rows: QuerySet[Any] = visible.filter(expires_at__gte=since, expires_at__lt=until).with_extensions()
    for row in rows.order_by("expires_at", "pk"):
        yield _shown("Hold", row, row.expires_at, "More time is asked for" if row.asked else "")


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
    """Yield the holds whose copies should have been deleted by a moment in this time."""
    rows = _not_let_go(PreservationHold.objects.visible_to_staff(reader))
    for row in rows.filter(ended_at__gte=since - QUICK, ended_at__lt=until - QUICK).exclude(status=HoldStatus.ACTIVE):
        yield _shown("Copies of an ended hold", row, row.ended_at + QUICK, "Not deleted")


def _not_let_go(holds: QuerySet[PreservationHold]) -> QuerySet[Any]:
    asked = HoldExtension.objects.filter(hold=OuterRef("pk"), status=ExtensionStatus.REQUESTED)
    over = Q(status__in=[HoldStatus.RELEASED, HoldStatus.EXPIRED], destroyed_at=None)
    stuck = Q(status=HoldStatus.ACTIVE) & ~Exists(asked)
    found: QuerySet[Any] = holds.filter(over | stuck).annotate(
        ended_at=Coalesce("released_at", "grace_until", "expired_at", "expires_at")
    )
    return found.filter(ended_at__isnull=False).select_related("officer", "provider", "agency").order_by("pk")


def _shown(clock: str, hold: PreservationHold, due: datetime, note: str) -> ShownDeadline:
    url = reverse("holds:staff_detail", args=[hold.reference])
    return ShownDeadline(clock=clock, due=due, label=hold.reference or "", url=url, team="", note=note)
