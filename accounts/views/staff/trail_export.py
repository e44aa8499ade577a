"""The audit log as a file: asked for with a reason, behind a fresh second factor."""

from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from accounts.access import Audience, access, signed_in
from accounts.forms.trail import TrailExportForm
from accounts.kept_forms import take_back
from accounts.permissions import Permission
from accounts.services import trail_export as service
from accounts.trail_filter import Filter
from foundation.core.errors import PortalError


@access(Audience.STAFF, permission=Permission.READ_TRAIL, step_up=True, keep_form=True)
@require_http_methods(["GET", "HEAD", "POST"])
def export(request: HttpRequest) -> HttpResponseBase:
    """Ask why, then answer with the file of what the filters of the address show."""
    wanted = Filter.read(request.GET)
    kept = take_back(request, request.path) if request.method == "GET" else None
    form = TrailExportForm(request.POST if request.method == "POST" else None, initial=kept.dict() if kept else None)
    if form.is_valid():
        typed = form.cleaned_data
        try:
            found = service.start(wanted, form=typed["file_type"], reason=typed["reason"], by=signed_in(request))
        except PortalError as refusal:
            form.add_error(None, str(refusal))
        else:
            return _file(found)
    total, query = service.total(wanted), wanted.query()
    context = {
        "form": form,
        "words": wanted.sentence(),
        "left_out": wanted.left_out(request.GET),
        "query": query,
        "back": f"{reverse('accounts:trail')}?{query}",
        "total": f"{total:,}",
        "too_many": total > service.MOST,
        "most": f"{service.MOST:,}",
        "proven": f"{service.PROVEN:,}",
    }
    return render(request, "accounts/staff/trail_export.html", context, status=422 if form.is_bound else 200)


def _file(found: service.Export) -> HttpResponse | StreamingHttpResponse:
    headers = {"Content-Disposition": f'attachment; filename="{found.filename}"', "Cache-Control": "no-store"}
    return StreamingHttpResponse(service.content(found), content_type=service.TYPES[found.form], headers=headers)
