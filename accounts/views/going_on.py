"""Where a person goes next: only to paths of our own."""

from urllib.parse import urlencode

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect
from django.urls import reverse

from accounts import known_devices
from accounts.access import is_verified, signed_in
from accounts.devices import device_words
from accounts.services import people
from accounts.services.sign_in import is_local, note_signed_in
from foundation.audit.middleware import client_ip

# In a session: the name of the provider where single sign-on stood in the place of the password.
SIGNED_IN_WITH = "signed_in_with"


def wanted(request: HttpRequest) -> str:
    """Return where the person wanted to go, or nothing."""
    url = request.POST.get("next") or request.GET.get("next") or ""
    return url if is_local(url) else ""


def go_on(request: HttpRequest) -> HttpResponse:
    """Go where the person wanted to, or to the first page for such a person."""
    return HttpResponseRedirect(wanted(request) or reverse("accounts:landing"))


def to_page(name: str, following: str = "") -> HttpResponse:
    """Go to a page of ours, and remember where to go after it."""
    query = f"?{urlencode({'next': following})}" if following else ""
    return HttpResponseRedirect(f"{reverse(name)}{query}")


def note_device(request: HttpRequest, response: HttpResponse, *, tell: bool = True) -> HttpResponse:
    """Remember that this person signed in here; a mail goes out where device or network are new to them."""
    user = signed_in(request)
    if known_devices.remember(request, response, user.email) and tell:
        device = device_words(request.headers.get("User-Agent", ""))
        sso = str(request.session.get(SIGNED_IN_WITH) or "")
        note_signed_in(user, device=device, place=client_ip(request), sso=sso)
    return response


def while_suspended(request: HttpRequest) -> HttpResponse | None:
    """Lead somebody who opens a page that changes the account back to it while suspended; a POST the service refuses.

    Only behind the second factor: the page of the account asks for it.
    """
    if request.method == "POST" or not is_verified(request) or not people.account_frozen(signed_in(request)):
        return None
    messages.error(request, people.FROZEN)
    return redirect("accounts:account")
