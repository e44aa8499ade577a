"""The queue as a file: asked for with a reason, behind a fresh second factor."""

from typing import Any

from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from accounts.access import Audience, access
from accounts.forms.lists import ExportForm
from accounts.kept_forms import take_back
from accounts.permissions import Permission
from accounts.services.list_files import TYPES
from foundation.core.errors import PortalError
from requests_app import queue_choices
from requests_app.queue_filters import Filters
from requests_app.services import queue_export as service
from requests_app.views.staff.queue import queue_address


@access(Audience.STAFF, permission=Permission.EXPORT_LISTS, step_up=True, keep_form=True)
@require_http_methods(["GET", "POST"])
def export(request: HttpRequest) -> HttpResponseBase:
    """Ask why, then answer with the file of what the filters of the address show."""
    user: Any = request.user
    filters = Filters.read(request.GET)
    kept = take_back(request, request.path) if request.method == "GET" else None
    given = request.POST if request.method == "POST" else None
    form = ExportForm(given, initial=kept.dict() if kept else None)
    if form.is_valid():
        typed = form.cleaned_data
        try:
            found = service.start(filters, form=typed["file_type"], reason=typed["reason"], by=user)
        except PortalError as refusal:
            form.add_error(None, str(refusal))
        else:
            return _file(found)
    total = service.total(filters, user, at=timezone.now())
    context = {
        "form": form,
        "words": queue_choices.read(user).sentence(filters),
        "query": filters.query(),
        "back": queue_address(filters),
        "total": f"{total:,}",
        "too_many": total > service.MOST,
        "most": f"{service.MOST:,}",
    }
    return render(request, "staff/export.html", context, status=422 if form.is_bound else 200)


def _file(found: service.Export) -> HttpResponse | StreamingHttpResponse:
    headers = {"Content-Disposition": f'attachment; filename="{found.filename}"', "Cache-Control": "no-store"}
    return StreamingHttpResponse(service.content(found), content_type=TYPES[found.form], headers=headers)
