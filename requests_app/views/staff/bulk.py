"""Many requests at once: choose what to do, see every row with its new value, then do exactly that."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from accounts.access import Audience, access, signed_in
from accounts.models import User
from accounts.permissions import Permission
from foundation.core.errors import PortalError
from foundation.core.references import normalise_reference
from foundation.providers.models import Team
from requests_app.forms.bulk import BulkForm
from requests_app.services import absences, bulk
from requests_app.services.company_policy import providers_of


@access(Audience.STAFF, permission=Permission.REVIEW_REQUEST)
@require_http_methods(["GET", "HEAD", "POST"])
def bulk_change(request: HttpRequest) -> HttpResponse:
    """Choose, look, confirm: three posts of one address, and nothing is done before the last."""
    user, step = signed_in(request), request.POST.get("step", "")
    references = list(dict.fromkeys(_references(request)))
    if not references:
        messages.error(request, "Tick the requests in the queue first.")
        return redirect("staff:queue")
    if len(references) > bulk.MOST:
        messages.error(request, f"Choose at most {bulk.MOST} requests at once.")
        return redirect("staff:queue")
    form = _form(user, request.POST if "act" in request.POST and step != "again" else None)
    if step == "confirm" and form.is_valid():
        return _confirmed(request, form, user)
    valid = form.is_bound and form.is_valid()
    rows = bulk.plan(references, form.change if valid else None, by=user)
    if not rows:
        messages.error(request, "None of these requests is there any more.")
        return redirect("staff:queue")
    context = {"form": form, "rows": rows, "possible": sum(not row.refusal for row in rows), "previews": valid}
    return render(request, "staff/bulk.html", context, status=422 if form.is_bound and not valid else 200)


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
    teams = Team.objects.filter(provider__in=providers_of(user)).order_by("name")
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
    changed = sum(one.changed for one in done)
    return render(request, "staff/bulk_done.html", {"done": done, "changed": changed, "kept": len(done) - changed})
