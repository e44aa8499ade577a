"""Where a hook may lead: never into the network in which the portal itself stands, unless its operator says so.

Checked when an address is saved and again at every call, because a name can be pointed elsewhere in between. The call
goes to the address that was checked, not to the name.
"""

import socket
import threading
from collections.abc import Sequence
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from typing import NamedTuple
from urllib.parse import SplitResult, urlsplit

from django.conf import settings

from foundation.core.errors import PortalError

IP = IPv4Address | IPv6Address
LONGEST = 500
LOOK_UP_SECONDS = 3.0
_EXAMPLE = "https://pager.example/hook"
# Where clouds keep the credentials of a machine: AWS, Azure, Google, Oracle, Alibaba. Not even an operator opens these.
_METADATA = frozenset(
    ip_address(text) for text in ("169.254.169.254", "fd00:ec2::254", "168.63.129.16", "192.0.0.192", "100.100.100.200")
)


class AddressRefused(PortalError):
    """A hook may not lead there; str() says why."""


class PrivateAddress(AddressRefused):
    """It leads into a network that nobody opened."""


class Target(NamedTuple):
    """An address that was checked: the parts of the URL, and the numbers that the name stood for."""

    secure: bool
    host: str
    port: int
    path: str
    ips: tuple[str, ...]

    @property
    def host_header(self) -> str:
        """The host as the request names it."""
        name = f"[{self.host}]" if ":" in self.host else self.host
        return name if self.port == (443 if self.secure else 80) else f"{name}:{self.port}"


def check(url: str, *, networks: Sequence[str] | None = None) -> Target:
    """Look the address up once and return where to call. Raises AddressRefused.

    HTTPS to public addresses; outside production also plain HTTP to this machine (loopback). The operator's
    HOOKS_ALLOWED_NETWORKS, or the networks that are named instead, open networks of their own.
    """
    parts, port = split(url)
    host, secure = parts.hostname or "", parts.scheme == "https"
    ips = _look_up(host, port)
    opened = settings.HOOKS_ALLOWED_NETWORKS if networks is None else networks
    for ip in ips:
        if not _allowed(ip, opened):
            raise PrivateAddress("This address leads into a private or reserved network. Give one that is public.")
    if not secure and not all(ip.is_loopback for ip in ips):
        raise AddressRefused("The address must begin with https://")
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    return Target(secure, host, port, path, tuple(str(ip) for ip in ips))


def split(url: str, *, example: str = _EXAMPLE) -> tuple[SplitResult, int]:
    """Split the address, refusing everything that two readers could understand in two ways; nothing is looked up.

    Raises AddressRefused.
    """
    if len(url) > LONGEST:
        raise AddressRefused(f"The address has {len(url)} characters. Give one of {LONGEST} at most.")
    if not url.isascii() or any(letter <= " " or letter in '\\"<>\x7f' for letter in url):
        raise AddressRefused(f"Enter the address in plain characters without spaces, like {example}")
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as error:
        raise AddressRefused(f"Enter a whole address, like {example}") from error
    if parts.scheme not in ("https", "http") or not parts.hostname or port == 0:
        raise AddressRefused(f"Enter a whole address, like {example}")
    # [::1].example is ::1 to one reader and nothing to another.
    written = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
    if parts.username is None and parts.netloc.lower() not in {written, f"{written}:{port}"}:
        raise AddressRefused(f"Enter a whole address, like {example}")
    if parts.scheme == "http" and settings.PRODUCTION:
        raise AddressRefused("The address must begin with https://")
    if parts.username is not None or parts.password is not None or parts.fragment:
        raise AddressRefused("Leave out names, passwords and anything after a #. Calls are signed instead.")
    return parts, port or (443 if parts.scheme == "https" else 80)


def _look_up(host: str, port: int) -> list[IP]:
    """Ask for the numbers behind a name, in a thread of its own: the system's own time-outs are much longer."""
    found: list[IP] = []

    def ask() -> None:
        try:
            answers = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        except (OSError, UnicodeError):
            return
        numbers = [ip_address(str(answer[4][0]).partition("%")[0]) for answer in answers]
        found.extend(dict.fromkeys(map(_reached, numbers)))

    asking = threading.Thread(target=ask, name="hook look-up", daemon=True)
    asking.start()
    asking.join(LOOK_UP_SECONDS)
    numbers = list(found)
    if not numbers:
        raise AddressRefused("No computer was found under this name. Check how it is written.")
    return numbers


def _reached(ip: IP) -> IP:
    """Return the IPv4 address where one is written as IPv6: the call would go there."""
    return (ip.ipv4_mapped or ip) if isinstance(ip, IPv6Address) else ip


def _allowed(ip: IP, networks: Sequence[str]) -> bool:
    if ip in _METADATA or ip.is_multicast or ip.is_unspecified or ip.is_link_local:
        return False
    if ip.is_loopback:
        return not settings.PRODUCTION
    if any(ip in ip_network(text) for text in networks):
        return True
    # 6to4 carries an IPv4 address; those that carry one in other ways count as reserved already.
    inner = ip.sixtofour if isinstance(ip, IPv6Address) else None
    return ip.is_global and not ip.is_reserved and (inner is None or _allowed(inner, networks))
