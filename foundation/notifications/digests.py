"""Digests: the ordinary messages of one person in one mail, at the moment that the person chose.

A message that waits is a row of the outbox like any other (`for_digest`, due when the digest is); the inbox has it at
once. The digest is a row too. It is written and what it lists is ended in one transaction, under a lock of the person:
whatever crashes or runs twice, each message is told once.
"""

import logging
from collections.abc import Iterable
from datetime import datetime

from django.contrib.auth import get_user_model
from django.db import transaction
from django.utils import timezone

from foundation.core.hurry import hurry_on_commit
from foundation.core.jobs import JobState
from foundation.notifications.digest_moments import next_moment
from foundation.notifications.enums import Digest
from foundation.notifications.models import OutboundMessage, OutboundMessageQuerySet
from foundation.notifications.outbox import DIGEST, send
from foundation.notifications.reader import Reader
from foundation.notifications.rendering import Value
from foundation.notifications.subjects import hidden_from

logger = logging.getLogger(__name__)

# So many are named in the mail; the inbox has all of them.
LISTED = 100
ACCOUNT_ENDED = "The account was closed before the digest was due."


def gather(*, at: datetime | None = None, limit: int = 500) -> int:
    """Write every digest that is due, each in a transaction of its own; return how many were written.

    A person whom somebody else has in hand is left to them; one whose digest fails is logged, stays due, and does not
    keep the others waiting. Call it outside of a transaction.
    """
    at = at or timezone.now()
    people = list(_waiting(at).order_by().values_list("to_user_id", flat=True).distinct()[:limit])
    written = 0
    for pk in people:
        try:
            written += _gather_for(pk, at)
        except Exception:
            logger.exception("The digest of person %s could not be written", pk)
    return written


def rearrange(reader: Reader, *, at: datetime | None = None) -> int:
    """Bring what waits in line with what the reader chose by now; return how many messages are sent at once.

    Call it in the transaction that changed the choice, with the person's row locked. What is due already stays due.
    """
    at = at or timezone.now()
    waiting = OutboundMessage.objects.for_digests().filter(to_user_id=reader.pk)
    moment = next_moment(reader.digest, reader.time_zone, after=at)
    if moment is not None:
        waiting.filter(due_at__gt=at).update(due_at=moment)
        return 0
    return _release(waiting.values_list("pk", flat=True), at)


def waiting_for(reader: Reader) -> int:
    """Return how many messages wait for the reader's next digest."""
    return OutboundMessage.objects.for_digests().filter(to_user_id=reader.pk).count()


def _waiting(at: datetime) -> OutboundMessageQuerySet:
    return OutboundMessage.objects.for_digests().filter(urgent=False, due_at__lte=at)


@transaction.atomic
def _gather_for(pk: int | None, at: datetime) -> int:
    """Write one person's digest; 0 where there is none to write or somebody else is about to."""
    person = None
    if pk is not None:
        person = get_user_model().objects.select_for_update(no_key=True, skip_locked=True).filter(pk=pk).first()
        if person is None:
            return 0
    rows = list(_waiting(at).filter(to_user_id=pk).order_by("created_at", "pk").select_for_update())
    if not rows:
        return 0
    pks = [row.pk for row in rows]
    if person is None or (person.is_active and person.digest == Digest.AT_ONCE):
        _release(pks, at)  # the choice was changed while a message was on its way into the outbox
        return 0
    if not person.is_active:
        _end(pks, at, last_error=ACCOUNT_ENDED)
        return 0
    key = f"{DIGEST}:{person.pk}:{max(row.due_at for row in rows).isoformat()}"
    if OutboundMessage.objects.filter(dedupe_key=key).exists():
        _release(pks, at)  # late for a digest that has left: a mail of its own, rather than a day or a week more
        return 0
    # What its reader lost sight of meanwhile is counted and not named.
    hidden = hidden_from((row.reference for row in rows), person)
    lines = tuple(row.subject for row in rows if row.reference not in hidden)[:LISTED]
    context: dict[str, Value] = {"count": len(rows), "lines": lines, "more": len(rows) - len(lines)}
    digest = send(DIGEST, dedupe_key=key, to_user=person, context=context, at=at)
    _end(pks, at, gathered_in=digest)
    return 1


def _release(pks: Iterable[int], at: datetime) -> int:
    found = list(pks)
    OutboundMessage.objects.for_digests().filter(pk__in=found).update(for_digest=False, due_at=at)
    if found:
        hurry_on_commit("notifications.deliver", *found)
    return len(found)


def _end(pks: list[int], at: datetime, *, gathered_in: OutboundMessage | None = None, last_error: str = "") -> None:
    OutboundMessage.objects.for_digests().filter(pk__in=pks).update(
        state=JobState.DONE, finished_at=at, gathered_in=gathered_in, last_error=last_error
    )
