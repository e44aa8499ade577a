"""The whole request as PDF, for the officer and for staff."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.views.decorators.http import require_safe

from accounts import cool_down
from accounts.access import Audience, access
from accounts.permissions import Permission
from foundation.core.paper import PDF, PaperFailed
from requests_app.models import DataRequest
from requests_app.services import printing
from requests_app.views.officer.answers import sections
from requests_app.views.officer.common import own_agency_request
from requests_app.views.staff.common import visible

# What has a table of its own on paper.
_TABLES = {"identifiers", "documents"}
_FAILED = "The PDF could not be made just now. Try again in a minute, or print the page."


@access(Audience.OFFICER, permission=Permission.SEE_OWN_REQUESTS, step_up=True, download=True)
@require_safe
def paper(request: HttpRequest, reference: str) -> HttpResponse:
    """The officer's paper: like other downloads it waits after a change of what one signs in with."""
    user: Any = request.user
    data_request = own_agency_request(request, reference)
    if why := cool_down.download_refusal(user, at=timezone.now()):
        messages.error(request, why)
        return redirect("officer:request", reference=data_request.reference)
    return _answer(request, data_request, for_staff=False)


@access(Audience.STAFF, permission=Permission.SEE_QUEUE, step_up=True, download=True)
@require_safe
def staff_paper(request: HttpRequest, reference: str) -> HttpResponse:
    """The staff's paper, with the names of colleagues."""
    return _answer(request, visible(request, reference), for_staff=True)


def _answer(request: HttpRequest, data_request: DataRequest, *, for_staff: bool) -> HttpResponse:
    user: Any = request.user
    parts = [printing.Part(s.title, s.rows) for s in sections(data_request) if str(s.step) not in _TABLES]
    try:
        pdf = printing.whole_request(data_request, parts, by=user, for_staff=for_staff, at=timezone.now())
    except PaperFailed:
        messages.error(request, _FAILED)
        return redirect("staff:request" if for_staff else "officer:request", data_request.reference)
    name = f"{data_request.reference}-{'case' if for_staff else 'request'}.pdf"
    headers = {"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "no-store"}
    return HttpResponse(pdf, content_type=PDF, headers=headers)
