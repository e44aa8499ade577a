"""Check the answers and send: once, however often the button is pressed."""

from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from accounts.access import Audience, access
from accounts.permissions import Permission
from foundation.core.errors import PortalError, Stale
from requests_app.enums import RequestStatus
from requests_app.forms.draft import CheckForm, again
from requests_app.forms.holds import MOST, GoOnForm
from requests_app.models import DataRequest
from requests_app.permissions import answers_for
from requests_app.services import drafts, holds_beside, intake, preflight
from requests_app.views.officer.answers import TITLES, sections
from requests_app.views.officer.common import note_visit, own_agency_request, own_draft
from requests_app.views.officer.drafts import to_request


@access(Audience.OFFICER, permission=Permission.FILE_REQUEST)
@require_http_methods(["GET", "HEAD", "POST"])
def check(request: HttpRequest, uid: UUID) -> HttpResponse:
    """Everything that was answered, what is missing, the declaration, and the button."""
    user: Any = request.user
    draft = own_draft(request, uid)
    if request.method == "POST" and draft.reference and draft.status != RequestStatus.DRAFT:
        return redirect("officer:received", reference=draft.reference)  # the second click
    if draft.status != RequestStatus.DRAFT:
        return to_request(draft)
    form = CheckForm(request.POST if request.method == "POST" else None, initial={"lock_version": draft.lock_version})
    beside = _beside(request, draft)
    if request.method == "POST" and form.is_valid() and beside.is_valid():
        values = form.cleaned_data | {"holds": beside.chosen()}
        try:
            sent = _send(draft, values, user)
        except Stale as error:
            changed = drafts.parts_saved_since(draft, values["lock_version"])
            draft.refresh_from_db()
            again(form, draft.lock_version)
            what = ", ".join(TITLES[step] for step in changed)
            form.add_error(None, f"{error} Changed since you opened this page: {what}." if what else str(error))
        except PortalError as error:
            form.add_error(None, str(error))
        else:
            return redirect("officer:received", reference=sent.reference)
    found = preflight.findings(draft, timezone.now())
    context = {
        "draft": draft,
        "form": form,
        "beside": beside,
        "sections": sections(draft),
        "missing": preflight.blocking(found),
        "hints": [finding for finding in found if not finding.blocks],
    }
    return render(request, "officer/check.html", context, status=422 if request.method == "POST" else 200)


def _beside(request: HttpRequest, draft: DataRequest) -> GoOnForm:
    """Return the question which holds go on with the request; those of the same case file are proposed."""
    offered = list(holds_beside.offered(draft, request.user)[:MOST])
    initial = {"holds": holds_beside.of_the_case(draft, offered)}
    return GoOnForm(request.POST if request.method == "POST" else None, offered=offered, initial=initial)


def _send(draft: DataRequest, values: dict[str, Any], user: Any) -> DataRequest:
    return intake.submit(
        draft, version=values["lock_version"], declared=values["declared"], holds=values["holds"], by=user
    )


@access(Audience.OFFICER, permission=Permission.SEE_OWN_REQUESTS)
@require_safe
def received(request: HttpRequest, reference: str) -> HttpResponse:
    """The acknowledgement: the reference, and what happens by when."""
    data_request = own_agency_request(request, reference)
    note_visit(request, data_request)
    return render(request, "officer/received.html", {"data_request": data_request})


@access(Audience.OFFICER, permission=Permission.SEE_OWN_REQUESTS)
@require_safe
def sent(request: HttpRequest, reference: str) -> HttpResponse:
    """What the officer sent, word for word."""
    data_request = own_agency_request(request, reference)
    note_visit(request, data_request)
    context = {
        "data_request": data_request,
        "sections": sections(data_request),
        "answers": answers_for(request.user, data_request),
    }
    return render(request, "officer/sent.html", context)
