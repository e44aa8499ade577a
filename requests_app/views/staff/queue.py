"""The queue: emergencies on top, then everything open by its deadline."""

from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_safe

from accounts.access import Audience, access
from accounts.permissions import Permission, has_permission
from foundation.legal.models import Issuer, Jurisdiction
from requests_app import queue as reading
from requests_app.queue import Filters


@access(Audience.STAFF, permission=Permission.SEE_QUEUE)
@require_safe
def queue(request: HttpRequest) -> HttpResponse:
    """Show one page of the queue; everything it depends on stands in the address."""
    user: Any = request.user
    at, filters = timezone.now(), Filters.read(request.GET)
    page = reading.read_page(
        reading.narrowed(user, filters, at), after=request.GET.get("after", ""), before=request.GET.get("before", "")
    )
    counts = reading.counts(user, filters, at)
    countries = list(Jurisdiction.objects.order_by("name").values_list("code", "name"))
    context = {
        "page": page,
        "filters": filters,
        "tabs": _tabs(filters, counts),
        "total": reading.shown_count(counts[filters.view]),
        "all_open": reading.shown_count(counts[""]),
        "desk_open": reading.shown_count(counts[reading.ALL_OPEN]),
        "desk_overdue": reading.shown_count(counts[reading.ALL_OVERDUE]),
        "countries": countries,
        "processes": Issuer.choices,
        "active": _active(filters, dict(countries)),
        "may_take": has_permission(user, Permission.REVIEW_REQUEST),
        "previous": _address(filters, before=page.before) if page.before else "",
        "next": _address(filters, after=page.after) if page.after else "",
    }
    return render(request, "staff/queue.html", context)


def _tabs(filters: Filters, counts: dict[str, int]) -> list[dict[str, Any]]:
    return [
        {
            "words": words,
            "count": reading.shown_count(counts[view]),
            "url": _address(Filters(view, filters.country, filters.process)),
            "current": view == filters.view,
        }
        for view, words in reading.VIEWS.items()
    ]


def _active(filters: Filters, countries: dict[str, str]) -> list[tuple[str, str]]:
    """The filters in force in words, each with the address without it."""
    found = []
    if filters.process:
        without = Filters(filters.view, filters.country, "")
        found.append((f"Issued by: {Issuer(filters.process).label}", _address(without)))
    if filters.country:
        name = countries.get(filters.country, filters.country)
        found.append((f"Country: {name}", _address(Filters(filters.view, "", filters.process))))
    return found


def _address(filters: Filters, **place: str) -> str:
    asked = {"view": filters.view, "process": filters.process, "country": filters.country, **place}
    query = urlencode({name: value for name, value in asked.items() if value})
    return reverse("staff:queue") + (f"?{query}" if query else "")
