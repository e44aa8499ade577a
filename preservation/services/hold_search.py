"""Finding holds by anything somebody knows of them: only those the person may see, each search in the trail.

What was typed is neither in an address nor in the trail: the trail has how many holds were found, and a keyed digest by
which the same search can be recognised.
"""

from datetime import datetime, timedelta
from typing import Any

from django.db.models import Q
from django.utils.crypto import salted_hmac

from accounts.models import User
from accounts.services.limits import Limit, try_once
from foundation.audit.trail import record
from foundation.core.errors import NotAllowed
from foundation.core.identifier_lines import read_line
from foundation.core.identifier_readers.secrets import secret_part
from foundation.core.identifiers import IdentifierKind, Network, read_identifier
from foundation.core.references import normalise_reference
from preservation.events import Event
from preservation.models import HeldIdentifier, PreservationHold

LIMIT = Limit("hold_search", 60, timedelta(minutes=10))
# Holds on the page of results.
MOST = 50
_SHORTEST = 3
_TOO_MANY = "You searched 60 times within 10 minutes. Wait a few minutes, then search again."
_ON_NETWORKS = frozenset({IdentifierKind.WALLET, IdentifierKind.TXID})


def ask(text: str, *, by: User, at: datetime) -> str:
    """Note a search and return what is searched for, trimmed.

    Raises NotAllowed after 60 searches in 10 minutes, for fewer than three characters, and for private keys and seed
    phrases, which are neither looked for nor kept.
    """
    words = " ".join(text.split())
    if len(words) < _SHORTEST:
        raise NotAllowed("Write at least three characters.")
    if secret := secret_part(words)[0]:
        raise NotAllowed(f"This looks like {secret}. Do not search for it. Search for the public address.")
    if not try_once(LIMIT, str(by.pk), at=at):
        record(Event.SEARCHED, by=by, outcome="refused", reason=_TOO_MANY, at=at)
        raise NotAllowed(_TOO_MANY)
    digest = salted_hmac("preservation.search", words.lower(), algorithm="sha256").hexdigest()
    record(
        Event.SEARCHED, by=by, object_type="holds", data={"digest": digest, "found": len(found(words, by=by))}, at=at
    )
    return words


def found(words: str, *, by: User) -> list[Any]:
    """Return the holds that are meant, the newest first, one more than MOST at most; each is one that `by` may see."""
    visible = PreservationHold.objects.visible_to_staff(by)
    if known := normalise_reference(words):
        rows = visible.filter(Q(reference=known) | Q(request_reference=known, restricted=False))
    elif pks := _named(words):
        rows = visible.filter(pk__in=pks)
    else:
        about = Q(case_number__icontains=words) | Q(title__icontains=words) | Q(agency__name__icontains=words)
        rows = visible.filter(about, requested_at__isnull=False)
    rows = rows.with_extensions().select_related("agency", "provider").prefetch_related("identifiers")
    return list(rows.order_by("-requested_at", "-pk")[: MOST + 1])


def _named(words: str) -> list[int]:
    """Return the holds that name this identifier, whatever kind it is; of any person, narrowed down by the caller."""
    meant = _identifiers(words)
    named = HeldIdentifier.objects.filter(normalised__in=meant).values_list("hold_id", flat=True)
    return list(named.order_by("-hold_id").distinct()[:1000]) if meant else []


def _identifiers(text: str) -> set[str]:
    """Return every identifier this can be: of each kind, and where a network matters on each network."""
    read = [read_line(text)]
    read += [read_identifier(kind, text) for kind in IdentifierKind if kind not in _ON_NETWORKS]
    if " " not in text:
        places = [(kind, network) for kind in sorted(_ON_NETWORKS) for network in Network.values]
        read += [read_identifier(kind, text, network=network) for kind, network in places]
    return {item.normalised for item in read if item.accepted and item.normalised}
