"""The one door by which a message leaves: a row with its final words, written with the change it tells of."""

from collections.abc import Mapping
from datetime import datetime
from uuid import uuid4

from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from foundation.core.hurry import hurry_on_commit
from foundation.notifications.dead_letters import note_failed
from foundation.notifications.digest_moments import next_moment
from foundation.notifications.enums import Cause
from foundation.notifications.events import NotificationEvent
from foundation.notifications.message_kinds import kind_of, links_home
from foundation.notifications.models import Kind, OutboundMessage
from foundation.notifications.reader import Reader
from foundation.notifications.rendering import Value
from foundation.notifications.site import site_details
from foundation.notifications.stand_ins import words_of

URGENT_CHANNEL = "lers_urgent"
# The message that lists others (foundation.notifications.digests); it never waits for one.
DIGEST = "digest"


@transaction.atomic
def send(
    event: str,
    *,
    dedupe_key: str,
    to_user: Reader | None = None,
    to_address: str = "",
    context: Mapping[str, Value],
    reference: str = "",
    urgent: bool = False,
    language: str = "",
    time_zone: str = "",
    at: datetime | None = None,
) -> OutboundMessage:
    """Write one message to one person into the outbox, in the caller's transaction.

    The words are rendered at once, so that what was said stays what was said. A dedupe_key that is known returns
    the row that has it and sends nothing. Ordinary rows are hurried to Celery on commit; urgent ones wake the
    urgent loop. Language and time zone (IANA) are the person's own where nothing else is given; words that are not
    there in a language are sent in English, and the row says which it was. An ordinary message to somebody who wants
    a digest waits for the next one.
    """
    address = to_address or (to_user.email if to_user else "")
    if not address:
        raise ValueError(f"{event}: a message needs a user with an e-mail address, or an address.")
    if known := OutboundMessage.objects.filter(dedupe_key=dedupe_key).first():
        return known
    moment = at or timezone.now()
    waits_until = None if urgent else _next_digest(event, to_user, address, moment)
    name = to_user.get_full_name() if to_user else ""
    language = language or (to_user.language if to_user else "")
    time_zone = time_zone or (to_user.time_zone if to_user else "UTC")
    reader = {"name": name, "language": language, "time_zone": time_zone, "home_link": links_home(event)}
    words, own = words_of(event, context, reference=reference, **reader)
    message = OutboundMessage(
        event=event,
        dedupe_key=dedupe_key,
        to_user_id=to_user.pk if to_user else None,
        to_address=address,
        language=words.language,
        reference=reference,
        subject=words.subject,
        body_text=words.body_text,
        body_html=words.body_html,
        urgent=urgent,
        kind=kind_of(event),
        message_id=f"<{uuid4()}@{site_details().host}>",
        created_at=moment,
        due_at=waits_until or moment,
        for_digest=waits_until is not None,
    )
    try:
        with transaction.atomic():
            message.save(force_insert=True)
    except IntegrityError:
        # Another transaction wrote the same key first and has committed; any other broken rule raises again here.
        return OutboundMessage.objects.get(dedupe_key=dedupe_key)
    if not own:
        note_failed(message, NotificationEvent.WORDS_FAILED, Cause.WORDS, at=moment)
    _hurry(message)
    return message


def _next_digest(event: str, to_user: Reader | None, address: str, moment: datetime) -> datetime | None:
    """Return when the digest is due with which this message comes; None for one that comes at once."""
    if to_user is None or event == DIGEST or kind_of(event) != Kind.ORDINARY or address != to_user.email:
        return None
    return next_moment(to_user.digest, to_user.time_zone, after=moment)


def _hurry(message: OutboundMessage) -> None:
    if message.for_digest:
        return
    if message.urgent:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_notify(%s, '')", [URGENT_CHANNEL])
    else:
        hurry_on_commit("notifications.deliver", message.pk)
