"""The letter of a decision for staff: as pictures before it is sent and after, and trying once more to write it."""

import io
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from accounts.access import Audience, access
from accounts.permissions import Permission
from foundation.core.errors import PortalError
from foundation.core.paper import PDF
from foundation.documents import isolation
from foundation.documents.errors import DocumentRefused, SandboxFailed
from requests_app.enums import RequestStatus
from requests_app.models import DataRequest, DecisionLetter
from requests_app.services import decision_letters
from requests_app.views.staff.common import case, looked, visible

_DRAFTED = (RequestStatus.IN_REVIEW, RequestStatus.AWAITING_APPROVAL)
DRAFT = 0


@access(Audience.STAFF, permission=Permission.SEE_QUEUE)
@require_safe
def letter(request: HttpRequest, reference: str) -> HttpResponse:
    """Show the letter that is about to be sent, else the newest that was; `version` asks for another."""
    data_request = visible(request, reference)
    letters = decision_letters.letters_of(data_request)
    asked = request.GET.get("version", "")
    numbers = [row.proposal.number for row in letters]
    drafted = data_request.status in _DRAFTED
    first = DRAFT if drafted or not numbers else numbers[0]
    number = int(asked) if asked.isascii() and asked.isdigit() and int(asked) in numbers else first
    looked(request, data_request, "letter")
    shown = next((row for row in letters if row.proposal.number == number), None)
    pages, trouble = 0, ""
    try:
        if shown is None or shown.document_id:
            pages = _pages(_pdf(data_request, shown))
    except PortalError as error:
        trouble = str(error)
    context = case(request, data_request, "review") | {
        "letters": letters,
        "drafted": drafted,
        "number": number,
        "shown": shown,
        "pages": range(1, pages + 1),
        "trouble": trouble,
        "waits": decision_letters.waiting(data_request),
        "may_try": {Permission.REVIEW_REQUEST, Permission.APPROVE_DECISION} & _user(request).permissions,
    }
    return render(request, "staff/letter.html", context)


@access(Audience.STAFF, permission=Permission.SEE_QUEUE)
@require_safe
def letter_page(request: HttpRequest, reference: str, version: int, number: int) -> HttpResponse:
    """Answer with one page of a letter as a picture; version 0 is the draft."""
    data_request = visible(request, reference)
    letters = decision_letters.letters_of(data_request)
    shown = next((row for row in letters if row.proposal.number == version), None)
    if version != DRAFT and shown is None:
        raise Http404
    try:
        pages = decision_letters.pictures(_pdf(data_request, shown))
    except PortalError as error:
        raise Http404(str(error)) from error
    found = next((page for page in pages if page.number == number), None)
    if found is None:
        raise Http404
    return HttpResponse(found.png, content_type="image/png", headers={"Cache-Control": "private, no-store"})


@access(Audience.STAFF, permission=Permission.SEE_QUEUE)
@require_http_methods(["GET", "HEAD", "POST"])
def letter_again(request: HttpRequest, reference: str, version: int) -> HttpResponse:
    """Try once more to write a letter that was given up; anything but the button leads to the letter."""
    data_request = visible(request, reference)
    letters = decision_letters.letters_of(data_request)
    shown = next((row for row in letters if row.proposal.number == version), None)
    if shown is None:
        raise Http404
    if request.method == "POST":
        try:
            decision_letters.again(shown, by=_user(request))
        except PortalError as error:
            messages.error(request, str(error))
        else:
            messages.success(request, "The letter is being written.")
    return redirect("staff:letter", data_request.reference)


def _pdf(data_request: DataRequest, shown: DecisionLetter | None) -> bytes:
    return decision_letters.kept_pdf(shown) if shown else decision_letters.draft_pdf(data_request)


def _pages(pdf: bytes) -> int:
    """Return how many pages a letter has. Raises PortalError where it cannot be read just now."""
    try:
        return min(isolation.examine(io.BytesIO(pdf), PDF) or 0, isolation.PAGES)
    except (SandboxFailed, DocumentRefused) as error:
        raise PortalError("The letter could not be drawn just now. Try again in a moment.") from error


def _user(request: HttpRequest) -> Any:
    return request.user
