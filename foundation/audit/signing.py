"""The key that signs checkpoints (Ed25519), and the keys that are believed."""

import hashlib
from functools import lru_cache

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

from foundation.audit import canonical
from foundation.audit.models import Checkpoint


def sign(checkpoint: Checkpoint) -> None:
    """Put the current key's id and signature on the checkpoint; call it last, before the row is written."""
    key = _private_key()
    checkpoint.key_id = _key_id(key.public_key())
    checkpoint.signature = key.sign(statement(checkpoint))


def sign_bytes(words: bytes) -> dict[str, canonical.JSON]:
    """Return the current key's signature of bytes that are no checkpoint: each kind begins with a line of its own."""
    if words.startswith(b"{"):
        raise ValueError("What is signed here must not be JSON: a checkpoint is.")
    key = _private_key()
    return {
        "key_id": _key_id(key.public_key()),
        "public_key": _raw(key.public_key()).hex(),
        "signature": key.sign(words).hex(),
    }


def is_signed(checkpoint: Checkpoint) -> bool:
    """Return whether a key that we believe signed exactly this checkpoint."""
    key = _trusted_keys().get(checkpoint.key_id)
    if key is None:
        return False
    try:
        key.verify(bytes(checkpoint.signature), statement(checkpoint))
    except InvalidSignature:
        return False
    return True


def statement(checkpoint: Checkpoint) -> bytes:
    """Return the bytes that are signed: every column but the id and the signature."""
    return canonical.encode(
        {
            "v": 1,
            "tree_size": checkpoint.tree_size,
            "root_hash": bytes(checkpoint.root_hash).hex(),
            "previous_root": bytes(checkpoint.previous_root).hex(),
            "peaks": bytes(checkpoint.peaks).hex(),
            "horizon": checkpoint.horizon,
            "ceiling": checkpoint.ceiling,
            "cluster": checkpoint.cluster,
            "signed_at": canonical.stamp(checkpoint.signed_at),
            "key_id": checkpoint.key_id,
        }
    )


def public_keys() -> dict[str, str]:
    """Return the keys that are believed, as hex by their ids: the one in use first, then the retired ones."""
    return {key_id: _raw(key).hex() for key_id, key in _trusted_keys().items()}


def _private_key() -> Ed25519PrivateKey:
    try:
        return Ed25519PrivateKey.from_private_bytes(bytes.fromhex(settings.AUDIT_SIGNING_KEY))
    except ValueError as error:
        raise ImproperlyConfigured("AUDIT_SIGNING_KEY must be 32 bytes written as 64 hex digits.") from error


def _trusted_keys() -> dict[str, Ed25519PublicKey]:
    """Return the current key and the retired ones (AUDIT_RETIRED_KEYS: public keys as hex) by their ids."""
    return _keys(settings.AUDIT_SIGNING_KEY, tuple(getattr(settings, "AUDIT_RETIRED_KEYS", [])))


@lru_cache(maxsize=4)
def _keys(_in_use: str, retired: tuple[str, ...]) -> dict[str, Ed25519PublicKey]:
    older = (Ed25519PublicKey.from_public_bytes(bytes.fromhex(key)) for key in retired)
    return {_key_id(key): key for key in (_private_key().public_key(), *older)}


def _key_id(key: Ed25519PublicKey) -> str:
    return hashlib.sha256(_raw(key)).hexdigest()[:16]


def _raw(key: Ed25519PublicKey) -> bytes:
    return key.public_bytes(Encoding.Raw, PublicFormat.Raw)
