"""Addresses of networks of accounts: Ethereum and its relatives, Tron, Solana, XRP Ledger, TON, Stellar."""

import base64
import re
from collections.abc import Callable

from foundation.core.identifier_kinds import EVM
from foundation.core.identifier_readers import codecs
from foundation.core.identifier_readers.reading import Mistyped, Reading, Refused, Unlike
from foundation.core.identifier_readers.wallets_coins import SMALL, TESTNET

EIP55_DIFFERS = (
    "The capital letters do not fit (EIP-55): a character was mistyped. Copy it again. "
    "If only the capitals were changed, write all letters small."
)


def _evm(text: str) -> Reading:
    """Read 20 bytes in hexadecimal; where capitals and small letters are mixed they are the checksum of EIP-55."""
    if re.fullmatch(r"[0-9a-z-]+(\.[0-9a-z-]+)*\.eth", text.lower()):
        raise Refused("This is a name, and whom it names can change. Give the address it stood for: 0x and 40 digits.")
    if re.fullmatch(r"0[xX][0-9a-fA-F]{38,42}", text) and len(text) != 42:
        raise Mistyped(f"An address has 40 digits after 0x, this has {len(text) - 2}. Copy it again.")
    bare = re.fullmatch(r"[0-9a-fA-F]{40}", text)
    if not bare and not re.fullmatch(r"0[xX][0-9a-fA-F]{40}", text):
        raise Unlike("")
    digits = text[-40:]
    if digits not in {digits.lower(), digits.upper()} and (text[:2] == "0X" or codecs.eip55(digits) != digits):
        raise Mistyped(EIP55_DIFFERS)
    same = "0x" + digits.lower()
    if bare:
        return Reading(same, "0x was added.")
    return Reading(same, "" if text in {same, "0x" + codecs.eip55(digits)} else SMALL)


def _tron(text: str) -> Reading:
    """Read Base58Check of 0x41 and 20 bytes, or those 21 bytes in hexadecimal."""
    if re.fullmatch(r"(0x)?41[0-9a-fA-F]{40}", text):
        return Reading(codecs.to_base58check(bytes.fromhex(text[-42:])), "Written as Tron writes it, with T.")
    if not 33 <= len(text) <= 35:
        raise Unlike("")
    payload = codecs.base58check(text)
    if len(payload) != 21 or payload[0] != 0x41:
        if len(payload) == 21 and payload[0] == 0xA0:
            raise Refused(TESTNET)
        raise Unlike("")
    return Reading(text)


def _solana(text: str) -> Reading:
    """Read 32 bytes in Base58. The network has no checksum: a mistyped address can look right."""
    if not 32 <= len(text) <= 44 or len(codecs.base58(text)) != 32:
        raise Unlike("")
    return Reading(text)


def _xrp(text: str) -> Reading:
    """Read a classic address with or without its tag, or an X-address, which holds both."""
    shaped = re.fullmatch(r"(r[1-9A-HJ-NP-Za-km-z]{24,34})(?:(?::|\?dt=|\?tag=|\?)([^\s:?]*))?", text)
    if shaped:
        payload = codecs.base58check(shaped[1], codecs.RIPPLE58)
        if len(payload) != 21 or payload[0] != 0:
            raise Mistyped
        tag = xrp_tag(shaped[2]) if shaped[2] is not None else ""
        return Reading(shaped[1], "The destination tag was taken out of the address." if tag else "", tag)
    if re.fullmatch(r"[XT][1-9A-HJ-NP-Za-km-z]{44,48}", text):
        return _x_address(text)
    raise Unlike("")


def _x_address(text: str) -> Reading:
    """Read an X-address (XLS-5): two bytes of prefix, the account, whether there is a tag, the tag in eight bytes."""
    payload = codecs.base58check(text, codecs.RIPPLE58)
    if len(payload) != 31 or payload[:2] not in {b"\x05\x44", b"\x04\x93"}:
        raise Mistyped
    if payload[:2] == b"\x04\x93":
        raise Refused(TESTNET)
    flag, tag = payload[22], int.from_bytes(payload[23:27], "little")
    if flag > 1 or any(payload[27:]) or (flag == 0 and tag):
        raise Refused("This X-address holds a tag of a kind that the network does not have. Copy it again.")
    classic = codecs.to_base58check(b"\0" + payload[2:22], codecs.RIPPLE58)
    words = "Written as the classic address and its destination tag." if flag else "Written as the classic address."
    return Reading(classic, words, f"tag:{tag}" if flag else "")


def xrp_tag(text: str) -> str:
    """Return the detail of a destination tag: a whole number from 0 to 4294967295."""
    if not re.fullmatch(r"[0-9]{1,12}", text) or int(text) > 2**32 - 1:
        raise Refused("A destination tag is a whole number from 0 to 4294967295.")
    return f"tag:{int(text)}"


def _ton(text: str) -> Reading:
    """Read a user-friendly address (36 bytes with CRC-16) or a raw one (workchain:hash)."""
    if raw := re.fullmatch(r"(0|-1):([0-9a-fA-F]{64})", text):
        return Reading(_friendly(int(raw[1]), bytes.fromhex(raw[2])), "Written in the user-friendly form.")
    if not re.fullmatch(r"[-_0-9A-Za-z]{48}|[+/0-9A-Za-z]{48}", text):
        raise Unlike("")
    payload = base64.urlsafe_b64decode(text.replace("+", "-").replace("/", "_"))
    if payload[0] & 0x7F not in {0x11, 0x51}:
        raise Unlike("")
    if codecs.crc16(payload):
        raise Mistyped
    if payload[0] & 0x80:
        raise Refused(TESTNET)
    if payload[1] not in {0, 255}:
        raise Mistyped
    same = _friendly(-1 if payload[1] == 255 else 0, payload[2:34])
    return Reading(same, "" if same == text else "The same account in its other writing (not bounceable, UQ).")


def _friendly(workchain: int, account: bytes) -> str:
    payload = b"\x51" + (b"\xff" if workchain else b"\x00") + account
    return base64.urlsafe_b64encode(payload + codecs.crc16(payload).to_bytes(2)).decode()


def _stellar(text: str) -> Reading:
    """Read a StrKey (SEP-23): an account (G), or a muxed account (M), which holds an id beside the account."""
    folded = text.upper()
    if not re.fullmatch(r"[GMSCTXPL][A-Z2-7]{55}|M[A-Z2-7]{68}", folded):
        raise Unlike("")
    codecs.one_case(text)
    payload = codecs.base32(folded)
    if codecs.crc16(payload[:-2]) != int.from_bytes(payload[-2:], "little"):
        raise Mistyped
    small = "Written in capitals." if text != folded else ""
    if payload[0] == 6 << 3 and len(payload) == 35:
        return Reading(folded, small)
    if payload[0] == 12 << 3 and len(payload) == 43:
        account = bytes([6 << 3]) + payload[1:33]
        plain = codecs.to_base32(account + codecs.crc16(account).to_bytes(2, "little"))
        return Reading(plain, "Written as the account and its memo.", f"tag:{int.from_bytes(payload[33:41])}")
    if payload[0] == 2 << 3:
        raise Refused("This is a contract, not an account. Give the account: it begins with G.")
    raise Unlike("")


READERS: dict[str, Callable[[str], Reading]] = {
    **{network.value: _evm for network in EVM},
    "tron": _tron,
    "solana": _solana,
    "xrp": _xrp,
    "ton": _ton,
    "stellar": _stellar,
}
