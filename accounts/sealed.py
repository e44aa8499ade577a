"""Small secrets that must wait in a session, such as new recovery codes: encrypted there, and only for minutes."""

import base64
import hashlib
import json
from typing import Any

from cryptography.fernet import Fernet, InvalidToken
from django.conf import settings


def seal(value: Any) -> str:
    """Encrypt a JSON value under a key made from SECRET_KEY."""
    return _box().encrypt(json.dumps(value).encode()).decode()


def unseal(text: str | None, *, seconds: int) -> Any:
    """Return the value, or None where it is missing, too old or not ours."""
    try:
        return json.loads(_box().decrypt((text or "").encode(), ttl=seconds))
    except InvalidToken:
        return None


def _box() -> Fernet:
    key = hashlib.sha256(b"accounts.sealed\0" + settings.SECRET_KEY.encode()).digest()
    return Fernet(base64.urlsafe_b64encode(key))
