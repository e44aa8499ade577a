"""Which way requests of a country come: the national channel for its officers, the guidelines for everybody."""

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_safe

from accounts.access import Audience, access, signed_in
from accounts.permissions import Permission
from foundation.legal.models import Jurisdiction
from foundation.providers.models import EntryPoint, Provider
from foundation.providers.policy import languages_read, offered_types, redirect_for
from foundation.providers.services import entry_point_for

# Where the general types begin in the order of `offered_types`.
_GENERAL = 2


@access(Audience.OFFICER, permission=Permission.FILE_REQUEST)
@require_safe
def channel(request: HttpRequest) -> HttpResponse:
    """The national channel that this officer's requests come through, at each company that says so."""
    member: Any = signed_in(request).membership
    companies = Provider.objects.order_by("name")
    found = [point for company in companies if (point := redirect_for(company, member.agency.country))]
    return render(request, "officer/channel.html", {"points": found, "country": member.agency.country})


@access(Audience.PUBLIC)
@require_safe
def choose(request: HttpRequest) -> HttpResponse:
    """Lead to the guidelines of the country that was chosen."""
    code = request.GET.get("country", "").upper()
    if _place(code) is not None:
        return redirect("officer:guidelines", code)
    asked = "country" in request.GET
    return render(request, "public/guidelines_choose.html", {"problem": asked}, status=422 if asked else 200)


@access(Audience.PUBLIC)
@require_safe
def guidelines(request: HttpRequest, country: str) -> HttpResponse:
    """How one country reaches each company: address, language, law, and the types of process that are accepted."""
    place = _place(country.upper())
    if place is None:
        raise Http404
    companies = Provider.objects.prefetch_related("entities").order_by("name")
    context = {"place": place, "companies": [_way(company, place) for company in companies]}
    return render(request, "public/guidelines_country.html", context)


def _place(code: str) -> Jurisdiction | None:
    if len(code) != 2 or not (code.isascii() and code.isalpha()):
        return None
    return Jurisdiction.objects.filter(pk=code).exclude(pk__in=["EU", "INT"]).first()


def _way(company: Provider, place: Jurisdiction) -> dict[str, Any]:
    point = entry_point_for(company, place)
    types: list[Any] = []
    # What comes through the national channel is not accepted here; the country's own types go there in any case.
    if point is None or not point.redirects or point.allows_filing:
        types = list(offered_types(company, place.pk, timezone.now()).filter(stop_screen=False))
    here = [row for row in types if row.tier < _GENERAL and not (point and point.redirects)]
    return {
        "company": company,
        "point": point,
        "address": _address(company, point),
        "languages": languages_read(company, point),
        "own": here,
        "general": [row for row in types if row.tier == _GENERAL],
    }


def _address(company: Provider, point: EntryPoint | None) -> str:
    """The entry point's own address, else where the main company takes service."""
    if point is not None and point.address:
        return point.address
    main = sorted(company.entities.all(), key=lambda entity: not entity.is_default)
    return main[0].service_address if main else ""
