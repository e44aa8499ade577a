"""The officer's holds."""

from datetime import datetime, timedelta
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from accounts.access import Audience, access
from accounts.permissions import Permission
from preservation.enums import HoldStatus
from preservation.forms.holds import ExtendForm
from preservation.models import PreservationHold
from preservation.services import extensions
from preservation.views.common import Row, rows_of

SHOWN = 200
# A hold this near to its end opens as a panel with one question.
URGENT = timedelta(days=14)
_ORDER = {HoldStatus.ACTIVE: 0, HoldStatus.PROCESS_SERVED: 1, HoldStatus.ON_TREATY: 1, HoldStatus.DRAFT: 2}


@access(Audience.OFFICER, permission=Permission.FILE_HOLD)
@require_safe
def holds(request: HttpRequest) -> HttpResponse:
    """All holds: what ends soonest first, what has ended last."""
    now, user = timezone.now(), request.user
    visible: Any = PreservationHold.objects.visible_to(user)  # type: ignore[arg-type]
    found = visible.with_extensions().select_related("officer", "provider").prefetch_related("identifiers")
    rows = sorted(rows_of(found.order_by("-created_at")[:SHOWN], now), key=_place)
    urgent = _most_urgent(rows, user, now)
    context = {
        "rows": rows,
        "urgent": urgent,
        "form": ExtendForm() if urgent else None,
    }
    if urgent:
        context |= extension_facts(urgent.hold, now)
    return render(request, "holds/list.html", context)


def extension_facts(hold: PreservationHold, now: datetime) -> dict[str, Any]:
    """Return what the question about more time says: until when, and which extension it would be."""
    new_end, number = extensions.offer(hold, now)
    return {"new_end": new_end, "extension_number": number}


def _place(row: Row) -> tuple[int, float]:
    hold = row.hold
    if (order := _ORDER.get(HoldStatus(hold.status))) is not None:
        return order, hold.expires_at.timestamp() if hold.expires_at else 0.0
    end = hold.released_at or hold.expired_at or hold.created_at
    return 3, -end.timestamp()


def _most_urgent(rows: list[Row], user: Any, now: datetime) -> Row | None:
    """Return the first row that ends soon and may be extended by this officer, who has not asked yet."""
    for row in rows:
        hold = row.hold
        if row.running and not row.asked and hold.officer_id == user.pk and hold.expires_at is not None:
            near = hold.expires_at - now <= URGENT
            return row if near and extensions.refusal(hold, now) is None else None
    return None
