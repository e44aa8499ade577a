"""What the company's own systems do for a hold: match, keep a snapshot, and let go of it when the hold has ended.

A hold that has anything to do there has work_at. Every step can be done twice: instructions have keys, results are
written under a lock, and a worker takes the row by moving work_at before it starts. Whoever asks for more meanwhile
moves it again, and the worker leaves that alone.

The officer must not learn from how long it takes whether there is an account: what leads to none waits as long as a
snapshot takes, and longer while the company's systems fail for others.
"""

import logging
from collections import Counter
from dataclasses import asdict
from datetime import UTC, datetime, time, timedelta
from typing import Any

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from foundation.audit.canonical import JSON
from foundation.audit.trail import record
from foundation.core.errors import NotAllowed, TransitionRefused
from foundation.core.hurry import hurry_on_commit
from foundation.core.identifiers import Identifier
from foundation.core.jobs import JobState
from foundation.providers import jobs
from foundation.providers.connectors.base import ConnectorFailed, Match, Result
from foundation.providers.connectors.registry import connector_for
from foundation.providers.models import ConnectorAct, ConnectorJob, Provider
from preservation import notify, work_notify
from preservation.enums import ENDED_STATUSES, Acceptance, HoldStatus
from preservation.events import Event
from preservation.models import HeldIdentifier, PreservationHold
from preservation.permissions import accept_refusal, hold_workflow
from preservation.querysets import WAITS_FOR_CHOICE
from preservation.services import certificates, delays
from preservation.services.locks import lock, open_extension
from preservation.services.manifests import gone_at, manifests, not_the_same

logger = logging.getLogger(__name__)

OWNER = "preservation.preservationhold"
LEASE = timedelta(minutes=5)
# Also where nothing was found: how long it takes must not tell the officer whether there is an account.
POLL = timedelta(seconds=20)
TRY_AGAIN = timedelta(minutes=2)
LOOK_AGAIN = timedelta(hours=1)
DAILY = timedelta(days=1)
_ON_THE_WAY = {JobState.PENDING, JobState.RUNNING}


@transaction.atomic
def try_again(hold: PreservationHold, *, by: Any, at: datetime | None = None) -> int:
    """Put back what the company's systems gave up for a hold, and go on with it now; return how many instructions.

    Where they do not even answer what was named, that is asked again. Raises NotAllowed where this person may not,
    and TransitionRefused where nothing waits for them.
    """
    at = at or timezone.now()
    row = lock(hold)
    if refusal := accept_refusal(by, row):
        raise NotAllowed(refusal)
    if row.work_at is None:
        raise TransitionRefused("Nothing waits for our systems: this hold is carried out.")
    again = sum(jobs.try_again(job, by=by, at=at) for job in jobs.jobs_of(OWNER, row.pk))
    record(Event.TRIED_AGAIN, by=by, obj=row, data={"instructions": again}, at=at)
    row.work_at = at
    row.save(update_fields=["work_at"])
    hurry_on_commit("preservation.execute", row.pk)
    return again


def sweep(*, at: datetime | None = None, limit: int = 100) -> int:
    """Go on with every hold that has something to do; one that fails does not keep the others waiting."""
    at = at or timezone.now()
    done = 0
    for pk in list(PreservationHold.objects.work_due(at).values_list("pk", flat=True)[:limit]):
        try:
            done += work(pk, at=at)
        except Exception:
            logger.exception("Hold %s could not be carried out", pk)
    return done


def work(pk: int, *, at: datetime | None = None) -> int:
    """Do the next step for one hold, if it is due and nobody else does it; 1 where something was done."""
    at = at or timezone.now()
    if not PreservationHold.objects.filter(pk=pk, work_at__lte=at).update(work_at=at + LEASE):
        return 0
    hold = PreservationHold.objects.select_related("provider", "officer", "agency", "process_type").get(pk=pk)
    hold.work_at = at + LEASE
    if hold.is_open:
        _keep(hold, at)
    elif hold.status in ENDED_STATUSES and hold.destroyed_at is None:
        _let_go(hold, at)
    else:
        _later(hold, None)
    return 1


