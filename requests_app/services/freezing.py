"""What was done about a freeze or seizure: recorded by one person, confirmed by a second. The portal moves nothing."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.dateformat import format as format_date

from accounts import cool_down
from accounts.models import User
from accounts.permissions import Permission
from foundation.audit.canonical import JSON
from foundation.audit.trail import record
from foundation.core.errors import Incomplete, NotAllowed, Stale
from requests_app.confirming import wallet_confirmed_at
from requests_app.enums import FreezeAct, FreezeExtent, LineDecision, Outcome, RequestKind, RequestStatus
from requests_app.events import Event
from requests_app.models import DataRequest, FreezeOrder, FreezeResult, RequestLine
from requests_app.notify import desk as notify
from requests_app.permissions import desk_refusal, request_workflow
from requests_app.services import freeze_orders
from requests_app.services.contents import lines_of
from requests_app.services.frozen import lock_in_force
from requests_app.services.locks import lock

# Clocks of people and of this server may differ by so much.
_AHEAD = timedelta(minutes=10)
_OUT_OF_ORDER = "If it is right, it was done out of order: tell counsel, and do not record it here."
_PEOPLE = ("data_request", "recorded_by", "confirmed_by", "instructed_by")


@dataclass(frozen=True)
class Done:
    """What was done for one account, in units of the asset."""

    extent: str
    done_at: datetime
    balance: Decimal | None = None
    amount: Decimal | None = None
    note: str = ""


def to_do(data_request: DataRequest) -> list[tuple[int, RequestLine]]:
    """Return the lines that are carried out, with the numbers they have everywhere."""
    return [(n, line) for n, line in enumerate(lines_of(data_request), 1) if line.decision == LineDecision.PRODUCE]


def results_of(data_request: DataRequest) -> dict[int, FreezeResult]:
    """Return what is recorded, by line."""
    return {row.line_id: row for row in FreezeResult.objects.filter(line__data_request=data_request)}


def record_refusal(data_request: DataRequest, *, by: User) -> str | None:
    """Say why this person cannot record what was done now, or None."""
    if refusal := desk_refusal(by, Permission.PREPARE_RECORDS, data_request):
        return refusal
    if refusal := _stage_refusal(data_request):
        return refusal
    return _doing_refusal(data_request)


def confirm_refusal(data_request: DataRequest, *, by: User, at: datetime | None = None) -> str | None:
    """Say why this person cannot confirm what was recorded now, or None."""
    if refusal := desk_refusal(by, Permission.RELEASE_RECORDS, data_request):
        return refusal
    if refusal := _stage_refusal(data_request):
        return refusal
    freeze = order_of(data_request)
    if freeze is None or freeze.recorded_by_id is None:
        return "Nothing is recorded yet."
    if by.pk in (freeze.recorded_by_id, freeze.instructed_by_id):
        return "A second person must confirm: you recorded it."
    if refusal := _doing_refusal(data_request) or _recorded_early(data_request, freeze):
        return refusal
    return cool_down.refusal(by, "confirm a freeze", at=at or timezone.now()) or None


def _doing_refusal(data_request: DataRequest) -> str | None:
    """Say why nothing is done now: not confirmed by call-back, a quashed order, our systems still at it; or None.

    What our own systems did already is recorded and confirmed all the same: it is true, and then it is lifted.
    """
    freeze = order_of(data_request)
    if freeze is None:
        return None
    if freeze.instructed_at is None:
        return freeze_orders.said_refusal(data_request, freeze)
    return freeze_orders.under_way_refusal(freeze_orders.asked_of_systems(freeze))


def _stage_refusal(data_request: DataRequest) -> str | None:
    if data_request.kind != RequestKind.FREEZE:
        return "This request asks for no freeze."
    if data_request.status == RequestStatus.CLOSED:
        return "This is done: it was recorded and confirmed."
    if data_request.status != RequestStatus.GRANTED:
        return "What was done is recorded once the request is granted."
    return None


def order_of(data_request: DataRequest) -> FreezeOrder | None:
    """Return what the freeze asks, and who recorded and confirmed what was done."""
    return FreezeOrder.objects.filter(data_request=data_request).select_related(*_PEOPLE).first()


@transaction.atomic
def record_done(
    data_request: DataRequest, results: Mapping[int, Done], *, by: User, at: datetime | None = None
) -> FreezeOrder:
    """Write down what was done for every line that is carried out; until it is confirmed it can be written again.

    Raises Incomplete with everything that does not fit, NotAllowed for who may not.
    """
    at = at or timezone.now()
    data_request = lock(data_request)
    if refusal := record_refusal(data_request, by=by):
        raise NotAllowed(refusal)
    freeze = data_request.freeze
    lines = to_do(data_request)
    problems = [p for n, line in lines for p in _problems(n, results.get(line.pk), freeze, at)]
    if problems := problems or _short(lines, results, freeze) or _early(data_request, lines, results):
        raise Incomplete(" ".join(problems))
    for _number, line in lines:
        done = results[line.pk]
        values = {"extent": done.extent, "balance": done.balance, "amount": done.amount, "done_at": done.done_at,
                  "note": done.note.strip()}  # fmt: skip
        FreezeResult.objects.update_or_create(line=line, defaults=values)
    freeze.recorded_at, freeze.recorded_by = at, by
    freeze.save(update_fields=["recorded_at", "recorded_by"])
    facts: dict[str, JSON] = {str(n): str(results[line.pk].extent) for n, line in lines}
    record(Event.FREEZE_RECORDED, by=by, obj=data_request, data={"lines": facts}, at=at)
    return freeze


def _problems(number: int, done: Done | None, freeze: FreezeOrder, at: datetime) -> list[str]:
    """Say what does not fit in what was typed for one line."""
    if done is None or done.extent not in FreezeExtent.values:
        return [f"Line {number}: say whether it was done in full, in part, or nothing was there."]
    nothing = done.extent == FreezeExtent.NOTHING
    found = []
    if nothing and done.amount:
        found.append(f"Line {number}: nothing was there to freeze, so leave the amount empty.")
    if not nothing and not done.amount:
        found.append(f"Line {number}: enter how much was frozen or transferred.")
    if done.amount is not None and done.amount < 0:
        found.append(f"Line {number}: the amount cannot be less than nothing.")
    if done.amount and done.balance is not None and done.amount > done.balance:
        found.append(f"Line {number}: more was done than the balance that was found. Check both.")
    if done.amount and freeze.amount is not None and done.amount > freeze.amount:
        found.append(f"Line {number}: this is more than the order says. Check the amount.")
    if done.done_at > at + _AHEAD:
        found.append(f"Line {number}: the time is in the future. Check it.")
    return found


def _short(lines: list[tuple[int, RequestLine]], results: Mapping[int, Done], freeze: FreezeOrder) -> list[str]:
    """Say which lines are called in full though less was done than the order says.

    One amount stands for the whole order: what was done for its accounts counts together, each account once.
    """
    by_account: dict[str, Decimal] = {}
    for _number, line in lines:
        amount = results[line.pk].amount or Decimal(0)
        account = line.target.account or f"line {line.pk}"
        by_account[account] = max(amount, by_account.get(account, Decimal(0)))
    reached = freeze.amount is None or sum(by_account.values()) >= freeze.amount
    found = []
    for number, line in lines:
        done = results[line.pk]
        if done.extent != FreezeExtent.IN_FULL:
            continue
        if freeze.amount is not None and not reached:
            found.append(f"Line {number}: less was done than the order says. Choose that it was done in part.")
        if freeze.amount is None and done.amount and done.balance is not None and done.amount < done.balance:
            found.append(
                f"Line {number}: the order says all of it, and a part of the balance was left. Choose in part."
            )
    return found


def _early(data_request: DataRequest, lines: list[tuple[int, RequestLine]], results: Mapping[int, Any]) -> list[str]:
    """Say which lines were done before they might: before the grant, or before the agency confirmed the destination.

    Times are typed in whole minutes, so that is what is compared.
    """
    limits = [(data_request.decided_at, "before the request was granted")]
    if data_request.freeze.act == FreezeAct.TRANSFER:
        limits.append((wallet_confirmed_at(data_request), "before the agency confirmed the destination"))
    found = []
    for number, line in lines:
        for limit, words in limits:
            if limit is not None and results[line.pk].done_at < limit.replace(second=0, microsecond=0):
                moment = f"{format_date(limit.astimezone(UTC), 'j M Y, H:i')} UTC"
                found.append(f"Line {number}: this time is {words} ({moment}). Check it. {_OUT_OF_ORDER}")
    return found


def _recorded_early(data_request: DataRequest, freeze: FreezeOrder) -> str | None:
    """Say that what people recorded was done before it might be, also where the destination was called anew since."""
    if freeze.instructed_at is not None:
        return None
    stored = results_of(data_request)
    found = _early(data_request, [(n, line) for n, line in to_do(data_request) if line.pk in stored], stored)
    return " ".join(found) or None


@transaction.atomic
def confirm(data_request: DataRequest, *, seen: str, by: User, at: datetime | None = None) -> DataRequest:
    """Confirm what was recorded, as the second person: the request is closed, and the end of the freeze is fixed.

    `seen` is stamp() of the page that was read. Raises Stale where something was recorded after that. The view asks
    for a fresh second factor before.
    """
    at = at or timezone.now()
    data_request = lock_in_force(data_request)
    if refusal := confirm_refusal(data_request, by=by, at=at):
        raise NotAllowed(refusal)
    freeze = data_request.freeze
    if stamp(freeze) != seen:
        raise Stale("It was recorded again after you opened this page. Read it again, then confirm.")
    freeze.confirmed_at, freeze.confirmed_by = at, by
    freeze_orders.fix_end(freeze)
    freeze.save(update_fields=["confirmed_at", "confirmed_by", "ends_at", "ends_rule"])
    facts = {"recorded_by": freeze.recorded_by.get_username() if freeze.recorded_by else None}
    record(Event.FREEZE_CONFIRMED, by=by, obj=data_request, data=facts, at=at)
    done = request_workflow.advance(
        data_request, "answer", by=None, at=at, closed_at=at, outcome=_outcome(data_request)
    )
    notify.freeze_done(done, at=at)
    return done


def stamp(freeze: Any) -> str:
    """Return what tells one record from the next."""
    return freeze.recorded_at.isoformat() if freeze is not None and freeze.recorded_at else ""


def _outcome(data_request: DataRequest) -> str:
    """Derive the outcome from what was done: in part where anything fell short, no records where nothing was there."""
    extents = set(FreezeResult.objects.filter(line__data_request=data_request).values_list("extent", flat=True))
    if extents <= {FreezeExtent.NOTHING}:
        return str(Outcome.NO_RECORDS)
    if extents == {FreezeExtent.IN_FULL} and data_request.outcome != Outcome.IN_PART:
        return str(Outcome.IN_FULL)
    return str(Outcome.IN_PART)
