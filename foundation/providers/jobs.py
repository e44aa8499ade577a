"""Instructions to the company's own systems: asked once by key, carried out under a lease, answered in the row.

Whoever asked looks at the state: pending and running are on their way; done has the answer; given_up wants a person.
A worker that dies after the act and before its answer is stored leaves a lease that ends: the next try sends the same
key, and the other side answers what it did the first time. An app may have itself asked before each try (stopping.py).

Answers: preserve: the snapshot's manifest. release: {"hold", "at"}: when the copies were gone. export: {"files":
[{"document", "name", "category", "rows", "size", "sha256", "fields", "extracted_at"}]}, document being the primary key
of a stored Document. freeze: {"freeze", "asset", "balance", "amount", "at"}, amounts as text in units of the asset.
lift: {"freeze", "at"}. notify: {"reference", "at"}: when the letter was in the account holder's pages.
"""

import logging
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from django.db import DatabaseError, transaction
from django.db.models import Q
from django.utils import timezone

from foundation.audit.canonical import JSON
from foundation.audit.trail import record
from foundation.core.hurry import hurry_on_commit
from foundation.core.jobs import JobState, claim, fail, finish
from foundation.documents import services as documents
from foundation.documents.models import Document
from foundation.providers.connectors.base import (
    CannotDo,
    Connector,
    ConnectorFailed,
    ExportedFile,
    Letter,
    UnknownAccount,
)
from foundation.providers.connectors.registry import connector_for
from foundation.providers.events import ProviderEvent
from foundation.providers.models import ConnectorAct, ConnectorJob, Provider
from foundation.providers.stopping import stopped

logger = logging.getLogger(__name__)

# Longer than the slowest export; who dies while holding one is found after it.
LEASE = timedelta(minutes=15)
BATCH = 10
TRIES = 8
EXPORT_PURPOSE = "connector export"
_NEEDED = {
    ConnectorAct.PRESERVE: {"categories", "until", "hold"},
    ConnectorAct.EXPORT: {"categories", "from", "to"},
    ConnectorAct.RELEASE: {"hold"},
    ConnectorAct.FREEZE: {"freeze", "asset", "amount"},
    ConnectorAct.LIFT: {"freeze"},
    ConnectorAct.NOTIFY: {"reference", "language", "subject", "text"},
}
# Without them all there is is kept.
_OPTIONAL = {ConnectorAct.PRESERVE: {"from", "to"}}
_TIMES = {"from", "to", "until"}


class DifferentInstruction(ValueError):
    """The key was used before for something else: a mistake of the caller."""


@transaction.atomic
def ask(
    provider: Provider,
    act: ConnectorAct,
    *,
    key: str,
    owner_type: str,
    owner_id: str,
    account: str,
    arguments: Mapping[str, object],
    at: datetime | None = None,
) -> ConnectorJob:
    """Write down an instruction; the same key again returns the first row and asks nothing.

    Arguments, with times as aware datetimes or ISO text: preserve: categories, until, hold, and from and to where only
    records of [from, to) are kept; export: categories, from, to; release: hold; freeze: freeze (whose), asset, amount
    (text in units of the asset, empty: all); lift: freeze; notify: reference, language, subject, text.
    """
    at = at or timezone.now()
    act = ConnectorAct(act)
    values = {name: _plain(name, value) for name, value in arguments.items()}
    if values.keys() not in (_NEEDED[act], _NEEDED[act] | _OPTIONAL.get(act, set())):
        raise ValueError(f"{act} takes {', '.join(sorted(_NEEDED[act]))}, not {', '.join(sorted(values))}.")
    job, new = ConnectorJob.objects.get_or_create(
        idempotency_key=key,
        defaults={
            "provider": provider, "act": act, "owner_type": owner_type, "owner_id": str(owner_id), "account": account,
            "arguments": values, "due_at": at,
        },
    )  # fmt: skip
    if (job.provider_id, job.act, job.account, job.arguments) != (provider.pk, act, account, values):
        raise DifferentInstruction(f"{key} was already used for another instruction.")
    if new:
        # Of a letter the trail keeps which one it was, not its words.
        kept = {name: value for name, value in values.items() if name != "text"}
        _record(ProviderEvent.ASKED, job, at=at, data={"arguments": kept})
    if job.state == JobState.PENDING:
        hurry_on_commit("providers.run", job.pk)
    return job


