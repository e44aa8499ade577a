"""Hashes of transactions by network, with direction and number of the output."""

import base64
import re

from foundation.core.identifier_kinds import EVM, Network
from foundation.core.identifier_readers import codecs
from foundation.core.identifier_readers.reading import Mistyped, Reading, Refused, both
from foundation.core.identifier_readers.secrets import refuse_secret, secret_in

_OUTPUTS = {
    Network.BITCOIN, Network.LITECOIN, Network.BITCOIN_CASH, Network.DOGECOIN, Network.DASH, Network.ZCASH,
    Network.CARDANO, Network.MONERO,
}  # fmt: skip
_PREFIXED = EVM | {Network.POLKADOT, Network.KUSAMA, Network.APTOS}
_CAPITALS = {Network.XRP, Network.COSMOS, Network.CELESTIA, Network.INJECTIVE}
_TAIL = re.compile(
    r"(?i)(?:[:#\s]+(?P<direction>in|out|incoming|outgoing|deposit|withdrawal|output|vout))?(?:[:#\s]+(?P<index>\d{1,6}))?"
)
_DIRECTIONS = {
    "in": "in", "incoming": "in", "deposit": "in", "received": "in", "out": "out", "outgoing": "out",
    "withdrawal": "out", "sent": "out", "output": "output", "vout": "output", "": "",
}  # fmt: skip


def read(text: str, network: str, detail: str) -> Reading:
    """Read a hash of a known network, with what stands behind it: HASH:1, HASH:out, HASH:out:1."""
    own = Network(network)
    if own in {Network.SOLANA, Network.TEZOS} and secret_in(text):
        refuse_secret(text)
    bare, said = _split(text, own)
    found = _hash(bare, own)
    beside = read_detail(network, detail)
    if said and beside and said != beside:
        raise Refused("The hash says another direction or output than the field beside it. Check which one is meant.")
    apart = "Direction and output were taken out of the hash." if said else ""
    return Reading(found.value, both(found.changed, apart), said or beside)


def read_detail(network: str, detail: str) -> str:
    """Return `in`, `out`, `in:1`, `out:1`, or `output:1` where no direction is given; empty where nothing is."""
    text = detail.strip().lower().replace("_", " ")
    if not text:
        return ""
    found = re.fullmatch(r"([a-z]*)[\s:#,]*(?:(?:output|vout|index)[\s:#]*)?(\d{1,6})?", text)
    direction = _DIRECTIONS.get(found[1]) if found else None
    if found is None or direction is None or (direction == "output" and not found[2]):
        raise Refused("Write the direction as in or out, and the number of the output behind it, like out:1.")
    return _said(direction, found[2] or "", Network(network))


def _said(direction: str, index: str, network: Network) -> str:
    if index and network not in _OUTPUTS:
        raise Refused(f"A transaction on {network.label} has no numbered outputs. Leave the number out.")
    if not index:
        return direction
    return f"{direction or 'output'}:{int(index)}"


def _split(text: str, network: Network) -> tuple[str, str]:
    """Cut HASH:out:1 into the hash and what stands behind it."""
    found = re.fullmatch(rf"(?P<hash>[^:#\s]+){_TAIL.pattern.removeprefix('(?i)')}", text, re.IGNORECASE)
    if found is None or not (found["direction"] or found["index"]):
        return text, ""
    return found["hash"], _said(_DIRECTIONS[(found["direction"] or "").lower()], found["index"] or "", network)


def _hash(text: str, network: Network) -> Reading:
    if network == Network.SOLANA:
        return _base58(text, 64, "A transaction on Solana is named by its signature: 87 or 88 letters and digits.")
    if network in {Network.SUI, Network.NEAR}:
        return _base58(text, 32, f"A transaction on {network.label} has 43 or 44 letters and digits.")
    if network == Network.TEZOS:
        return _tezos(text)
    if network in {Network.ALGORAND, Network.FILECOIN, Network.HEDERA}:
        return _others(text, network)
    if network == Network.TON and re.fullmatch(r"[-_0-9A-Za-z]{43}=?|[+/0-9A-Za-z]{43}=?", text):
        raw = base64.urlsafe_b64decode(text.replace("+", "-").replace("/", "_").rstrip("=") + "=")
        return Reading(raw.hex(), "Written in hexadecimal.")
    return _hexadecimal(text, network)


def _hexadecimal(text: str, network: Network) -> Reading:
    found = re.fullmatch(r"(0[xX])?([0-9a-fA-F]{64})", text)
    if not found:
        raise Refused(_length(text, network))
    digits = found[2].upper() if network in _CAPITALS else found[2].lower()
    same = ("0x" if network in _PREFIXED else "") + digits
    if same == text:
        return Reading(same)
    if same.lower() == text.lower():
        return Reading(same, "Written in capitals." if network in _CAPITALS else "Written in small letters.")
    return Reading(same, "0x was added." if network in _PREFIXED else "0x was taken off.")


def _length(text: str, network: Network) -> str:
    digits = text.lower().removeprefix("0x")
    if re.fullmatch(r"[0-9a-f]{20,100}", digits):
        hint = " This may be an address: choose that kind." if len(digits) == 40 else " Copy it again."
        return f"A transaction hash has 64 characters 0 to 9 and a to f, this has {len(digits)}.{hint}"
    return f"A transaction hash on {network.label} has 64 characters 0 to 9 and a to f."


def _base58(text: str, size: int, why: str) -> Reading:
    try:
        raw = codecs.base58(text)
    except Refused:
        raise Refused(why) from None
    if len(raw) != size:
        raise Refused(why)
    return Reading(text)


def _tezos(text: str) -> Reading:
    if not re.fullmatch(r"o[1-9A-HJ-NP-Za-km-z]{50}", text):
        raise Refused("An operation on Tezos begins with o and has 51 letters and digits.")
    if codecs.base58check(text)[:2] != b"\x05\x74":
        raise Mistyped
    return Reading(text)


def _others(text: str, network: Network) -> Reading:
    if network == Network.HEDERA:
        found = re.fullmatch(r"(\d{1,10}\.\d{1,10}\.\d{1,19})[@-](\d{10})[.-](\d{1,9})", text)
        if not found:
            raise Refused("A transaction on Hedera is written like 0.0.123@1700000000.000000001.")
        same = f"{found[1]}@{found[2]}.{found[3]}"
        return Reading(same, "" if same == text else "Written as account@seconds.nanoseconds.")
    shape, words = {
        Network.ALGORAND: (r"[A-Za-z2-7]{52}", "A transaction on Algorand has 52 letters and digits."),
        Network.FILECOIN: (r"bafy[a-z2-7]{58}", "A message on Filecoin begins with bafy and has 62 signs."),
    }[network]
    if not re.fullmatch(shape, text):
        raise Refused(words)
    same = text.upper() if network == Network.ALGORAND else text
    return Reading(same, "" if same == text else "Written in capitals.")
