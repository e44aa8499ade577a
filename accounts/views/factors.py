"""The second factor: showing it, setting it up, and recovery codes."""

import io
from typing import Any

import segno
from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_safe
from django_otp import login as otp_login

from accounts.access import Audience, access, is_verified, mark_factor_fresh, signed_in
from accounts.enums import FactorKind
from accounts.forms.sign_in import CodeForm, NewAppForm, NewPasskeyForm, PasskeyForm, RecoveryForm
from accounts.sealed import seal, unseal
from accounts.services import factors, passkeys
from accounts.services.factors import Adding, CodeRefused, NewSecret
from accounts.views.downloads import to_download
from accounts.views.going_on import go_on, note_device, to_page, wanted, while_suspended
from accounts.views.setting_up import (
    ASKED,
    ASKED_NEW,
    SECONDS,
    adding,
    forget_recovered,
    note_recovered,
    recovered,
    take_question,
)
from foundation.core.errors import NotAllowed

_SECRET, _CODES = "factor_secret", "recovery_codes"
# The ways to confirm that it is you: the form of each, and the field that a refusal belongs to.
_WAYS: dict[str, tuple[type[Any], str | None]] = {
    "passkey": (PasskeyForm, None),
    "totp": (CodeForm, "code"),
    "recovery": (RecoveryForm, "recovery"),
}


@access(Audience.PASSWORD)
@never_cache
@sensitive_post_parameters("code", "recovery", "credential")
@require_http_methods(["GET", "POST"])
def show(request: HttpRequest) -> HttpResponse:
    """The second step of signing in; the same page confirms it is still you before a dangerous act."""
    user = signed_in(request)
    # A recovery code is used up already: whoever left the set-up page goes on there.
    if not factors.has_factor(user) or (request.method == "GET" and recovered(request)):
        return to_page("accounts:factor_new", wanted(request))
    which = request.POST.get("factor", "")
    forms = {way: form(request.POST if way == which else None) for way, (form, _field) in _WAYS.items()}
    if which in forms and forms[which].is_valid():
        try:
            return _confirm(request, which, forms[which].cleaned_data)
        except CodeRefused as refusal:
            forms[which].add_error(_WAYS[which][1], str(refusal))
    context = forms | {"next": wanted(request), "again": is_verified(request), "which": which} | _usable(request)
    return render(request, "accounts/factor.html", context, status=422 if request.method == "POST" else 200)


def _usable(request: HttpRequest) -> dict[str, Any]:
    """Say which factors do for what is wanted: for dangerous acts none that is new (accounts.cool_down)."""
    at, need_passkey = timezone.now(), request.GET.get("need") == "passkey"
    known = factors.factors_of(signed_in(request))
    # Asked on the way to a dangerous act, and behind a factor: their names are nobody's who knows a password only.
    dangerous = is_verified(request) and (need_passkey or request.GET.get("older") == "1")
    new = [factor for factor in known if dangerous and not factor.counts(at)]
    usable = [factor for factor in known if factor not in new]
    kinds = {factor.kind for factor in usable}
    return {
        "need_passkey": need_passkey, "has_app": FactorKind.APP in kinds, "has_passkey": FactorKind.PASSKEY in kinds,
        "waiting": [f for f in new if f.kind is FactorKind.PASSKEY or not need_passkey], "usable": usable,
        "cool_down_hours": settings.FACTOR_COOL_DOWN_HOURS,
    }  # fmt: skip


def _confirm(request: HttpRequest, which: str, said: dict[str, Any]) -> HttpResponse:
    """Check what was shown, and go on: to the page that was wanted, or to a new factor. Raises CodeRefused."""
    user = signed_in(request)
    if which == "recovery":
        factors.use_recovery_code(user, said["recovery"])
        note_recovered(request)
        messages.info(request, _("The recovery code is used up. Set up a passkey or an app now, to sign in again."))
        return to_page("accounts:factor_new", wanted(request))
    if which == "passkey":
        device = passkeys.verify(user, take_question(request, ASKED), said["credential"])
    else:
        device = factors.verify_totp(user, said["code"])
    otp_login(request, device)
    mark_factor_fresh(request, FactorKind(which))
    return note_device(request, to_download(request) or go_on(request))


