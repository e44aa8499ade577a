"""Documents of a request for staff: pictures of pages with a watermark, and the original after a fresh factor."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_safe

from accounts.access import Audience, access
from accounts.permissions import Permission
from foundation.audit.trail import record
from foundation.documents import services as documents
from foundation.documents.errors import DocumentRefused
from requests_app.events import Event
from requests_app.views.staff.common import visible


@access(Audience.STAFF, permission=Permission.SEE_QUEUE)
@require_safe
def page_image(request: HttpRequest, reference: str, uid: UUID, number: int) -> HttpResponse:
    """Show the picture of one page; who looks, and when, stands over it and in the trail."""
    user: Any = request.user
    data_request = visible(request, reference)
    item = get_object_or_404(data_request.documents.select_related("document"), document__uid=uid)
    mark = f"{data_request.reference} {user.get_full_name()} {timezone.now():%d %b %Y %H:%M} UTC"
    try:
        response = documents.serve_page(item.document, number, watermark=mark)
    except DocumentRefused as refusal:
        raise Http404(str(refusal)) from refusal
    record(Event.DOCUMENT_VIEWED, by=user, obj=data_request, data={"document": str(uid), "page": number})
    return response


@access(Audience.STAFF, permission=Permission.SEE_QUEUE, step_up=True, download=True)
@require_safe
def original(request: HttpRequest, reference: str, uid: UUID) -> HttpResponseBase:
    """Download a document as the officer sent it."""
    user: Any = request.user
    data_request = visible(request, reference)
    item = get_object_or_404(data_request.documents.select_related("document"), document__uid=uid)
    try:
        document = documents.ready_to_download(item.document)
        response = documents.serve(document, range_header=request.headers.get("Range"))
    except DocumentRefused as refusal:
        messages.error(request, str(refusal))
        return redirect(f"{reverse('staff:request', args=[data_request.reference])}?doc={uid}")
    record(Event.DOCUMENT_DOWNLOADED, by=user, obj=data_request, data={"document": str(uid)})
    return response
