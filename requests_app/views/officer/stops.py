"""What must never be uploaded, and where it goes instead. Nothing can be typed or attached on these pages."""

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from accounts.access import Audience, access
from accounts.permissions import Permission
from foundation.legal.stops import BY_CODE as STOP_OF
from foundation.legal.stops import CIVIL, STOPS, Stop
from foundation.providers.models import Provider


@access(Audience.OFFICER, permission=Permission.FILE_REQUEST)
@require_safe
def stops(request: HttpRequest) -> HttpResponse:
    """Every kind of process that is stopped at the door."""
    return render(request, "officer/stops.html", {"stops": STOPS})


@access(Audience.OFFICER, permission=Permission.FILE_REQUEST)
@require_safe
def stop(request: HttpRequest, code: str) -> HttpResponse:
    """One kind: why it is stopped, and what to do with it."""
    if code not in STOP_OF:
        raise Http404
    return _page(request, STOP_OF[code])


@access(Audience.PUBLIC)
@require_safe
def civil(request: HttpRequest) -> HttpResponse:
    """Civil process and private parties: told at once, without an account."""
    return _page(request, CIVIL)


def _page(request: HttpRequest, found: Stop) -> HttpResponse:
    companies = Provider.objects.prefetch_related("entities").order_by("name")
    addresses = [
        (company, company.sealed_channel, sorted(company.entities.all(), key=lambda entity: not entity.is_default))
        for company in companies
    ]
    template = "officer/stop.html" if found.sealed else "public/civil.html"
    return render(request, template, {"stop": found, "companies": addresses})
