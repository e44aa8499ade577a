"""What the desk that vets did, month by month: as a page and as a file."""

import csv

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from accounts.access import Audience, access, signed_in
from accounts.permissions import Permission
from accounts.services import statistics as service


@access(Audience.STAFF, permission=Permission.SEE_APPLICATIONS)
@require_safe
def statistics(request: HttpRequest) -> HttpResponse:
    """The last 12 months."""
    found = service.read(by=signed_in(request), form="page", at=timezone.now())
    return render(request, "accounts/staff/statistics.html", {"found": found})


@access(Audience.STAFF, permission=Permission.SEE_APPLICATIONS)
@require_safe
def statistics_file(request: HttpRequest) -> HttpResponse:
    """The same numbers as a CSV file, without names."""
    now = timezone.now()
    answer = HttpResponse(content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="access-{now:%Y-%m-%d}.csv"'
    csv.writer(answer).writerows(service.table(service.read(by=signed_in(request), form="file", at=now)))
    return answer
