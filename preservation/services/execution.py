"""What the company's own systems do for a hold: match, keep a snapshot, and let go of it when the hold has ended.

A hold that has anything to do there has work_at. Every step can be done twice: instructions have keys, results are
written under a lock, and a worker takes the row by moving work_at before it starts.
"""

import logging
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.utils import timezone

from foundation.audit.canonical import JSON
from foundation.audit.trail import entries_for, record
from foundation.core.hurry import hurry_on_commit
from foundation.core.identifiers import Identifier
from foundation.core.jobs import JobState
from foundation.providers import jobs
from foundation.providers.connectors.base import ConnectorFailed, Match
from foundation.providers.connectors.registry import connector_for
from foundation.providers.models import ConnectorAct, ConnectorJob
from preservation import notify
from preservation.enums import ENDED_STATUSES, HoldStatus
from preservation.events import Event
from preservation.models import PreservationHold
from preservation.permissions import hold_workflow
from preservation.services import certificates
from preservation.services.locks import lock, open_extension

logger = logging.getLogger(__name__)

OWNER = "preservation.preservationhold"
LEASE = timedelta(minutes=5)
# Also where nothing was found: how long it takes must not tell the officer whether there is an account.
POLL = timedelta(seconds=20)
TRY_AGAIN = timedelta(minutes=2)
LOOK_AGAIN = timedelta(hours=1)
ALARM_AFTER = timedelta(hours=1)
_ON_THE_WAY = {JobState.PENDING, JobState.RUNNING}


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
    hold = PreservationHold.objects.select_related("provider", "officer", "agency").get(pk=pk)
    if hold.is_open:
        _keep(hold, at)
    elif hold.status in ENDED_STATUSES and hold.destroyed_at is None:
        _let_go(hold, at)
    else:
        _later(hold, None)
    return 1


def _keep(hold: PreservationHold, at: datetime) -> None:
    """Match what was named, have a snapshot kept for each account, then write down what was kept."""
    if hold.identifiers.filter(match_result="").exists():
        try:
            _match(hold, at)
        except ConnectorFailed as error:
            logger.warning("%s cannot be matched: %s", hold, error)
            _alarm(hold, str(error), at, after=ALARM_AFTER)
            _later(hold, at + TRY_AGAIN)
            return
    asked = _ask_to_keep(hold, at)
    states = {job.state for job in asked}
    if JobState.GIVEN_UP in states:
        _alarm(hold, "The company's systems gave up keeping a snapshot.", at)
        _later(hold, at + LOOK_AGAIN)
    elif states & _ON_THE_WAY or (hold.starts_at and hold.snapshot_at is None and at - hold.starts_at < POLL):
        _later(hold, at + POLL)
    elif hold.snapshot_at is None or len(hold.snapshot["accounts"]) < len(_kept_manifests(hold)):
        _kept(hold, at)
    elif hold.certificate_id is None:
        _certify(hold, at)
    else:
        _later(hold, None)


def _match(hold: PreservationHold, at: datetime) -> None:
    """Ask with no transaction open; only a single account is taken, never all that an identifier could mean."""
    named = list(hold.identifiers.filter(match_result="").order_by("pk"))
    asked = [Identifier(item.kind, item.given, item.normalised, item.network, detail=item.detail) for item in named]
    answers: list[Match] = connector_for(hold.provider).match(asked)
    if len(answers) != len(named):
        raise ConnectorFailed("The company's systems did not answer every identifier.")
    with transaction.atomic():
        lock(hold)
        for item, answer in zip(named, answers, strict=True):
            item.match_result = answer.result
            item.account = answer.accounts[0].uid if len(answer.accounts) == 1 else ""
            item.save(update_fields=["match_result", "account"])


def _ask_to_keep(hold: PreservationHold, at: datetime) -> list[ConnectorJob]:
    """Return the instructions to keep until the present end, one for each account; an extension makes new ones."""
    if hold.expires_at is None:
        return []
    accounts = sorted(set(hold.identifiers.exclude(account="").values_list("account", flat=True)))
    arguments = {"categories": hold.categories, "until": hold.expires_at, "hold": hold.reference}
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
        for account in accounts
    ]


