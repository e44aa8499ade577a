"""Master keys and data keys: every file has a key of its own, wrapped by a master key from the settings."""

import os
import secrets
import uuid
from dataclasses import dataclass, field
from functools import lru_cache

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

from foundation.documents.errors import DocumentDamaged

KEY_BYTES = 32
NONCE_BYTES = 12


@dataclass(frozen=True, slots=True)
class WrappedKey:
    """A data key as it is stored: sealed, with the name of the master key that opens it."""

    sealed: bytes = field(repr=False)
    master_key_id: str


@lru_cache(maxsize=4)
def parse_master_keys(text: str) -> dict[str, bytes]:
    """Read "id:hex,id:hex", newest first; a bare hex string has the id "1"."""
    keys: dict[str, bytes] = {}
    for entry in filter(None, (part.strip() for part in text.split(","))):
        key_id, _, hex_key = entry.rpartition(":")
        key_id = key_id or "1"
        try:
            key = bytes.fromhex(hex_key)
        except ValueError:
            key = b""
        if len(key) != KEY_BYTES or len(key_id) > 40 or key_id in keys:
            raise ImproperlyConfigured(
                "DOCUMENT_MASTER_KEYS must be id:hex,id:hex with different ids and 64 hexadecimal digits each."
            )
        keys[key_id] = key
    if not keys:
        raise ImproperlyConfigured("DOCUMENT_MASTER_KEYS holds no key.")
    return keys


def new_data_key(uid: uuid.UUID) -> tuple[bytes, WrappedKey]:
    """Return a fresh data key for the document uid, plain and wrapped by the newest master key."""
    data_key = secrets.token_bytes(KEY_BYTES)
    return data_key, wrap(data_key, uid)


def wrap(data_key: bytes, uid: uuid.UUID) -> WrappedKey:
    """Seal a data key under the newest master key, bound to its document."""
    key_id, master_key = next(iter(parse_master_keys(settings.DOCUMENT_MASTER_KEYS).items()))
    nonce = os.urandom(NONCE_BYTES)
    sealed = nonce + AESGCM(master_key).encrypt(nonce, data_key, _purpose(key_id, uid))
    return WrappedKey(sealed=sealed, master_key_id=key_id)


def unwrap(wrapped: WrappedKey, uid: uuid.UUID) -> bytes:
    """Open a data key; a key that was moved from another document or altered does not open."""
    master_key = parse_master_keys(settings.DOCUMENT_MASTER_KEYS).get(wrapped.master_key_id)
    if master_key is None:
        raise DocumentDamaged(f"No master key with the id {wrapped.master_key_id!r} is configured.")
    nonce, sealed = wrapped.sealed[:NONCE_BYTES], wrapped.sealed[NONCE_BYTES:]
    try:
        return AESGCM(master_key).decrypt(nonce, sealed, _purpose(wrapped.master_key_id, uid))
    except (InvalidTag, ValueError) as error:
        raise DocumentDamaged("The key of this file does not open.") from error


def _purpose(key_id: str, uid: uuid.UUID) -> bytes:
    return b"document data key\0" + key_id.encode() + b"\0" + uid.bytes
