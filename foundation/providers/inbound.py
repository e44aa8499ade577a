"""Calls that the company's own systems make here: let in once, and only with a signature of a key that is in force."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import IntegrityError, transaction
from django.utils import timezone

from foundation.providers import connector_keys
from foundation.providers.connectors.http import signing
from foundation.providers.models import Provider, SeenCall

LONGEST_BODY = 16 * 1024
_KEPT = timedelta(seconds=2 * signing.REMEMBERED)


@dataclass(frozen=True)
class Caller:
    """A call that was let in: whose it is, and what its answer is signed with."""

    provider: Provider
    call_id: str
    secret: str


def let_in(headers: signing.Headers, *, method: str, path: str, body: bytes, at: datetime | None = None) -> Caller:
    """Return who calls. Raises signing.BadSignature, also for a call that was let in before."""
    at = at or timezone.now()
    if len(body) > LONGEST_BODY:
        raise signing.BadSignature("The call is too long.")
    key_id = headers.get(signing.KEY) or ""
    known = connector_keys.known_secret(key_id, at)
    secret = known[1] if known else None
    call = signing.checked_call(
        headers, method=method, path=path, body=body, secret_of=lambda _key_id: secret, now=at.timestamp()
    )
    if known is None:
        raise signing.BadSignature("No key that is in force.")
    _remember(key_id, call.id, at)
    return Caller(known[0], call.id, known[1])


def forget(*, at: datetime | None = None) -> int:
    """Delete what can no longer be replayed, because its time stamp is too old; return how many."""
    at = at or timezone.now()
    deleted, _by_model = SeenCall.objects.filter(seen_at__lt=at - _KEPT).delete()
    return deleted


def _remember(key_id: str, call_id: str, at: datetime) -> None:
    if len(call_id) > _LONGEST_ID:
        raise signing.BadSignature("The id is too long.")
    try:
        with transaction.atomic():
            SeenCall.objects.create(key_id=key_id, call_id=call_id, seen_at=at)
    except IntegrityError as error:
        raise signing.BadSignature("This call was let in before.") from error


_LONGEST_ID = 64
