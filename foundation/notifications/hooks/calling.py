"""From the rows to the receivers: claim by lease, call without a lock, write down what came of it."""

import json
import logging
import time
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import F, Q, QuerySet
from django.utils import timezone

from foundation.audit.canonical import JSON
from foundation.audit.trail import record as record_event
from foundation.core.errors import PortalError
from foundation.core.jobs import JobState, claim, fail, finish
from foundation.notifications.backoff import FOR_HOURS, tries, wait_after
from foundation.notifications.events import NotificationEvent
from foundation.notifications.hooks.addresses import check
from foundation.notifications.hooks.gone import tell_gone
from foundation.notifications.hooks.posting import Reply, post
from foundation.notifications.hooks.signing import secrets_of, signed_headers
from foundation.notifications.hooks.words import HookEvent
from foundation.notifications.models import Hook, HookAttempt, HookCall, Outcome

logger = logging.getLogger(__name__)

GONE = 410
# A call takes 13 s at most (look-up and call): the lease outlasts a batch in which each is that slow.
BATCH, LEASE = 20, timedelta(minutes=5)
# Urgent ones are made one by one in threads, so that their lease need not wait for others.
URGENT_LEASE = timedelta(minutes=1)
# The urgent loop owns urgent calls; if one waits longer than this, the loop is dead and the sweep helps.
URGENT_PATIENCE = timedelta(seconds=60)
KEPT = timedelta(days=90)
NOT_TRIED = "Not tried: the call before this one had no answer"
WAITED_TOO_LONG = "Waited for two days while the hook was switched off"


@dataclass(frozen=True)
class Answer:
    """What came of a call: the outcome, the status if there was an answer, words for the list."""

    outcome: Outcome
    status: int | None
    detail: str


def claimable() -> QuerySet[HookCall]:
    """Return the calls that may be made: of hooks that are on, and tests of any."""
    on = Hook.objects.filter(active=True).values("pk")
    return HookCall.objects.filter(Q(hook__in=on) | Q(event=HookEvent.TEST))


def call_now(call_ids: Iterable[int], *, at: datetime | None = None) -> int:
    """Make these calls now, as far as they are due and nobody else has them; return how many were accepted."""
    return _call_batch(claimable().filter(pk__in=list(call_ids)), set(), at=at)[1]


def sweep(*, at: datetime | None = None, seconds: float = 30) -> int:
    """Make every call that is due, for so many seconds at most; return how many were accepted.

    Urgent ones that the urgent loop left lying go first. A hook that did not answer is left alone for the rest of the
    sweep, so that it does not keep the others waiting.
    """
    accepted, end, silent = 0, time.monotonic() + seconds, set[int]()
    left_behind = Q(urgent=True, created_at__lte=(at or timezone.now()) - URGENT_PATIENCE)
    for which in (left_behind, Q(urgent=False)):
        claimed = 1
        while claimed and time.monotonic() < end:
            claimed, done = _call_batch(claimable().filter(which), silent, at=at)
            accepted += done
    return accepted


def forget(*, at: datetime | None = None) -> int:
    """Delete calls that ended 90 days ago, with their tries (the trail keeps what was given up); return how many."""
    return HookCall.objects.filter(finished_at__lt=(at or timezone.now()) - KEPT).delete()[0]


def make(call: HookCall, *, at: datetime | None = None) -> Answer:
    """Make one claimed call and write down its answer."""
    answer = _answer(call, at=at)
    record(call, answer, at=at)
    return answer


@transaction.atomic
def record(call: HookCall, answer: Answer, *, at: datetime | None = None) -> None:
    """Write down the answer; the row moves only if its lease is still ours. A hook that says 410 is switched off."""
    now = at or timezone.now()
    if answer.status == GONE:
        _switch_off(call.hook, at=now)  # before the call is locked: whoever removes a hook locks in this order
    if not HookCall.objects.select_for_update(of=("self",)).filter(pk=call.pk).exists():
        return  # its hook was removed while the call was on its way
    HookAttempt.objects.create(
        call=call, at=now, outcome=answer.outcome, status=answer.status, detail=answer.detail[:300]
    )
    if answer.outcome == Outcome.ACCEPTED:
        moved = finish(call, at=now)
    else:
        refused = answer.outcome == Outcome.REFUSED
        moved = fail(
            call,
            answer.detail,
            at=now,
            give_up_after=0 if refused else tries(urgent=call.urgent),
            wait=wait_after(call.attempts, urgent=call.urgent),
            on_given_up=lambda: note_given_up(call, answer.detail, at=now),
        )
    if not moved:
        logger.warning("Hook call %s: lease lost before %s was recorded", call.uid, answer.outcome)


