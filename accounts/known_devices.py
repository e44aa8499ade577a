"""The cookie that remembers a device: who signed in there before, and from which networks (SEC-30).

It is signed, names nobody (keyed hashes), opens nothing, and stays when somebody signs out. It serves two ends: a mail
goes out when an account is used on a device or in a network that is new to it; and wrong passwords that strangers type
elsewhere do not lock out the owner, whose own device has a count of its own (OWASP: device cookies).
"""

import json
from dataclasses import dataclass, field
from ipaddress import ip_address, ip_network
from secrets import token_urlsafe

from django.conf import settings
from django.core import signing
from django.http import HttpRequest, HttpResponse
from django.utils.crypto import salted_hmac

from foundation.audit.middleware import client_ip

_SALT = "accounts.device"
_SECONDS = 400 * 24 * 3600  # the longest that browsers keep a cookie
_MOST_PEOPLE, _MOST_NETWORKS = 5, 8


@dataclass
class Device:
    """One browser: a random name, and by person the networks from which they signed in with it."""

    ident: str
    people: dict[str, list[str]] = field(default_factory=dict)

    def knows(self, email: str) -> bool:
        """Say whether this person has signed in on this device before."""
        return _person(email) in self.people

    def knows_network(self, email: str, place: str) -> bool:
        """Say whether this person has signed in on this device and from this network before."""
        return _network(place) in self.people.get(_person(email), [])

    def add(self, email: str, place: str) -> None:
        """Remember that this person signed in here; the oldest are forgotten first."""
        networks = [net for net in self.people.pop(_person(email), []) if net != _network(place)]
        self.people[_person(email)] = [*networks, _network(place)][-_MOST_NETWORKS:]
        self.people = dict(list(self.people.items())[-_MOST_PEOPLE:])


def device_of(request: HttpRequest) -> Device:
    """Return the device that the cookie names, or a new one."""
    try:
        text = signing.Signer(salt=_SALT).unsign(request.COOKIES.get(settings.DEVICE_COOKIE_NAME, ""))
        known = json.loads(text)
        return Device(str(known["id"]), {str(key): list(nets) for key, nets in known["people"].items()})
    except (signing.BadSignature, ValueError, KeyError, TypeError, AttributeError):
        return Device(token_urlsafe(16))


def own_count(request: HttpRequest, email: str) -> str:
    """Return the name under which wrong passwords for this address are counted apart; nothing on a new device."""
    device = device_of(request)
    return device.ident if device.knows(email) else ""


def remember(request: HttpRequest, response: HttpResponse, email: str) -> bool:
    """Write into the cookie that this person signed in here; True where device or network were new to them."""
    device, place = device_of(request), client_ip(request)
    if device.knows_network(email, place):
        return False
    device.add(email, place)
    text = json.dumps({"id": device.ident, "people": device.people}, separators=(",", ":"))
    response.set_cookie(
        settings.DEVICE_COOKIE_NAME,
        signing.Signer(salt=_SALT).sign(text),
        max_age=_SECONDS,
        secure=settings.SESSION_COOKIE_SECURE,
        httponly=True,
        samesite="Lax",
    )
    return True


def _person(email: str) -> str:
    return salted_hmac(f"{_SALT}.person", email.lower(), algorithm="sha256").hexdigest()[:16]


def _network(place: str) -> str:
    """A keyed hash of the network: addresses change within one, and the cookie need not tell any."""
    try:
        address = ip_address(place)
    except ValueError:
        return ""
    network = ip_network(f"{address}/{16 if address.version == 4 else 32}", strict=False)
    return salted_hmac(f"{_SALT}.network", str(network), algorithm="sha256").hexdigest()[:12]
