"""Signing in through the company's provider: to it, and back from it. Afterwards comes the second factor, as always."""

import logging

from allauth.account.utils import perform_login
from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from accounts import oidc
from accounts.access import Audience, access
from accounts.known_devices import own_count
from accounts.methods import only_looks
from accounts.services import single_sign_on as service
from accounts.services.sign_in import is_local
from accounts.services.single_sign_on import NotOurs
from accounts.views.going_on import SIGNED_IN_WITH, go_on, to_page, wanted
from foundation.audit.middleware import client_ip
from foundation.core.errors import NotAllowed

logger = logging.getLogger(__name__)

_SIGN_OUT = "sso_sign_out"


@access(Audience.PUBLIC)
@never_cache
@require_http_methods(["GET", "POST"])
def start(request: HttpRequest) -> HttpResponse:
    """Send the person to the provider; the button says that the rules above it are agreed to (SEC-28)."""
    if request.user.is_authenticated:
        return go_on(request)
    if request.method == "GET" or not service.is_on():
        return to_page("accounts:sign_in", wanted(request))
    if request.POST.get("rules") != settings.RULES_VERSION:
        messages.error(request, _("Read the rules on this page, then agree and go on."))
        return to_page("accounts:sign_in", wanted(request))
    if not service.may_try(client_ip(request)):
        messages.error(request, _("Too many tries. Wait 15 minutes, then try again."))
        return to_page("accounts:sign_in", wanted(request))
    try:
        return oidc.begin(request, following=wanted(request))
    except oidc.Unavailable as problem:
        return _unavailable(request, problem, following=wanted(request))


@access(Audience.PUBLIC)
@never_cache
@require_safe
def back(request: HttpRequest) -> HttpResponse:
    """Take up who comes back; only an address that we sent this very browser out with is listened to."""
    if request.user.is_authenticated:
        return go_on(request)
    if not service.is_on() or only_looks(request):  # a look takes up no code and asks no provider
        return redirect("accounts:sign_in")
    place = client_ip(request)
    try:
        identity, following, sign_out = oidc.finish(request)
        user = service.find(identity)
        service.admit(user, identity, place=place, device=own_count(request, user.email))
    except oidc.Unavailable as problem:
        return _unavailable(request, problem)
    except oidc.Refused as refusal:
        return _failed(request, str(refusal))
    except NotOurs:
        return render(request, "accounts/sso_refused.html", {"sso": service.name()}, status=403)
    except NotAllowed as refusal:
        messages.error(request, str(refusal))
        return redirect("accounts:sign_in")
    page = following if is_local(following) else reverse("accounts:landing")
    answer: HttpResponse = perform_login(request, user, email=user.email, redirect_url=page)
    request.session[SIGNED_IN_WITH] = service.name()
    if sign_out:
        request.session[_SIGN_OUT] = sign_out
    return answer


def sign_out_address(request: HttpRequest) -> str:
    """Return where this session is ended at the provider too, or nothing; ask before it is ended here."""
    return str(request.session.get(_SIGN_OUT) or "")


def _failed(request: HttpRequest, why: str) -> HttpResponse:
    """Nobody's identity was proved. Strangers who open the address by the thousand fill no trail."""
    if why != "state" or service.may_try(client_ip(request)):
        service.note_refused(why)
    if why == "cancelled":
        said = _("You did not finish signing in with %(name)s.")
    else:
        said = _("Signing in with %(name)s did not work. Start again. If it happens twice, tell your administrator.")
    messages.error(request, said % {"name": service.name()})
    return redirect("accounts:sign_in")


def _unavailable(request: HttpRequest, problem: oidc.Unavailable, *, following: str = "") -> HttpResponse:
    """The other way in stays; what was wrong is for the log."""
    logger.warning("Single sign-on: the provider failed: %s", problem)
    if settings.SSO_REQUIRED_FOR_STAFF:
        said = _("Signing in with %(name)s does not work at the moment. Try again in a few minutes.")
    else:
        said = _(
            "Signing in with %(name)s does not work at the moment. Sign in with your password, or try again later."
        )
    messages.error(request, said % {"name": service.name()})
    return to_page("accounts:sign_in", following)
