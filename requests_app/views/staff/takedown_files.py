"""Files of a takedown notice: the pictures of its pages, the notice as it came, and our reply."""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.utils import timezone
from django.views.decorators.http import require_safe

from accounts.access import Audience, access
from accounts.permissions import Permission
from foundation.audit.trail import record
from foundation.core.errors import PortalError
from foundation.core.paper import PaperFailed
from foundation.documents import services as documents
from foundation.documents.errors import DocumentRefused
from requests_app.events import Event
from requests_app.services import takedown_replies as replies
from requests_app.views.staff.takedowns import found

_TYPES = {replies.TEXT: "text/plain; charset=utf-8", replies.PDF: "application/pdf"}
_FAILED = "The PDF could not be made just now. Take the text, or try again in a minute."


@access(Audience.STAFF, permission=Permission.SEE_QUEUE)
@require_safe
def page(request: HttpRequest, reference: str, number: int) -> HttpResponse:
    """Show the picture of one page of the notice, with who looks and when over it."""
    user: Any = request.user
    row = found(request, reference)
    if row.document is None:
        raise Http404
    mark = f"{row.reference} {user.get_full_name()} {timezone.now():%d %b %Y %H:%M} UTC"
    try:
        response = documents.serve_page(row.document, number, watermark=mark)
    except DocumentRefused as refusal:
        raise Http404(str(refusal)) from refusal
    record(Event.DOCUMENT_VIEWED, by=user, obj=row, data={"document": str(row.document.uid), "page": number})
    return response


@access(Audience.STAFF, permission=Permission.SEE_QUEUE, step_up=True, download=True)
@require_safe
def original(request: HttpRequest, reference: str) -> HttpResponseBase:
    """Download the notice as it came."""
    row = found(request, reference)
    if row.document is None:
        raise Http404
    try:
        ready = documents.ready_to_download(row.document)
        response = documents.serve(ready, range_header=request.headers.get("Range"))
    except DocumentRefused as refusal:
        messages.error(request, str(refusal))
        return redirect("staff:takedown", row.reference)
    record(Event.DOCUMENT_DOWNLOADED, by=request.user, obj=row, data={"document": str(row.document.uid)})
    return response


@access(Audience.STAFF, permission=Permission.SEE_QUEUE, step_up=True, download=True)
@require_safe
def reply(request: HttpRequest, reference: str, form: str) -> HttpResponse:
    """Download the reply as text or as a letter."""
    user: Any = request.user
    row = found(request, reference)
    if form not in _TYPES:
        raise Http404
    try:
        content = replies.taken(row, form, by=user)
    except (PaperFailed, PortalError) as error:
        messages.error(request, _FAILED if isinstance(error, PaperFailed) else str(error))
        return redirect("staff:takedown", row.reference)
    headers = {"Content-Disposition": f'attachment; filename="{row.reference}.{form}"', "Cache-Control": "no-store"}
    return HttpResponse(content, content_type=_TYPES[form], headers=headers)
