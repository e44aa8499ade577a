"""From the outbox to the mail server: claim by lease, hand over without a lock, write down what came of it.

That a hand-over begins is committed before the server gets a byte. A row that is claimed again with that mark may be
with the server already: it is handed over a second time, under the same Message-ID, and counted.
"""

import logging
import time
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.contrib.auth import get_user_model
from django.core.mail import get_connection
from django.core.mail.backends.base import BaseEmailBackend
from django.db import transaction
from django.db.models import Exists, F, OuterRef
from django.utils import timezone

from foundation.audit import trail
from foundation.audit.canonical import JSON
from foundation.core.jobs import JobState, claim, fail, finish
from foundation.notifications.backoff import tries, wait_after
from foundation.notifications.dead_letters import note_failed
from foundation.notifications.enums import Cause
from foundation.notifications.events import NotificationEvent
from foundation.notifications.models import DeliveryAttempt, Kind, OutboundMessage, OutboundMessageQuerySet, Outcome
from foundation.notifications.smtp import Answer, hand_over
from foundation.notifications.stopping import stopped

logger = logging.getLogger(__name__)

# The urgent loop owns urgent rows; if one waits longer than this, the loop is dead and the sweep helps.
URGENT_PATIENCE = timedelta(seconds=60)
# An urgent row that waits so long behind another of its batch is free for whoever has time.
HELD_BACK = timedelta(seconds=2)
# For so long longer the row in hand is kept while its server is called: each step of that has the time-out of the pace.
CONNECTS = timedelta(seconds=30)
ACCOUNT_CLOSED = "The account was closed before the mail went out."


@dataclass(frozen=True)
class Pace:
    """How many rows are claimed at once and for how long; a lease outlasts the slowest hand-over of one row."""

    batch: int
    lease: timedelta
    smtp_timeout: int


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
    left_behind = OutboundMessage.objects.urgent().filter(due_at__lte=(at or timezone.now()) - URGENT_PATIENCE)
    for rows in (left_behind, OutboundMessage.objects.ordinary()):
        tally = Tally(claimed=1)
        while tally.claimed and not tally.server_gone and time.monotonic() < end:
            tally = deliver_batch(rows, pace=ORDINARY, at=at)
            accepted += tally.accepted
    return accepted


def deliver_urgent(*, at: datetime | None = None) -> Tally:
    """Deliver one batch of urgent rows that were never tried: what failed before is tried by urgent_helpers."""
    return deliver_batch(OutboundMessage.objects.urgent().filter(attempts=0), pace=URGENT, at=at)


def free_held_back(*, at: datetime | None = None) -> int:
    """Give back urgent rows that wait behind a hand-over that takes long, their try uncounted; return how many.

    Whoever has them sees before the hand-over that they are not theirs any more.
    """
    since = (at or timezone.now()) - HELD_BACK
    held = OutboundMessage.objects.urgent().filter(
        state=JobState.RUNNING, attempts__gt=0, handing_over_since=None, claimed_until__lte=since + URGENT.lease
    )
    return held.update(state=JobState.PENDING, claimed_until=None, attempts=F("attempts") - 1)


def deliver_batch(rows: OutboundMessageQuerySet, *, pace: Pace, at: datetime | None = None) -> Tally:
    """Claim a batch of what is due and hand it over on one connection, with no row locked meanwhile."""
    return deliver_claimed(claim_batch(rows, pace=pace, at=at), pace=pace, at=at)


def claim_batch(rows: OutboundMessageQuerySet, *, pace: Pace, at: datetime | None = None) -> list[OutboundMessage]:
    """Claim what is due, up to the batch of the pace, and note of each row whether its reader's account is closed."""
    closed = get_user_model().objects.filter(pk=OuterRef("to_user"), email=OuterRef("to_address"), is_active=False)
    noted = rows.annotate(account_closed=Exists(closed))
    return claim(noted, at=at or timezone.now(), lease=pace.lease, limit=pace.batch)


def deliver_claimed(claimed: list[OutboundMessage], *, pace: Pace, at: datetime | None = None) -> Tally:
    """Hand over what claim_batch returned.

    What is for an account that was closed meanwhile ends here, as resending refuses it; messages about the account
    itself go out, and so does what has an address of its own. What must not go out any more waits for staff.
    """
    tally, messages = Tally(claimed=len(claimed)), []
    for message in claimed:
        if message.account_closed and message.kind != Kind.SECURITY:  # type: ignore[attr-defined]
            _end_of_closed(message, at=at or timezone.now())
        elif why := stopped(message):
            record(message, Answer(Outcome.REFUSED, why, Cause.HELD_BACK), at=at)
        else:
            messages.append(message)
    if not messages:
        return tally
    connection = get_connection(timeout=pace.smtp_timeout)
    try:
        _hand_over_all(messages, connection, pace=pace, at=at, tally=tally)
    finally:
        _close(connection)
    return tally


