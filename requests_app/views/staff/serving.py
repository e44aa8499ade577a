"""How staff get a stored file of a request: its pages as pictures, its copy without active content, the original."""

from collections.abc import Mapping
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.utils import timezone

from foundation.audit.trail import record
from foundation.core.errors import PortalError
from foundation.documents import services as documents
from foundation.documents.errors import DocumentRefused
from foundation.documents.models import Document
from requests_app.events import Event
from requests_app.models import DataRequest

NO_COPY = "There is no copy of this file without active content. Look at its pages, or ask for a plain PDF."


def picture(request: HttpRequest, data_request: DataRequest, document: Document, number: int) -> HttpResponse:
    """Answer with one page, with who looks and when over it; Http404 where there is none. The caller leaves the event.

    Needs a signed-in member of staff.
    """
    user: Any = request.user
    mark = f"{data_request.reference} {user.get_full_name()} {timezone.now():%d %b %Y %H:%M} UTC"
    try:
        return documents.serve_page(document, number, watermark=mark)
    except DocumentRefused as refusal:
        raise Http404(str(refusal)) from refusal


def original(
    request: HttpRequest,
    data_request: DataRequest,
    document: Document,
    *,
    event: Event,
    facts: Mapping[str, str],
    back: str,
) -> HttpResponseBase:
    """Answer with a file as it came, and note it; where it may not be had, say why on the page `back`."""
    user: Any = request.user
    try:
        ready = documents.ready_to_download(document)
        response = documents.serve(ready, range_header=request.headers.get("Range"))
    except DocumentRefused as refusal:
        messages.error(request, str(refusal))
        return redirect(back)
    record(event, by=user, obj=data_request, data=dict(facts))
    return response


def copy(
    request: HttpRequest,
    data_request: DataRequest,
    document: Document,
    *,
    event: Event,
    facts: Mapping[str, str],
    back: str,
) -> HttpResponseBase:
    """Answer with the copy in which nothing acts, and note it; where there is none, say so on the page `back`."""
    user: Any = request.user
    try:
        made = documents.sanitised(documents.ready_to_download(document))
        if made is None:
            raise DocumentRefused(NO_COPY)
        response = documents.serve_copy(made)
    except PortalError as refusal:
        messages.error(request, str(refusal))
        return redirect(back)
    record(event, by=user, obj=data_request, data={**facts, "copy": "without active content"})
    return response
