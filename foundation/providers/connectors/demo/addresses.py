"""Made-up addresses that are valid on their network: checksums and prefixes are right, nobody has the keys."""

import base64
import binascii
import hashlib
from collections.abc import Callable, Iterable

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from foundation.core.identifiers import Network

_BASE58 = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
_RIPPLE = "rpshnaf39wBUDNEGHJKLM4PQRST7VWXYZ2bcdeCg65jkm8oFqi1tuvAxyz"
_BECH32 = "qpzry9x8gf2tvdw0s3jn54khce6mua7l"
_BECH32_GENERATOR = (0x3B6A57B2, 0x26508E6D, 0x1EA119FA, 0x3D4233DD, 0x2A1462B3)


def address(network: str, name: str) -> str:
    """Return the address that belongs to this name on this network: the same name always gets the same one."""
    return _MAKERS[Network(network)](hashlib.sha256(f"{network}/{name}".encode()).digest())


def _base58(payload: bytes, alphabet: str = _BASE58) -> str:
    number, text = int.from_bytes(payload), ""
    while number:
        number, digit = divmod(number, 58)
        text = alphabet[digit] + text
    return alphabet[0] * (len(payload) - len(payload.lstrip(b"\0"))) + text


def _base58_check(payload: bytes, alphabet: str = _BASE58) -> str:
    checksum = hashlib.sha256(hashlib.sha256(payload).digest()).digest()[:4]
    return _base58(payload + checksum, alphabet)


def _five_bits(payload: bytes) -> list[int]:
    """Cut 20 bytes into 32 groups of five bits."""
    number = int.from_bytes(payload)
    return [(number >> shift) & 31 for shift in range(len(payload) * 8 - 5, -1, -5)]


def _polymod(values: Iterable[int]) -> int:
    checksum = 1
    for value in values:
        top = checksum >> 25
        checksum = (checksum & 0x1FFFFFF) << 5 ^ value
        for bit, generator in enumerate(_BECH32_GENERATOR):
            checksum ^= generator if top >> bit & 1 else 0
    return checksum


def _segwit(prefix: str, digest: bytes) -> str:
    """Write a version 0 witness program of 20 bytes in Bech32 (BIP 173)."""
    values = [0, *_five_bits(digest[:20])]
    expanded = [ord(c) >> 5 for c in prefix] + [0] + [ord(c) & 31 for c in prefix]
    checksum = _polymod([*expanded, *values, 0, 0, 0, 0, 0, 0]) ^ 1
    values += [checksum >> 5 * (5 - n) & 31 for n in range(6)]
    return f"{prefix}1" + "".join(_BECH32[value] for value in values)


def _solana(digest: bytes) -> str:
    return _base58(Ed25519PrivateKey.from_private_bytes(digest).public_key().public_bytes_raw())


def _ton(digest: bytes) -> str:
    payload = b"\x51\x00" + digest
    return base64.urlsafe_b64encode(payload + binascii.crc_hqx(payload, 0).to_bytes(2)).decode()


_MAKERS: dict[Network, Callable[[bytes], str]] = {
    Network.BITCOIN: lambda digest: _segwit("bc", digest),
    Network.LITECOIN: lambda digest: _segwit("ltc", digest),
    Network.ETHEREUM: lambda digest: "0x" + digest[:20].hex(),
    Network.TRON: lambda digest: _base58_check(b"\x41" + digest[:20]),
    Network.SOLANA: _solana,
    Network.XRP: lambda digest: _base58_check(b"\0" + digest[:20], _RIPPLE),
    Network.TON: _ton,
}
# The networks the made-up exchange has wallets on.
NETWORKS = tuple(_MAKERS)