def jobs_of(owner_type: str, owner_id: str | int) -> list[ConnectorJob]:
    """Return the instructions of one owner, oldest first."""
    return list(ConnectorJob.objects.filter(owner_type=owner_type, owner_id=str(owner_id)).order_by("pk"))


def run(job: ConnectorJob, at: datetime | None = None) -> ConnectorJob:
    """Carry out one instruction if it is due and nobody else has it; return the row as it is afterwards."""
    at = at or timezone.now()
    for claimed in claim(ConnectorJob.objects.filter(pk=job.pk), at=at, lease=LEASE, limit=1):
        _carry_out(claimed, at)
    job.refresh_from_db()
    return job


def sweep(at: datetime | None = None, *, limit: int = BATCH) -> int:
    """Carry out what is due and was not hurried, failed before, or was dropped; return how many were taken."""
    at = at or timezone.now()
    taken = 0
    # One at a time: a lease starts when the work does.
    while taken < limit:
        claimed = claim(ConnectorJob.objects.select_related("provider"), at=at, lease=LEASE, limit=1)
        if not claimed:
            break
        _carry_out(claimed[0], at)
        taken += 1
    return taken


def try_again(job: ConnectorJob, *, by: Any, at: datetime | None = None) -> bool:
    """Put back an instruction that was given up; False where it was not."""
    at = at or timezone.now()
    with transaction.atomic():
        given_up = ConnectorJob.objects.filter(Q(pk=job.pk), state=JobState.GIVEN_UP)
        if not given_up.update(state=JobState.PENDING, due_at=at, attempts=0, finished_at=None):
            return False
        job.refresh_from_db()
        _record(ProviderEvent.ASKED, job, at=at, data={"again": True}, by=by)
        hurry_on_commit("providers.run", job.pk)
    return True


def stop(job: ConnectorJob, *, by: Any, at: datetime | None = None) -> bool:
    """Ask no more, because a person does it by hand; False where it is done, or on its way at this moment."""
    at = at or timezone.now()
    with transaction.atomic():
        waiting = ConnectorJob.objects.filter(Q(claimed_until=None) | Q(claimed_until__lte=at), pk=job.pk)
        if not waiting.exclude(state__in=[JobState.DONE, JobState.GIVEN_UP]).update(
            state=JobState.GIVEN_UP, claimed_until=None, finished_at=at
        ):
            return False
        job.refresh_from_db()
        _record(ProviderEvent.GIVEN_UP, job, at=at, by=by, outcome="failed", reason="A person does it by hand.")
    return True


def _carry_out(job: ConnectorJob, at: datetime) -> None:
    """Ask the company's systems with no transaction open, then write down what came of it."""
    try:
        answer = _answer(job, connector_for(job.provider), at)
    except (UnknownAccount, CannotDo) as error:
        _failed(job, error, at=at, tries=1)
    except (ConnectorFailed, DatabaseError, OSError) as error:
        _failed(job, error, at=at, tries=TRIES)
    except Exception as error:  # a company's own connector may raise anything, and one row must not stop the others
        logger.exception("%s failed", job)
        _failed(job, error, at=at, tries=TRIES)
    else:
        _done(job, answer, at)


@transaction.atomic
def _done(job: ConnectorJob, answer: dict[str, object], at: datetime) -> None:
    """Store the answer and the end of the job together, if the job is still ours."""
    if not finish(job, at=at):
        logger.warning("%s took longer than its lease: another worker has it", job)
        return
    job.answer = answer
    job.save(update_fields=["answer"])
    _record(ProviderEvent.DONE, job, at=at, data={"answer": _summary(job)})


@transaction.atomic
def _failed(job: ConnectorJob, error: Exception, *, at: datetime, tries: int) -> None:
    reason = (str(error) or type(error).__name__)[:300]

    def tell() -> None:
        _record(ProviderEvent.GIVEN_UP, job, at=at, outcome="failed", reason=reason)

    fail(job, reason, at=at, give_up_after=tries, on_given_up=tell)


