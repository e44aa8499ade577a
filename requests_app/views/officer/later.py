"""More is asked for on a request that was answered: records again, a certificate, a witness."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from accounts.access import Audience, access
from accounts.permissions import Permission
from foundation.core.errors import PortalError
from requests_app.forms.later import AskForm
from requests_app.models import DataRequest
from requests_app.release_permissions import later_workflow
from requests_app.services import later
from requests_app.views.officer.common import own_agency_request


@access(Audience.OFFICER, permission=Permission.FILE_REQUEST)
@require_http_methods(["GET", "HEAD", "POST"])
def ask(request: HttpRequest, reference: str) -> HttpResponse:
    """Ask for more on an answered request."""
    user: Any = request.user
    data_request = own_agency_request(request, reference)
    posted = request.method == "POST"
    if why := later.refusal(data_request, by=user):
        messages.error(request, why)
        return redirect("officer:request", reference=data_request.reference)
    given = request.POST if posted else None
    form = AskForm(given, kinds=later.kinds(data_request), packages=later.choices(data_request))
    if posted and form.is_valid():
        try:
            later.ask(data_request, by=user, **form.asked)
        except PortalError as error:
            form.add_error(None, str(error))
        else:
            messages.success(request, "We have it. The answer comes by mail, and stands on this page.")
            return redirect("officer:request", reference=data_request.reference)
    context = {"data_request": data_request, "form": form}
    return render(request, "officer/later.html", context, status=422 if posted else 200)


@access(Audience.OFFICER, permission=Permission.FILE_REQUEST)
@require_http_methods(["GET", "HEAD", "POST"])
def take_back(request: HttpRequest, reference: str, uid: UUID) -> HttpResponse:
    """Take back what is not needed any more; anything but the button leads to the request."""
    user: Any = request.user
    data_request = own_agency_request(request, reference)
    found = data_request.later_asks.filter(uid=uid).first()
    if found is None:
        raise Http404
    if request.method == "POST":
        try:
            later.withdraw(found, by=user)
        except PortalError as error:
            messages.error(request, str(error))
        else:
            messages.success(request, "Taken back. We have been told.")
    return redirect("officer:request", reference=data_request.reference)


def about_later(data_request: DataRequest, user: Any) -> dict[str, Any]:
    """Return what the page of a request says of it: what was asked for, newest first, and whether more can be."""
    rows = data_request.later_asks.select_related("package", "asked_by").order_by("-asked_at", "-pk")
    return {
        "later_asks": [(row, later_workflow.refusal(row, "withdraw", user) is None) for row in rows],
        "may_ask_later": later.refusal(data_request, by=user) is None,
    }
