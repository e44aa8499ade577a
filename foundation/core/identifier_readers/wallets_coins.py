"""Addresses of networks of coins: Bitcoin and what descends from it, Zcash, Monero, Cardano."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from foundation.core.identifier_readers import codecs
from foundation.core.identifier_readers.reading import Mistyped, Reading, Refused, Unlike

TESTNET = "This is an address of a test network, where nothing has any value. Give the address on the main network."
SMALL = "Written in small letters."
OLD_FORM = "The same address in its present form."


@dataclass(frozen=True)
class _Coin:
    """What the addresses of one network begin with, as bytes of Base58Check or prefix of Bech32."""

    versions: tuple[bytes, ...]
    tests: tuple[bytes, ...]
    segwit: str = ""
    segwit_tests: tuple[str, ...] = ()
    # An old version byte, and the one it is written with now.
    older: Mapping[bytes, bytes] = field(default_factory=dict)


_BITCOIN = _Coin((b"\x00", b"\x05"), (b"\x6f", b"\xc4"), "bc", ("tb", "bcrt"))
_LITECOIN = _Coin((b"\x30", b"\x32"), (b"\x6f", b"\xc4", b"\x3a"), "ltc", ("tltc", "rltc"), older={b"\x05": b"\x32"})
_DOGECOIN = _Coin((b"\x1e", b"\x16"), (b"\x71", b"\xc4", b"\x6f"))
_DASH = _Coin((b"\x4c", b"\x10"), (b"\x8c", b"\x13"))
_ZCASH = _Coin((b"\x1c\xb8", b"\x1c\xbd"), (b"\x1d\x25", b"\x1c\xba"))


def _reader(coin: _Coin) -> Callable[[str], Reading]:
    def read(text: str) -> Reading:
        known = (coin.segwit, *coin.segwit_tests)
        if coin.segwit and text.lower().partition("1")[0] in known:
            return _segwit(text, coin)
        return _base58(text, coin)

    return read


def _segwit(text: str, coin: _Coin) -> Reading:
    """Read a witness program (BIP 173, BIP 350): version 0 has 20 or 32 bytes and Bech32, all others Bech32m."""
    prefix, values, form = codecs.bech32(text)
    if not values:
        raise Mistyped
    version, program = values[0], codecs.to_bytes(values[1:])
    expected = codecs.BECH32 if version == 0 else codecs.BECH32M
    if version > 16 or not 2 <= len(program) <= 40 or form != expected:
        raise Mistyped
    if version == 0 and len(program) not in {20, 32}:
        raise Mistyped
    if prefix in coin.segwit_tests:
        raise Refused(TESTNET)
    return Reading(text.lower(), SMALL if text != text.lower() else "")


def _base58(text: str, coin: _Coin) -> Reading:
    payload = _hashed(text)
    version = payload[:-20]
    if version in coin.tests:
        raise Refused(TESTNET)
    if now := coin.older.get(version):
        return Reading(codecs.to_base58check(now + payload[-20:]), OLD_FORM)
    if version not in coin.versions:
        raise Unlike("")
    return Reading(text)


def _hashed(text: str) -> bytes:
    """Return version and the 20 bytes of a hash; a text of about that length with a wrong checksum is mistyped."""
    if not 25 <= len(text) <= 36:
        raise Unlike("")
    payload = codecs.base58check(text)
    if len(payload) not in {21, 22}:
        raise Unlike("")
    return payload


def _zcash(text: str) -> Reading:
    if text.lower().startswith(("zs1", "u1", "zc")) and len(text) > 70:
        raise Refused(
            "This is a shielded address, which nobody can trace or match. Give the transparent one: it begins with t1."
        )
    return _base58(text, _ZCASH)


_CASH = "bitcoincash"
_CASH_SIZES = (20, 24, 28, 32, 40, 48, 56, 64)


def _bitcoin_cash(text: str) -> Reading:
    """Read CashAddr with or without its prefix; an address in the writing of Bitcoin is written as CashAddr."""
    if text[:1] in {"1", "3"} or text[:1] in {"m", "n", "2"}:
        payload = _hashed(text)
        if payload[:1] in _BITCOIN.tests:
            raise Refused(TESTNET)
        if payload[:1] not in _BITCOIN.versions:
            raise Unlike("")
        kind = 0 if payload[0] == 0 else 8
        return Reading(_cash_text(bytes([kind]) + payload[1:]), "The same address in its present form (CashAddr).")
    folded = text.lower()
    prefix, colon, data = folded.rpartition(":")
    prefix = prefix if colon else _CASH
    if prefix not in {_CASH, "bchtest", "bchreg"} or not 42 <= len(data) <= 112:
        raise Unlike("")
    values = codecs.bech32_values(data)
    codecs.one_case(text)
    if codecs.cash_polymod([ord(sign) & 31 for sign in prefix] + [0, *values]):
        raise Mistyped
    payload = codecs.to_bytes(values[:-8])
    if not payload or payload[0] & 0x87 & 0x80 or len(payload) - 1 != _CASH_SIZES[payload[0] & 7]:
        raise Mistyped
    if prefix != _CASH:
        raise Refused(TESTNET)
    changed = (SMALL if text != folded else "") or ("" if colon else "The prefix bitcoincash: was added.")
    return Reading(f"{_CASH}:{data}", changed)


def _cash_text(payload: bytes) -> str:
    values, prefix = codecs.five_bits(payload), [ord(sign) & 31 for sign in _CASH]
    checksum = codecs.cash_polymod([*prefix, 0, *values, *[0] * 8])
    return f"{_CASH}:" + codecs.bech32_text([*values, *(checksum >> 5 * (7 - n) & 31 for n in range(8))])


_MONERO_BLOCKS = {11: 8, 10: 7, 9: 6, 7: 5, 6: 4, 5: 3, 3: 2, 2: 1}
_MONERO = {18: 69, 42: 69, 19: 77}
_MONERO_TESTS = {53, 63, 54, 24, 36, 25}


def _monero(text: str) -> Reading:
    """Read an address, a sub-address or an integrated address: Base58 in blocks, four bytes of Keccak-256."""
    if len(text) not in {95, 106}:
        raise Unlike("")
    payload = b""
    for start in range(0, len(text), 11):
        block = text[start : start + 11]
        number = int.from_bytes(codecs.base58(block))
        size = _MONERO_BLOCKS[len(block)]
        if number >= 256**size:
            raise Mistyped
        payload += number.to_bytes(size)
    if codecs.keccak256(payload[:-4])[:4] != payload[-4:]:
        raise Mistyped
    if payload[0] in _MONERO_TESTS:
        raise Refused(TESTNET)
    if _MONERO.get(payload[0]) != len(payload):
        raise Unlike("")
    return Reading(text)


# Type of a Shelley address (upper four bits of its first byte), and how many bytes it has.
_CARDANO_SIZES = {0: 57, 1: 57, 2: 57, 3: 57, 6: 29, 7: 29, 14: 29, 15: 29}


def _cardano(text: str) -> Reading:
    """Read a Shelley address (CIP-19) or a Byron one (CBOR with CRC-32 in Base58)."""
    if text.startswith(("Ddz", "Ae2", "37b", "2cW")):
        return _byron(text)
    if text.lower().partition("1")[0] not in {"addr", "stake", "addr_test", "stake_test"}:
        raise Unlike("")
    prefix, values, form = codecs.bech32(text, longest=200)
    payload = codecs.to_bytes(values)
    if form != codecs.BECH32 or not payload:
        raise Mistyped
    kind, network = payload[0] >> 4, payload[0] & 15
    size = _CARDANO_SIZES.get(kind)
    if kind not in {4, 5} and size != len(payload):
        raise Mistyped
    if (kind >= 14) != prefix.startswith("stake") or (network == 1) == prefix.endswith("_test"):
        raise Mistyped
    if network != 1:
        raise Refused(TESTNET)
    return Reading(text.lower(), SMALL if text != text.lower() else "")


def _byron(text: str) -> Reading:
    payload = codecs.base58(text)
    # A list of two: tag 24 with a byte string, and the CRC-32 of that string.
    if len(payload) < 30 or payload[:4] != b"\x82\xd8\x18\x58":
        raise Mistyped
    inner, rest = payload[5 : 5 + payload[4]], payload[5 + payload[4] :]
    sizes = {0x1A: 4, 0x19: 2, 0x18: 1}
    if not rest or sizes.get(rest[0]) != len(rest) - 1:
        raise Mistyped
    if codecs.crc32(inner) != int.from_bytes(rest[1:]):
        raise Mistyped
    if text.startswith(("37b", "2cW")):
        raise Refused(TESTNET)
    return Reading(text)


READERS: dict[str, Callable[[str], Reading]] = {
    "bitcoin": _reader(_BITCOIN),
    "litecoin": _reader(_LITECOIN),
    "dogecoin": _reader(_DOGECOIN),
    "dash": _reader(_DASH),
    "zcash": _zcash,
    "bitcoin_cash": _bitcoin_cash,
    "monero": _monero,
    "cardano": _cardano,
}
