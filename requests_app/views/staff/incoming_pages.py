"""The page of one message that came outside the portal, what it wants kept, and our call to the agency about that."""

from datetime import datetime
from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone

from accounts.access import signed_in
from accounts.models import User
from accounts.permissions import Permission, has_permission
from accounts.services.calls import usable_numbers
from foundation.documents import services as documents
from foundation.legal.calendars import zone_of
from preservation.enums import HoldStatus
from requests_app.enums import Channel, IncomingStatus
from requests_app.forms.recording import CALL_RESULTS, AttachForm, ConfirmCallForm, DismissForm
from requests_app.models import IncomingMessage
from requests_app.permissions import entering_refusal
from requests_app.services import asked_holds, incoming

_SAID = dict(CALL_RESULTS)
_WHY = "Why is this note put away?"


def one(request: HttpRequest, uid: UUID) -> IncomingMessage:
    """Return a message that this person may read, or 404."""
    rows = incoming.visible(signed_in(request)).select_related("provider", "data_request", "original", "decided_by")
    return get_object_or_404(rows, uid=uid)


def draw(
    request: HttpRequest,
    row: IncomingMessage,
    *,
    attaching: AttachForm | None = None,
    dismissing: DismissForm | None = None,
    calling: ConfirmCallForm | None = None,
    status: int = 200,
) -> HttpResponse:
    """Draw the page; a form that was sent keeps what was typed."""
    row.refresh_from_db(fields=["status", "decided_at", "decided_reason"])
    files = [(file, documents.pages(file)) for file in incoming.files_of(row)]
    mentioned = incoming.mentioned(row, signed_in(request))
    named = mentioned[0].reference if len(mentioned) == 1 else ""
    context: dict[str, Any] = {
        "message": row,
        "sender": incoming.sender_of(row) if row.sender else None,
        "header": incoming.header_of(row),
        "files": [(file, pages, documents.pages_note(file, pages)) for file, pages in files],
        "mentioned": mentioned,
        "attaching": attaching or AttachForm(initial={"reference": named}),
        "dismissing": dismissing or DismissForm(),
        "is_new": row.status == IncomingStatus.NEW,
        "is_note": asked_holds.is_note(row),
        "is_call": row.channel == Channel.PHONE,
        **_to_keep(row, signed_in(request), calling, timezone.now()),
    }
    if context["is_note"]:
        context["dismissing"].fields["reason"].label = _WHY
    return render(request, "staff/incoming/message.html", context, status=status)


def _to_keep(row: IncomingMessage, user: User, calling: ConfirmCallForm | None, at: datetime) -> dict[str, Any]:
    """Return what is to be kept, our calls to the agency about it, and what this person can do next."""
    hold = asked_holds.hold_of(row)
    if hold is None:
        return {"hold": None, "agency": None}
    numbers = usable_numbers(hold.agency)
    asked = row.status != IncomingStatus.DISMISSED and hold.status == HoldStatus.DRAFT
    acts = asked and entering_refusal(user, row.provider_id, hold.agency_id) is None
    refusal = asked_holds.refusal(row, hold, at=at)
    return {
        "hold": hold, "agency": hold.agency, "asked": asked, "begun": hold.status != HoldStatus.DRAFT,
        "numbers": numbers, "zone": zone_of(hold.agency.country), "calls": _calls(row, user, acts, at),
        "calling": (calling or ConfirmCallForm(None, numbers=numbers)) if acts else None,
        "may_hold": acts and not refusal, "hold_refusal": refusal if asked else "",
        "sees_holds": has_permission(user, Permission.SEE_HOLDS),
    }  # fmt: skip


def _calls(row: IncomingMessage, user: User, acts: bool, at: datetime) -> list[dict[str, Any]]:
    """Return our calls, each with what was said, why it counts no more, and whether this person may vouch for it."""
    open_ones = {call.pk for call in asked_holds.unseconded(row, at=at)}
    return [
        {
            "call": heard.call, "void": heard.void, "words": _SAID.get(heard.call.result, heard.call.result),
            "lacks": heard.call.pk in open_ones,
            "may_second": acts and heard.call.pk in open_ones and not asked_holds.second_refusal(heard.call, by=user),
        }
        for heard in asked_holds.heard(row, at=at)
    ]  # fmt: skip
