"""The record of processing: read by who answers for it, and taken as a file."""

import csv
import json

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from accounts.access import Audience, access, signed_in
from accounts.permissions import Permission
from accounts.services.statistics import safe_cell
from requests_app.services import processing as service


@access(Audience.STAFF, permission=Permission.SEE_PROCESSING)
@require_safe
def processing(request: HttpRequest) -> HttpResponse:
    """Show the record of the company as it is now; ?form=json and ?form=csv take it as a file."""
    user, form = signed_in(request), request.GET.get("form", "")
    known = service.providers(user)
    chosen = next((one for one in known if one.slug == request.GET.get("company")), known[0] if known else None)
    if chosen is None:
        raise Http404
    found = service.read(chosen, by=user, form=form if form in service.FORMS else "page")
    if form in service.FORMS:
        return _file(found, form)
    return render(request, "staff/processing.html", {"found": found, "companies": known if len(known) > 1 else []})


def _file(found: service.Record, form: str) -> HttpResponse:
    name = f"record-of-processing-{found.provider.slug}-{found.at:%Y-%m-%d}.{form}"
    headers = {"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "no-store"}
    answer = HttpResponse(content_type=service.FORMS[form], headers=headers)
    if form == "json":
        answer.write(json.dumps(found.as_json(), ensure_ascii=False, indent=2))
        return answer
    answer.write("\ufeff")
    csv.writer(answer).writerows([service.HEADINGS, *([safe_cell(cell) for cell in line] for line in found.lines())])
    return answer
