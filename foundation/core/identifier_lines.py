"""Identifiers pasted as lines: "kind,value[,network[,detail]]", or a bare value whose kind can be told."""

import csv
import re
from collections.abc import Iterable

import phonenumbers

from foundation.core.identifier_kinds import IdentifierKind, Network, kind_named, network_named
from foundation.core.identifier_readers import internet, things, wallets
from foundation.core.identifier_readers.cleaning import clean
from foundation.core.identifier_readers.reading import MISTYPED, Refused
from foundation.core.identifier_readers.secrets import WARNING, beginning, refuse_beginning, secret_in, secret_part
from foundation.core.identifiers import LONGEST, Identifier, read_identifier

MAX_LINES = 500
# Without its check digit, with it, and with the version of the software.
_IMEI_LENGTHS = (14, 15, 16)
_SEPARATORS = "\t;,"
# Said of a line whose kind cannot be told.
WRITE_KIND = "write the kind before it, like username,NAME or wallet,ADDRESS,bitcoin"
_WHICH_TRANSACTION = (
    "say which network this transaction is on, like txid,HASH,bitcoin. If it is a private key, do not send it to "
    "anybody: take it out"
)
_PREFIXES = r"(?i)(bc|ltc|addr|stake|cosmos|celestia|inj)1[0-9a-z]{20,110}|bitcoincash:[0-9a-z]{35,110}"
_DAMAGED = "longer than any identifier: give one per line"


def read_lines(text: str) -> list[tuple[int, Identifier]]:
    """Return every line that is not empty, with its number, as it is understood."""
    lines = [(number, line.strip("\ufeff \t\r\n")) for number, line in enumerate(text.splitlines(), 1)]
    return [(number, read_line(line)) for number, line in lines if line.strip()]


def read_line(line: str) -> Identifier:
    """Read one line; where its kind is not clear, why says how to write it. A secret in it is never given back."""
    found = _read_line(line)
    what, part = ("", "") if found.masked else secret_part(line[: 4 * LONGEST])
    return Identifier(found.kind, beginning(part), why=WARNING.format(what), masked=True) if what else found


def _read_line(line: str) -> Identifier:
    line = line.strip("\ufeff \r\n")
    if len(line) > 4 * LONGEST:
        return Identifier("", _safe(line), why=_DAMAGED)
    try:
        parts, kind = _parts(clean_line(line))
    except Refused as error:
        return Identifier("", _safe(line), why=str(error))
    if kind:
        return read_parts(kind, *_aligned(kind, parts[1:]))
    if len(parts) > 1 and not internet.is_address(parts[0]) and (network := network_named(parts[1])):
        return _with_network(parts[0], network, parts[2] if len(parts) > 2 else "")
    return read_bare(line)


def clean_line(line: str) -> str:
    """Return a line whose separators can be found: wide commas are commas; raises Refused for damaged signs."""
    if line.isascii():
        return line
    clean(line)
    return line.replace("\uff0c", ",").replace("\uff1b", ";").replace("\u201c", '"').replace("\u201d", '"')


def read_parts(kind: str, value: str, network: str = "", detail: str = "") -> Identifier:
    """Read the parts of a line whose kind is known; a wallet without a network is told by its checksum."""
    if kind in {IdentifierKind.WALLET, IdentifierKind.TXID}:
        if not network.strip() and kind == IdentifierKind.WALLET:
            return _guessed_wallet(value, detail)
        return read_identifier(kind, value, network=network, detail=detail)
    return read_identifier(kind, value)


def refused_lines(read: Iterable[tuple[int, Identifier]]) -> list[str]:
    """Say of each line that cannot be used why not, with the beginning of what was given."""
    return [f"Line {number}, {item.given[:60]}: {item.why}" for number, item in read if not item.accepted]


def said_of_box(refused: list[str]) -> str:
    """Return what a form says at the box: the one reason, or how many lines the list below it explains."""
    return refused[0] if len(refused) == 1 else f"{len(refused)} lines cannot be used. Below the box stands why"


def read_bare(text: str) -> Identifier:
    """Read a value alone: its kind and network are told by its shape and checksum, or asked for."""
    try:
        bare, _ = clean(text)
        kind, network = _guess(bare)
    except Refused as error:
        return Identifier("", error.masked or _safe(text), why=str(error), masked=bool(error.masked))
    return read_identifier(kind, text, network=network)


def corrected(found: Iterable[Identifier]) -> list[Identifier]:
    """Return those that were accepted in another writing than they were given in."""
    return [item for item in found if item.accepted and item.changed]


def _parts(line: str) -> tuple[list[str], str]:
    """Cut a line at the separator that gives it a kind; a quoted field may hold separators."""
    first: list[str] = []
    for separator in _SEPARATORS:
        if separator in line:
            parts = _cut(line, separator)
            first = first or parts
            if kind := kind_named(clean(parts[0])[0]):
                return parts, kind
    return first or [line], ""


def _cut(line: str, separator: str) -> list[str]:
    try:
        rows = list(csv.reader([line], delimiter=separator, skipinitialspace=True))
    except csv.Error:
        rows = []
    return [part.strip() for part in (rows[0] if rows else line.split(separator))] or [line]


def _aligned(kind: str, parts: list[str]) -> list[str]:
    """Return value, network and detail; an IP address, its port and its time may stand in cells of their own."""
    if kind == IdentifierKind.IP:
        return [" ".join(part for part in parts if part)]
    if kind == IdentifierKind.BANK:
        return [" ".join(part for part in parts if part and not network_named(part))]
    return [*parts, "", "", ""][:3]


