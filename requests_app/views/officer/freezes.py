"""The officer asks that a freeze ends."""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from accounts.access import Audience, access
from accounts.permissions import Permission
from foundation.core.errors import PortalError, TransitionRefused
from foundation.core.paper import PDF, PaperFailed
from requests_app.enums import RequestKind
from requests_app.forms.lifting import AskLiftForm
from requests_app.models import DataRequest
from requests_app.permissions import answers_for
from requests_app.services import extending, freeze_orders, freeze_paper, freezing, lifting
from requests_app.views.officer.common import own_agency_request


@access(Audience.OFFICER, permission=Permission.SEE_OWN_REQUESTS)
@require_http_methods(["GET", "HEAD", "POST"])
def ask_lift(request: HttpRequest, reference: str) -> HttpResponse:
    """Take the reason and the document; where there is nothing to lift, the request's page says so."""
    user: Any = request.user
    data_request = own_agency_request(request, reference)
    if why := lifting.ask_refusal(data_request, by=user):
        messages.error(request, why)
        return redirect("officer:request", reference=data_request.reference)
    posted = request.method == "POST"
    form = AskLiftForm(request.POST if posted else None, request.FILES if posted else None, user=user)
    if posted and form.is_valid():
        given = form.cleaned_data
        try:
            lifting.ask(data_request, reason=given["reason"], upload=given["upload"], by=user)
        except PortalError as error:
            form.add_error(None, str(error))
        else:
            messages.success(request, "We look at it today, and write when the freeze is lifted.")
            return redirect("officer:request", reference=data_request.reference)
    context = {"data_request": data_request, "form": form}
    return render(request, "officer/freeze_lift.html", context, status=422 if posted else 200)


@access(Audience.OFFICER, permission=Permission.SEE_OWN_REQUESTS)
@require_safe
def letter(request: HttpRequest, reference: str) -> HttpResponse:
    """Download the letter that tells what was done; before it is confirmed there is none."""
    user: Any = request.user
    data_request = own_agency_request(request, reference)
    try:
        pdf = freeze_paper.taken(data_request, by=user, at=timezone.now())
    except TransitionRefused as none:
        raise Http404 from none
    except PaperFailed:
        messages.error(request, "The letter could not be made just now. Try again in a minute, or print the page.")
        return redirect("officer:request", reference=data_request.reference)
    name = f"{data_request.reference}-what-was-done.pdf"
    headers = {"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "no-store"}
    return HttpResponse(pdf, content_type=PDF, headers=headers)


def about_freeze(data_request: DataRequest, user: Any) -> dict[str, Any]:
    """Return what the officer's page says of a freeze beside what was done: how it stands, and what can be asked."""
    if data_request.kind != RequestKind.FREEZE:
        return {}
    order = freezing.order_of(data_request)
    lift = freeze_orders.lift_of(order) if order else None
    standing = freeze_orders.standing_of(order, lift=lift, at=timezone.now()) if order else None
    if standing is None:
        return {}
    return {
        "freeze_standing": standing,
        "freeze_lift": lift,
        "freeze_lift_waits": freeze_orders.is_open(lift),
        "freeze_version": extending.waiting(data_request),
        "freeze_declined": extending.last_declined(data_request),
        "may_ask_lift": lifting.ask_refusal(data_request, by=user) is None,
        "may_extend": answers_for(user, data_request) and standing.holds,
    }
