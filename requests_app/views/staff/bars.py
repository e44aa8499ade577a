"""A clause that is said to forbid telling the account holder: a person reads it and confirms it, or declines it."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods

from accounts.access import Audience, access
from accounts.permissions import Permission
from foundation.core.errors import PortalError
from requests_app.forms.notice_rule import BarForm
from requests_app.services import notices, renewals
from requests_app.views.staff.common import case, looked, visible


@access(Audience.STAFF, permission=Permission.DECIDE_NOTICE)
@require_http_methods(["GET", "HEAD", "POST"])
def decide(request: HttpRequest, reference: str, pk: int) -> HttpResponse:
    """Confirm a stated bar with its page and last day, or say that it forbids nothing."""
    user: Any = request.user
    data_request = visible(request, reference)
    stated = data_request.non_disclosure_orders.filter(confirmed_at=None, declined_at=None)
    bar = get_object_or_404(stated.select_related("document"), pk=pk)
    form = BarForm(request.POST if request.method == "POST" else None, initial={"until": bar.bars_until})
    if form.is_valid():
        given = form.cleaned_data
        try:
            if given["found"] == "confirm":
                notices.confirm_bar(bar, page=given["page"], bars_until=given["until"], by=user)
            else:
                renewals.decline(bar, reason=given["reason"], by=user)
        except PortalError as error:
            form.add_error(None, str(error))
        else:
            messages.success(request, "Stored. Every notice to the same people was looked at again.")
            return redirect("staff_records:list", data_request.reference)
    looked(request, data_request, "bar")
    context = case(request, data_request, "records") | {"form": form, "bar": bar}
    return render(request, "staff/bar.html", context, status=422 if form.is_bound else 200)
