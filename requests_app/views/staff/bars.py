"""A clause that is said to forbid telling the account holder: a person confirms it, declines it, or gives it an end."""

from typing import Any

from django.contrib import messages
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from accounts.access import Audience, access
from accounts.permissions import Permission
from foundation.core.errors import PortalError
from requests_app.enums import RequestStatus
from requests_app.forms.notice_rule import BarForm, EndForm
from requests_app.services import notices, renewals
from requests_app.views.staff.common import case, looked, visible


@access(Audience.STAFF, permission=Permission.DECIDE_NOTICE)
@require_http_methods(["GET", "HEAD", "POST"])
def decide(request: HttpRequest, reference: str, pk: int) -> HttpResponse:
    """Confirm a stated bar with its page and last day, or say that it forbids nothing; give a confirmed one an end."""
    user: Any = request.user
    data_request = visible(request, reference)
    stated = data_request.non_disclosure_orders.filter(declined_at=None).filter(
        Q(confirmed_at=None) | Q(bar_ends_at=None) | Q(bar_ends_at__gt=timezone.now())
    )
    bar = get_object_or_404(stated.select_related("document"), pk=pk)
    kind = EndForm if bar.confirmed_at else BarForm
    form = kind(request.POST if request.method == "POST" else None, initial={"until": bar.bars_until})
    if form.is_valid():
        given = form.cleaned_data
        try:
            if given.get("found") == "decline":
                renewals.decline(bar, reason=given["reason"], by=user)
            else:
                notices.confirm_bar(bar, page=given["page"], bars_until=given["until"], by=user)
        except PortalError as error:
            form.add_error(None, str(error))
        else:
            messages.success(request, "Stored. Every notice to the same people was looked at again.")
            if data_request.status == RequestStatus.IN_REVIEW:
                return redirect("staff:request", data_request.reference)
            return redirect("staff_records:list", data_request.reference)
    looked(request, data_request, "bar")
    context = case(request, data_request, "records") | {"form": form, "bar": bar}
    return render(request, "staff/bar.html", context, status=422 if form.is_bound else 200)
