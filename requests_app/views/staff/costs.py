"""What the answer to a request cost: noted, summed, taken back, as a table for the case file."""

import csv
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.access import Audience, access
from accounts.permissions import Permission
from accounts.services.statistics import safe_cell
from foundation.core.errors import PortalError
from requests_app.forms.later import CostForm
from requests_app.models import CostNote
from requests_app.services import costs as service
from requests_app.views.staff.common import case, looked, visible


@access(Audience.STAFF, permission=Permission.SEE_QUEUE)
@require_http_methods(["GET", "HEAD", "POST"])
def costs(request: HttpRequest, reference: str) -> HttpResponse:
    """List what was noted with the sums, and note more."""
    user: Any = request.user
    data_request = visible(request, reference)
    posted = request.method == "POST"
    form = CostForm(request.POST if posted else None)
    if posted and form.is_valid():
        try:
            typed = form.cleaned_data
            service.note(
                data_request, amount=typed["amount"], currency=typed["currency"], what=typed["spent_on"], by=user
            )
            messages.success(request, "Noted.")
            return redirect("staff_later:costs", data_request.reference)
        except PortalError as error:
            form.add_error(None, str(error))
    if not posted:
        looked(request, data_request, "costs")
    context = case(request, data_request, "records") | {
        "notes": service.noted(data_request),
        "sums": service.sums(data_request),
        "may_note": service.refusal(data_request, by=user) is None,
        "form": form,
    }
    return render(request, "staff/later_costs.html", context, status=422 if posted else 200)


@access(Audience.STAFF, permission=Permission.PREPARE_RECORDS)
@require_POST
def remove(request: HttpRequest, reference: str, uid: UUID) -> HttpResponse:
    """Take a note back."""
    user: Any = request.user
    data_request = visible(request, reference)
    found: CostNote | None = data_request.costs.filter(uid=uid).first()
    if found is None:
        raise Http404
    try:
        service.remove(found, by=user)
        messages.success(request, "Taken back. It does not count any more.")
    except PortalError as error:
        messages.error(request, str(error))
    return redirect("staff_later:costs", data_request.reference)


@access(Audience.STAFF, permission=Permission.SEE_QUEUE)
@require_safe
def table(request: HttpRequest, reference: str) -> HttpResponse:
    """The notes and their sums as a table."""
    data_request = visible(request, reference)
    looked(request, data_request, "costs as a file")
    name = f'attachment; filename="{data_request.reference}-costs.csv"'
    headers = {"Content-Disposition": name, "Cache-Control": "no-store"}
    response = HttpResponse(content_type="text/csv; charset=utf-8", headers=headers)
    writer = csv.writer(response)
    writer.writerow(service.HEADERS)
    writer.writerows([safe_cell(cell) for cell in row] for row in service.rows(data_request))
    return response
