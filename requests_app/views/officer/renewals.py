"""The officer files an order that forbids telling the account holder for longer, before the one we have ends."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from accounts.access import Audience, access
from accounts.permissions import Permission
from foundation.core.errors import PortalError
from requests_app.forms.notice_rule import RenewalForm
from requests_app.scanning import virus_words
from requests_app.services import renewals
from requests_app.views.officer.common import own_agency_request


@access(Audience.OFFICER, permission=Permission.SEE_OWN_REQUESTS)
@require_http_methods(["GET", "HEAD", "POST"])
def renew(request: HttpRequest, reference: str) -> HttpResponse:
    """Take the order; while it is not decided, it holds the notice for the company's grace."""
    user: Any = request.user
    data_request = own_agency_request(request, reference)
    posted = request.method == "POST"
    if why := renewals.refusal(data_request, user, at=timezone.now()):
        messages.error(request, why)
        return redirect("officer:request", reference=data_request.reference)
    bar = data_request.non_disclosure_orders.filter(confirmed_at__isnull=False).order_by("bar_ends_at").last()
    after = bar.bars_until if bar else None
    form = RenewalForm(request.POST if posted else None, request.FILES if posted else None, user=user, after=after)
    if posted and form.is_valid():
        given = form.cleaned_data
        try:
            renewals.file(
                data_request, clause=given["clause"], bars_until=given["until"], upload=given["upload"], by=user
            )
        except PortalError as error:
            form.add_error("upload", str(error))
        else:
            messages.success(request, f"We read the order. Until then we tell nobody. {virus_words()}")
            return redirect("officer:request", reference=data_request.reference)
    context = {"data_request": data_request, "form": form, "bar": bar}
    declined = data_request.non_disclosure_orders.filter(declined_at__isnull=False, stated_at__isnull=False)
    context["declined"] = declined.order_by("-declined_at").first()
    context["grace"] = data_request.provider.notice_grace_days
    return render(request, "officer/renew_bar.html", context, status=422 if posted else 200)
