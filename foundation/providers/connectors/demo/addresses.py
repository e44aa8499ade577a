"""Made-up addresses that are valid on their network: checksums and prefixes are right, nobody has the keys."""

import base64
import binascii
import hashlib
from collections.abc import Callable
from functools import lru_cache

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from foundation.core.identifier_readers.codecs import RIPPLE58, base58, polymod, to_base58, to_base58check
from foundation.core.identifier_readers.reading import Refused
from foundation.core.identifiers import Network

_BECH32 = "qpzry9x8gf2tvdw0s3jn54khce6mua7l"


@lru_cache(maxsize=16_384)
def address(network: str, name: str) -> str:
    """Return the address that belongs to this name on this network: the same name always gets the same one."""
    return _MAKERS[Network(network)](_digest(network, name))


def source(network: str, name: str) -> bytes:
    """Return what the address of this name can be told by without writing it: much faster than all of it."""
    digest = _digest(network, name)
    return _solana(digest).encode() if network == Network.SOLANA else digest[:20]


def made_from(network: str, text: str) -> bytes | None:
    """Return the `source` of an address, None where it cannot be one of ours."""
    try:
        return _SOURCES[Network(network)](text)
    except (ValueError, OverflowError, Refused):
        return None


def _digest(network: str, name: str) -> bytes:
    return hashlib.sha256(f"{network}/{name}".encode()).digest()


def _five_bits(payload: bytes) -> list[int]:
    """Cut 20 bytes into 32 groups of five bits."""
    number = int.from_bytes(payload)
    return [(number >> shift) & 31 for shift in range(len(payload) * 8 - 5, -1, -5)]


def _segwit(prefix: str, digest: bytes) -> str:
    """Write a version 0 witness program of 20 bytes in Bech32 (BIP 173)."""
    values = [0, *_five_bits(digest[:20])]
    expanded = [ord(c) >> 5 for c in prefix] + [0] + [ord(c) & 31 for c in prefix]
    checksum = polymod([*expanded, *values, 0, 0, 0, 0, 0, 0]) ^ 1
    values += [checksum >> 5 * (5 - n) & 31 for n in range(6)]
    return f"{prefix}1" + "".join(_BECH32[value] for value in values)


def _solana(digest: bytes) -> str:
    return to_base58(Ed25519PrivateKey.from_private_bytes(digest).public_key().public_bytes_raw())


def _ton(digest: bytes) -> str:
    payload = b"\x51\x00" + digest
    return base64.urlsafe_b64encode(payload + binascii.crc_hqx(payload, 0).to_bytes(2)).decode()


def _program(text: str) -> bytes:
    """Read the 20 bytes back that _segwit wrote."""
    bits = "".join(f"{_BECH32.index(sign):05b}" for sign in text.partition("1")[2][1:-6])
    return int(bits, 2).to_bytes(20)


_SOURCES: dict[Network, Callable[[str], bytes]] = {
    Network.BITCOIN: _program,
    Network.LITECOIN: _program,
    Network.ETHEREUM: lambda text: bytes.fromhex(text.removeprefix("0x")),
    Network.TRON: lambda text: base58(text)[1:21],
    # Only the key itself says what it was made from.
    Network.SOLANA: str.encode,
    Network.XRP: lambda text: base58(text, RIPPLE58)[1:21],
    Network.TON: lambda text: base64.urlsafe_b64decode(text)[2:22],
}
_MAKERS: dict[Network, Callable[[bytes], str]] = {
    Network.BITCOIN: lambda digest: _segwit("bc", digest),
    Network.LITECOIN: lambda digest: _segwit("ltc", digest),
    Network.ETHEREUM: lambda digest: "0x" + digest[:20].hex(),
    Network.TRON: lambda digest: to_base58check(b"\x41" + digest[:20]),
    Network.SOLANA: _solana,
    Network.XRP: lambda digest: to_base58check(b"\0" + digest[:20], RIPPLE58),
    Network.TON: _ton,
}
# The networks the made-up exchange has wallets on.
NETWORKS = tuple(_MAKERS)
