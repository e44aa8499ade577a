"""Addresses of further networks: Polkadot, Cosmos, Algorand, NEAR, Aptos, Sui, Tezos, Filecoin, EOS, Hedera."""

import hashlib
import re
from collections.abc import Callable

from foundation.core.identifier_readers import codecs
from foundation.core.identifier_readers.reading import Mistyped, Reading, Refused, Unlike
from foundation.core.identifier_readers.wallets_coins import SMALL, TESTNET

_SS58 = b"SS58PRE"
_GENERIC = 42


def _substrate(own: int) -> Callable[[str], Reading]:
    """Read SS58: a number for the network, 32 bytes, two bytes of BLAKE2b."""

    def read(text: str) -> Reading:
        if not 46 <= len(text) <= 49:
            raise Unlike("")
        payload = codecs.base58(text)
        if len(payload) != 35:
            raise Unlike("")
        if hashlib.blake2b(_SS58 + payload[:-2]).digest()[:2] != payload[-2:]:
            raise Mistyped
        if payload[0] not in {own, _GENERIC}:
            raise Unlike("")
        body = bytes([own]) + payload[1:33]
        same = codecs.to_base58(body + hashlib.blake2b(_SS58 + body).digest()[:2])
        return Reading(same, "" if same == text else "The same account, written for this network.")

    return read


def _cosmos(own: str) -> Callable[[str], Reading]:
    def read(text: str) -> Reading:
        if text.lower().partition("1")[0] != own:
            raise Unlike("")
        _prefix, values, form = codecs.bech32(text)
        if form != codecs.BECH32 or len(codecs.to_bytes(values)) not in {20, 32}:
            raise Mistyped
        return Reading(text.lower(), SMALL if text != text.lower() else "")

    return read


def _algorand(text: str) -> Reading:
    folded = text.upper()
    if not re.fullmatch(r"[A-Z2-7]{58}", folded):
        raise Unlike("")
    codecs.one_case(text)
    payload = codecs.base32(folded)
    if codecs.sha512_256(payload[:32])[-4:] != payload[32:]:
        raise Mistyped
    return Reading(folded, "Written in capitals." if text != folded else "")


def _near(text: str) -> Reading:
    """Read a named account (name.near), or one that is named by 32 bytes in hexadecimal. There is no checksum."""
    folded = text.lower()
    if folded.endswith(".testnet"):
        raise Refused(TESTNET)
    named = re.fullmatch(r"(?:[a-z0-9]+(?:[-_][a-z0-9]+)*\.)+(near|tg|aurora)", folded) and len(folded) <= 64
    if not named and not re.fullmatch(r"[0-9a-f]{64}", folded):
        raise Unlike("")
    return Reading(folded, SMALL if text != folded else "")


def _thirty_two(text: str) -> Reading:
    """Read 32 bytes in hexadecimal, as Aptos and Sui write accounts. There is no checksum; zeros in front are added."""
    if not re.fullmatch(r"0[xX][0-9a-fA-F]{50,64}", text):
        raise Unlike("")
    same = "0x" + text[2:].lower().rjust(64, "0")
    changed = "Zeros in front were added." if len(text) != 66 else SMALL if text != same else ""
    return Reading(same, changed)


_TEZOS = {b"\x06\xa1\x9f", b"\x06\xa1\xa1", b"\x06\xa1\xa4", b"\x06\xa1\xa6", b"\x02\x5a\x79"}


def _tezos(text: str) -> Reading:
    if not re.fullmatch(r"(tz[1-4]|KT1)[1-9A-HJ-NP-Za-km-z]{33}", text):
        raise Unlike("")
    payload = codecs.base58check(text)
    if payload[:3] not in _TEZOS or len(payload) != 23:
        raise Mistyped
    return Reading(text)


def _filecoin(text: str) -> Reading:
    """Read f1, f2, f3 and f410 with four bytes of BLAKE2b, or f0 with a number, which has no checksum."""
    folded = text.lower()
    if re.fullmatch(r"[ft]0[0-9]{1,20}", folded):
        payload = b""
    elif shaped := re.fullmatch(r"[ft]([123])([a-z2-7]{20,90})", folded):
        payload = bytes([int(shaped[1])]) + codecs.base32(shaped[2].upper())
    elif shaped := re.fullmatch(r"[ft]410f([a-z2-7]{20,90})", folded):
        payload = b"\x04\x0a" + codecs.base32(shaped[1].upper())
    else:
        raise Unlike("")
    codecs.one_case(text)
    if payload:
        body, checksum = payload[:-4], payload[-4:]
        if hashlib.blake2b(body, digest_size=4).digest() != checksum:
            raise Mistyped
        if len(body) != {1: 21, 2: 21, 3: 49, 4: 22}[body[0]]:
            raise Mistyped
    if folded.startswith("t"):
        raise Refused(TESTNET)
    return Reading(folded, SMALL if text != folded else "")


def _eos(text: str) -> Reading:
    """Read the name of an account. There is no checksum."""
    if text.startswith(("EOS", "PUB_")) and len(text) > 50:
        raise Refused("This is a public key. Give the name of the account: up to 12 signs a to z, 1 to 5 and dots.")
    if not re.fullmatch(r"[a-z1-5](?:[a-z1-5.]{0,10}[a-z1-5])?", text):
        raise Unlike("")
    return Reading(text)


def _hedera(text: str) -> Reading:
    """Read shard.realm.number, with or without the checksum of HIP-15."""
    shaped = re.fullmatch(r"(0|[1-9][0-9]{0,9})\.(0|[1-9][0-9]{0,9})\.(0|[1-9][0-9]{0,18})(?:-([a-zA-Z]{5}))?", text)
    if not shaped:
        raise Unlike("")
    bare = ".".join(shaped.groups()[:3])
    if shaped[4] and shaped[4].lower() != _hip15(bare):
        raise Mistyped
    return Reading(bare, "The checksum was taken off." if shaped[4] else "")


def _hip15(number: str) -> str:
    """Return the five letters that HIP-15 gives an account of the main network."""
    p3, p5 = 26**3, 26**5
    digits = [10 if sign == "." else int(sign) for sign in number]
    weighted = ledger = 0
    for digit in digits:
        weighted = (31 * weighted + digit) % p3
    for byte in bytes(7):  # the main network is 0, and six zeros follow
        ledger = (31 * ledger + byte) % p5
    even, odd = sum(digits[::2]) % 11, sum(digits[1::2]) % 11
    found = ((((len(number) % 5) * 11 + even) * 11 + odd) * p3 + weighted + ledger) % p5 * 1_000_003 % p5
    letters = ""
    for _ in range(5):
        found, place = divmod(found, 26)
        letters = chr(97 + place) + letters
    return letters


READERS: dict[str, Callable[[str], Reading]] = {
    "polkadot": _substrate(0),
    "kusama": _substrate(2),
    "cosmos": _cosmos("cosmos"),
    "celestia": _cosmos("celestia"),
    "injective": _cosmos("inj"),
    "algorand": _algorand,
    "near": _near,
    "aptos": _thirty_two,
    "sui": _thirty_two,
    "tezos": _tezos,
    "filecoin": _filecoin,
    "eos": _eos,
    "hedera": _hedera,
}