def _with_network(value: str, network: str, detail: str) -> Identifier:
    """Read `VALUE,network`: an address where it reads as one, else a transaction."""
    found = read_identifier(IdentifierKind.WALLET, value, network=network, detail=detail)
    if found.accepted or not re.match(r"(0x)?[0-9a-fA-F]{64}|[1-9A-HJ-NP-Za-km-z]{80,90}$", value):
        return found
    return read_identifier(IdentifierKind.TXID, value, network=network, detail=detail)


def _guessed_wallet(value: str, detail: str) -> Identifier:
    """Read an address without its network: the one whose checksum it fits."""
    try:
        text, _ = clean(value)
        network = _network_of(text) if len(text) <= LONGEST else ""
    except Refused as error:
        why = str(error)
        return Identifier(IdentifierKind.WALLET, _safe(value), why=why[:1].upper() + why[1:] + ".")
    return read_identifier(IdentifierKind.WALLET, value, network=network, detail=detail)


def _network_of(text: str) -> str:
    """Return the one network of this address, empty where it fits none; raises Refused where it fits several."""
    if not re.fullmatch(r"[0-9A-Za-z+/_:?=.&\-]{3,200}", text) or secret_in(text):
        return ""
    fits = wallets.networks_of(text)
    if len(fits) > 1:
        names = ", ".join(str(network.label) for network in fits)
        raise Refused(f"this can be an address of {names}: say which, like wallet,ADDRESS,{fits[0].value}")
    return fits[0].value if fits else ""


_SHAPES: tuple[tuple[str, str], ...] = (
    (r"(?i)(mailto:)?[^@\s<>]+@[^@\s<>]+|[^<>@]{0,100}<[^@\s<>]+@[^@\s<>]+>", IdentifierKind.EMAIL),
    (r"(?i)(tel:)?(\+|00)[0-9 ().\-/]{6,24}(,?\s*(ext|x|#)[. ]*[0-9]{1,7})?", IdentifierKind.PHONE),
    (r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}", IdentifierKind.DEVICE),
    (r"([0-9a-fA-F]{2}[:-]){5}[0-9a-fA-F]{2}", IdentifierKind.DEVICE),
    (r"[0-9]{6}[*xX•]{2,9}[0-9]{4}", IdentifierKind.CARD),
)


def _guess(text: str) -> tuple[str, str]:
    """Return kind and network of a bare value; raises Refused with what is missing."""
    refuse_beginning(text)
    if secret_in(text):
        return IdentifierKind.WALLET, ""
    for shape, kind in _SHAPES:
        if re.fullmatch(shape, text):
            return kind, ""
    if internet.is_address(text) or internet.is_like_address(text):
        return IdentifierKind.IP, ""
    if re.fullmatch(r"[0-9][0-9 ]{3,24}", text):
        return _digits(text.replace(" ", ""))
    if re.fullmatch(r"(0x)?[0-9a-fA-F]{64}([:#\s].{1,20})?", text):
        raise Refused(_WHICH_TRANSACTION)
    if network := _network_of(text):
        return IdentifierKind.WALLET, network
    return _last_guess(text)


def _digits(digits: str) -> tuple[str, str]:
    """Return the kind of a bare number, which is a user ID unless it can be something else: then it is asked for."""
    if digits.startswith("0") and len(digits) < 13:
        raise Refused("this can be a telephone number without its country: write +44 7700 900461, or uid,NUMBER")
    card = things.is_card(digits)
    kinds = [("card", "a card number")] * card + [("uid", "a user ID")]
    if len(digits) in _IMEI_LENGTHS:
        kinds.append(("imei", "an IMEI"))
    if 11 <= len(digits) <= 13 and _is_phone(digits):
        kinds.append(("phone", "a telephone number without its +"))
    if len(kinds) == 1:
        return IdentifierKind.UID, ""
    *first, last = [words for _kind, words in kinds]
    number = "NUMBER" if card else digits
    *ways, way = [f"{kind},{'+' * (kind == 'phone')}{number}" for kind, _words in kinds]
    why = f"this can be {', '.join(first)} or {last}. Which kind is it? Write {', '.join(ways)} or {way}"
    if len(digits) == 15 and not card and not things.luhn(digits):
        why += ". As IMEI it was mistyped: its check digit does not fit"
    raise Refused(why, masked=things.unclear(digits) if card else "")


def _is_phone(digits: str) -> bool:
    try:
        return phonenumbers.is_possible_number(phonenumbers.parse(f"+{digits}"))
    except phonenumbers.NumberParseException:
        return False


def _last_guess(text: str) -> tuple[str, str]:
    joined = re.sub(r"[\s-]", "", text).upper()
    if things.is_iban(joined):
        return IdentifierKind.BANK, ""
    if re.fullmatch(r"[1-9A-HJ-NP-Za-km-z]{86,88}", text):
        return IdentifierKind.TXID, Network.SOLANA
    if re.fullmatch(r"[0-9][.,][0-9]+[eE]\+?[0-9]+|[='].*", text):
        return IdentifierKind.UID, ""  # a spreadsheet has spoilt it, whatever it was
    if re.fullmatch(r"[0-9A-Za-z+/_:.\-]{10,110}", text) and (why := wallets.mistyped(text)):
        raise Refused(why)
    if re.fullmatch(_PREFIXES, text):
        raise Refused(MISTYPED)
    if re.fullmatch(r"[1-9A-HJ-NP-Za-km-z]{25,48}", text):
        raise Refused("say which network this address is on, like wallet,ADDRESS,bitcoin")
    raise Refused(WRITE_KIND)


def _safe(text: str) -> str:
    return text.replace("\0", "").encode("utf-8", "replace").decode()[:LONGEST]
