"""The mark of compliance: whether tipping-off law forbids telling the account holders of a request or a hold."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from accounts.access import Audience, access, signed_in
from accounts.permissions import Permission
from foundation.audit.trail import record
from foundation.core.errors import PortalError
from preservation.events import Event as HoldEvent
from preservation.views.common import staff_hold
from requests_app.forms.notice_rule import ComplianceForm
from requests_app.services import compliance
from requests_app.views.staff.common import case, looked, visible

_SAID = "Stored. Every notice to the same people was looked at again."


@access(Audience.STAFF, permission=Permission.GIVE_ADVICE)
@require_http_methods(["GET", "HEAD", "POST"])
def of_request(request: HttpRequest, reference: str) -> HttpResponse:
    """Set or lift the mark on a request."""
    data_request = visible(request, reference)
    form = ComplianceForm(request.POST if request.method == "POST" else None, barred=data_request.aml_bar)
    if form.is_valid() and _marked(request, compliance.mark_request, data_request, form):
        return redirect("staff:request_counsel", data_request.reference)
    looked(request, data_request, "compliance")
    context = case(request, data_request, "counsel") | {"form": form}
    context["marks"] = compliance.marks_of(data_request)
    return render(request, "staff/compliance.html", context, status=422 if form.is_bound else 200)


@access(Audience.STAFF, permission=Permission.GIVE_ADVICE)
@require_http_methods(["GET", "HEAD", "POST"])
def of_hold(request: HttpRequest, reference: str) -> HttpResponse:
    """Set or lift the mark on a hold."""
    hold = staff_hold(request, reference)
    form = ComplianceForm(request.POST if request.method == "POST" else None, barred=hold.aml_bar)
    if form.is_valid() and _marked(request, compliance.mark_hold, hold, form):
        return redirect("holds:staff_detail", hold.reference)
    record(HoldEvent.VIEWED, by=signed_in(request), obj=hold)
    context = {"hold": hold, "form": form, "marks": compliance.marks_of(hold)}
    return render(request, "staff/compliance_hold.html", context, status=422 if form.is_bound else 200)


def _marked(request: HttpRequest, act: Any, obj: Any, form: ComplianceForm) -> bool:
    """Do it and say so; a refusal stays on the form."""
    given = form.cleaned_data
    try:
        act(obj, barred=given["barred"] == "yes", reason=given["reason"], by=signed_in(request))
    except PortalError as error:
        form.add_error(None, str(error))
        return False
    messages.success(request, _SAID)
    return True
