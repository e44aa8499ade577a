"""Secrets of other systems in our columns: encrypted under a key made from SECRET_KEY, another for each purpose."""

import base64
import hashlib

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings


class SealLost(Exception):
    """It was sealed under another SECRET_KEY, or for another purpose."""


def seal(text: str, purpose: str) -> str:
    """Encrypt a secret for its column."""
    return _box(purpose).encrypt(text.encode()).decode()


def unseal(text: str, purpose: str) -> str:
    """Return a secret. Raises SealLost where no key of this deployment opens it."""
    try:
        return _box(purpose).decrypt(text.encode()).decode()
    except InvalidToken as error:
        raise SealLost from error


def _box(purpose: str) -> MultiFernet:
    """The newest key seals; those that SECRET_KEY had before still open."""
    return MultiFernet([_key(str(text), purpose) for text in (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS)])


def _key(text: str, purpose: str) -> Fernet:
    return Fernet(base64.urlsafe_b64encode(hashlib.sha256(f"{purpose}\0{text}".encode()).digest()))
