"""The agency's own log of who looked at what here, as a file."""

import csv

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.views.decorators.http import require_safe

from accounts.access import Audience, access, signed_in
from accounts.permissions import Permission
from accounts.services.statistics import safe_cell
from requests_app.services import consultations as service


@access(Audience.OFFICER, permission=Permission.SEE_OWN_REQUESTS)
@require_safe
def consultations(request: HttpRequest) -> HttpResponse:
    """Answer with the log: of a lead the agency's, of others their own."""
    now = timezone.now()
    lines = service.lines(signed_in(request), at=now)
    headers = {"Content-Disposition": f'attachment; filename="log-{now:%Y-%m-%d}.csv"', "Cache-Control": "no-store"}
    answer = HttpResponse("\ufeff", content_type="text/csv; charset=utf-8", headers=headers)
    csv.writer(answer).writerows([service.HEADINGS, *([safe_cell(str(cell)) for cell in line] for line in lines)])
    return answer
