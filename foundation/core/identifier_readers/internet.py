"""IP addresses with port and time: the address as it is written shortest, the time in UTC."""

import re
from datetime import UTC, datetime
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

from foundation.core.identifier_readers.reading import Reading, Refused, both

HINT = "Write the address and when it was used with the time zone: 203.0.113.24:4431 2026-06-04T23:47:10+02:00."
NO_ADDRESS = "This is no IP address: each of its four numbers is at most 255. Check it."
NO_ZONE = "Add the time zone to the time, for example Z for UTC or +05:30. Without it the time can mean 26 hours."
# For documentation (RFC 5737, RFC 3849, RFC 9637): examples and demo data use them.
_EXAMPLES = [
    ip_network(text) for text in ("192.0.2.0/24", "198.51.100.0/24", "203.0.113.0/24", "2001:db8::/32", "3fff::/20")
]
_CARRIER = ip_network("100.64.0.0/10")
_EARLIEST = datetime(1990, 1, 1, tzinfo=UTC)
_TIME = re.compile(
    r"(\d{4})-(\d{2})-(\d{2})[Tt ]+(\d{2}):(\d{2})(?::(\d{2})(?:[.,](\d{1,12}))?)?"
    r"\s*(?:(?P<utc>[Zz]|UTC|GMT|utc|gmt)?\s*(?P<offset>[+\-\u2212]\d{2}(?::?\d{2})?)?)?"
)


def read(text: str, *, at: datetime) -> Reading:
    """Read `ADDRESS[:PORT] TIME`; a time after `at` is refused."""
    where, _, when = re.sub(r"\s*(?:[;|]|(?<!\d:\d\d:\d\d),)\s*", " ", text.strip()).partition(" ")
    address, port = _place(where)
    again = re.match(r"(?i)(?:port\s*:?\s*)?(\d{1,5})(?:\s+|$)(?!\d{1,2}:)", when.strip())
    if again and not port:
        port, when = again[1], when.strip()[again.end() :]
    found, mapped = _address(address)
    moment, said = _moment(when.strip(), at)
    place = f"[{found}]" if port and found.version == 6 else str(found)
    place += f":{_port(port)}" if port else ""
    value = f"{place} {moment}"
    changed = both(mapped, said)
    return Reading(value, changed or ("" if value == text else "Written as address, port and time in UTC."))


def is_address(text: str) -> bool:
    """Say whether this begins with an IP address, with or without a port."""
    try:
        ip_address(_place(re.split(r"[\s,;|]", text.strip(), maxsplit=1)[0])[0])
    except (ValueError, Refused):
        return False
    return True


def is_like_address(text: str) -> bool:
    """Say whether this begins with four numbers as an IP address does, whether or not there is such an address."""
    return bool(re.match(r"[0-9]{1,4}(\.[0-9]{1,4}){3}(?![.0-9A-Za-z])", text))


def _place(text: str) -> tuple[str, str]:
    """Cut an address from its port: 203.0.113.24:80, [2001:db8::1]:80."""
    if found := re.fullmatch(r"\[([^\]]*)\](?::(\d{1,6}))?", text):
        return found[1], found[2] or ""
    if text.count(":") == 1:
        address, _, port = text.partition(":")
        return address, port
    return text, ""


def _port(text: str) -> int:
    if not re.fullmatch(r"[0-9]{1,5}", text) or not 0 < int(text) < 65536:
        raise Refused("A port is a number from 1 to 65535.")
    return int(text)


def _address(text: str) -> tuple[IPv4Address | IPv6Address, str]:
    if re.fullmatch(r"[0-9a-fA-F.:]+/\d{1,3}", text):
        raise Refused("This is a range. Give each address that was used, with its time.")
    try:
        found = ip_address(text)
    except ValueError:
        raise Refused(f"{NO_ADDRESS} {HINT}" if is_like_address(text) else HINT) from None
    changed = ""
    if isinstance(found, IPv6Address) and found.ipv4_mapped:
        found, changed = found.ipv4_mapped, "Written as the IPv4 address it stands for."
    if not any(found in example for example in _EXAMPLES if example.version == found.version):
        _refuse_inner(found)
    if not changed and str(found) != text:
        changed = "The address is written in its short form."
    return found, changed


def _refuse_inner(address: IPv4Address | IPv6Address) -> None:
    """Refuse what is used inside networks only, so that it cannot lead to one customer."""
    what = (
        "of this computer itself" if address.is_loopback
        else "for groups (multicast)" if address.is_multicast
        else "of a local link" if address.is_link_local
        else "inside the network of a carrier (100.64.0.0/10)" if address.version == 4 and address in _CARRIER
        else "inside a private network" if address.is_private
        else "reserved" if address.is_reserved or address.is_unspecified or not address.is_global
        else ""
    )  # fmt: skip
    if what:
        raise Refused(f"This address is {what}: we never see it. Give the public address, with its port.")


def _moment(text: str, at: datetime) -> tuple[str, str]:
    """Return the time in UTC as it is compared, and what was changed about it."""
    if not text:
        raise Refused(HINT)
    found = _TIME.fullmatch(text)
    if found is None:
        raise Refused(_wrong_time(text))
    zone = (found["offset"] or "").replace("\u2212", "-").replace(":", "")
    if not zone and not found["utc"]:
        raise Refused(NO_ZONE)
    zone = zone.ljust(5, "0") if zone else "+0000"
    parts = [int(part or 0) for part in found.groups()[:6]]
    fraction = (found[7] or "").ljust(6, "0")[:6]
    try:
        moment = datetime.strptime(f"{zone[:3]}:{zone[3:]}", "%z").replace(
            year=parts[0], month=parts[1], day=parts[2], hour=parts[3], minute=parts[4], second=parts[5],
            microsecond=int(fraction),
        ).astimezone(UTC)  # fmt: skip
    except (ValueError, OverflowError):
        raise Refused("There is no such date or time. Check it.") from None
    if moment > at:
        raise Refused("This time is in the future. Check date and time zone.")
    if moment < _EARLIEST:
        raise Refused("This time is before there were such addresses. Check the year.")
    part = f".{moment.microsecond:06}".rstrip("0") if moment.microsecond else ""
    same = f"{moment:%Y-%m-%dT%H:%M:%S}{part}Z"
    return same, _changed_time(text, same, seconds=bool(found[6]), digits=len(found[7] or ""))


def _changed_time(text: str, same: str, *, seconds: bool, digits: int) -> str:
    if not seconds:
        return "The time has no seconds, so it is read as the beginning of the minute, in UTC."
    if digits > 6:
        return "The time was cut to a millionth of a second, in UTC."
    return "" if text == same else "The time is written in UTC."


def _wrong_time(text: str) -> str:
    if re.search(r"\d{1,2}[./]\d{1,2}[./]\d{2,4}", text):
        return "Day and month can be mistaken. Write the date as year-month-day: 2026-06-04T23:47:10+02:00."
    if re.search(r"\d{2}\s*\(?[A-Za-z]{2,}(?:/[A-Za-z_]+)?\)?$", text):
        return "Write the time zone as a number, for example +02:00: names like CET or EST mean several."
    if re.fullmatch(r"\d{1,2}:\d{2}.*", text):
        return "Add the date before the time: 2026-06-04T23:47:10+02:00."
    if re.fullmatch(r"\d{4}-\d{2}-\d{2}", text):
        return "Add the time to the date: 2026-06-04T23:47:10+02:00."
    return HINT
