"""Requesting access: the address, the mail, and the account."""

import re

from allauth.account.utils import perform_login
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_safe

from accounts.access import Audience, access
from accounts.forms.access import AddressForm
from accounts.forms.sign_in import FirstPasswordForm
from accounts.services import applications, sign_in
from accounts.views.going_on import to_page
from foundation.audit.middleware import client_ip
from foundation.core.errors import PortalError

# What front servers write where they do not know, or for Tor.
_NOWHERE = frozenset({"XX", "ZZ", "T1"})


@access(Audience.PUBLIC)
@require_http_methods(["GET", "POST"])
def start(request: HttpRequest) -> HttpResponse:
    """Ask for the official address; free mail is refused with what to use instead."""
    form = AddressForm(request.POST or None)
    if form.is_valid():
        try:
            applications.start(form.cleaned_data["email"], place=client_ip(request), country=_country(request))
        except PortalError as refusal:
            form.add_error("email", str(refusal))
        else:
            return redirect("accounts:sent")
    return render(request, "accounts/start.html", {"form": form}, status=422 if form.is_bound else 200)


def _country(request: HttpRequest) -> str:
    """Return the country that our front server names, as two letters; nothing where none is set up or known."""
    named = request.headers.get(settings.COUNTRY_HEADER, "") if settings.COUNTRY_HEADER else ""
    country = named.strip().upper()
    return country if re.fullmatch("[A-Z]{2}", country) and country not in _NOWHERE else ""


@access(Audience.PUBLIC)
@require_safe
def sent(request: HttpRequest) -> HttpResponse:
    """Say what happens next, the same for every address."""
    return render(request, "accounts/sent.html")


@access(Audience.PUBLIC)
@never_cache
@sensitive_post_parameters("password")
@require_http_methods(["GET", "POST"])
def confirm(request: HttpRequest, reference: str, token: str) -> HttpResponse:
    """Confirm the address by setting a password; opening the link alone does nothing, because mail scanners do that."""
    application = applications.find_by_token(reference, token)
    if application is None:
        return render(request, "accounts/link_used.html", {"kind": "access"}, status=410)
    form = FirstPasswordForm(request.POST or None, email=application.email)
    if form.is_valid():
        try:
            user = applications.confirm(application, token=token, password=form.cleaned_data["password"])
        except PortalError:
            return render(request, "accounts/link_used.html", {"kind": "access"}, status=410)
        sign_in.accept_confirmation(user)
        perform_login(request, user, email=user.email)
        return to_page("accounts:factor_new", reverse("accounts:application", args=[application.reference]))
    context = {"form": form, "application": application, "rules": settings.RULES_VERSION}
    return render(request, "accounts/confirm.html", context, status=422 if form.is_bound else 200)
