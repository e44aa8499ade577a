"""Our call to the agency about a hold that was asked for outside the portal, and the hold that follows it."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_http_methods

from accounts.access import Audience, access, signed_in
from accounts.permissions import Permission
from accounts.services.calls import usable_numbers
from foundation.core.errors import PortalError
from requests_app.forms.recording import ConfirmCallForm
from requests_app.services import asked_holds
from requests_app.views.staff.incoming_pages import draw, one

_METHODS = ["GET", "HEAD", "POST"]


@access(Audience.STAFF, permission=Permission.REVIEW_REQUEST)
@require_http_methods(_METHODS)
def call(request: HttpRequest, uid: UUID) -> HttpResponse:
    """Write down our call to the agency."""
    row, user = one(request, uid), signed_in(request)
    hold = asked_holds.hold_of(row)
    if request.method != "POST" or hold is None:
        return redirect("staff:incoming_message", row.uid)
    form = ConfirmCallForm(request.POST, numbers=usable_numbers(hold.agency))
    if form.is_valid():
        said = {name: form.cleaned_data[name] for name in ("result", "spoke_to", "note")}
        way: dict[str, Any] = {"number": form.number, "alternative": form.alternative}
        try:
            asked_holds.record_call(row, by=user, **way, **said)
        except PortalError as error:
            form.add_error(None, str(error))
        else:
            messages.success(request, "The call is recorded.")
            return redirect("staff:incoming_message", row.uid)
    return draw(request, row, calling=form, status=422)


@access(Audience.STAFF, permission=Permission.REVIEW_REQUEST, step_up=True)
@require_http_methods(_METHODS)
def second(request: HttpRequest, uid: UUID, pk: int) -> HttpResponse:
    """Vouch for a call as a second person; a GET is somebody who comes back from the second factor."""
    row, user = one(request, uid), signed_in(request)
    made = asked_holds.calls_of(row).filter(pk=pk).first()
    if request.method == "POST" and made is not None:
        try:
            asked_holds.second(row, made, by=user)
        except PortalError as error:
            messages.error(request, str(error))
        else:
            messages.success(request, "You vouch for this call.")
    return redirect("staff:incoming_message", row.uid)


@access(Audience.STAFF, permission=Permission.REVIEW_REQUEST)
@require_http_methods(_METHODS)
def hold(request: HttpRequest, uid: UUID) -> HttpResponse:
    """Keep the records, once the agency confirmed; a GET is somebody who comes back."""
    row, user = one(request, uid), signed_in(request)
    if request.method == "POST":
        try:
            begun = asked_holds.begin(row, by=user)
        except PortalError as error:
            messages.error(request, str(error))
        else:
            messages.success(request, f"The records are kept: hold {begun.reference}.")
    return redirect("staff:incoming_message", row.uid)
