"""The second factor: showing it, setting it up, and recovery codes."""

import io
from datetime import datetime, timedelta
from typing import Any

import segno
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_safe
from django_otp import login as otp_login

from accounts.access import Audience, access, factor_is_fresh, is_verified, mark_factor_fresh, signed_in
from accounts.forms.sign_in import CodeForm, RecoveryForm
from accounts.sealed import seal, unseal
from accounts.services import factors
from accounts.services.factors import CodeRefused, NewSecret
from accounts.views.going_on import go_on, to_page, wanted
from foundation.core.errors import NotAllowed

_SECRET, _CODES, _RECOVERED = "factor_secret", "recovery_codes", "factor_recovered_at"
_SETTING_UP = 30 * 60


@access(Audience.PASSWORD)
@never_cache
@sensitive_post_parameters("code", "recovery")
@require_http_methods(["GET", "POST"])
def show(request: HttpRequest) -> HttpResponse:
    """The second step of signing in; the same page confirms it is still you before a dangerous act."""
    user = signed_in(request)
    # A recovery code is used up already: whoever left the set-up page goes on there.
    if not factors.has_factor(user) or (request.method == "GET" and _recovered(request)):
        return to_page("accounts:factor_new", wanted(request))
    which = request.POST.get("factor")
    code = CodeForm(request.POST if which == "totp" else None)
    recovery = RecoveryForm(request.POST if which == "recovery" else None)
    try:
        if code.is_valid():
            device = factors.verify_totp(user, code.cleaned_data["code"])
            otp_login(request, device)
            mark_factor_fresh(request)
            return go_on(request)
        if recovery.is_valid():
            factors.use_recovery_code(user, recovery.cleaned_data["recovery"])
            request.session.cycle_key()
            request.session[_RECOVERED] = timezone.now().isoformat()
            messages.info(request, _("The recovery code is used up. Set up an app now, so that you can sign in again."))
            return to_page("accounts:factor_new", wanted(request))
    except CodeRefused as refusal:
        form, name = (code, "code") if which == "totp" else (recovery, "recovery")
        form.add_error(name, str(refusal))
    context = {
        "code": code, "recovery": recovery, "next": wanted(request), "again": is_verified(request),
        "bound": which is not None,
    }  # fmt: skip
    return render(request, "accounts/factor.html", context, status=422 if which else 200)


@access(Audience.PASSWORD)
@never_cache
@sensitive_post_parameters("code")
@require_http_methods(["GET", "POST"])
def new(request: HttpRequest) -> HttpResponse:
    """Set up an authenticator app: the first one, or a new one after a fresh factor or a recovery code."""
    user = signed_in(request)
    replace = _may_replace(request)
    if factors.has_factor(user) and not replace:
        return to_page("accounts:factor", request.get_full_path())
    secret = _secret(request)
    form = CodeForm(request.POST or None)
    if form.is_valid():
        try:
            device = factors.enrol(user, secret, form.cleaned_data["code"], replace=replace)
        except CodeRefused as refusal:
            form.add_error("code", str(refusal))
        except NotAllowed:  # the other one of two clicks was faster, and has the codes
            return to_page("accounts:recovery_codes", wanted(request))
        else:
            for name in (_SECRET, _RECOVERED):
                request.session.pop(name, None)
            request.session[_CODES] = seal(factors.make_recovery_codes(user))
            otp_login(request, device)
            mark_factor_fresh(request)
            return to_page("accounts:recovery_codes", wanted(request))
    context = {"form": form, "secret": secret.text, "next": wanted(request), "replace": replace}
    return render(request, "accounts/factor_new.html", context, status=422 if form.is_bound else 200)


@access(Audience.PASSWORD)
@never_cache
@require_safe
def qr(request: HttpRequest) -> HttpResponse:
    """The secret that is being set up, as a picture for the app's camera."""
    known = unseal(request.session.get(_SECRET), seconds=_SETTING_UP)
    if known is None:
        raise Http404
    target = io.BytesIO()
    segno.make(NewSecret(known).address(signed_in(request)), error="m").save(target, kind="png", scale=5, border=4)
    return HttpResponse(target.getvalue(), content_type="image/png")


@access(Audience.VERIFIED)
@never_cache
@require_http_methods(["GET", "POST"])
def recovery_codes(request: HttpRequest) -> HttpResponse:
    """Show new codes until the person says that they are kept; afterwards only how many are left."""
    if request.method == "POST":
        request.session.pop(_CODES, None)
        return go_on(request)
    codes = unseal(request.session.get(_CODES), seconds=_SETTING_UP)
    context: dict[str, Any] = {
        "codes": codes, "left": factors.codes_left(signed_in(request)), "next": wanted(request),
    }  # fmt: skip
    return render(request, "accounts/recovery_codes.html", context)


@access(Audience.VERIFIED, step_up=True)
@never_cache
@require_http_methods(["GET", "POST"])
def recovery_codes_new(request: HttpRequest) -> HttpResponse:
    """Replace the recovery codes."""
    if request.method == "POST":
        request.session[_CODES] = seal(factors.make_recovery_codes(signed_in(request)))
        return redirect("accounts:recovery_codes")
    return render(request, "accounts/recovery_codes_new.html", {"next": reverse("accounts:account")})


def _may_replace(request: HttpRequest) -> bool:
    """A factor is replaced by whoever has just shown it, or has just used up a recovery code."""
    return factor_is_fresh(request) or _recovered(request)


def _recovered(request: HttpRequest) -> bool:
    """Say whether a recovery code was used in this session a short time ago."""
    recovered = request.session.get(_RECOVERED)
    if not recovered:
        return False
    return datetime.fromisoformat(recovered) + timedelta(seconds=_SETTING_UP) >= timezone.now()


def _secret(request: HttpRequest) -> NewSecret:
    """Return the secret of this session: nobody who knew the password earlier has seen it."""
    known = unseal(request.session.get(_SECRET), seconds=_SETTING_UP)
    secret = NewSecret(known) if known else factors.new_secret()
    if not known:
        request.session[_SECRET] = seal(secret.hex)
    return secret
