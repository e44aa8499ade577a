"""Made-up transaction hashes that the exchange can read back: which transaction it was stands in them, hidden.

A hash of 32 bytes looks like chance. Who has the seed finds the transaction's number in it, and needs no list of all
transactions to know whose it is.
"""

import hashlib

_HALF = 16


def txid(seed: str, number: str) -> str:
    """Return the hash of a transaction by its number of sixteen signs."""
    tail = _tail(seed, number)
    return (_mixed(seed, number.encode(), tail) + tail).hex()


def number_in(seed: str, hash_: str) -> str:
    """Return the number of the transaction, empty where the hash is not one of this exchange."""
    try:
        whole = bytes.fromhex(hash_)
        number = _mixed(seed, whole[:_HALF], whole[_HALF:]).decode("ascii")
    except ValueError:
        return ""
    return number if whole[_HALF:] == _tail(seed, number) else ""


def _tail(seed: str, number: str) -> bytes:
    return hashlib.sha256(f"transaction {seed}/{number}".encode()).digest()[:_HALF]


def _mixed(seed: str, half: bytes, tail: bytes) -> bytes:
    """Add what follows from the other half; done twice it is the first half again."""
    mask = hashlib.sha256(f"hidden {seed}/".encode() + tail).digest()
    return bytes(a ^ b for a, b in zip(half, mask, strict=False))
