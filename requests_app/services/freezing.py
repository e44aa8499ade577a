"""What was done about a freeze or seizure: recorded by one person, confirmed by a second. The portal moves nothing."""

from collections.abc import Iterable, Mapping
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
from requests_app.kind_words import one_asset
from requests_app.models import DataRequest, FreezeOrder, FreezeResult, RequestLine
from requests_app.notify import desk as notify
from requests_app.permissions import desk_refusal, request_workflow
from requests_app.services import freeze_orders, holds_beside
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
    # Nobody knows what was there: the note says why.
    unknown: bool = False


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
    if refusal := _confirming_refusal(data_request, freeze) or _recorded_early(data_request, freeze):
        return refusal
    return cool_down.refusal(by, "confirm a freeze", at=at or timezone.now()) or None


def _doing_refusal(data_request: DataRequest) -> str | None:
    """Say why nothing is done now: not confirmed by call-back, a changed order, our systems still at it; or None.

    What our own systems did already is recorded all the same: it is true, and then it is lifted.
    """
    freeze = order_of(data_request)
    if freeze is None:
        return None
    asked = freeze_orders.asked_of_systems(freeze)
    if refusal := freeze_orders.under_way_refusal(asked):
        return refusal
    return None if freeze_orders.done_by_systems(asked) else freeze_orders.said_refusal(data_request, freeze)


def _confirming_refusal(data_request: DataRequest, freeze: FreezeOrder) -> str | None:
    """Say why what is recorded cannot be confirmed now, or None.

    It was in order when it was recorded. Assets that are kept are confirmed whatever changed since, and then lifted;
    a transfer cannot be taken back, so all that it rests on must still hold.
    """
    if freeze.act == FreezeAct.TRANSFER:
        return _doing_refusal(data_request)
    return freeze_orders.under_way_refusal(freeze_orders.asked_of_systems(freeze))


def changed_since(data_request: DataRequest, freeze: FreezeOrder) -> str | None:
    """Say what changed since assets were kept and it was recorded, for the second person; None where nothing did."""
    if freeze.recorded_at is None or freeze.confirmed_at is not None or freeze.act != FreezeAct.RESTRAIN:
        return None
    return freeze_orders.said_refusal(data_request, freeze)


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
    problems = problems or _together(lines, results, freeze) or _early(data_request, lines, results)
    if problems := problems or _too_late(data_request, lines, results):
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
    if any(value is not None and value < 0 for value in (done.amount, done.balance)):
        found.append(f"Line {number}: an amount cannot be less than nothing.")
    if said := _balance_problem(done, freeze.asset):
        found.append(f"Line {number}: {said}")
    if done.amount and done.balance is not None and done.amount > done.balance:
        found.append(f"Line {number}: more was done than the balance that was found. Check both.")
    if done.amount and freeze.amount is not None and done.amount > freeze.amount:
        found.append(f"Line {number}: this is more than the order says. Check the amount.")
    if done.done_at > at + _AHEAD:
        found.append(f"Line {number}: the time is in the future. Check it.")
    return found


def _balance_problem(done: Done, asset: str) -> str:
    """Say what is missing about the balance: it is known, or it is said why nobody knows it."""
    if not one_asset(asset) and (done.balance or done.amount) and not done.note.strip():
        return "the order names several assets. Write in the note what was there and done of each, and the unit."
    if done.unknown:
        if done.balance is not None:
            return "enter the balance, or tick that it is not known, not both."
        return "" if done.note.strip() else "write in the note why the balance is not known."
    if done.balance is None:
        return "enter the balance that was found, 0 if there was none, or tick that it is not known."
    if done.extent == FreezeExtent.NOTHING and done.balance and not done.note.strip():
        return "a balance was found and nothing was done. Write in the note why."
    return ""


def done_together(lines: Iterable[RequestLine], results: Mapping[int, Any]) -> Decimal:
    """Return what was done for these lines together; an account that several identifiers led to counts once."""
    by_account: dict[str, Decimal] = {}
    for line in lines:
        done = results.get(line.pk)
        amount = (done.amount if done else None) or Decimal(0)
        account = line.target.account or f"line {line.pk}"
        by_account[account] = max(amount, by_account.get(account, Decimal(0)))
    return sum(by_account.values(), Decimal(0))


def _together(lines: list[tuple[int, RequestLine]], results: Mapping[int, Done], freeze: FreezeOrder) -> list[str]:
    """Say that more was done than the order says, and which lines are called in full though less was done.

    One amount stands for the whole order: what was done for its accounts counts together.
    """
    done_in_all = done_together((line for _number, line in lines), results)
    if freeze.amount is not None and done_in_all > freeze.amount:
        return ["All accounts together: this is more than the order says. Check the amounts."]
    reached = freeze.amount is None or done_in_all >= freeze.amount
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


def _too_late(data_request: DataRequest, lines: list[tuple[int, RequestLine]], results: Mapping[int, Any]) -> list[str]:
    """Say which accounts nothing may be done for any more, where our systems did others before the order changed."""
    freeze = data_request.freeze
    said = freeze_orders.said_refusal(data_request, freeze)
    if said is None:
        return []
    by_systems = freeze_orders.done_by_systems(freeze_orders.asked_of_systems(freeze))
    return [
        f"Line {number}: nothing may be done for it any more. {said}"
        for number, line in lines
        if line.target.account not in by_systems and results[line.pk].extent != FreezeExtent.NOTHING
    ]


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
    holds_beside.follow(done, at=at)
    notify.freeze_done(done, at=at)
    return done


def stamp(freeze: Any) -> str:
    """Return what tells one record from the next."""
    return freeze.recorded_at.isoformat() if freeze is not None and freeze.recorded_at else ""


def _outcome(data_request: DataRequest) -> str:
    """Derive the outcome from what was done: in part where anything fell short, no records where nothing was there.

    One amount for the whole order is done in full however it lies on the accounts.
    """
    results, wanted = results_of(data_request), data_request.freeze.amount
    extents = {done.extent for done in results.values()}
    if extents <= {FreezeExtent.NOTHING}:
        return str(Outcome.NO_RECORDS)
    lines = [line for _number, line in to_do(data_request)]
    in_full = extents == {FreezeExtent.IN_FULL} if wanted is None else done_together(lines, results) >= wanted
    if in_full and data_request.outcome != Outcome.IN_PART:
        return str(Outcome.IN_FULL)
    return str(Outcome.IN_PART)
