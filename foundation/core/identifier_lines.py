"""Identifiers pasted as lines: "kind,value[,network]", or a bare value whose kind can be told from its shape."""

import re
from collections.abc import Iterable
from dataclasses import replace
from ipaddress import ip_address

from foundation.core.identifiers import Identifier, IdentifierKind, Network, read_identifier

MAX_LINES = 500

_SHAPES: tuple[tuple[str, str, str], ...] = (
    (r"[^@\s]+@[^@\s]+", IdentifierKind.EMAIL, ""),
    (r"(\+|00)[0-9 ().-]{6,24}", IdentifierKind.PHONE, ""),
    (r"0x[0-9a-fA-F]{40}", IdentifierKind.WALLET, Network.ETHEREUM),
    (r"(?i:bc1)[0-9a-zA-Z]{11,87}", IdentifierKind.WALLET, Network.BITCOIN),
    (r"(?i:ltc1)[0-9a-zA-Z]{11,87}", IdentifierKind.WALLET, Network.LITECOIN),
    (r"T[1-9A-HJ-NP-Za-km-z]{33}", IdentifierKind.WALLET, Network.TRON),
    (r"[0-9][0-9 ]{3,24}", IdentifierKind.UID, ""),
)


def read_lines(text: str) -> list[tuple[int, Identifier]]:
    """Return every line that is not empty, with its number, as it is understood."""
    lines = [(number, line.strip()) for number, line in enumerate(text.splitlines(), 1)]
    return [(number, read_line(line)) for number, line in lines if line]


def read_line(line: str) -> Identifier:
    """Read one line; where its kind is not clear, why says how to write it."""
    parts = [part.strip() for part in re.split(r"[,;\t]", line)]
    if len(parts) > 1 and (kind := _kind(parts[0])):
        network = parts[2].lower() if len(parts) > 2 else ""
        return replace(read_identifier(kind, parts[1], network=network), given=parts[1][:300])
    kind, network, why = _guess(line)
    if why:
        return Identifier("", line[:300], why=why)
    return read_identifier(kind, line, network=network)


def corrected(found: Iterable[Identifier]) -> list[Identifier]:
    """Return those that were accepted in another writing than they were given in."""
    return [item for item in found if item.accepted and item.normalised != item.given.strip()]


def _kind(word: str) -> str:
    folded = word.lower()
    names = {str(kind.label).lower(): kind.value for kind in IdentifierKind}
    return folded if folded in IdentifierKind.values else names.get(folded, "")


def _guess(line: str) -> tuple[str, str, str]:
    """Return kind and network of a bare value, or why they cannot be told."""
    for shape, kind, network in _SHAPES:
        if re.fullmatch(shape, line):
            return kind, network, ""
    if re.fullmatch(r"(0x)?[0-9a-fA-F]{64}", line):
        return "", "", "say which network this transaction is on, like txid,HASH,bitcoin"
    if _is_address(line.partition(" ")[0]):
        return IdentifierKind.IP, "", ""
    if re.fullmatch(r"[1-9A-HJ-NP-Za-km-z]{25,48}", line):
        return "", "", "say which network this address is on, like wallet,ADDRESS,bitcoin"
    return "", "", "write the kind before it, like username,NAME or wallet,ADDRESS,bitcoin"


def _is_address(word: str) -> bool:
    host = word.rsplit(":", 1)[0] if word.count(":") == 1 else word
    try:
        ip_address(host)
    except ValueError:
        return False
    return True
