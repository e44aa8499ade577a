"""Secrets and signatures of hooks, as Standard Webhooks has them (www.standardwebhooks.com, symmetric)."""

import base64
import hashlib
import hmac
import secrets
from collections.abc import Sequence
from datetime import datetime, timedelta

from foundation.core import sealed
from foundation.core.errors import PortalError
from foundation.notifications.models import Hook

PREFIX = "whsec_"
_PURPOSE = "notifications.hooks"
# The standard asks for 24 to 64 bytes.
SECRET_BYTES = 32
# For so long the previous secret signs too, so that a receiver can be changed at leisure.
BOTH_SIGN = timedelta(hours=24)


class SecretLost(PortalError):
    """The secret of a hook was sealed under another SECRET_KEY; only a new secret helps."""


def new_secret() -> str:
    """Return a secret as it is given to the receiver: "whsec_" and 32 random bytes in Base64."""
    return PREFIX + base64.b64encode(secrets.token_bytes(SECRET_BYTES)).decode()


def seal(secret: str) -> str:
    """Encrypt a secret for its column, under a key made from SECRET_KEY."""
    return sealed.seal(secret, _PURPOSE)


def unseal(text: str) -> str:
    """Return a secret. Raises SecretLost where no key of this deployment opens it."""
    try:
        return sealed.unseal(text, _PURPOSE)
    except sealed.SealLost as error:
        raise SecretLost("The secret cannot be read any more: make a new one.") from error


def secrets_of(hook: Hook, *, at: datetime) -> list[str]:
    """Return the secrets that sign now, the newest first. Raises SecretLost."""
    found = [unseal(hook.secret_sealed)]
    if hook.previous_secret_sealed and hook.previous_secret_until and at < hook.previous_secret_until:
        found.append(unseal(hook.previous_secret_sealed))
    return found


def signed_headers(body: bytes, *, message_id: str, secrets_now: Sequence[str], at: datetime) -> dict[str, str]:
    """Return the three headers that go with a body: its id, the seconds since 1970, a signature for each secret."""
    seconds = str(int(at.timestamp()))
    content = b".".join((message_id.encode(), seconds.encode(), body))
    return {
        "webhook-id": message_id,
        "webhook-timestamp": seconds,
        "webhook-signature": " ".join(f"v1,{_signature(secret, content)}" for secret in secrets_now),
    }


def _signature(secret: str, content: bytes) -> str:
    key = base64.b64decode(secret.removeprefix(PREFIX))
    return base64.b64encode(hmac.new(key, content, hashlib.sha256).digest()).decode()
