"""Master keys and data keys: every file has a key of its own, wrapped by a master key.

A master key stands in the settings (DOCUMENT_MASTER_KEYS) or never leaves a key service (DOCUMENT_KMS, kms.py). What
was opened is never kept: each call opens anew.
"""

import hashlib
import os
import secrets
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

from foundation.documents.errors import DocumentDamaged
from foundation.documents.kms import KeyService, key_service

KEY_BYTES = 32
NONCE_BYTES = 12
KEY_ID_LENGTH = 40
# What the ids of a key service begin with in our rows; no id of DOCUMENT_MASTER_KEYS may.
KMS = "kms:"


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
        if len(key) != KEY_BYTES or len(key_id) > KEY_ID_LENGTH or key_id in keys or key_id.startswith(KMS):
            raise ImproperlyConfigured(
                "DOCUMENT_MASTER_KEYS must be id:hex,id:hex with different ids and 64 hexadecimal digits each; "
                f"no id may begin with {KMS}"
            )
        keys[key_id] = key
    if not keys:
        raise ImproperlyConfigured("DOCUMENT_MASTER_KEYS holds no key.")
    return keys


def own_keys() -> Mapping[str, bytes]:
    """Return the keys of DOCUMENT_MASTER_KEYS, newest first; there may be none beside a key service."""
    if settings.DOCUMENT_KMS and not settings.DOCUMENT_MASTER_KEYS.strip():
        return {}
    return parse_master_keys(settings.DOCUMENT_MASTER_KEYS)


def is_configured(key_id: str) -> bool:
    """Say whether what was sealed under this key can be opened with the settings there are."""
    return bool(settings.DOCUMENT_KMS) if key_id.startswith(KMS) else key_id in own_keys()


def newest_key_id() -> str:
    """Return the id under which new keys are wrapped now; a key service is asked by wrapping something."""
    return wrap(secrets.token_bytes(KEY_BYTES), uuid.uuid4()).master_key_id


def new_data_key(uid: uuid.UUID) -> tuple[bytes, WrappedKey]:
    """Return a fresh data key for the document uid, plain and wrapped by the newest master key."""
    data_key = secrets.token_bytes(KEY_BYTES)
    return data_key, wrap(data_key, uid)


def wrap(data_key: bytes, uid: uuid.UUID) -> WrappedKey:
    """Seal a data key under the newest master key, bound to its document.

    Raises KeyServiceUnavailable where the key service does not answer.
    """
    if settings.DOCUMENT_KMS:
        return _wrap_outside(key_service(), data_key, uid)
    key_id, master_key = next(iter(own_keys().items()))
    nonce = os.urandom(NONCE_BYTES)
    sealed = nonce + AESGCM(master_key).encrypt(nonce, data_key, _purpose(key_id, uid))
    return WrappedKey(sealed=sealed, master_key_id=key_id)


def unwrap(wrapped: WrappedKey, uid: uuid.UUID) -> bytes:
    """Open a data key. One that was moved from another document, or altered, raises DocumentDamaged.

    Raises KeyServiceUnavailable where the key service does not answer: nothing is lost, the caller tries again.
    """
    if not is_configured(wrapped.master_key_id):
        raise DocumentDamaged(f"No master key with the id {wrapped.master_key_id!r} is configured.")
    if wrapped.master_key_id.startswith(KMS):
        return _unwrap_outside(key_service(), wrapped, uid)
    nonce, sealed = wrapped.sealed[:NONCE_BYTES], wrapped.sealed[NONCE_BYTES:]
    try:
        return AESGCM(own_keys()[wrapped.master_key_id]).decrypt(nonce, sealed, _purpose(wrapped.master_key_id, uid))
    except (InvalidTag, ValueError) as error:
        raise DocumentDamaged("The key of this file does not open.") from error


def _wrap_outside(service: KeyService, data_key: bytes, uid: uuid.UUID) -> WrappedKey:
    # Bound inside as well: a service that overlooks its context would open a key that was moved.
    purpose = _purpose(KMS, uid)
    sealed, key_id = service.wrap(hashlib.sha256(purpose).digest() + data_key, purpose)
    if not key_id or len(KMS + key_id) > KEY_ID_LENGTH:
        raise ImproperlyConfigured(f"The key service must name its key in 1 to {KEY_ID_LENGTH - len(KMS)} characters.")
    return WrappedKey(sealed=sealed, master_key_id=KMS + key_id)


def _unwrap_outside(service: KeyService, wrapped: WrappedKey, uid: uuid.UUID) -> bytes:
    purpose = _purpose(KMS, uid)
    plain = service.unwrap(wrapped.sealed, wrapped.master_key_id.removeprefix(KMS), purpose)
    bound = hashlib.sha256(purpose).digest()
    if not secrets.compare_digest(plain[: len(bound)], bound):
        raise DocumentDamaged("The key of this file does not open.")
    return plain[len(bound) :]


def _purpose(key_id: str, uid: uuid.UUID) -> bytes:
    return b"document data key\0" + key_id.encode() + b"\0" + uid.bytes
