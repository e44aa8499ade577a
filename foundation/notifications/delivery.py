"""From the outbox to the mail server: claim by lease, hand over without a lock, write down what came of it."""

import logging
import time
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.core.mail import get_connection
from django.core.mail.backends.base import BaseEmailBackend
from django.db import transaction
from django.utils import timezone

from foundation.core.jobs import JobState, claim, fail, finish
from foundation.notifications.backoff import tries, wait_after
from foundation.notifications.models import DeliveryAttempt, OutboundMessage, OutboundMessageQuerySet, Outcome
from foundation.notifications.smtp import Answer, hand_over

logger = logging.getLogger(__name__)

# The urgent loop owns urgent rows; if one waits longer than this, the loop is dead and the sweep helps.
URGENT_PATIENCE = timedelta(seconds=60)


@dataclass(frozen=True)
class Pace:
    """How many rows are claimed at once and for how long; a lease outlasts the slowest hand-over of one row."""

    batch: int
    lease: timedelta
    smtp_timeout: int

    @property
    def renew_after(self) -> float:
        """Seconds after which the rows still in hand get a new lease."""
        return self.lease.total_seconds() / 4


ORDINARY = Pace(batch=20, lease=timedelta(minutes=5), smtp_timeout=20)
URGENT = Pace(batch=10, lease=timedelta(minutes=2), smtp_timeout=10)


@dataclass
class Tally:
    """What one batch came to."""

    claimed: int = 0
    accepted: int = 0
    server_gone: bool = False


def deliver(message_ids: list[int], *, at: datetime | None = None) -> Tally:
    """Deliver these rows now, as far as they are due and nobody else has them."""
    return deliver_batch(OutboundMessage.objects.filter(pk__in=message_ids), pace=ORDINARY, at=at)


def sweep(*, at: datetime | None = None, seconds: float = 30) -> int:
    """Deliver everything that is due, for so many seconds at most; return how many were accepted.

    Urgent rows that nobody came for go first.
    """
    accepted, end = 0, time.monotonic() + seconds
    left_behind = OutboundMessage.objects.urgent().filter(created_at__lte=(at or timezone.now()) - URGENT_PATIENCE)
    for rows in (left_behind, OutboundMessage.objects.ordinary()):
        tally = Tally(claimed=1)
        while tally.claimed and not tally.server_gone and time.monotonic() < end:
            tally = deliver_batch(rows, pace=ORDINARY, at=at)
            accepted += tally.accepted
    return accepted


def deliver_urgent(*, at: datetime | None = None) -> Tally:
    """Deliver one batch of urgent rows."""
    return deliver_batch(OutboundMessage.objects.urgent(), pace=URGENT, at=at)


def deliver_batch(rows: OutboundMessageQuerySet, *, pace: Pace, at: datetime | None = None) -> Tally:
    """Claim a batch of what is due and hand it over on one connection, with no row locked meanwhile."""
    messages = claim(rows, at=at or timezone.now(), lease=pace.lease, limit=pace.batch)
    tally = Tally(claimed=len(messages))
    if not messages:
        return tally
    connection = get_connection(timeout=pace.smtp_timeout)
    try:
        _deliver_claimed(messages, connection, pace=pace, at=at, tally=tally)
    finally:
        _close(connection)
    return tally


def _deliver_claimed(
    messages: list[OutboundMessage], connection: BaseEmailBackend, *, pace: Pace, at: datetime | None, tally: Tally
) -> None:
    leased_at = time.monotonic()
    for message in messages:
        if tally.server_gone or (error := _open(connection)):
            # One failed try to connect speaks for the whole batch: waiting for a time-out per row helps nobody.
            tally.server_gone = True
            record(message, Answer(Outcome.FAILED, detail=error), at=at)
            continue
        if message.attempts > tries(urgent=message.urgent):
            # Every worker that took this row died with it.
            record(message, Answer(Outcome.FAILED, "no answer recorded"), at=at)
            continue
        if time.monotonic() - leased_at > pace.renew_after and not _renew(message, pace, at=at):
            continue
        answer = hand_over(message, connection)
        tally.accepted += answer.outcome == Outcome.ACCEPTED
        record(message, answer, at=at)
        if answer.connection_lost:
            _close(connection)


@transaction.atomic
def record(message: OutboundMessage, answer: Answer, *, at: datetime | None = None) -> None:
    """Write down the answer; the row moves only if its lease is still ours."""
    now = at or timezone.now()
    DeliveryAttempt.objects.create(message=message, at=now, outcome=answer.outcome, detail=answer.detail)
    if answer.outcome == Outcome.ACCEPTED:
        moved = finish(message, at=now)
    else:
        moved = fail(
            message,
            answer.detail,
            at=now,
            give_up_after=0 if answer.outcome == Outcome.REFUSED else tries(urgent=message.urgent),
            wait=wait_after(message.attempts, urgent=message.urgent),
        )
    if not moved:
        logger.warning("Message %s: lease lost before %s was recorded", message.message_id, answer.outcome)
    elif message.state == JobState.GIVEN_UP:
        logger.error("Message %s given up after %d tries: %s", message.message_id, message.attempts, answer.detail)


def _renew(message: OutboundMessage, pace: Pace, *, at: datetime | None) -> bool:
    until = (at or timezone.now()) + pace.lease
    held = OutboundMessage.objects.filter(pk=message.pk, state=JobState.RUNNING, claimed_until=message.claimed_until)
    renewed = held.update(claimed_until=until) == 1
    message.claimed_until = until
    return renewed


def _open(connection: BaseEmailBackend) -> str:
    """Open the connection if it is not; return the error in words, or nothing."""
    try:
        connection.open()
    except OSError as error:
        return f"{type(error).__name__}: {error}"[:300]
    return ""


def _close(connection: BaseEmailBackend) -> None:
    # The server may have hung up already; its last word changes nothing.
    with suppress(OSError):
        connection.close()
