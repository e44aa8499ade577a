"""A hold goes on while a request is answered: chosen on the page of the request, or on that of the hold."""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from accounts.access import Audience, access
from accounts.permissions import Permission
from foundation.core.errors import PortalError
from foundation.core.references import normalise_reference
from preservation.models import PreservationHold
from requests_app.enums import OPEN_STATUSES
from requests_app.forms.holds import MOST, GoOnForm, WithRequestForm
from requests_app.services import holds_beside
from requests_app.views.officer.common import own_agency_request

_NONE = "You have no running hold that can go on with this request."
_NO_REQUEST = "You have no open request that this hold could belong to. Send a request first."


@access(Audience.OFFICER, permission=Permission.FILE_HOLD)
@require_http_methods(["GET", "HEAD", "POST"])
def of_request(request: HttpRequest, reference: str) -> HttpResponse:
    """Choose which of the officer's holds go on with this request."""
    user: Any = request.user
    data_request = own_agency_request(request, reference)
    if data_request.officer_id != user.pk or data_request.status not in OPEN_STATUSES:
        messages.error(request, holds_beside.OTHERS if data_request.officer_id != user.pk else holds_beside.CLOSED)
        return redirect("officer:request", reference=data_request.reference)
    offered = list(holds_beside.offered(data_request, user)[:MOST])
    if not offered:
        messages.info(request, _NONE)
        return redirect("officer:request", reference=data_request.reference)
    initial = {"holds": holds_beside.of_the_case(data_request, offered)}
    form = GoOnForm(request.POST if request.method == "POST" else None, offered=offered, needed=True, initial=initial)
    if request.method == "POST" and form.is_valid():
        try:
            done = holds_beside.attach(data_request, form.chosen(), by=user)
        except PortalError as error:
            form.add_error(None, str(error))
        else:
            messages.success(request, f"{'One hold goes' if done == 1 else f'{done} holds go'} on until we answer.")
            return redirect("officer:request", reference=data_request.reference)
    context = {"data_request": data_request, "form": form}
    return render(request, "officer/request_holds.html", context, status=422 if request.method == "POST" else 200)


@access(Audience.OFFICER, permission=Permission.FILE_HOLD)
@require_http_methods(["GET", "HEAD", "POST"])
def of_hold(request: HttpRequest, reference: str) -> HttpResponse:
    """Choose with which of the officer's open requests this hold goes on."""
    user: Any = request.user
    hold = _own_hold(request, reference)
    offered = list(holds_beside.requests_for(hold, user)[:MOST])
    if hold.status != "active" or not offered:
        messages.info(request, _NO_REQUEST if hold.status == "active" else "This hold does not run down now.")
        return redirect("holds:detail", reference=hold.reference)
    form = WithRequestForm(request.POST if request.method == "POST" else None, offered=offered)
    if request.method == "POST" and form.is_valid():
        try:
            holds_beside.attach(form.chosen(), [hold], by=user)
        except PortalError as error:
            form.add_error(None, str(error))
        else:
            messages.success(request, "The hold goes on until we answer your request.")
            return redirect("holds:detail", reference=hold.reference)
    context = {"hold": hold, "form": form}
    return render(request, "officer/hold_attach.html", context, status=422 if request.method == "POST" else 200)


def _own_hold(request: HttpRequest, reference: str) -> PreservationHold:
    user: Any = request.user
    known = normalise_reference(reference)
    found = PreservationHold.objects.visible_to(user).filter(reference=known, officer=user) if known else None
    hold: PreservationHold | None = found.select_related("provider").first() if found is not None else None
    if hold is None:
        raise Http404
    return hold
