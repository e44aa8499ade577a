"""What the desk did and what waits for it, in numbers, and the same as a file."""

from dataclasses import replace
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from accounts.access import Audience, access
from accounts.forms.lists import ExportForm
from accounts.kept_forms import take_back
from accounts.permissions import Permission, has_permission
from foundation.core.errors import PortalError
from foundation.providers.models import Provider
from requests_app import figure_choices
from requests_app.figure_choices import DIMENSIONS, Filters
from requests_app.services import figure_export, figure_sections
from requests_app.services import figures as service

# Rows of a table that compares; all others stand in the choice above it and in the file.
_COMPARED = 12


@access(Audience.STAFF, permission=Permission.SEE_QUEUE)
@require_safe
def figures(request: HttpRequest) -> HttpResponse:
    """Show the figures of one slice; which one stands in the address."""
    user: Any = request.user
    months = service.months(timezone.now())
    provider, companies, asked = _company(user, Filters.read(request.GET))
    filters = asked if asked.month in months else replace(asked, month=None)
    counted = service.read(provider, dimension=filters.dimension, key=filters.key, month=filters.month)
    if filters.key and filters.key not in counted.keys(filters.dimension):
        filters = replace(filters, dimension=figure_choices.ALL, key="")
        counted = service.read(provider, month=filters.month)
    names = figure_choices.names(provider, {name: counted.keys(name) for name in DIMENSIONS})
    context = {
        "counted": counted,
        "old": counted.is_old(timezone.now()),
        "filters": filters,
        "companies": companies,
        "unknown": filters != asked,
        "slices": _slices(filters, names),
        "months": [(f"{month:%Y-%m}", f"{month:%b %Y}", month == filters.month) for month in reversed(months)],
        "when": f"{filters.month:%B %Y}" if filters.month else "Last 12 months",
        "which": names[filters.dimension][filters.key] if filters.key else "",
        "shown": figure_sections.shown(
            counted, filters.dimension, filters.key, filters.month, months=months, countries=names["country"]
        ),
        "compared": [] if filters.key else _compared(counted, filters, names),
        "may_take": has_permission(user, Permission.EXPORT_LISTS),
        "query": filters.query(),
    }
    return render(request, "staff/figures.html", context)


@access(Audience.STAFF, permission=Permission.SEE_QUEUE)
@require_http_methods(["GET", "POST"])
def again(request: HttpRequest) -> HttpResponse:
    """Have the figures counted now."""
    user: Any = request.user
    provider, _companies, filters = _company(user, Filters.read(request.GET))
    if request.method == "POST":
        try:
            anew = service.count_again(provider, by=user)
        except PortalError as refusal:
            messages.error(request, str(refusal))
        else:
            said = "Being counted. Load this page again in a few seconds."
            messages.success(request, said if anew else "They are being counted already, or were a moment ago.")
    return redirect(_address(filters))


@access(Audience.STAFF, permission=Permission.EXPORT_LISTS, step_up=True, keep_form=True)
@require_http_methods(["GET", "POST"])
def take(request: HttpRequest) -> HttpResponse:
    """Ask why, then answer with a file of everything that was counted."""
    user: Any = request.user
    provider, _companies, filters = _company(user, Filters.read(request.GET))
    kept = take_back(request, request.path) if request.method == "GET" else None
    given = request.POST if request.method == "POST" else None
    form = ExportForm(given, initial=kept.dict() if kept else None)
    if form.is_valid():
        try:
            found = figure_export.take(
                provider, form=form.cleaned_data["file_type"], reason=form.cleaned_data["reason"], by=user
            )
        except PortalError as refusal:
            form.add_error(None, str(refusal))
        else:
            headers = {"Content-Disposition": f'attachment; filename="{found.name}"', "Cache-Control": "no-store"}
            return HttpResponse(found.content, content_type=found.kind, headers=headers)
    context = {"form": form, "query": filters.query(), "back": _address(filters)}
    return render(request, "staff/figures_take.html", context, status=422 if form.is_bound else 200)


def _company(user: Any, filters: Filters) -> tuple[Provider, list[Provider], Filters]:
    """Return whose figures are shown, and between which companies one can choose; who works for none sees none."""
    companies = service.providers_of(user)
    if not companies:
        raise Http404
    chosen = next((one for one in companies if one.slug == filters.company), None)
    several = companies if len(companies) > 1 else []
    return chosen or companies[0], several, filters if chosen else replace(filters, company="")


def _address(filters: Filters, **other: str) -> str:
    query = filters.query(**other)
    return reverse("staff:figures") + (f"?{query}" if query else "")


def _slices(filters: Filters, names: dict[str, dict[str, str]]) -> list[tuple[str, list[tuple[str, str, bool]]]]:
    """Return the choices of the first select, in groups."""
    return [
        (
            words,
            [(f"{name}:{key}", said, (name, key) == (filters.dimension, filters.key)) for key, said in found.items()],
        )
        for name, words in DIMENSIONS.items()
        if (found := names[name])
    ]


def _compared(counted: service.Counted, filters: Filters, names: dict[str, dict[str, str]]) -> list[dict[str, Any]]:
    """Return a table for each way of slicing: what came in most first, each row a way to its figures."""
    tables = []
    for dimension, words in DIMENSIONS.items():
        rows = [_row(counted, filters, dimension, key, said) for key, said in names[dimension].items()]
        rows = sorted((row for row in rows if row["weight"] != (0, 0)), key=lambda row: row["weight"], reverse=True)
        if rows:
            more = max(len(rows) - _COMPARED, 0)
            tables.append({"key": dimension, "title": words, "rows": rows[:_COMPARED], "more": more})
    return tables


def _row(counted: service.Counted, filters: Filters, dimension: str, key: str, words: str) -> dict[str, Any]:
    now, then = counted.of(dimension, key), counted.of(dimension, key, filters.month)
    answered = then.get("answered", 0)
    return {
        "words": words,
        "url": _address(filters, of=f"{dimension}:{key}"),
        "received": f"{then.get('received', 0):,}",
        "open": f"{now.get('open', 0):,}",
        "overdue": f"{now.get('clocks.overdue', 0):,}",
        "answered": f"{answered:,}",
        "share": figure_sections.share_words(figure_sections.disclosed(then), answered),
        "percent": round(100 * figure_sections.disclosed(then) / answered) if answered else 0,
        "median": figure_sections.time_words(then.get("times.decided")),
        "weight": (then.get("received", 0), now.get("open", 0)),
    }
