"""Identifiers of accounts: their kinds, and how each is normalised so that the same thing compares equal."""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from ipaddress import ip_address

import phonenumbers
from django.db import models
from email_validator import EmailNotValidError, validate_email


class IdentifierKind(models.TextChoices):
    """What an officer can name an account by."""

    UID = "uid", "User ID"
    EMAIL = "email", "E-mail address"
    PHONE = "phone", "Phone number"
    WALLET = "wallet", "Wallet address"
    TXID = "txid", "Transaction hash"
    USERNAME = "username", "User name"
    IP = "ip", "IP address with time"
    DEVICE = "device", "Device ID"
    BANK = "bank", "Bank account"
    CARD = "card", "Card reference"


class Network(models.TextChoices):
    """Networks of wallets and transactions."""

    BITCOIN = "bitcoin", "Bitcoin"
    ETHEREUM = "ethereum", "Ethereum"
    TRON = "tron", "Tron"
    SOLANA = "solana", "Solana"
    XRP = "xrp", "XRP Ledger"
    LITECOIN = "litecoin", "Litecoin"
    TON = "ton", "TON"


class Verdict(models.TextChoices):
    """What becomes of a given identifier; corrected: the same meaning in another writing."""

    ACCEPTED = "accepted", "Accepted"
    CORRECTED = "corrected", "Corrected"
    REFUSED = "refused", "Refused"


@dataclass(frozen=True)
class Identifier:
    """One identifier as given and as compared.

    why is empty where it can be used; changed says in one sentence what was written differently. detail is what
    stands beside the bare value, written so that equal things compare equal: `tag:12345` (memo or destination tag),
    `in`, `out`, `out:1` (direction and output index of a transaction), else empty.
    """

    kind: str
    given: str
    normalised: str = ""
    network: str = ""
    why: str = ""
    detail: str = ""
    changed: str = ""

    @property
    def accepted(self) -> bool:
        """Say whether it can be used, as given or corrected."""
        return not self.why

    @property
    def verdict(self) -> Verdict:
        """Say what becomes of it."""
        if self.why:
            return Verdict.REFUSED
        return Verdict.CORRECTED if self.changed else Verdict.ACCEPTED

    @property
    def key(self) -> tuple[str, str, str, str]:
        """Return what two identifiers have in common that mean the same."""
        return self.kind, self.network, self.normalised, self.detail


def fold(found: Iterable[Identifier]) -> tuple[list[Identifier], list[Identifier]]:
    """Return those that can be used and mean something new, in their order, and those that repeat one of them."""
    unique: dict[tuple[str, str, str, str], Identifier] = {}
    duplicates: list[Identifier] = []
    for item in found:
        if item.accepted and unique.setdefault(item.key, item) is not item:
            duplicates.append(item)
    return list(unique.values()), duplicates


def read_identifier(kind: str, given: str, *, network: str = "", detail: str = "") -> Identifier:
    """Normalise one identifier of a known kind; where it cannot be used, why says what to do."""
    text = given.strip()
    if not text:
        return Identifier(kind, given, why="Type the identifier.")
    if len(text) > 300:
        return Identifier(kind, given[:300], why="This is longer than any identifier: give one per line.")
    reader = _READERS.get(kind)
    if reader is None:
        return Identifier(kind, given, why="Choose what kind of identifier this is.")
    if kind in {IdentifierKind.WALLET, IdentifierKind.TXID} and network not in Network.values:
        return Identifier(kind, given, why="Choose the network, for example Bitcoin or Ethereum.")
    normalised, why = reader(text, network)
    changed = f"Read as {normalised}." if not why and normalised != text else ""
    return Identifier(kind, text, normalised, network, why, detail=detail if not why else "", changed=changed)


def _uid(text: str, _: str) -> tuple[str, str]:
    folded = text.replace(" ", "")
    ok = re.fullmatch(r"[0-9]{4,20}", folded)
    return (folded, "") if ok else ("", "A user ID has 4 to 20 digits. For a name or address choose another kind.")


