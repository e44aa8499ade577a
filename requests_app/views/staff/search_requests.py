"""Search: a text is sent in the body, and the address of what was found names nobody."""

from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from accounts.access import Audience, access, signed_in
from accounts.permissions import Permission
from foundation.core.errors import PortalError
from requests_app import search_terms
from requests_app.enums import OPEN_STATUSES
from requests_app.forms.search import SearchForm
from requests_app.models import DataRequest, StoredSearch
from requests_app.search_terms import Terms
from requests_app.services import search_groups, searching
from requests_app.services.search_groups import STATES, Why
from requests_app.services.search_results import overview, page_of


@access(Audience.STAFF, permission=Permission.SEE_QUEUE)
@require_http_methods(["GET", "HEAD", "POST"])
def search(request: HttpRequest) -> HttpResponse:
    """Ask for a text; a POST searches and leads to the request itself or to what was found."""
    user = signed_in(request)
    form = SearchForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        try:
            asked = searching.ask(form.cleaned_data["lines"], by=user)
        except PortalError as refusal:
            form.add_error("lines", str(refusal))
        else:
            if isinstance(asked, DataRequest):
                return redirect("staff:request", asked.reference)
            return redirect("staff:search_results", asked.uid)
    context = {"form": form, "kept": searching.kept(user)}
    return render(request, "staff/search.html", context, status=422 if form.is_bound else 200)


@access(Audience.STAFF, permission=Permission.SEE_QUEUE)
@require_safe
def results(request: HttpRequest, uid: UUID) -> HttpResponse:
    """Show what a search finds now: in all ways a few, or in one way a page; only to the person who searched."""
    user: Any = signed_in(request)
    stored = get_object_or_404(user.searches.filter(kept_until__gt=timezone.now()), uid=uid)
    state = request.GET.get("state", "") if request.GET.get("state", "") in STATES else ""
    terms, seen = search_terms.read(stored.text), search_groups.seen_by(user, state)
    why = request.GET.get("why", "")
    context = {
        "stored": stored,
        "form": SearchForm(initial={"lines": stored.text}),
        "state": state,
        "open_statuses": OPEN_STATUSES,
        "why": why if why in Why.values else "",
    }
    if why in Why.values:
        return render(request, "staff/search_page.html", context | _one(request, Why(why), terms, seen, context))
    found = overview(terms, seen)
    more = {
        "groups": [(group, _address(stored, state, why=group.why.value)) for group in found if group.rows],
        "late": [group.why.label for group in found if group.late],
        "state_links": [(words, _address(stored, value), value == state) for value, words in STATES.items()],
    }
    return render(request, "staff/search_results.html", context | more)


def _one(request: HttpRequest, why: Why, terms: Terms, seen: Any, context: dict[str, Any]) -> dict[str, Any]:
    stored, state = context["stored"], context["state"]
    after = request.GET.get("after", "")
    group, place = page_of(why, terms, seen, after=after)
    return {
        "group": group,
        "all_ways": _address(stored, state),
        "state_links": [
            (words, _address(stored, value, why=why.value), value == state) for value, words in STATES.items()
        ],
        "first": _address(stored, state, why=why.value) if after else "",
        "next": _address(stored, state, why=why.value, after=place) if place else "",
    }


def _address(stored: StoredSearch, state: str, **more: str) -> str:
    query = urlencode({name: value for name, value in {"state": state, **more}.items() if value})
    return reverse("staff:search_results", args=[stored.uid]) + (f"?{query}" if query else "")
