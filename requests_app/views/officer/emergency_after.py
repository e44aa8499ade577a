"""After an emergency: the officer sends legal process or a supervisor's confirmation; and what was no emergency."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from accounts.access import Audience, access
from accounts.permissions import Permission
from foundation.core.errors import PortalError
from requests_app.forms.emergency_after import AfterForm
from requests_app.scanning import virus_words
from requests_app.services import emergency_after, emergency_settling, not_emergency
from requests_app.views.officer.common import note_visit, own_agency_request

_METHODS = ["GET", "HEAD", "POST"]


@access(Audience.OFFICER, permission=Permission.SEE_OWN_REQUESTS)
@require_http_methods(_METHODS)
def after(request: HttpRequest, reference: str) -> HttpResponse:
    """Send what is to follow; whoever comes after it was sent reads that on the request."""
    user: Any = request.user
    data_request = own_agency_request(request, reference)
    standing = emergency_after.standing(data_request, user)
    if standing is None or not standing.may_send:
        return redirect("officer:request", reference=data_request.reference)
    posted = request.method == "POST"
    form = AfterForm(
        request.POST if posted else None, request.FILES if posted else None, data_request=data_request, user=user
    )
    if posted and form.is_valid():
        given = form.cleaned_data
        try:
            emergency_settling.send(data_request, given, how=given["how"], by=user)
        except PortalError as error:
            form.add_error(None, str(error))
        else:
            messages.success(request, f"We have it, and write to you once we have read it. {virus_words()}")
            return redirect("officer:request", reference=data_request.reference)
    note_visit(request, data_request)
    context = {"data_request": data_request, "after": standing, "form": form}
    return render(request, "officer/emergency_after.html", context, status=422 if posted else 200)


@access(Audience.OFFICER, permission=Permission.FILE_HOLD)
@require_http_methods(_METHODS)
def hold(request: HttpRequest, reference: str) -> HttpResponse:
    """Start the draft of a hold with what an emergency that was none names; anything but the button leads back."""
    user: Any = request.user
    data_request = own_agency_request(request, reference)
    if request.method != "POST":
        return redirect("officer:request", reference=data_request.reference)
    try:
        draft = not_emergency.start_hold(data_request, by=user)
    except PortalError as error:
        messages.error(request, str(error))
        return redirect("officer:request", reference=data_request.reference)
    if draft.reference:
        return redirect("holds:detail", reference=draft.reference)
    return redirect("holds:reason", uid=draft.uid)
