"""Asking name servers, with the time limited: nothing here may be called while a page is drawn."""

import time
from functools import partial
from typing import Any

import dns.exception
import dns.inet
import dns.nameserver
import dns.rcode
import dns.resolver
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from dns.rdtypes.ANY.MX import MX
from dns.rdtypes.ANY.TXT import TXT

OFF = "off"
LIFETIME = 3.0
# For all questions about one application together.
TOTAL = 12.0
_ONE_TRY = 1.5


class NoSuchName(Exception):
    """The name servers say that the domain does not exist."""


class Unreachable(Exception):
    """No answer to be had; the message says why, in words for a reviewer."""


class Resolver:
    """The name servers of VETTING_DNS, or the system's; one object for one check, because it counts the time."""

    def __init__(self, servers: list[tuple[str, int]]) -> None:
        """Ask these servers; none means those of the system."""
        try:
            self._resolver = dns.resolver.Resolver(configure=not servers)
        except dns.exception.DNSException:  # a system without name servers
            self._resolver = dns.resolver.Resolver(configure=False)
        if servers:
            self._resolver.nameservers = [dns.nameserver.Do53Nameserver(address, port) for address, port in servers]
        self._resolver.timeout = _ONE_TRY
        self._resolver.use_edns(0, 0, 1232)
        self._end = time.monotonic() + TOTAL

    @classmethod
    def configured(cls) -> "Resolver | None":
        """Return a resolver as VETTING_DNS says, or None where looking is switched off."""
        if settings.VETTING_DNS.strip().lower() == OFF:
            return None
        return cls([_server(text.strip()) for text in settings.VETTING_DNS.split(",") if text.strip()])

    def mail_hosts(self, domain: str) -> list[tuple[int, str]]:
        """Return preference and name of the mail servers, the first one first; the name "" refuses all mail."""
        found = [row for row in self._ask(domain, "MX") if isinstance(row, MX)]
        return sorted((row.preference, row.exchange.to_text().rstrip(".").lower()) for row in found)

    def has_address(self, domain: str) -> bool:
        """Say whether the name itself has an address, to which mail goes where there is no mail server."""
        return bool(self._ask(domain, "A") or self._ask(domain, "AAAA"))

    def texts(self, name: str) -> list[str]:
        """Return the TXT records; none where the name does not exist."""
        try:
            found = self._ask(name, "TXT")
        except NoSuchName:
            return []
        return [b"".join(row.strings).decode("ascii", "replace") for row in found if isinstance(row, TXT)]

    def _ask(self, name: str, kind: str) -> list[Any]:
        left = self._end - time.monotonic()
        if left <= 0:
            raise Unreachable(f"the name servers took longer than {TOTAL:.0f} seconds")
        ask = partial(self._resolver.resolve, raise_on_no_answer=False, search=False, lifetime=min(LIFETIME, left))
        try:
            answer = ask(f"{name}.", kind)
        except dns.resolver.NXDOMAIN as error:
            raise NoSuchName(name) from error
        except dns.resolver.LifetimeTimeout as error:
            raise Unreachable(f"no name server answered within {LIFETIME:.0f} seconds") from error
        except dns.resolver.NoNameservers as error:
            raise Unreachable(_why(error)) from error
        except (dns.exception.DNSException, OSError, UnicodeError) as error:
            raise Unreachable(f"the name servers gave no usable answer ({type(error).__name__})") from error
        return list(answer.rrset or ())


def _why(error: dns.resolver.NoNameservers) -> str:
    """Say which refusal it was: a name server that fails is not one that says no."""
    responses = [item[-1] for item in error.kwargs.get("errors", ()) if item[-1] is not None]
    codes = sorted({dns.rcode.to_text(response.rcode()) for response in responses})
    return f"the name servers answered {', '.join(codes)}" if codes else "no name server answered"


def _server(text: str) -> tuple[str, int]:
    """Read "192.0.2.1:53", "192.0.2.1" or "[2001:db8::1]:53"."""
    address, _bracket, rest = text.removeprefix("[").partition("]") if text.startswith("[") else (text, "", "")
    if not text.startswith("[") and text.count(":") == 1:
        address, _colon, rest = text.partition(":")
    port = rest.removeprefix(":") or "53"
    if not port.isdigit() or not dns.inet.is_address(address):
        raise ImproperlyConfigured(f'VETTING_DNS: {text!r} is no name server. Write "192.0.2.1:53", or "off".')
    return address, int(port)
