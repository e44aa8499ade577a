"""The rules of holds: the company's own numbers, and what every type of preservation says, with its citation."""

from urllib.parse import urlencode

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe

from accounts.access import Audience, access, signed_in
from accounts.kept_forms import take_back
from accounts.permissions import Permission
from foundation.core.errors import PortalError, Stale
from foundation.providers.models import Provider
from preservation.forms.hold_rules import RulesForm
from preservation.services import hold_rules


@access(Audience.STAFF, permission=Permission.SEE_CATALOGUE)
@require_safe
def rules(request: HttpRequest) -> HttpResponse:
    """What holds now; no hold is on this page, so everybody of staff may read it."""
    provider, others = _company(request)
    context = {
        "provider": provider,
        "company": {"provider": provider, "others": others, "query": _query(provider, others)},
        "rows": hold_rules.rules(provider),
        "may_change": hold_rules.may_change(signed_in(request), provider),
        "change_url": reverse("holds:rules_change") + _query(provider, others),
    }
    return render(request, "holds/rules.html", context)


@access(Audience.STAFF, permission=Permission.MANAGE_SETTINGS, step_up=True, keep_form=True)
@require_http_methods(["GET", "HEAD", "POST"])
def change(request: HttpRequest) -> HttpResponse:
    """Change the company's numbers; the older of two saves is refused, and nothing typed is lost."""
    provider, others = _company(request)
    kept = take_back(request, request.path) if request.method == "GET" else None
    form = RulesForm(request.POST if request.method == "POST" else kept, provider=provider)
    back, stored = reverse("holds:rules") + _query(provider, others), False
    if request.method == "POST" and form.is_valid():
        try:
            hold_rules.change(provider, form.cleaned_data, seen=form.cleaned_data["seen"], by=signed_in(request))
        except PortalError as refusal:
            provider.refresh_from_db()
            stored = isinstance(refusal, Stale)
            form.show_again(provider)
            form.add_error(None, str(refusal))
        else:
            messages.success(request, "Saved. Holds that run keep the days they were received with.")
            return redirect(back)
    context = {"form": form, "provider": provider, "back": back, "stored": stored, "kept": kept is not None}
    return render(request, "holds/rules_change.html", context, status=422 if request.method == "POST" else 200)


def _company(request: HttpRequest) -> tuple[Provider, list[Provider]]:
    """Return the company named in the address, else the first this person works for, and the others; or 404."""
    known = list(hold_rules.providers_of(signed_in(request)))
    wanted = request.GET.get("provider", "")
    chosen = next((one for one in known if not wanted or one.slug == wanted), None)
    if chosen is None:
        raise Http404
    return chosen, [one for one in known if one != chosen]


def _query(provider: Provider, others: list[Provider]) -> str:
    return "?" + urlencode({"provider": provider.slug}) if others else ""