def _hand_over_all(
    messages: list[OutboundMessage], connection: BaseEmailBackend, *, pace: Pace, at: datetime | None, tally: Tally
) -> None:
    begun = connected = False
    error = ""
    for place, message in enumerate(messages):
        if not connected and not tally.server_gone:
            if message.urgent and not _keep(message, pace, at=at):
                continue  # somebody else has it
            error = _open(connection)
            connected, tally.server_gone = not error, bool(error)
        if tally.server_gone:
            # One failed try to connect speaks for the whole batch: waiting for a time-out per row helps nobody.
            _take_back(message, pace, at=at)
            record(message, Answer(Outcome.FAILED, error, Cause.UNREACHABLE), at=at)
            continue
        if _worn_out(message):
            # Every worker that took this row died with it.
            record(message, Answer(Outcome.FAILED, "no answer recorded", Cause.NO_ANSWER), at=at)
            continue
        if not begun and not _begin(message, pace, at=at):
            continue  # the lease ran out, somebody else has it
        answer = hand_over(message, connection)
        tally.accepted += answer.outcome == Outcome.ACCEPTED
        following = messages[place + 1] if place + 1 < len(messages) and not answer.connection_lost else None
        begun = _record_and_begin(message, answer, following, pace, at=at)
        if answer.connection_lost:
            _close(connection)
            connected = False


@transaction.atomic
def _record_and_begin(
    message: OutboundMessage, answer: Answer, following: OutboundMessage | None, pace: Pace, *, at: datetime | None
) -> bool:
    """Write down one answer and mark the next row, so that the mark costs no commit of its own; False: not marked."""
    record(message, answer, at=at)
    return following is not None and not _worn_out(following) and _begin(following, pace, at=at)


@transaction.atomic
def record(message: OutboundMessage, answer: Answer, *, at: datetime | None = None) -> None:
    """Write down the answer; the row moves only if its lease is still ours."""
    now, begun = at or timezone.now(), message.handing_over_since is not None
    again = message.handed_over_again if answer.maybe_taken else 0
    ends = answer.outcome == Outcome.REFUSED or again >= tries(urgent=False)
    if answer.outcome == Outcome.ACCEPTED:
        moved = finish(message, at=now, handing_over_since=None)
    else:
        moved = fail(
            message,
            answer.detail,
            at=now,
            give_up_after=0 if ends else tries(urgent=message.urgent),
            wait=wait_after(message.attempts, urgent=message.urgent, again=again),
            # Kept where the server may have the message all the same: the next hand-over is counted.
            handing_over_since=message.handing_over_since if answer.maybe_taken else None,
        )
    if moved or begun:  # a row that somebody else has, and that we did not hand over, was not tried by us
        DeliveryAttempt.objects.create(message=message, at=now, outcome=answer.outcome, detail=answer.detail)
    if moved and message.state == JobState.DONE:
        _note_sent(message, at=now)
    if not moved:
        logger.warning("Message %s: lease lost before %s was recorded", message.message_id, answer.outcome)
    elif message.state == JobState.GIVEN_UP:
        note_failed(message, NotificationEvent.GIVEN_UP, answer.cause, at=now)


def _note_sent(message: OutboundMessage, *, at: datetime) -> None:
    """Write the entry of a mail that a mail server took: which one, to whom by number; neither address nor words."""
    facts: dict[str, JSON] = {
        "message": message.event,
        "to_user": message.to_user_id,
        "key": message.dedupe_key,
        "tries": message.attempts,
    }
    trail.record(NotificationEvent.SENT, by=None, obj=message, data=facts, at=at)


@transaction.atomic
def _end_of_closed(message: OutboundMessage, *, at: datetime) -> None:
    """End a row whose reader has no account any more, with its entry in the trail; nobody has to do anything."""
    if fail(message, ACCOUNT_CLOSED, at=at, give_up_after=0, handing_over_since=None):
        facts: dict[str, JSON] = {"message": message.event, "cause": "account_closed", "tries": message.attempts}
        trail.record(NotificationEvent.GIVEN_UP, by=None, obj=message, data=facts, at=at)


def _begin(message: OutboundMessage, pace: Pace, *, at: datetime | None) -> bool:
    """Mark that the hand-over begins and give the row a whole lease; False if the row is not ours any more."""
    now = at or timezone.now()
    held = OutboundMessage.objects.filter(pk=message.pk, state=JobState.RUNNING, claimed_until=message.claimed_until)
    since, again = message.handing_over_since, message.handed_over_again + (message.handing_over_since is not None)
    if not held.update(claimed_until=now + pace.lease, handing_over_since=now, handed_over_again=again):
        return False
    message.claimed_until, message.handing_over_since, message.handed_over_again = now + pace.lease, now, again
    if since is not None:
        words = f"Handed over again: what came of the hand-over at {since:%Y-%m-%d %H:%M:%S} UTC was not kept"
        DeliveryAttempt.objects.create(message=message, at=now, outcome=Outcome.FAILED, detail=words)
    return True


def _keep(message: OutboundMessage, pace: Pace, *, at: datetime | None) -> bool:
    """Keep the row in hand from free_held_back while its server is called; False if it is not ours any more."""
    until = (at or timezone.now()) + pace.lease + CONNECTS
    held = OutboundMessage.objects.filter(pk=message.pk, state=JobState.RUNNING, claimed_until=message.claimed_until)
    if not held.update(claimed_until=until):
        return False
    message.claimed_until = until
    return True


def _take_back(message: OutboundMessage, pace: Pace, *, at: datetime | None) -> None:
    """Take a row again that free_held_back gave back and nobody has, so that the silence of its server counts."""
    until = (at or timezone.now()) + pace.lease
    free = OutboundMessage.objects.filter(
        pk=message.pk, state=JobState.PENDING, attempts=message.attempts - 1, handing_over_since=None
    )
    if free.update(state=JobState.RUNNING, claimed_until=until, attempts=message.attempts):
        message.claimed_until = until


def _worn_out(message: OutboundMessage) -> bool:
    return message.attempts > tries(urgent=message.urgent)


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
