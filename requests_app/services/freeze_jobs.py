"""The instruction to the company's own systems to freeze, and to lift: asked once by key, answered in the row.

Nothing is ever moved by it: a transfer is done by people. What fails is shown, tried again, or done by hand.
"""

from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from accounts.models import User
from accounts.permissions import Permission
from foundation.audit.trail import record
from foundation.core.errors import NotAllowed, TransitionRefused
from foundation.core.jobs import JobState
from foundation.providers import jobs
from foundation.providers.models import ConnectorAct, ConnectorJob
from requests_app.enums import FreezeAct, FreezeExtent, RequestStatus
from requests_app.events import Event
from requests_app.models import DataRequest, FreezeOrder, FreezeResult
from requests_app.notify import freezes as notify
from requests_app.notify.recipients import responsible
from requests_app.permissions import access_in_force, desk_refusal
from requests_app.services import freeze_orders, freezing
from requests_app.services.frozen import lock_in_force, stands_still
from requests_app.services.locks import lock

_MOVES = "Our systems are never asked to move assets. People transfer them, and record here what they did."
_DIVIDES = (
    "The order names one amount, and several accounts. Our systems cannot divide it: people do it, and record here how "
    "much is kept on which account."
)
_RECORDED = "What was done is recorded already."
_TRIED = "It was tried before: look in our systems whether anything was done."
_OVER = "This is not waiting any more: it was answered, or somebody does it by hand already."


def instruct_refusal(data_request: DataRequest, *, by: User) -> str | None:
    """Say why this person cannot instruct our systems now, or None."""
    freeze = freezing.order_of(data_request)
    if freeze is None:
        return "This request asks for no freeze."
    if refusal := freezing.record_refusal(data_request, by=by):
        return refusal
    if freeze.act == FreezeAct.TRANSFER:
        return _MOVES
    if freeze.instructed_at is not None:
        return "Our systems were instructed already."
    if freeze.recorded_at is not None:
        return _RECORDED
    return _DIVIDES if freeze.amount is not None and len(accounts(data_request)) > 1 else None


def stopped(job: ConnectorJob) -> str:
    """Say why our systems freeze nothing for this instruction any more, or nothing; asked right before each try.

    Hours may lie between the instruction and a try: the order may be quashed or replaced, the call taken back, access
    suspended meanwhile.
    """
    freeze = FreezeOrder.objects.filter(pk=job.owner_id).select_related("data_request__officer").first()
    if freeze is None:
        return "This freeze is not there any more."
    why = _again_refusal(freeze.data_request, freeze) or ""
    return f"{why} {_TRIED}" if why and job.attempts > 1 else why


def again_refusal(data_request: DataRequest, *, by: User) -> str | None:
    """Say why this person cannot ask our systems once more for what they gave up of the freeze, or None."""
    if refusal := desk_refusal(by, Permission.PREPARE_RECORDS, data_request):
        return refusal
    freeze = freezing.order_of(data_request)
    return _OVER if freeze is None else _again_refusal(data_request, freeze)


def lift_again_refusal(data_request: DataRequest, *, by: User) -> str | None:
    """Say why this person cannot ask our systems once more for a lift that they gave up, or None."""
    if refusal := desk_refusal(by, Permission.PREPARE_RECORDS, data_request):
        return refusal
    freeze = freezing.order_of(data_request)
    lift = freeze_orders.lift_of(freeze) if freeze else None
    return None if lift and freeze_orders.is_open(lift) and lift.recorded_at is None else _OVER


def _again_refusal(data_request: DataRequest, freeze: FreezeOrder) -> str | None:
    if data_request.status != RequestStatus.GRANTED:
        return "This freeze is not granted any more."
    if freeze.recorded_at is not None:
        return _RECORDED
    return freeze_orders.said_refusal(data_request, freeze) or access_in_force(data_request)


@transaction.atomic
def instruct(data_request: DataRequest, *, by: User, at: datetime | None = None) -> FreezeOrder:
    """Ask our own systems to keep the assets, once for each account, of what two people granted.

    The answers are taken over by themselves; a second person confirms them. Raises NotAllowed.
    """
    at = at or timezone.now()
    data_request = lock_in_force(data_request)
    if refusal := instruct_refusal(data_request, by=by):
        raise NotAllowed(refusal)
    freeze = data_request.freeze
    freeze.instructed_at, freeze.instructed_by = at, by
    freeze.save(update_fields=["instructed_at", "instructed_by"])
    amount = "" if freeze.amount is None else f"{freeze.amount:f}"
    for account in accounts(data_request):
        jobs.ask(
            data_request.provider, ConnectorAct.FREEZE, key=f"freeze:{freeze.pk}:{account}",
            owner_type=freeze_orders.OWNER, owner_id=str(freeze.pk), account=account,
            arguments={"freeze": name_of(freeze), "asset": freeze.asset, "amount": amount}, at=at,
        )  # fmt: skip
    record(Event.FREEZE_INSTRUCTED, by=by, obj=data_request, data={"accounts": accounts(data_request)}, at=at)
    return freeze


def accounts(data_request: DataRequest) -> list[str]:
    """Return the accounts that are frozen, each once however many identifiers led to it."""
    return list(dict.fromkeys(line.target.account for _number, line in freezing.to_do(data_request)))


