"""What staff read of what an officer sent: the decision beside an extension as pictures, and originals."""

from typing import Any
from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.utils import timezone
from django.views.decorators.http import require_safe

from accounts.access import Audience, access, signed_in
from accounts.permissions import Permission
from foundation.audit.trail import record
from foundation.documents import services as documents
from foundation.documents.errors import DocumentDamaged, DocumentRefused
from preservation.events import Event
from preservation.models import HoldExtension
from preservation.views.common import send_original, staff_hold

PAGES = 20


@access(Audience.STAFF, permission=Permission.SEE_HOLDS)
@require_safe
def page_image(request: HttpRequest, reference: str, uid: UUID, number: int) -> HttpResponse:
    """Show the picture of one page; who looks, and when, stands over it and in the trail."""
    user: Any = signed_in(request)
    hold = staff_hold(request, reference)
    extension = hold.extensions.filter(uid=uid).select_related("document").first()
    if extension is None or extension.document is None:
        raise Http404
    mark = f"{hold.reference} {user.get_full_name()} {timezone.now():%d %b %Y %H:%M} UTC"
    try:
        answer = documents.serve_page(extension.document, number, watermark=mark)
    except DocumentRefused as refusal:
        raise Http404(str(refusal)) from refusal
    record(Event.DOCUMENT_VIEWED, by=user, obj=hold, data={"document": str(extension.document.uid), "page": number})
    return answer


@access(Audience.STAFF, permission=Permission.SEE_HOLDS, step_up=True, download=True)
@require_safe
def original(request: HttpRequest, reference: str, uid: UUID) -> HttpResponseBase:
    """Download the decision as the officer sent it."""
    hold = staff_hold(request, reference)
    extension = hold.extensions.filter(uid=uid).select_related("document").first()
    return send_original(request, hold, extension.document if extension else None)


@access(Audience.STAFF, permission=Permission.SEE_HOLDS, step_up=True, download=True)
@require_safe
def hold_original(request: HttpRequest, reference: str) -> HttpResponseBase:
    """Download the document that came with the hold, as the officer sent it."""
    hold = staff_hold(request, reference)
    return send_original(request, hold, hold.document)


def paper_of(extension: HoldExtension | None) -> dict[str, Any] | None:
    """Return the pages that can be shown of what came with an extension, and what to know of them; None without it."""
    if extension is None or extension.document is None:
        return None
    document = extension.document
    try:
        documents.require_clean(document)
        numbers = [page.number for page in documents.pages(document)]
    except (DocumentRefused, DocumentDamaged) as refusal:
        return {"document": document, "pages": [], "note": str(refusal)}
    return {"document": document, "pages": numbers[:PAGES], "note": documents.pages_note(document, numbers[:PAGES])}