def _email(text: str, _: str) -> tuple[str, str]:
    try:
        found = validate_email(text, check_deliverability=False)
    except EmailNotValidError:
        return "", "Write the whole address, for example name@example.com."
    return found.normalized.lower(), ""


def _phone(text: str, _: str) -> tuple[str, str]:
    hint = "Write the number with its country code, for example +44 7700 900461."
    if not text.startswith(("+", "00")):
        return "", hint
    try:
        number = phonenumbers.parse("+" + text[2:] if text.startswith("00") else text)
    except phonenumbers.NumberParseException:
        return "", hint
    if not phonenumbers.is_possible_number(number):
        return "", hint
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164), ""


_WALLET_SHAPES = {
    Network.BITCOIN: r"(bc1[02-9ac-hj-np-z]{11,87}|[13][1-9A-HJ-NP-Za-km-z]{25,34})",
    Network.LITECOIN: r"(ltc1[02-9ac-hj-np-z]{11,87}|[LM3][1-9A-HJ-NP-Za-km-z]{25,34})",
    Network.ETHEREUM: r"0x[0-9a-fA-F]{40}",
    Network.TRON: r"T[1-9A-HJ-NP-Za-km-z]{33}",
    Network.SOLANA: r"[1-9A-HJ-NP-Za-km-z]{32,44}",
    Network.XRP: r"r[1-9A-HJ-NP-Za-km-z]{24,34}",
    Network.TON: r"[-_0-9A-Za-z+/]{48}",
}


def _wallet(text: str, network: str) -> tuple[str, str]:
    lowered = text.lower() if text.lower().startswith(("bc1", "ltc1", "0x")) else text
    if re.fullmatch(_WALLET_SHAPES[Network(network)], lowered):
        return lowered, ""
    return "", f"This is not written like an address of {Network(network).label}. Check the network and each character."


def _txid(text: str, network: str) -> tuple[str, str]:
    folded = text.lower().removeprefix("0x") if network != Network.SOLANA else text
    shape = r"[1-9A-HJ-NP-Za-km-z]{64,90}" if network == Network.SOLANA else r"[0-9a-f]{64}"
    ok = re.fullmatch(shape, folded)
    return (folded, "") if ok else ("", "A transaction hash has 64 characters 0 to 9 and a to f.")


def _ip(text: str, _: str) -> tuple[str, str]:
    parts = text.split()
    hint = "Write the address and when it was used with the time zone: 203.0.113.24 2026-11-18T14:20:00Z."
    try:
        address = ip_address(parts[0].rsplit(":", 1)[0] if parts[0].count(":") == 1 else parts[0])
        used = datetime.fromisoformat(parts[1])
    except (ValueError, IndexError):
        return "", hint
    if used.tzinfo is None:
        return "", "Add the time zone to the time, for example Z for UTC or +05:30."
    return f"{address} {used.isoformat()}", ""


def _plain(text: str, _: str) -> tuple[str, str]:
    folded = text.lower()
    ok = re.fullmatch(r"[^\s]{2,100}", folded)
    return (folded, "") if ok else ("", "Write it without spaces. A display name does not identify an account.")


def _number(text: str, _: str) -> tuple[str, str]:
    folded = re.sub(r"[\s-]", "", text).upper()
    ok = re.fullmatch(r"[0-9A-Z*]{4,34}", folded)
    return (folded, "") if ok else ("", "Write letters and digits only.")


_READERS: dict[str, Callable[[str, str], tuple[str, str]]] = {
    IdentifierKind.UID: _uid,
    IdentifierKind.EMAIL: _email,
    IdentifierKind.PHONE: _phone,
    IdentifierKind.WALLET: _wallet,
    IdentifierKind.TXID: _txid,
    IdentifierKind.USERNAME: _plain,
    IdentifierKind.IP: _ip,
    IdentifierKind.DEVICE: _plain,
    IdentifierKind.BANK: _number,
    IdentifierKind.CARD: _number,
}
