"""What the browser asks before it shows or makes a passkey. The answers come back with the forms of the factor pages.

django-otp-webauthn's own views are left out on purpose: they sign in past the limits, the trail and our session rules.
"""

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from accounts.access import Audience, access, signed_in
from accounts.services import factors, passkeys
from accounts.views.setting_up import ASKED, ASKED_NEW, adding, keep_question


@access(Audience.PASSWORD)
@never_cache
@require_POST
def ask(request: HttpRequest) -> HttpResponse:
    """A new challenge for the passkeys of whoever is signing in or confirms that it is them."""
    user = signed_in(request)
    if not factors.has_passkey(user):
        raise Http404
    options, state = passkeys.ask(user)
    keep_question(request, ASKED, state)
    return JsonResponse(options)


@access(Audience.PASSWORD)
@never_cache
@require_POST
def ask_new(request: HttpRequest) -> HttpResponse:
    """A new challenge for a passkey that is being set up."""
    if adding(request) is None:
        raise PermissionDenied("Show a second factor first.")
    options, state = passkeys.ask_new(signed_in(request))
    keep_question(request, ASKED_NEW, state)
    return JsonResponse(options)
