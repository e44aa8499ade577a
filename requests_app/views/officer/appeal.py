"""The officer asks once that a refusal is looked at again."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from accounts.access import Audience, access
from accounts.permissions import Permission
from foundation.core.errors import PortalError
from requests_app.forms.appeal import AppealForm
from requests_app.services import appeals
from requests_app.views.officer.common import own_agency_request


@access(Audience.OFFICER, permission=Permission.SEE_OWN_REQUESTS)
@require_http_methods(["GET", "HEAD", "POST"])
def appeal(request: HttpRequest, reference: str) -> HttpResponse:
    """Take the officer's words and documents; where it cannot be asked any more, the request's page says why."""
    user: Any = request.user
    data_request = own_agency_request(request, reference)
    if why := appeals.refusal(data_request, by=user, at=timezone.now()):
        messages.error(request, why)
        return redirect("officer:request", reference=data_request.reference)
    posted = request.method == "POST"
    form = AppealForm(request.POST if posted else None, request.FILES if posted else None, user=user)
    if posted and form.is_valid():
        try:
            appeals.appeal(data_request, text=form.cleaned_data["text"], uploads=form.cleaned_data["uploads"], by=user)
        except PortalError as error:
            form.add_error(None, str(error))
        else:
            messages.success(request, "We look at your request again. Other people than before decide it.")
            return redirect("officer:request", reference=data_request.reference)
    until = appeals.appeal_until(data_request.decided_at) if data_request.decided_at else None
    context = {"data_request": data_request, "form": form, "until": until}
    return render(request, "officer/appeal.html", context, status=422 if posted else 200)
