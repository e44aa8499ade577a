"""Many requests at once: choose what to do, see every row with its new value, then do exactly that."""

from secrets import token_urlsafe
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from accounts.access import Audience, access, signed_in
from accounts.models import User
from accounts.permissions import Permission
from foundation.core.errors import PortalError
from foundation.core.references import normalise_reference
from foundation.providers.models import Team
from requests_app.forms.bulk import BulkForm
from requests_app.services import absences, bulk
from requests_app.services.company_policy import providers_of

# What was chosen, by keys: nothing of it stands in an address.
_SESSION = "bulk"
_MOST_KEPT = 8


@access(Audience.STAFF, permission=Permission.REVIEW_REQUEST)
@require_http_methods(["GET", "HEAD", "POST"])
def bulk_change(request: HttpRequest) -> HttpResponse:
    """Choose, look, confirm: three posts of one address, and nothing is done before the last.

    Each leads to a page of its own, so that whoever opens a request from there comes back to what they chose.
    """
    user, step = signed_in(request), request.POST.get("step", "")
    references = list(dict.fromkeys(_references(request)))
    if not references:
        messages.error(request, "Tick the requests in the queue first.")
        return redirect("staff:queue")
    if len(references) > bulk.MOST:
        messages.error(request, f"Choose at most {bulk.MOST} requests at once.")
        return redirect("staff:queue")
    if step == "again" or not {"chosen", "act"} & set(request.POST):
        return _kept(request, refs=references)
    form = _form(user, request.POST)
    if not form.is_valid():
        return _page(request, user, form, references)
    if step == "confirm":
        return _confirmed(request, form, user)
    return _kept(request, refs=references, said=dict(form.chosen))


@access(Audience.STAFF, permission=Permission.REVIEW_REQUEST)
@require_safe
def bulk_page(request: HttpRequest, key: str) -> HttpResponse:
    """What this session chose under a key: the rows to choose for, what would change, or what was done."""
    user, state = signed_in(request), request.session.get(_SESSION, {}).get(key)
    if state is None:
        messages.info(request, "This list is not kept any more. Tick the requests again.")
        return redirect("staff:queue")
    if "done" in state:
        done = [bulk.Done(*row) for row in state["done"]]
        changed = sum(one.changed for one in done)
        context = {"done": done, "changed": changed, "kept": len(done) - changed}
        return render(request, "staff/bulk_done.html", context)
    return _page(request, user, _form(user, state.get("said")), state["refs"])


def _page(request: HttpRequest, user: User, form: BulkForm, references: list[str]) -> HttpResponse:
    """Draw the rows with the form, or with what the form would change in each."""
    valid = form.is_bound and form.is_valid()
    rows = bulk.plan(references, form.change if valid else None, by=user)
    if not rows:
        messages.error(request, "None of these requests is there any more.")
        return redirect("staff:queue")
    context = {"form": form, "rows": rows, "possible": sum(not row.refusal for row in rows), "previews": valid}
    return render(request, "staff/bulk.html", context, status=422 if form.is_bound and not valid else 200)


def _kept(request: HttpRequest, **state: Any) -> HttpResponse:
    """Keep it in the session under a new key, beside the last few, and lead to its page."""
    key = token_urlsafe(12)
    before = list(request.session.get(_SESSION, {}).items())[1 - _MOST_KEPT :]
    request.session[_SESSION] = dict(before) | {key: state}
    return redirect("staff:bulk_page", key)


def _references(request: HttpRequest) -> list[str]:
    """Return what was ticked, or what stands in the marks of the page that is confirmed."""
    given = request.POST.getlist("ref") + request.POST.getlist("chosen")
    given += [row.partition("~")[0] for row in request.POST.getlist("row")]
    return [known for text in given if (known := normalise_reference(text))]


def _form(user: User, given: Any) -> BulkForm:
    people = User.objects.holding([Permission.REVIEW_REQUEST]).order_by("full_name", "pk")
    provider = providers_of(user).select_related("calendar").first()
    told = absences.with_absence(people, provider) if provider else []
    words = [(person, f"{person.get_full_name()} ({away[0].lower()}{away[1:]})" if away else person.get_full_name())
             for person, away in told]  # fmt: skip
    companies = providers_of(user)
    closed = companies.exclude(restricted_team=None).values("restricted_team")
    teams = Team.objects.filter(provider__in=companies).exclude(pk__in=closed).order_by("name")
    return BulkForm(given, colleagues=words, teams=teams)


def _confirmed(request: HttpRequest, form: BulkForm, user: User) -> HttpResponse:
    """Do what was shown and say what came of each row."""
    shown = {}
    for row in request.POST.getlist("row"):
        reference, _sign, mark = row.partition("~")
        if known := normalise_reference(reference):
            shown[known] = mark
    try:
        done = bulk.carry_out(shown, form.change, by=user)
    except PortalError as refusal:
        messages.error(request, str(refusal))
        return redirect("staff:queue")
    return _kept(request, done=[(one.reference, one.words, one.changed) for one in done])