def _keep(hold: PreservationHold, at: datetime) -> None:
    """Match what was named, have a snapshot kept for each account, then write down what was kept."""
    if hold.identifiers.filter(match_result="", released_at=None).exists():
        try:
            _match(hold, at)
        except ConnectorFailed as error:
            logger.warning("%s cannot be matched: %s", hold, error)
            delays.alarm(hold, str(error), at, after=delays.ALARM_AFTER)
            delays.tell_late(hold, at)
            _later(hold, at + TRY_AGAIN)
            return
    asked = [*_ask_to_keep(hold, at), *_ask_to_drop(hold, at)]
    states = {job.state for job in asked}
    made = manifests(jobs.jobs_of(OWNER, hold.pk))
    if JobState.GIVEN_UP in states:
        _write(hold, made, at)
        delays.alarm(hold, "The company's systems gave up keeping a snapshot.", at)
        if _not_kept(asked):
            delays.tell_late(hold, at)
        _later(hold, at + LOOK_AGAIN)
    elif states & _ON_THE_WAY or _too_soon(hold, at):
        if states & _ON_THE_WAY:
            delays.alarm(hold, "The company's systems have not answered yet.", at, after=delays.ALARM_AFTER)
        if _not_kept(asked):
            delays.tell_late(hold, at)
        _later(hold, _next_look(asked, at))
    elif hold.snapshot_at is None or hold.snapshot != {"accounts": made}:
        _kept(hold, made, at)
    else:
        _finish(hold, at)


def _finish(hold: PreservationHold, at: datetime) -> None:
    """Make the certificate once the hold is accepted; then rest, or remind of a choice that nobody made."""
    delays.tell_done(hold, at)
    if hold.certificate_id is None and hold.acceptance != Acceptance.PENDING:
        _later(hold, at + TRY_AGAIN)
        if certificates.make(hold, at=at) is None:
            return
    if to_choose(hold).exists():
        work_notify.to_choose(hold, at=at)
        _later(hold, at + DAILY)
    else:
        _later(hold, None)


def to_choose(hold: PreservationHold) -> QuerySet[HeldIdentifier]:
    """Return what leads to several accounts, of which nobody has chosen: nothing is kept of these."""
    return hold.identifiers.filter(WAITS_FOR_CHOICE)


def troubles(hold: PreservationHold) -> list[str]:
    """Return, for staff, what the company's systems were asked and have not done; empty where all is well."""
    if hold.work_at is None:
        return []
    found = [
        f"{job.get_act_display()}, account {job.account}: {job.last_error or 'no answer'}"
        + (" Given up." if job.state == JobState.GIVEN_UP else " Tried again by itself.")
        for job in jobs.jobs_of(OWNER, hold.pk)
        if job.state == JobState.GIVEN_UP or (job.state in _ON_THE_WAY and job.last_error)
    ]
    late = hold.is_open and hold.starts_at and timezone.now() - hold.starts_at > LEASE
    if late and hold.identifiers.filter(match_result="", released_at=None).exists():
        found.append("What the officer named is not searched for yet.")
    return found


def _too_soon(hold: PreservationHold, at: datetime) -> bool:
    """Say whether a hold without an account waits like one with an account, so that nothing is told by the time."""
    if hold.snapshot_at is not None and hold.certificate_id is not None:
        return False
    return at - delays.since(hold, at) < POLL or _systems_fail(hold.provider)


def _not_kept(asked: list[ConnectorJob]) -> bool:
    """Say whether the officer waits for anything: not for copies of a part that are to be deleted."""
    keeping = [job for job in asked if job.act == ConnectorAct.PRESERVE]
    return not asked or any(job.state != JobState.DONE for job in keeping)


def _systems_fail(provider: Provider) -> bool:
    """Say whether snapshots of this company are being tried again: then nobody is told that theirs is carried out."""
    trying = ConnectorJob.objects.filter(state__in=_ON_THE_WAY, provider=provider, act=ConnectorAct.PRESERVE)
    return trying.exclude(last_error="").exists()


