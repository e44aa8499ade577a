"""Threat to life: one page, one button, and who is paged."""

from typing import Any
from uuid import uuid4

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from accounts.access import Audience, access
from accounts.permissions import Permission
from foundation.core.errors import PortalError
from foundation.providers.models import Provider
from requests_app.forms.emergency import EmergencyForm
from requests_app.services import intake
from requests_app.views.officer.common import note_visit, own_agency_request


@access(Audience.OFFICER, permission=Permission.FILE_REQUEST)
@require_http_methods(["GET", "HEAD", "POST"])
def new(request: HttpRequest) -> HttpResponse:
    """What happens next, the number to call, the questions, the button."""
    user: Any = request.user
    posted = request.method == "POST"
    initial = {"key": uuid4(), "phone": user.membership.phone}
    providers = Provider.objects.order_by("name")
    form = EmergencyForm(request.POST if posted else None, initial=initial, providers=providers)
    if posted and form.is_valid():
        values = form.cleaned_data
        try:
            sent = intake.submit_emergency(
                form.provider(),
                key=values["key"],
                values=form.facts(),
                identifiers=values["found"],
                categories=values["categories"],
                by=user,
            )
        except PortalError as error:
            form.add_error(None, str(error))
        else:
            return redirect("officer:emergency", reference=sent.reference)
    return render(request, "officer/emergency_new.html", {"form": form, "member": user.membership})


@access(Audience.OFFICER, permission=Permission.SEE_OWN_REQUESTS)
@require_safe
def received(request: HttpRequest, reference: str) -> HttpResponse:
    """Who was paged and when, who calls, and what to tell the control room."""
    data_request = own_agency_request(request, reference)
    if not data_request.is_exigent:
        return redirect("officer:request", reference=data_request.reference)
    note_visit(request, data_request)
    return render(request, "officer/emergency_received.html", {"data_request": data_request})
