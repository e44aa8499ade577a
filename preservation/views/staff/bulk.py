"""Several extensions at once: each hold with its rule and both ends, then one decision for all that stand so still."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from accounts.access import Audience, access, signed_in
from accounts.kept_forms import take_back
from accounts.permissions import Permission
from foundation.core.errors import PortalError
from preservation.forms.holds import DecideManyForm
from preservation.services import extension_plans, extensions

# What came of the last decision, for the page after it.
_SESSION = "hold_extensions_done"
_TICK = "Tick the extensions first. One that was decided meanwhile is not in the list any more."
_NOTHING_YET = "You confirmed that it is you. Nothing is decided yet: read what you wrote, and send it."


@access(Audience.STAFF, permission=Permission.DECIDE_HOLDS)
@require_safe
def check(request: HttpRequest) -> HttpResponse:
    """The ticked extensions, each with its new end, and the question; also where the second factor leads back to."""
    kept = take_back(request, reverse("holds:bulk_decide"))
    if kept is None:
        return _page(request, _uids(request.GET.getlist("extension")))
    messages.info(request, _NOTHING_YET)
    return _page(request, list(_shown(kept)), DecideManyForm(kept))


@access(Audience.STAFF, permission=Permission.DECIDE_HOLDS, step_up=True, keep_form=True, strong=True)
@require_http_methods(["GET", "HEAD", "POST"])
def decide(request: HttpRequest) -> HttpResponse:
    """Decide what was shown. A GET comes back from the second factor and leads to the page again."""
    if request.method != "POST":
        return check(request)
    shown, form = _shown(request.POST), DecideManyForm(request.POST)
    if not form.is_valid():
        return _page(request, list(shown), form)
    extend, reason = form.cleaned_data["decision"] == "grant", form.cleaned_data["reason"]
    try:
        done = extensions.decide_many(shown, extend=extend, reason=reason, by=signed_in(request))
    except PortalError as error:
        form.add_error(None, str(error))
        return _page(request, list(shown), form)
    request.session[_SESSION] = [(one.reference, one.done, one.words) for one in done]
    return redirect("holds:bulk_done")


@access(Audience.STAFF, permission=Permission.DECIDE_HOLDS)
@require_safe
def done(request: HttpRequest) -> HttpResponse:
    """What came of each."""
    rows = request.session.get(_SESSION)
    if rows is None:
        return redirect("holds:staff_list")
    decided = sum(bool(row[1]) for row in rows)
    context = {"rows": rows, "decided": decided, "left": len(rows) - decided}
    return render(request, "holds/staff_bulk_done.html", context)


def _page(request: HttpRequest, uids: list[UUID], form: DecideManyForm | None = None) -> HttpResponse:
    user: Any = signed_in(request)
    now = timezone.now()
    if len(uids) > extensions.MOST:
        messages.error(request, f"Choose at most {extensions.MOST} extensions at once.")
        return redirect("holds:staff_list")
    rows = extension_plans.planned(uids, by=user, at=now)
    if not rows:
        messages.error(request, _TICK)
        return redirect("holds:staff_list")
    context = {
        "rows": rows,
        "form": form or DecideManyForm(),
        "refusal": extension_plans.refusal(user, now),
        "possible": sum(not row.refusal for row in rows),
        "gone": len(set(uids)) - len(rows),
    }
    return render(request, "holds/staff_bulk.html", context, status=422 if form is not None and form.errors else 200)


def _shown(data: QueryDict) -> dict[UUID, str]:
    """Return the mark of each row as it was shown."""
    pairs = [row.partition("~") for row in data.getlist("row")]
    return {uid: mark for text, _sign, mark in pairs for uid in _uids([text])}


def _uids(texts: list[str]) -> list[UUID]:
    found = []
    for text in texts:
        try:
            found.append(UUID(text))
        except ValueError:
            continue
    return list(dict.fromkeys(found))
