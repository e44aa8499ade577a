"""The inbox: every message to a person, also where the mail did not arrive."""

from datetime import datetime
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_safe

from accounts.access import Audience, access, signed_in
from accounts.message_text import parts_of
from accounts.views.staff.paging import page_newest
from foundation.notifications import inbox as boxes
from foundation.notifications.models import OutboundMessage
from foundation.notifications.subjects import hidden_from, links

_COLUMNS = ("body_text", "body_html")


@access(Audience.VERIFIED)
@require_safe
def inbox(request: HttpRequest) -> HttpResponse:
    """The messages to this person, newest first; or only those that were not opened."""
    rows, only_unread = boxes.inbox_for(signed_in(request)), request.GET.get("show") == "unread"
    shown = rows.unread() if only_unread else rows
    page = page_newest(shown.select_related("gathered_in").defer(*_COLUMNS), request, keys=("created_at", "pk"))
    hidden = hidden_from((row.reference for row in page.rows), signed_in(request))
    context = {
        "page": page,
        "rows": [_row(message, hidden) for message in page.rows],
        "only_unread": only_unread,
        "later": bool(request.GET.get("before")),
        "drawn_at": timezone.now().isoformat(),
    }
    return render(request, "accounts/inbox.html", context)


@access(Audience.VERIFIED)
@require_safe
def message(request: HttpRequest, uid: UUID) -> HttpResponse:
    """One message; opening it marks it read. What it said of a case that its reader lost is not shown."""
    user = signed_in(request)
    found = get_object_or_404(boxes.inbox_for(user).select_related("gathered_in"), uid=uid)
    if found.read_at is None:
        boxes.mark_read(found, by=user)
    about = links([found.reference], user).get(found.reference, "")
    context = _row(found, hidden_from([found.reference], user))
    context |= {"parts": [] if context["hidden"] else parts_of(found), "about": about}
    return render(request, "accounts/message.html", context)


@access(Audience.VERIFIED)
@require_http_methods(["GET", "POST"])
def read_all(request: HttpRequest) -> HttpResponse:
    """Mark as read what was there when the page was drawn; what came since stays unread."""
    if request.method == "POST":
        count = boxes.mark_all_read(by=signed_in(request), until=_drawn_at(request))
        if count:
            messages.success(
                request, ngettext("%d message is marked read.", "%d messages are marked read.", count) % count
            )
        else:
            messages.info(request, _("There was nothing unread."))
    return redirect(reverse("accounts:inbox"))


def _drawn_at(request: HttpRequest) -> datetime:
    """When the page was drawn, as it says itself; now where it says nothing of use."""
    now = timezone.now()
    try:
        said = parse_datetime(request.POST.get("seen", ""))
    except ValueError:
        said = None
    return min(said, now) if said is not None and said.tzinfo else now


def _row(found: OutboundMessage, hidden: set[str]) -> dict[str, Any]:
    return {"message": found, "delivery": boxes.delivery_of(found), "hidden": found.reference in hidden}