@transaction.atomic
def _kept(hold: PreservationHold, at: datetime) -> None:
    """Write the manifests of all snapshots into the hold; the first time, the hold is carried out."""
    row = lock(hold)
    if not row.is_open:
        return
    manifests = _kept_manifests(row)
    row.snapshot = {"accounts": manifests}
    if row.snapshot_at is None:
        row.snapshot_at = at
        facts: dict[str, JSON] = {
            "accounts": len(manifests),
            "digests": [str(manifest.get("digest")) for manifest in manifests],
        }
        record(Event.SNAPSHOT_TAKEN, by=None, obj=row, data=facts, at=at)
    wanted = row.certificate_id is None
    row.work_at = at + TRY_AGAIN if wanted else None
    row.save(update_fields=["snapshot", "snapshot_at", "work_at"])
    if wanted:
        hurry_on_commit("preservation.certificate", row.pk)


def _certify(hold: PreservationHold, at: datetime) -> None:
    """Make the certificate that was not hurried or failed before."""
    _later(hold, at + TRY_AGAIN)
    certificates.make(hold, at=at)


def _let_go(hold: PreservationHold, at: datetime) -> None:
    """Have the copies deleted, once nothing is still on its way to being kept and nobody may ask for them any more."""
    if (until := _kept_until(hold, at)) is not None:
        _later(hold, until)
        return
    kept = _jobs(hold, ConnectorAct.PRESERVE)
    if any(job.state in _ON_THE_WAY for job in kept):
        _later(hold, at + POLL)
        return
    asked = [
        jobs.ask(
            hold.provider,
            ConnectorAct.RELEASE,
            key=f"hold:{hold.pk}:release:{account}",
            owner_type=OWNER,
            owner_id=str(hold.pk),
            account=account,
            arguments={"hold": hold.reference},
            at=at,
        )
        for account in sorted({job.account for job in kept})
    ]
    states = {job.state for job in asked}
    if JobState.GIVEN_UP in states:
        _alarm(hold, "The company's systems gave up deleting a snapshot.", at)
        _later(hold, at + LOOK_AGAIN)
    elif states & _ON_THE_WAY:
        _later(hold, at + POLL)
    else:
        _destroyed(hold, len(asked), at)


def _kept_until(hold: PreservationHold, at: datetime) -> datetime | None:
    """Return when to look again at the copies of an ended hold that stay for a late request, or None."""
    if hold.status != HoldStatus.EXPIRED:
        return None
    if hold.grace_until is not None and hold.grace_until > at:
        return hold.grace_until
    return at + LOOK_AGAIN if open_extension(hold) is not None else None


@transaction.atomic
def _destroyed(hold: PreservationHold, accounts: int, at: datetime) -> None:
    row = lock(hold)
    if row.status not in {HoldStatus.RELEASED, HoldStatus.EXPIRED, HoldStatus.DECLINED}:
        return
    hold_workflow.advance(row, "destroy", by=None, at=at, data={"accounts": accounts}, destroyed_at=at, work_at=None)


def _jobs(hold: PreservationHold, act: ConnectorAct) -> list[ConnectorJob]:
    return [job for job in jobs.jobs_of(OWNER, hold.pk) if job.act == act]


def _kept_manifests(hold: PreservationHold) -> list[dict[str, Any]]:
    return [job.answer for job in _jobs(hold, ConnectorAct.PRESERVE) if job.state == JobState.DONE]


def _later(hold: PreservationHold, at: datetime | None) -> None:
    PreservationHold.objects.filter(pk=hold.pk).update(work_at=at)


@transaction.atomic
def _alarm(hold: PreservationHold, why: str, at: datetime, *, after: timedelta = timedelta(0)) -> None:
    """Tell staff, and the trail, once a day; at once, or when it has been going on for so long."""
    began = hold.released_at or hold.expired_at or hold.starts_at or at
    if at - began < after:
        return
    recent = entries_for(hold).filter(action=Event.SNAPSHOT_FAILED, occurred_at__gt=at - timedelta(days=1))
    if not recent.exists():
        record(Event.SNAPSHOT_FAILED, by=None, obj=hold, outcome="failed", reason=why, at=at)
        notify.not_carried_out(hold, at=at)