def _match(hold: PreservationHold, at: datetime) -> None:
    """Ask with no transaction open; only a single account is taken, never all that an identifier could mean."""
    named = list(hold.identifiers.filter(match_result="", released_at=None).order_by("pk"))
    asked = [Identifier(item.kind, item.given, item.normalised, item.network, detail=item.detail) for item in named]
    answers: list[Match] = connector_for(hold.provider).match(asked)
    if len(answers) != len(named):
        raise ConnectorFailed("The company's systems did not answer every identifier.")
    with transaction.atomic():
        row = lock(hold)
        results = Counter(str(answer.result) for answer in answers)
        record(Event.IDENTIFIERS_MATCHED, by=None, obj=row, data={"results": dict(results)}, at=at)
        for item, answer in zip(named, answers, strict=True):
            account = answer.accounts[0].uid if answer.result == Result.EXACT else ""
            several = [asdict(found) for found in answer.accounts] if answer.result == Result.AMBIGUOUS else []
            # What another worker, or a person, wrote meanwhile stays.
            hold.identifiers.filter(pk=item.pk, match_result="").update(
                match_result=answer.result, account=account, candidates=several
            )


def _ask_to_keep(hold: PreservationHold, at: datetime) -> list[ConnectorJob]:
    """Return the instructions to keep until the present end, one for each account; an extension makes new ones."""
    if hold.expires_at is None:
        return []
    arguments = {"categories": hold.categories, "until": hold.expires_at, "hold": hold.reference, **_days(hold)}
    return [
        jobs.ask(
            hold.provider,
            ConnectorAct.PRESERVE,
            key=f"hold:{hold.pk}:preserve:{hold.expires_at:%Y-%m-%d}:{account}",
            owner_type=OWNER,
            owner_id=str(hold.pk),
            account=account,
            arguments=arguments,
            at=at,
        )
        for account in sorted(_accounts(hold))
    ]


def _days(hold: PreservationHold) -> dict[str, datetime]:
    """Return the records' first moment and the one after the last, in UTC; nothing where no days were named."""
    if hold.period_from is None or hold.period_to is None:
        return {}
    first, last = (datetime.combine(day, time(), UTC) for day in (hold.period_from, hold.period_to))
    return {"from": first, "to": last + timedelta(days=1)}


def _accounts(hold: PreservationHold) -> set[str]:
    """Return the accounts that the hold is on: those of what was named and not released."""
    named = hold.identifiers.filter(released_at=None).exclude(account="")
    return set(named.values_list("account", flat=True))


def _ask_to_drop(hold: PreservationHold, at: datetime) -> list[ConnectorJob]:
    """Have the copies of accounts deleted that the hold is not on any more, once they are there."""
    wanted = _accounts(hold)
    kept = [job for job in _jobs(hold, ConnectorAct.PRESERVE) if job.account not in wanted]
    coming = [job for job in kept if job.state in _ON_THE_WAY]
    gone = {job.account for job in kept} - {job.account for job in coming}
    return [*coming, *(_release(hold, account, at, part=True) for account in sorted(gone))]


def _release(hold: PreservationHold, account: str, at: datetime, *, part: bool = False) -> ConnectorJob:
    """Return the instruction to delete the copies of an account; part: of what was released while others are kept."""
    return jobs.ask(
        hold.provider,
        ConnectorAct.RELEASE,
        key=f"hold:{hold.pk}:{'part' if part else 'release'}:{account}",
        owner_type=OWNER,
        owner_id=str(hold.pk),
        account=account,
        arguments={"hold": hold.reference},
        at=at,
    )


@transaction.atomic
def _kept(hold: PreservationHold, made: list[dict[str, Any]], at: datetime) -> None:
    """Write the manifests of all snapshots into the hold; the first time, the hold is carried out."""
    row = _write(hold, made, at)
    if row is None:
        return
    if row.snapshot_at is None:
        row.snapshot_at = hold.snapshot_at = at
        facts: dict[str, JSON] = {
            "accounts": len(made),
            "digests": [str(manifest.get("digest")) for manifest in made],
        }
        record(Event.SNAPSHOT_TAKEN, by=None, obj=row, data=facts, at=at)
        row.save(update_fields=["snapshot_at"])
    delays.tell_done(row, at)
    _later(hold, at + TRY_AGAIN)
    if row.certificate_id is None and row.acceptance != Acceptance.PENDING:
        hurry_on_commit("preservation.certificate", row.pk)


