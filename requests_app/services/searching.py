"""Finding requests by anything somebody knows of them: only those the person may see, each search in the trail.

What was typed is kept for a day under an address that names nobody; the trail has a keyed digest of it, by which the
same search can be recognised, and how many requests were found in which way.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta

from django.db import transaction
from django.utils import timezone
from django.utils.crypto import salted_hmac

from accounts.models import User
from accounts.permissions import Permission, has_permission
from accounts.services.limits import Limit, try_once
from foundation.audit.canonical import JSON
from foundation.audit.models import AuditEvent
from foundation.audit.trail import DONE, record
from foundation.core.errors import NotAllowed
from requests_app import search_terms
from requests_app.events import Event
from requests_app.models import DataRequest, StoredSearch
from requests_app.search_terms import LONGEST
from requests_app.services import search_groups
from requests_app.services.search_groups import Found, Why

LIMIT = Limit("desk_search", 60, timedelta(minutes=10))
KEPT = timedelta(days=1)
LAST = 10
_OBJECT = "search"
_TOO_MANY = "You searched 60 times within 10 minutes. Wait a few minutes, then search again."


def ask(text: str, *, by: User, at: datetime | None = None) -> StoredSearch | DataRequest:
    """Search for this text, keep it for a day and leave an entry; of a whole reference return the request itself.

    Raises NotAllowed for people without the queue, after 60 searches in 10 minutes, and for private keys, seed
    phrases and full card numbers, which are neither looked for nor kept.
    """
    at = at or timezone.now()
    if not has_permission(by, Permission.SEE_QUEUE):
        raise NotAllowed("Only people who see the queue search requests.")
    if not try_once(LIMIT, str(by.pk), at=at):
        record(Event.SEARCHED, by=by, outcome="refused", reason=_TOO_MANY, at=at)
        raise NotAllowed(_TOO_MANY)
    if refusal := search_terms.refusal(text):
        raise NotAllowed(f"{refusal}.")
    return _ask(text, by=by, at=at)


@transaction.atomic
def _ask(text: str, *, by: User, at: datetime) -> StoredSearch | DataRequest:
    terms = search_terms.read(text)
    seen = search_groups.seen_by(by)
    one = search_groups.meant(terms, seen)
    if one is not None:
        _note(text, {Why.REFERENCE: [one.pk]}, by=by, at=at)
        return one
    _note(text, search_groups.find(terms, seen), by=by, at=at)
    return StoredSearch.objects.create(user=by, text=text[:LONGEST], asked_at=at, kept_until=at + KEPT)


def _note(text: str, found: Mapping[Why, Found], *, by: User, at: datetime) -> None:
    """Leave an entry: how many were found in which way, and a digest of the text; never the text."""
    facts: dict[str, JSON] = {
        "digest": salted_hmac("requests_app.search", " ".join(text.lower().split()), algorithm="sha256").hexdigest(),
        "found": {why.value: len(keys) for why, keys in found.items() if keys},
    }
    if late := [why.value for why, keys in found.items() if keys is None]:
        facts["not_looked_through"] = late
    record(Event.SEARCHED, by=by, object_type=_OBJECT, object_label=_label(found), data=facts, at=at)


def _label(found: Mapping[Why, Found]) -> str:
    """What came of a search, as the log says it; never what was searched for."""
    ways = [f"{why.label} {len(keys)}" for why, keys in found.items() if keys]
    return f"Search of requests, found: {', '.join(ways)}" if ways else "Search of requests, nothing found"


def kept(user: User, *, at: datetime | None = None) -> list[StoredSearch]:
    """Return the last searches of this person that are still kept, each text once, the newest first."""
    rows = user.searches.filter(kept_until__gt=at or timezone.now()).order_by("-asked_at", "-pk")
    once: dict[str, StoredSearch] = {}
    for row in rows[: 5 * LAST]:
        once.setdefault(row.text, row)
    return list(once.values())[:LAST]


def recent(user: User, since: datetime) -> int:
    """Count the searches of this person since a moment, as the trail has them."""
    rows = AuditEvent.objects.filter(actor_id=str(user.pk), action=Event.SEARCHED, outcome=DONE)
    return rows.filter(occurred_at__gte=since).count()


def forget(*, at: datetime | None = None) -> int:
    """Delete searches whose day is over; return how many."""
    return StoredSearch.objects.filter(kept_until__lte=at or timezone.now()).delete()[0]
