"""The list of holds as a file, behind a reason and a fresh second factor; and the search, which leaves no address."""

from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from accounts.access import Audience, access
from accounts.forms.lists import ExportForm
from accounts.kept_forms import take_back
from accounts.permissions import Permission
from accounts.sealed import seal, unseal
from accounts.services.list_files import TYPES
from foundation.core.errors import PortalError
from preservation.filter_words import sentence
from preservation.forms.lists import SearchForm
from preservation.list_filters import Filters, Tab
from preservation.services import hold_export as service
from preservation.services import hold_search
from preservation.views.staff.lists import shown

# What was searched for last stays in the session for so long, encrypted.
_SESSION, _SECONDS = "hold_search", 12 * 3600


@access(Audience.STAFF, permission=Permission.SEE_HOLDS, step_up=True, keep_form=True)
@require_http_methods(["GET", "HEAD", "POST"])
def export(request: HttpRequest) -> HttpResponseBase:
    """Ask why, then answer with the file of what the filters of the address show."""
    user: Any = request.user
    if not service.may_export(user):
        raise PermissionDenied
    filters = Filters.read(request.GET)
    kept = take_back(request, request.path) if request.method != "POST" else None
    form = ExportForm(request.POST if request.method == "POST" else None, initial=kept.dict() if kept else None)
    if form.is_valid():
        typed = form.cleaned_data
        try:
            found = service.start(filters, form=typed["file_type"], reason=typed["reason"], by=user)
        except PortalError as refusal:
            form.add_error(None, str(refusal))
        else:
            return _file(found)
    total, query = service.total(filters, user, at=timezone.now()), filters.query()
    context = {
        "form": form,
        "words": sentence(filters),
        "query": query,
        "back": reverse("holds:staff_list") + (f"?{query}" if query else ""),
        "total": f"{total:,}",
        "too_many": total > service.MOST,
        "most": f"{service.MOST:,}",
    }
    return render(request, "holds/staff_export.html", context, status=422 if form.is_bound else 200)


@access(Audience.STAFF, permission=Permission.SEE_HOLDS)
@require_http_methods(["GET", "HEAD", "POST"])
def search(request: HttpRequest) -> HttpResponse:
    """Search, and show what the last search of this session finds now; the address names nobody."""
    user: Any = request.user
    now = timezone.now()
    form = SearchForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        try:
            words = hold_search.ask(form.cleaned_data["words"], by=user, at=now)
        except PortalError as refusal:
            form.add_error("words", str(refusal))
        else:
            request.session[_SESSION] = seal({"words": words, "user": str(user.pk)})
            return redirect("holds:staff_search")
    stored = unseal(request.session.get(_SESSION), seconds=_SECONDS)
    words = stored["words"] if isinstance(stored, dict) and stored.get("user") == str(user.pk) else ""
    found = hold_search.found(words, by=user) if words and not form.is_bound else []
    context = {
        "search": form if form.is_bound else SearchForm(initial={"words": words}),
        "words": words if not form.is_bound else "",
        "rows": shown(found[: hold_search.MOST], Tab.RUNNING, now),
        "more": len(found) > hold_search.MOST,
        "order": "newest first",
    }
    return render(request, "holds/staff_search.html", context, status=422 if form.is_bound else 200)


def _file(found: service.Export) -> StreamingHttpResponse:
    headers = {"Content-Disposition": f'attachment; filename="{found.filename}"', "Cache-Control": "no-store"}
    return StreamingHttpResponse(service.content(found), content_type=TYPES[found.form], headers=headers)
