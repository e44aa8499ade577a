"""Keys that the portal shares with the company's own systems: made, changed without a gap, ended.

While one is changed two are in force, and both sides believe either. The portal signs with the older of the two, which
the company has for certain; ending that one is what makes it sign with the newer.
"""

import secrets
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone

from foundation.audit.trail import record
from foundation.core import sealed
from foundation.core.errors import PortalError
from foundation.providers.connectors.base import ConnectorFailed
from foundation.providers.connectors.http.signing import is_secret, new_secret
from foundation.providers.events import ProviderEvent
from foundation.providers.models import ConnectorKey, Provider

MOST = 2
_PURPOSE = "providers.connector"


class KeyRefused(PortalError):
    """The key cannot be made or ended; str() says what to do."""


def in_force(provider: Provider, at: datetime | None = None) -> list[ConnectorKey]:
    """Return the keys that are believed now, the one that the portal signs with first."""
    return list(_in_force(at).filter(provider=provider))


def make_key(provider: Provider, *, by: Any, at: datetime | None = None) -> tuple[ConnectorKey, str]:
    """Make a key and return it with its secret, which nobody can read again."""
    secret = new_secret()
    return adopt(provider, f"portal-{secrets.token_hex(6)}", secret, by=by, at=at), secret


@transaction.atomic
def adopt(provider: Provider, key_id: str, secret: str, *, by: Any, at: datetime | None = None) -> ConnectorKey:
    """Take a key that was made elsewhere; the same one again changes nothing. Raises KeyRefused."""
    at = at or timezone.now()
    if not is_secret(secret):
        raise KeyRefused("This is not a secret of the connector.")
    Provider.objects.select_for_update().get(pk=provider.pk)
    known = in_force(provider, at)
    for key in known:
        if key.key_id == key_id and _opened(key) == secret:
            return key
    if len(known) >= MOST:
        raise KeyRefused("Two keys are in force. End the older one first.")
    if ConnectorKey.objects.filter(key_id=key_id).exists():
        raise KeyRefused("There was a key with this id before. Give it another.")
    key = ConnectorKey.objects.create(
        provider=provider, key_id=key_id, secret_sealed=sealed.seal(secret, _PURPOSE), made_at=at
    )
    record(ProviderEvent.KEY_MADE, by=by, obj=provider, data={"key": key_id}, at=at)
    return key


@transaction.atomic
def end_key(key: ConnectorKey, *, by: Any, at: datetime | None = None, reason: str = "") -> ConnectorKey:
    """End a key now; the last one too, after which neither side believes the other. Raises KeyRefused."""
    at = at or timezone.now()
    row = _in_force(at).select_for_update(of=("self",)).filter(pk=key.pk).first()
    if row is None:
        raise KeyRefused("This key has ended already.")
    row.ends_at = at
    row.save(update_fields=["ends_at"])
    record(ProviderEvent.KEY_ENDED, by=by, obj=row.provider, reason=reason, data={"key": row.key_id}, at=at)
    return row


def signing_key(provider: Provider, at: datetime | None = None) -> tuple[str, str]:
    """Return id and secret of the key that the portal signs with. Raises ConnectorFailed."""
    for key in in_force(provider, at):
        secret = _opened(key)
        if secret:
            return key.key_id, secret
    raise ConnectorFailed("No key is in force for the company's systems. An administrator makes one.")


def known_secret(key_id: str, at: datetime | None = None) -> tuple[Provider, str] | None:
    """Return whose key this is and its secret, for a call from the company; None where it is not in force."""
    key = _in_force(at).filter(key_id=key_id).first()
    secret = _opened(key) if key else ""
    return (key.provider, secret) if key and secret else None


def _in_force(at: datetime | None) -> QuerySet[ConnectorKey]:
    at = at or timezone.now()
    rows = ConnectorKey.objects.select_related("provider").filter(Q(ends_at=None) | Q(ends_at__gt=at))
    return rows.order_by("made_at", "pk")


def _opened(key: ConnectorKey) -> str:
    """The secret, empty where it was sealed under a SECRET_KEY that is gone: only a new key helps."""
    try:
        return sealed.unseal(key.secret_sealed, _PURPOSE)
    except sealed.SealLost:
        return ""
