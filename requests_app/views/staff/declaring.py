"""Saying that one knows somebody in a case, and keeping away from it."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from accounts.access import Audience, access
from accounts.permissions import Permission
from foundation.core.errors import PortalError
from requests_app.forms.declaring import ConflictForm
from requests_app.services import declaring
from requests_app.views.staff.common import case, looked, visible


@access(Audience.STAFF, permission=Permission.SEE_QUEUE)
@require_http_methods(["GET", "HEAD", "POST"])
def declare(request: HttpRequest, reference: str) -> HttpResponse:
    """Declare a conflict with this request or its agency; from then on both are not there for this person."""
    user: Any = request.user
    data_request = visible(request, reference)
    form = ConflictForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        whole = form.cleaned_data["about"] == ConflictForm.AGENCY
        try:
            declaring.declare(data_request, reason=form.cleaned_data["reason"], whole_agency=whole, by=user)
        except PortalError as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, _("Your conflict is declared. The request is closed to you now."))
            return redirect("staff:queue")
    if request.method != "POST":
        looked(request, data_request, "conflict")
    context = case(request, data_request, "") | {"form": form}
    return render(request, "staff/conflict.html", context, status=422 if request.method == "POST" else 200)
