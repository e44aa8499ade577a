"""A freeze or seizure after the grant: what was done, recorded by one person and confirmed by a second."""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from accounts.access import Audience, access
from accounts.permissions import Permission
from foundation.core.errors import Incomplete, PortalError
from requests_app.enums import RequestKind
from requests_app.forms.freezing import FreezeResultForm
from requests_app.models import DataRequest
from requests_app.services import freezing
from requests_app.views.staff.common import case, looked, visible


@access(Audience.STAFF, permission=Permission.SEE_QUEUE)
@require_safe
def freeze(request: HttpRequest, reference: str) -> HttpResponse:
    """Show what the order asks and what was done about it."""
    data_request = _freeze(request, reference)
    looked(request, data_request, "freeze")
    return _draw(request, data_request, _form(data_request))


@access(Audience.STAFF, permission=Permission.PREPARE_RECORDS)
@require_http_methods(["GET", "HEAD", "POST"])
def record(request: HttpRequest, reference: str) -> HttpResponse:
    """Write down what was done; nothing is confirmed yet."""
    user: Any = request.user
    data_request = _freeze(request, reference)
    if request.method != "POST":
        return redirect("staff:freeze", data_request.reference)
    form = _form(data_request, request.POST)
    if not form.is_valid():
        return _draw(request, data_request, form, status=422)
    try:
        freezing.record_done(data_request, form.results(), by=user)
        messages.success(request, "Recorded. A second person confirms it, then the officer is told.")
    except Incomplete as missing:
        form.add_error(None, str(missing))
        return _draw(request, data_request, form, status=422)
    except PortalError as error:
        messages.error(request, str(error))
    return redirect("staff:freeze", data_request.reference)


@access(Audience.STAFF, permission=Permission.RELEASE_RECORDS, step_up=True, strong=True)
@require_http_methods(["GET", "HEAD", "POST"])
def confirm(request: HttpRequest, reference: str) -> HttpResponse:
    """Confirm as the second person; a GET is somebody who comes back from the second factor."""
    user: Any = request.user
    data_request = _freeze(request, reference)
    if request.method == "POST":
        try:
            freezing.confirm(data_request, seen=request.POST.get("seen", ""), by=user)
            messages.success(request, f"{data_request.reference} is closed. The officer is told.")
        except PortalError as error:
            messages.error(request, str(error))
    return redirect("staff:freeze", data_request.reference)


def _freeze(request: HttpRequest, reference: str) -> DataRequest:
    data_request = visible(request, reference)
    if data_request.kind != RequestKind.FREEZE or freezing.order_of(data_request) is None:
        raise Http404
    return data_request


def _form(data_request: DataRequest, data: Any = None) -> FreezeResultForm:
    stored = freezing.results_of(data_request)
    asset = data_request.freeze.asset or "the asset"
    return FreezeResultForm(data, lines=freezing.to_do(data_request), stored=stored, asset=asset)


def _draw(
    request: HttpRequest, data_request: DataRequest, form: FreezeResultForm, *, status: int = 200
) -> HttpResponse:
    user: Any = request.user
    order = freezing.order_of(data_request)
    stored = freezing.results_of(data_request)
    context = case(request, data_request, "freeze") | {
        "order": order,
        "form": form,
        "results": [(number, line, stored.get(line.pk)) for number, line in freezing.to_do(data_request)],
        "record_refusal": freezing.record_refusal(data_request, by=user),
        "confirm_refusal": freezing.confirm_refusal(data_request, by=user),
        "seen": freezing.stamp(order),
    }
    return render(request, "staff/freeze.html", context, status=status)
