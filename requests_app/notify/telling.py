"""One message of a request to several people: each once, under the same key."""

from collections.abc import Iterable, Mapping
from datetime import datetime

from accounts.models import User
from foundation.notifications.outbox import send
from foundation.notifications.rendering import Value
from requests_app.models import DataRequest


def to_each(
    data_request: DataRequest,
    event: str,
    people: Iterable[User],
    *,
    key: str,
    context: Mapping[str, Value],
    urgent: bool = False,
    at: datetime,
) -> None:
    """Write to each of these people, once however often they are named; `key` says what it is about and when."""
    for person in dict.fromkeys(people):
        send(
            event,
            dedupe_key=f"{key}:{person.pk}",
            to_user=person,
            reference=data_request.reference or "",
            context=context,
            urgent=urgent,
            at=at,
        )
