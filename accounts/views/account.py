"""A person's own account, and the second factors in it."""

from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from accounts import cool_down
from accounts.access import Audience, access, signed_in
from accounts.forms.sign_in import FactorNameForm
from accounts.models import User
from accounts.services import factors, people, single_sign_on
from accounts.services.factors import Factor
from accounts.views.going_on import while_suspended
from foundation.core.errors import NotAllowed


@access(Audience.VERIFIED)
@require_safe
def account(request: HttpRequest) -> HttpResponse:
    """Own data, second factor, recovery codes."""
    user, at = signed_in(request), timezone.now()
    context = {
        "downloads_wait_until": cool_down.downloads_until(user, at=at), "wait_why": cool_down.why_of(user),
        "decisions_wait_until": cool_down.until(user, at=at), "cool_down_hours": settings.FACTOR_COOL_DOWN_HOURS,
        "left": factors.codes_left(user), "member": user.membership, "factors": factors.factors_of(user),
        "frozen": people.account_frozen(user), "lapsed": user.has_lapsed,
        "sso": single_sign_on.name(), "sso_linked_at": single_sign_on.linked_at(user),
    }  # fmt: skip
    return render(request, "accounts/account.html", context)


@access(Audience.VERIFIED)
@require_http_methods(["GET", "POST"])
def factor_edit(request: HttpRequest, kind: str, pk: int) -> HttpResponse:
    """Give one of the own factors another name."""
    user, factor = signed_in(request), _own(request, kind, pk)
    if frozen := while_suspended(request):
        return frozen
    form = FactorNameForm(request.POST if request.method == "POST" else None, initial={"name": factor.name})
    if form.is_valid():
        try:
            factors.rename(user, factor, form.cleaned_data["name"])
        except NotAllowed as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, _("Saved."))
            return redirect("accounts:account")
    context = {"form": form, "factor": factor, "only": len(factors.factors_of(user)) == 1}
    return render(request, "accounts/factor_edit.html", context, status=422 if form.is_bound else 200)


@access(Audience.VERIFIED, step_up=True)
@require_http_methods(["GET", "POST"])
def factor_remove(request: HttpRequest, kind: str, pk: int) -> HttpResponse:
    """Remove one of the own factors, never the last one."""
    user, factor = signed_in(request), _own(request, kind, pk)
    if request.method == "POST":
        try:
            factors.remove(user, factor)
        except NotAllowed as refusal:
            messages.error(request, str(refusal))
        else:
            messages.success(request, _("Removed. Nobody can sign in with it any more."))
        return redirect("accounts:account")
    if frozen := while_suspended(request):
        return frozen
    return render(request, "accounts/factor_remove.html", _after_removing(user, factor))


def _after_removing(user: User, factor: Factor) -> dict[str, Any]:
    """What will be true once the factor is gone, by the rules of accounts.cool_down."""
    at = timezone.now()
    left = factors.without(factor, factors.factors_of(user))
    return {
        "factor": factor, "only": not left.factors, "cool_down_hours": settings.FACTOR_COOL_DOWN_HOURS,
        "stops": not left.counting(at), "deciding": left.deciding(at), "waits_already": cool_down.until(user, at=at),
        "counts_first": min((one.counts_from for one in left.factors if one.counts_from), default=None),
    }  # fmt: skip


def _own(request: HttpRequest, kind: str, pk: int) -> Factor:
    """Return one of the person's own factors; anybody else's is not there."""
    factor = factors.factor_of(signed_in(request), kind, pk)
    if factor is None:
        raise Http404
    return factor