def note_given_up(call: HookCall, why: str, *, at: datetime) -> None:
    """Tell the trail and the log that a call will not be made any more."""
    logger.error("Hook call %s given up after %d tries: %s", call.uid, call.attempts, why)
    data: dict[str, JSON] = {"kind": call.event, "tries": call.attempts, "call": str(call.uid)}
    record_event(NotificationEvent.HOOK_GIVEN_UP, by=None, obj=call.hook, reason=why[:300], data=data, at=at)


@transaction.atomic
def drop_stale(hook: Hook, *, at: datetime) -> int:
    """Give up the calls that waited too long behind a hook that was switched off; return how many."""
    old = at - timedelta(hours=FOR_HOURS)
    waiting = HookCall.objects.filter(hook=hook, state=JobState.PENDING, created_at__lt=old)
    rows = list(waiting.select_for_update(skip_locked=True))
    for call in rows:
        HookCall.objects.filter(pk=call.pk).update(
            state=JobState.GIVEN_UP, finished_at=at, last_error=WAITED_TOO_LONG, claimed_until=None
        )
        note_given_up(call, WAITED_TOO_LONG, at=at)
    return len(rows)


def _call_batch(rows: QuerySet[HookCall], silent: set[int], *, at: datetime | None) -> tuple[int, int]:
    """Claim and make a batch; return how many were claimed and accepted. Hooks without an answer are put in silent."""
    rows = rows.exclude(hook__in=list(silent)) if silent else rows
    calls = claim(rows, at=at or timezone.now(), lease=LEASE, limit=BATCH)
    accepted = 0
    for call in calls:
        if call.hook_id in silent:
            # One failed try speaks for all that wait behind it.
            record(call, Answer(Outcome.FAILED, None, NOT_TRIED), at=at)
            continue
        answer = make(call, at=at)
        accepted += answer.outcome == Outcome.ACCEPTED
        if answer.outcome == Outcome.FAILED and answer.status is None:
            silent.add(call.hook_id)
    return len(calls), accepted


def _answer(call: HookCall, *, at: datetime | None) -> Answer:
    if call.attempts > tries(urgent=call.urgent):
        # Every worker that took this row died with it.
        return Answer(Outcome.FAILED, None, "No answer was written down")
    try:
        reply = _post(call, at=at or timezone.now())
    except PortalError as refusal:
        return Answer(Outcome.FAILED, None, str(refusal))
    except Exception as error:
        logger.exception("Hook call %s could not be made", call.uid)
        return Answer(Outcome.FAILED, None, type(error).__name__)
    if reply.status is not None and 200 <= reply.status < 300:
        return Answer(Outcome.ACCEPTED, reply.status, "")
    if reply.status == GONE:
        return Answer(Outcome.REFUSED, GONE, "The receiver wants no more calls (410): the hook was switched off")
    return Answer(Outcome.FAILED, reply.status, _without(call, reply.detail))


def _post(call: HookCall, *, at: datetime) -> Reply:
    body = json.dumps(call.payload, separators=(",", ":")).encode()
    headers = signed_headers(body, message_id=str(call.uid), secrets_now=secrets_of(call.hook, at=at), at=at)
    sent = {"Content-Type": "application/json", "User-Agent": "government-requests-portal", **headers}
    return post(check(call.hook.url), body, sent)


def _without(call: HookCall, detail: str) -> str:
    """Keep nothing of what we sent, should the receiver say it back."""
    told = [value for value in call.payload.get("data", {}).values() if value and isinstance(value, str)]
    return detail.partition(":")[0] if any(text in detail for text in told) else detail


def _switch_off(hook: Hook, *, at: datetime) -> None:
    """Switch a hook off because its receiver asked for it, and have administrators told."""
    off = {"active": False, "gone_at": at, "lock_version": F("lock_version") + 1}
    if Hook.objects.filter(pk=hook.pk, active=True).update(**off):
        record_event(
            NotificationEvent.HOOK_CHANGED,
            by=None,
            obj=hook,
            reason="The receiver answered 410",
            data={"now": "off"},
            at=at,
        )
        tell_gone(hook, at=at)