@access(Audience.PASSWORD)
@never_cache
@sensitive_post_parameters("code", "credential")
@require_http_methods(["GET", "POST"])
def new(request: HttpRequest) -> HttpResponse:
    """Set up a passkey or an app: the first one, one more after a fresh factor, or one instead of what was lost."""
    user, reason = signed_in(request), adding(request)
    if reason is None and not factors.has_factor(user):  # reset by us: only the link in the mail goes on
        return redirect("accounts:lost_factor")
    if reason is None:
        return to_page("accounts:factor", request.get_full_path())
    if frozen := while_suspended(request):
        return frozen
    secret = _secret(request)
    which = request.POST.get("factor", "totp") if request.method == "POST" else ""
    app = NewAppForm(request.POST if which == "totp" else None)
    passkey = NewPasskeyForm(request.POST if which == "passkey" else None)
    form, field = (app, "code") if which == "totp" else (passkey, None)
    if form.is_valid():
        try:
            return _enrol(request, which, form.cleaned_data, secret, reason)
        except CodeRefused as refusal:
            form.add_error(field, str(refusal))
        except NotAllowed as refusal:
            if reason is Adding.FIRST and factors.has_factor(
                user
            ):  # the other one of two clicks was faster, and has the codes
                return to_page("accounts:recovery_codes", wanted(request))
            form.add_error(None, str(refusal))
    context = {
        "app": app, "passkey": passkey, "secret": secret.text, "next": wanted(request), "reason": reason.value,
        "cool_down_hours": settings.FACTOR_COOL_DOWN_HOURS,
    }  # fmt: skip
    return render(request, "accounts/factor_new.html", context, status=422 if request.method == "POST" else 200)


def _enrol(request: HttpRequest, which: str, said: dict[str, Any], secret: NewSecret, reason: Adding) -> HttpResponse:
    """Keep the new factor; the first one opens the session and comes with recovery codes."""
    user = signed_in(request)
    if which == "passkey":
        question, name = take_question(request, ASKED_NEW), said["passkey_name"]
        device = passkeys.enrol(user, question, said["credential"], name=name, adding=reason)
    else:
        device = factors.enrol(user, secret, said["code"], name=said["name"], adding=reason)
    request.session.pop(_SECRET, None)
    forget_recovered(request)
    if reason is Adding.MORE:
        messages.success(request, _("Added. You can sign in with it from now on."))
        return HttpResponseRedirect(wanted(request) or reverse("accounts:account"))
    request.session[_CODES] = seal(factors.make_recovery_codes(user))
    otp_login(request, device)
    mark_factor_fresh(request, FactorKind(which))
    return note_device(request, to_page("accounts:recovery_codes", wanted(request)), tell=reason is not Adding.FIRST)


@access(Audience.PASSWORD)
@never_cache
@require_safe
def qr(request: HttpRequest) -> HttpResponse:
    """The secret that is being set up, as a picture for the app's camera."""
    known = unseal(request.session.get(_SECRET), seconds=SECONDS)
    if known is None:
        raise Http404
    target = io.BytesIO()
    segno.make(NewSecret(known).address(signed_in(request)), error="m").save(target, kind="png", scale=5, border=4)
    return HttpResponse(target.getvalue(), content_type="image/png")


@access(Audience.VERIFIED)
@never_cache
@require_http_methods(["GET", "POST"])
def recovery_codes(request: HttpRequest) -> HttpResponse:
    """Show new codes, once: whoever reloads the page or comes back to it reads only how many are left."""
    codes = unseal(request.session.pop(_CODES, None), seconds=SECONDS)
    if request.method == "POST":
        return go_on(request)
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
        try:
            request.session[_CODES] = seal(factors.make_recovery_codes(signed_in(request), renewed=True))
        except NotAllowed as refusal:
            messages.error(request, str(refusal))
            return redirect("accounts:account")
        return redirect("accounts:recovery_codes")
    if frozen := while_suspended(request):
        return frozen
    context = {"next": reverse("accounts:account"), "cool_down_hours": settings.FACTOR_COOL_DOWN_HOURS}
    return render(request, "accounts/recovery_codes_new.html", context)


def _secret(request: HttpRequest) -> NewSecret:
    """Return the secret of this session: nobody who knew the password earlier has seen it."""
    known = unseal(request.session.get(_SECRET), seconds=SECONDS)
    secret = NewSecret(known) if known else factors.new_secret()
    if not known:
        request.session[_SECRET] = seal(secret.hex)
    return secret
