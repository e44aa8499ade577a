"""Signing in with address and password, signing out, and a new password."""

from allauth.account.adapter import get_adapter
from allauth.account.utils import perform_login
from django.conf import settings
from django.contrib import messages
from django.contrib.auth import logout
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.access import Audience, access, signed_in
from accounts.adapter import WRONG
from accounts.context_processors import staff_pages
from accounts.devices import device_words
from accounts.forms.access import PasswordForm
from accounts.forms.sign_in import ForgottenForm, SignInForm
from accounts.services import sign_in as service
from accounts.services import single_sign_on
from accounts.views.going_on import go_on, wanted
from accounts.views.single_sign_on import sign_out_address
from foundation.audit.middleware import client_ip


@access(Audience.PUBLIC)
@never_cache
@sensitive_post_parameters("password")
@require_http_methods(["GET", "POST"])
def sign_in(request: HttpRequest) -> HttpResponse:
    """Address and password, below the rules of use: the button agrees to them (SEC-28)."""
    if request.user.is_authenticated:
        return go_on(request)
    form = SignInForm(request.POST or None)
    if form.is_valid():
        email = form.cleaned_data["email"].strip().lower()
        try:
            user = get_adapter(request).authenticate(request, email=email, password=form.cleaned_data["password"])
        except ValidationError as locked:
            form.add_error(None, locked)
        else:
            if user is not None:
                answer: HttpResponse = perform_login(request, user, email=email, redirect_url=wanted(request) or None)
                return answer
            form.add_error(None, WRONG)
    context = {"form": form, "next": wanted(request), "rules": settings.RULES_VERSION, "sso": single_sign_on.name()}
    return render(request, "accounts/sign_in.html", context, status=200 if request.method == "GET" else 422)


@access(Audience.PUBLIC)
@require_POST
def sign_out(request: HttpRequest) -> HttpResponse:
    """End this session, and have the browser forget what it kept of it."""
    leave = sign_out_address(request)
    if request.user.is_authenticated:
        service.sign_out(signed_in(request))
        logout(request)
        messages.info(request, _("You are signed out."))
    answer = HttpResponseRedirect(leave or reverse("public:home"))
    # Not "cookies": the session's is replaced here, and the one that remembers the device stays (known_devices).
    answer.headers["Clear-Site-Data"] = '"cache", "storage"'
    return answer


@access(Audience.VERIFIED)
@require_safe
def landing(request: HttpRequest) -> HttpResponse:
    """Send each person to the page where their work is."""
    user = signed_in(request)
    if user.is_staff_member:
        return redirect(next(iter(staff_pages(user)), "accounts:account"))
    return redirect("officer:requests" if user.is_officer else "accounts:mine")


@access(Audience.PUBLIC)
@never_cache
@require_http_methods(["GET", "POST"])
def forgotten(request: HttpRequest) -> HttpResponse:
    """Ask for a link to set a new password."""
    form = ForgottenForm(request.POST or None)
    if form.is_valid():
        service.ask_reset(form.cleaned_data["email"], place=client_ip(request))
        return redirect("accounts:forgotten_sent")
    return render(request, "accounts/forgotten.html", {"form": form}, status=422 if form.is_bound else 200)


@access(Audience.PUBLIC)
@require_safe
def forgotten_sent(request: HttpRequest) -> HttpResponse:
    """Say what happens, the same for known and unknown addresses."""
    return render(request, "accounts/forgotten_sent.html")


@access(Audience.PUBLIC)
@never_cache
@sensitive_post_parameters("password")
@require_http_methods(["GET", "POST"])
def new_password(request: HttpRequest, uid: str, token: str) -> HttpResponse:
    """Set the new password; signs nobody in and passes no factor."""
    user = service.user_of_reset(uid, token)
    if user is None:
        return render(request, "accounts/link_used.html", {"kind": "password"}, status=410)
    form = PasswordForm(request.POST or None, email=user.email)
    if form.is_valid():
        device = device_words(request.headers.get("User-Agent", ""))
        if not service.set_new_password(user, form.cleaned_data["password"], token=token, device=device):
            # Somebody else used the link a moment before: nobody may believe that this password counts.
            return render(request, "accounts/link_used.html", {"kind": "password"}, status=410)
        messages.success(request, _("Your password is set. Sign in with it."))
        return redirect("accounts:sign_in")
    return render(request, "accounts/new_password.html", {"form": form}, status=422 if form.is_bound else 200)
