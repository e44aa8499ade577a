"""Where customers sign in from: two addresses each, and one more in each month; from ranges kept for documentation."""

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import datetime
from functools import lru_cache
from ipaddress import IPv6Address

from foundation.providers.connectors.demo.exchange import exchange

# RFC 5737 and RFC 3849.
_IPV4 = ("203.0.113", "198.51.100")
_IPV6_BASE = int(IPv6Address("2001:db8::"))


def home(seed: str, uid: str) -> tuple[str, str]:
    """Return the customer's own addresses, one of IPv4 and one of IPv6."""
    digest = hashlib.sha256(f"{seed}/{uid}/home".encode()).digest()
    return _ipv4(digest), str(IPv6Address(_IPV6_BASE + int.from_bytes(digest[8:16])))


def away(seed: str, uid: str, month: datetime) -> str:
    """Return the address that the customer now and then uses in a month."""
    return _ipv4(hashlib.sha256(f"{seed}/{uid}/away {month:%y%m}".encode()).digest())


def who_could_use(seed: str, address: str, months: Iterable[datetime]) -> set[str]:
    """Return the accounts for which an address is a likely one in these months; no other was used by them."""
    return {*_homes(seed).get(address, ()), *(uid for month in months for uid in _aways(seed, month).get(address, ()))}


def _ipv4(digest: bytes) -> str:
    return f"{_IPV4[digest[0] % len(_IPV4)]}.{1 + int.from_bytes(digest[1:5]) % 254}"


@lru_cache(maxsize=2)
def _homes(seed: str) -> Mapping[str, list[str]]:
    return _by_address((place, uid) for uid in exchange(seed).uids for place in home(seed, uid))


@lru_cache(maxsize=24)
def _aways(seed: str, month: datetime) -> Mapping[str, list[str]]:
    return _by_address((away(seed, uid, month), uid) for uid in exchange(seed).uids)


def _by_address(pairs: Iterable[tuple[str, str]]) -> Mapping[str, list[str]]:
    found: dict[str, list[str]] = defaultdict(list)
    for place, uid in pairs:
        found[place].append(uid)
    return dict(found)