@transaction.atomic
def _write(hold: PreservationHold, made: list[dict[str, Any]], at: datetime) -> PreservationHold | None:
    """Keep the manifests with the hold, and alarm staff where copies are not what was first kept; None once ended."""
    row = lock(hold)
    if not row.is_open:
        return None
    new = not_the_same(made) - not_the_same(row.snapshot.get("accounts", []))
    row.snapshot = hold.snapshot = {"accounts": made}
    row.save(update_fields=["snapshot"])
    if new:
        words = "The copies are not what was first kept."
        record(Event.SNAPSHOT_DIFFERS, by=None, obj=row, outcome="failed", reason=words, at=at)
        work_notify.copies_differ(row, at=at)
    return row


def _let_go(hold: PreservationHold, at: datetime) -> None:
    """Have the copies deleted, once nothing is still on its way to being kept and nobody can ask for more time."""
    if wait := _stays_until(hold, at):
        if wait != hold.grace_until:  # asked for late, and nobody has decided
            notify.extension_overdue(hold, at=at)
        _later(hold, wait)
        return
    if any(job.state in _ON_THE_WAY for job in _jobs(hold, ConnectorAct.PRESERVE)):
        _later(hold, at + POLL)
        return
    asked = _ask_to_let_go(hold, at)
    if asked is None:  # in force again
        return
    states = {job.state for job in asked}
    if JobState.GIVEN_UP in states:
        delays.alarm(hold, "The company's systems gave up deleting a snapshot.", at)
        _later(hold, at + LOOK_AGAIN)
    elif states & _ON_THE_WAY:
        delays.alarm(hold, "The company's systems have not deleted a snapshot.", at, after=delays.ALARM_AFTER)
        _later(hold, _next_look(asked, at))
    else:
        _destroyed(hold, asked, at)


def _stays_until(hold: PreservationHold, at: datetime) -> datetime | None:
    """Return until when the copies of an ended hold stay at least, or None where they go now."""
    if hold.status != HoldStatus.EXPIRED:
        return None
    if hold.grace_until is not None and hold.grace_until > at:
        return hold.grace_until
    return at + LOOK_AGAIN if open_extension(hold) is not None else None


@transaction.atomic
def _ask_to_let_go(hold: PreservationHold, at: datetime) -> list[ConnectorJob] | None:
    """Write down what is to be deleted, under the lock that a late extension is granted under; None where it was."""
    row = lock(hold)
    if row.status not in ENDED_STATUSES or _stays_until(row, at):
        return None
    instructions = jobs.jobs_of(OWNER, row.pk)
    gone = {job.account for job in instructions if ":part:" in job.idempotency_key and job.state == JobState.DONE}
    kept = {job.account for job in instructions if job.act == ConnectorAct.PRESERVE}
    return [_release(row, account, at) for account in sorted(kept - gone)]


@transaction.atomic
def _destroyed(hold: PreservationHold, asked: list[ConnectorJob], at: datetime) -> None:
    """Write down that the copies are gone, when, and for how many accounts."""
    row = lock(hold)
    if row.status not in ENDED_STATUSES - {HoldStatus.DESTROYED}:
        return
    row.snapshot = {"accounts": manifests(jobs.jobs_of(OWNER, row.pk))}
    row.save(update_fields=["snapshot"])
    gone = [gone_at(job) for job in asked]
    last = max((datetime.fromisoformat(moment) for moment in gone if moment), default=at)
    data: dict[str, JSON] = {"accounts": len(asked), "gone_at": last.isoformat()}
    hold_workflow.advance(row, "destroy", by=None, at=at, data=data, destroyed_at=last, work_at=None)


def _next_look(asked: list[ConnectorJob], at: datetime) -> datetime:
    """Return when to look again at instructions on their way: soon after the first of them is tried next."""
    tried = [job.due_at for job in asked if job.state in _ON_THE_WAY]
    return max(at, min(tried, default=at)) + POLL


def _jobs(hold: PreservationHold, act: ConnectorAct) -> list[ConnectorJob]:
    return [job for job in jobs.jobs_of(OWNER, hold.pk) if job.act == act]


def _later(hold: PreservationHold, at: datetime | None) -> None:
    """Come back then; unless somebody asked for more meanwhile, who said when."""
    if PreservationHold.objects.filter(pk=hold.pk, work_at=hold.work_at).update(work_at=at):
        hold.work_at = at