def name_of(freeze: FreezeOrder) -> str:
    """Return the name under which our systems know this freeze."""
    return f"freeze-{freeze.pk}"


@transaction.atomic
def again(data_request: DataRequest, job_id: int, *, by: User, at: datetime | None = None) -> ConnectorJob:
    """Try once more what our systems gave up, with the same key. Nothing is asked again of what people recorded.

    Raises NotAllowed, TransitionRefused where it waits or is done.
    """
    at = at or timezone.now()
    data_request, job = _job(data_request, job_id, by=by)
    if job.act == ConnectorAct.FREEZE:
        refusal = stands_still(data_request) or again_refusal(data_request, by=by)
    else:
        refusal = lift_again_refusal(data_request, by=by)
    if refusal:
        raise NotAllowed(refusal)
    if not jobs.try_again(job, by=by, at=at):
        raise TransitionRefused(_OVER)
    return job


@transaction.atomic
def by_hand(data_request: DataRequest, job_id: int, *, by: User, at: datetime | None = None) -> ConnectorJob:
    """Take an instruction back that waits, so that people do it. Raises TransitionRefused where it is under way."""
    at = at or timezone.now()
    data_request, job = _job(data_request, job_id, by=by)
    if not jobs.stop(job, by=by, at=at):
        raise TransitionRefused("Our systems are at it, or have answered. Look again in a minute.")
    record(Event.FREEZE_BY_HAND, by=by, obj=data_request, data={"account": job.account}, at=at)
    return job


def _job(data_request: DataRequest, job_id: int, *, by: User) -> tuple[DataRequest, ConnectorJob]:
    """Return the request locked, and the instruction of its freeze or of its lift."""
    row = lock(data_request)
    if refusal := desk_refusal(by, Permission.PREPARE_RECORDS, row):
        raise NotAllowed(refusal)
    freeze = freezing.order_of(row)
    if freeze is None:
        raise TransitionRefused(_OVER)
    owners = Q(owner_type=freeze_orders.OWNER, owner_id=str(freeze.pk))
    if lift := freeze_orders.lift_of(freeze):
        owners |= Q(owner_type=freeze_orders.LIFT_OWNER, owner_id=str(lift.pk))
    job = ConnectorJob.objects.filter(owners, pk=job_id).first()
    if job is None:
        raise TransitionRefused(_OVER)
    return row, job


def take_over_due(*, at: datetime | None = None, limit: int = 50) -> int:
    """Write down what our systems answered for granted freezes, and tell who instructed of what failed.

    Safe to run twice; return how many freezes were recorded.
    """
    at = at or timezone.now()
    waiting = FreezeOrder.objects.filter(
        instructed_at__isnull=False, recorded_at=None, data_request__status=RequestStatus.GRANTED
    )
    # The newest first: those that people do by hand wait here long, and keep no other one waiting.
    waiting = waiting.select_related("data_request").order_by("-instructed_at")
    return sum(take_over(row.data_request, at=at) for row in waiting[:limit])


@transaction.atomic
def take_over(data_request: DataRequest, *, at: datetime) -> bool:
    """Record what our systems answered, once all of them have; the person who instructed them recorded it."""
    row = lock(data_request)
    freeze = FreezeOrder.objects.select_related("instructed_by").get(data_request=row)
    if row.status != RequestStatus.GRANTED or freeze.recorded_at is not None or freeze.instructed_by is None:
        return False
    asked = freeze_orders.asked_of_systems(freeze)
    if failed := failed_key(asked):
        notify.failed(freeze, responsible(row, at=at), key=failed, at=at)
        return False
    if not asked or any(job.state != JobState.DONE for job in asked):
        return False
    answers = {job.account: job.answer for job in asked}
    for _number, line in freezing.to_do(row):
        values = result_of(answers[line.target.account], freeze)
        FreezeResult.objects.update_or_create(line=line, defaults=values)
        answers[line.target.account] = {**answers[line.target.account], "said": True}
    freeze.recorded_at, freeze.recorded_by = at, freeze.instructed_by
    freeze.save(update_fields=["recorded_at", "recorded_by"])
    record(Event.FREEZE_RECORDED, by=None, obj=row, data={"answered_by": "our systems"}, at=at)
    return True


def failed_key(asked: list[ConnectorJob]) -> str:
    """Return what tells one failure from the next, for the message about it; empty where nothing was given up."""
    given_up = [job for job in asked if job.state == JobState.GIVEN_UP]
    newest = max((job.finished_at for job in given_up if job.finished_at), default=None)
    return f"failed:{len(given_up)}:{newest:%Y%m%d%H%M%S%f}" if newest else ""


def result_of(answer: dict[str, Any], freeze: FreezeOrder) -> dict[str, Any]:
    """Return the result of a line from an answer: in full, in part where the balance was short, or nothing."""
    amount, balance = Decimal(answer["amount"]), Decimal(answer["balance"])
    # Several identifiers may lead to one account: it was frozen once.
    note = "The same account as above, frozen once." if answer.get("said") else ""
    in_full = amount >= (balance if freeze.amount is None else freeze.amount)
    extent = FreezeExtent.NOTHING if not amount else FreezeExtent.IN_FULL if in_full else FreezeExtent.IN_PART
    return {
        "extent": extent, "balance": balance, "amount": amount or None, "note": note,
        "done_at": datetime.fromisoformat(answer["at"]),
    }  # fmt: skip