def _answer(job: ConnectorJob, connector: Connector, at: datetime) -> dict[str, object]:
    if why := stopped(job):
        raise CannotDo(why)
    given, key = job.arguments, job.idempotency_key
    if job.act == ConnectorAct.PRESERVE:
        return _kept(job, connector, at)
    if job.act == ConnectorAct.RELEASE:
        gone = connector.release(job.account, given["hold"], key=key, at=at)
        return {"hold": given["hold"], "at": gone.isoformat()}
    if job.act == ConnectorAct.FREEZE:
        wanted = Decimal(given["amount"]) if given["amount"] else None
        done = connector.freeze(job.account, given["asset"], wanted, freeze=given["freeze"], key=key, at=at)
        return {"freeze": given["freeze"], "asset": done.asset, "balance": str(done.balance),
                "amount": str(done.amount), "at": done.at.isoformat()}  # fmt: skip
    if job.act == ConnectorAct.LIFT:
        lifted = connector.lift(job.account, freeze=given["freeze"], key=key, at=at)
        return {"freeze": given["freeze"], "at": lifted.isoformat()}
    if job.act == ConnectorAct.NOTIFY:
        letter = Letter(**{name: given[name] for name in _NEEDED[ConnectorAct.NOTIFY]})
        there = connector.notify(job.account, letter, key=key, at=at)
        return {"reference": letter.reference, "at": there.isoformat()}
    start, end = datetime.fromisoformat(given["from"]), datetime.fromisoformat(given["to"])
    files = connector.export(job.account, given["categories"], start, end, at=at, key=key)
    return {"files": [_stored(file, at) for file in files]}


def _kept(job: ConnectorJob, connector: Connector, at: datetime) -> dict[str, object]:
    """Have a snapshot kept, and return its manifest."""
    given = job.arguments
    times = {name: datetime.fromisoformat(given[name]) for name in _TIMES & given.keys()}
    period = (times["from"], times["to"]) if "from" in times else None
    return connector.preserve(
        job.account, given["categories"], times["until"], hold=given["hold"], key=job.idempotency_key, at=at,
        period=period,
    ).as_json()  # fmt: skip


def _stored(file: ExportedFile, at: datetime) -> dict[str, object]:
    """Store an exported file, encrypted, and describe it."""
    document: Document = documents.write_generated(
        file.chunks, filename=file.name, media_type=file.media_type, purpose=EXPORT_PURPOSE, by=None, at=at
    )
    return {
        "document": document.pk, "name": file.name, "category": file.category, "rows": file.rows,
        "size": document.size, "sha256": document.sha256, "fields": dict(file.fields),
        "extracted_at": file.extracted_at.isoformat(),
    }  # fmt: skip


def _summary(job: ConnectorJob) -> JSON:
    """Return what the trail keeps of an answer: names and hashes, no contents."""
    files: Sequence[Mapping[str, JSON]] = job.answer.get("files", [])
    return {"files": [{name: file[name] for name in ("name", "rows", "sha256")} for file in files],
            "digest": job.answer.get("digest", "")}  # fmt: skip


def _plain(name: str, value: object) -> JSON:
    """Write an argument as JSON has it; a time must say its zone."""
    if name in _TIMES:
        moment = value if isinstance(value, datetime) else datetime.fromisoformat(str(value))
        if moment.tzinfo is None:
            raise ValueError(f"{name}: {moment.isoformat()} has no time zone.")
        return moment.astimezone(UTC).isoformat()
    if isinstance(value, list | tuple | set | frozenset):
        return sorted(str(item) for item in value)
    return str(value)


def _record(
    event: ProviderEvent,
    job: ConnectorJob,
    *,
    at: datetime,
    data: Mapping[str, JSON] | None = None,
    by: Any = None,
    outcome: str = "ok",
    reason: str = "",
) -> None:
    """Write to the trail of whoever asked."""
    facts: dict[str, JSON] = {"act": job.act, "key": job.idempotency_key, "account": job.account, **(data or {})}
    record(
        event,
        by=by,
        object_type=job.owner_type,
        object_id=job.owner_id,
        object_label=f"{job.get_act_display()}: {job.account}",
        outcome=outcome,
        reason=reason,
        data=facts,
        at=at,
    )
