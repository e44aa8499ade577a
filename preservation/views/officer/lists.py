"""The officer's holds."""

from datetime import datetime, timedelta
from typing import Any

from django.db.models import prefetch_related_objects
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from accounts.access import Audience, access
from accounts.permissions import Permission
from preservation.enums import ExtensionStatus, HoldStatus
from preservation.forms.holds import ExtendForm
from preservation.models import PreservationHold
from preservation.services import extensions
from preservation.services.extension_offers import is_spoiled, offer_of
from preservation.views.common import Row, rows_of
from preservation.views.officer.paging import page_of

# A hold this near to its end opens as a panel with one question.
URGENT = timedelta(days=14)


@access(Audience.OFFICER, permission=Permission.FILE_HOLD)
@require_safe
def holds(request: HttpRequest) -> HttpResponse:
    """A page of holds: what ends soonest first, what has ended last. Those that can be extended can be ticked."""
    now, user = timezone.now(), request.user
    visible: Any = PreservationHold.objects.visible_to(user)  # type: ignore[arg-type]
    found = visible.with_extensions().select_related("officer", "provider", "process_type")
    page = page_of(found.prefetch_related("identifiers"), request.GET, now)
    rows = rows_of(page.holds, now)
    to_extend = {row.hold.pk for row in rows if _may_ask(row, user, now)}
    context: dict[str, Any] = {"rows": rows, "to_extend": to_extend, "urgent": None, "form": None, **page.context}
    if urgent := _most_urgent(rows, to_extend, now):
        context |= {"urgent": urgent, "form": ExtendForm(), **extension_facts(urgent.hold, now)}
    return render(request, "holds/list.html", context)


def extension_facts(hold: PreservationHold, now: datetime) -> dict[str, Any]:
    """Return what the question about more time says: until when, which extension it would be, or why not."""
    prefetch_related_objects([hold], "extensions__document")
    offer = offer_of(hold, now)
    asked = [] if offer.refusal else list(hold.extensions.all())
    last = max(asked, key=lambda extension: extension.requested_at, default=None)
    return {
        "new_end": offer.new_end,
        "extension_number": offer.number,
        "offer": offer,
        "refused": last if last and last.status == ExtensionStatus.REFUSED else None,
        "spoiled": last.document.refusal if last and last.document and is_spoiled(last) else "",
    }


def _may_ask(row: Row, user: Any, now: datetime) -> bool:
    """Say whether this officer may ask for more time, as far as the row itself says; the rule is asked on its page."""
    hold = row.hold
    if row.asked or hold.officer_id != user.pk or hold.expires_at is None:
        return False
    late = hold.status == HoldStatus.EXPIRED and hold.grace_until is not None and hold.grace_until > now
    return late or (row.running and hold.expires_at > now)


def _most_urgent(rows: list[Row], to_extend: set[int], now: datetime) -> Row | None:
    """Return the first row that ends soon and may be extended by this officer, who has not asked yet."""
    for row in rows:
        hold = row.hold
        if row.running and hold.pk in to_extend and hold.expires_at is not None:
            near = hold.expires_at - now <= URGENT
            return row if near and extensions.refusal(hold, now) is None else None
    return None
