"""Writings of keys and hashes with their checksums. Every function raises Unlike or Mistyped for what is not right."""

import binascii
import hashlib
from collections.abc import Iterable, Sequence

from Crypto.Hash import SHA512, keccak

from foundation.core.identifier_readers.reading import Mistyped, Unlike

BITCOIN58 = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
RIPPLE58 = "rpshnaf39wBUDNEGHJKLM4PQRST7VWXYZ2bcdeCg65jkm8oFqi1tuvAxyz"
_BECH32 = "qpzry9x8gf2tvdw0s3jn54khce6mua7l"
_BECH32_AT = {sign: number for number, sign in enumerate(_BECH32)}
BECH32, BECH32M = 1, 0x2BC830A3
_GENERATOR = (0x3B6A57B2, 0x26508E6D, 0x1EA119FA, 0x3D4233DD, 0x2A1462B3)
_CASH_GENERATOR = (0x98F2BC8E61, 0x79B76D99E2, 0xF33E5FB3C4, 0xAE2EABE2A8, 0x1E4F43E470)
_PLACES: dict[str, dict[str, int]] = {
    alphabet: {sign: number for number, sign in enumerate(alphabet)} for alphabet in (BITCOIN58, RIPPLE58)
}


def sha256d(payload: bytes) -> bytes:
    """Return SHA-256 of SHA-256."""
    return hashlib.sha256(hashlib.sha256(payload).digest()).digest()


def keccak256(payload: bytes) -> bytes:
    """Return Keccak-256 as Ethereum uses it (not SHA3-256)."""
    return keccak.new(digest_bits=256, data=payload).digest()


def sha512_256(payload: bytes) -> bytes:
    """Return SHA-512/256."""
    return SHA512.new(payload, truncate="256").digest()


def crc16(payload: bytes) -> int:
    """Return CRC-16/XMODEM, which TON and Stellar use."""
    return binascii.crc_hqx(payload, 0)


def base58(text: str, alphabet: str = BITCOIN58) -> bytes:
    """Decode Base58 of at most 200 characters."""
    places, number = _PLACES[alphabet], 0
    if not text or len(text) > 200:
        raise Unlike("")
    for sign in text:
        place = places.get(sign)
        if place is None:
            raise Unlike("")
        number = number * 58 + place
    zeros = len(text) - len(text.lstrip(alphabet[0]))
    return b"\0" * zeros + number.to_bytes((number.bit_length() + 7) // 8)


def to_base58(payload: bytes, alphabet: str = BITCOIN58) -> str:
    """Encode as Base58."""
    number, text = int.from_bytes(payload), ""
    while number:
        number, digit = divmod(number, 58)
        text = alphabet[digit] + text
    return alphabet[0] * (len(payload) - len(payload.lstrip(b"\0"))) + text


def base58check(text: str, alphabet: str = BITCOIN58) -> bytes:
    """Decode Base58Check: the payload with its version, without the four bytes of checksum."""
    payload = base58(text, alphabet)
    if len(payload) < 5:
        raise Unlike("")
    if sha256d(payload[:-4])[:4] != payload[-4:]:
        raise Mistyped
    return payload[:-4]


def to_base58check(payload: bytes, alphabet: str = BITCOIN58) -> str:
    """Encode as Base58Check."""
    return to_base58(payload + sha256d(payload)[:4], alphabet)


def bech32(text: str, *, longest: int = 90) -> tuple[str, list[int], int]:
    """Decode Bech32 or Bech32m (BIP 173, BIP 350): prefix, groups of five bits, and which of the two it is."""
    folded = text.lower()
    prefix, one, data = folded.rpartition("1")
    if not prefix or not one or len(data) < 6 or len(text) > longest or not prefix.isascii():
        raise Unlike("")
    try:
        values = [_BECH32_AT[sign] for sign in data]
    except KeyError:
        raise Unlike("") from None
    if any(not 33 <= ord(sign) <= 126 for sign in prefix):
        raise Unlike("")
    one_case(text)
    expanded = [ord(sign) >> 5 for sign in prefix] + [0] + [ord(sign) & 31 for sign in prefix]
    form = polymod([*expanded, *values])
    if form not in {BECH32, BECH32M}:
        raise Mistyped
    return prefix, values[:-6], form


def to_bytes(values: Iterable[int], *, zero_padding: bool = True) -> bytes:
    """Turn groups of five bits into bytes; what is left over must be less than a group, and zeros."""
    number = bits = 0
    out = bytearray()
    for value in values:
        number, bits = (number << 5 | value) & 0xFFF, bits + 5
        if bits >= 8:
            bits -= 8
            out.append(number >> bits & 0xFF)
    if bits >= 5 or (zero_padding and number & ((1 << bits) - 1)):
        raise Mistyped
    return bytes(out)


def polymod(values: Iterable[int]) -> int:
    """Return the checksum of Bech32 and Bech32m over groups of five bits."""
    return _polymod(values, 30, _GENERATOR)


def cash_polymod(values: Iterable[int]) -> int:
    """Return the checksum of CashAddr over groups of five bits; zero where it fits."""
    return _polymod(values, 40, _CASH_GENERATOR) ^ 1


def _polymod(values: Iterable[int], bits: int, generators: Sequence[int]) -> int:
    """Divide by the polynomial of a BCH code whose remainder has so many bits."""
    keep, checksum = bits - 5, 1
    for value in values:
        top = checksum >> keep
        checksum = (checksum & ((1 << keep) - 1)) << 5 ^ value
        for bit, generator in enumerate(generators):
            if top >> bit & 1:
                checksum ^= generator
    return checksum


def five_bits(payload: bytes) -> list[int]:
    """Cut bytes into groups of five bits, the last filled with zeros."""
    spare = -len(payload) * 8 % 5
    number, count = int.from_bytes(payload) << spare, (len(payload) * 8 + spare) // 5
    return [number >> 5 * (count - 1 - place) & 31 for place in range(count)]


def bech32_values(text: str) -> list[int]:
    """Turn characters of the Bech32 alphabet into groups of five bits."""
    try:
        return [_BECH32_AT[sign] for sign in text]
    except KeyError:
        raise Unlike("") from None


def bech32_text(values: Iterable[int]) -> str:
    """Turn groups of five bits into characters of the Bech32 alphabet."""
    return "".join(_BECH32[value] for value in values)


def one_case(text: str) -> None:
    """Raise Mistyped where small and capital letters are mixed in a writing that has only one of them."""
    if text not in {text.lower(), text.upper()}:
        raise Mistyped("This mixes small and capital letters, so a character was changed. Copy it again.")


def base32(text: str) -> bytes:
    """Decode RFC 4648 Base32 in capitals without padding; unused bits must be zero."""
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"
    if not text or any(sign not in alphabet for sign in text):
        raise Unlike("")
    return to_bytes(alphabet.index(sign) for sign in text)


def to_base32(payload: bytes) -> str:
    """Encode as RFC 4648 Base32 in capitals without padding."""
    return "".join("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"[value] for value in five_bits(payload))


def eip55(digits: str) -> str:
    """Write 40 hexadecimal digits with the capitals of EIP-55."""
    digest = keccak256(digits.lower().encode()).hex()
    return "".join(sign.upper() if int(digest[n], 16) > 7 else sign for n, sign in enumerate(digits.lower()))


def crc32(payload: bytes) -> int:
    """Return CRC-32 as ZIP has it."""
    return binascii.crc32(payload)
