"""The end of a freeze: due by itself or asked for, done by our systems or by people, confirmed by a second person.

A lift gives somebody their assets back: it is never stopped by a suspension of the officer or the agency.
"""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import Min, Q
from django.utils import timezone

from accounts import cool_down
from accounts.models import User
from accounts.permissions import Permission
from foundation.audit.trail import record
from foundation.core.errors import Incomplete, NotAllowed, Stale, TransitionRefused
from foundation.core.jobs import JobState
from foundation.documents import services as documents
from foundation.documents.models import Document
from foundation.providers import jobs
from foundation.providers.models import ConnectorAct, ConnectorJob
from requests_app.enums import DocumentRole, LiftCause, OrderRelation
from requests_app.events import Event
from requests_app.models import DataRequest, FreezeLift, FreezeOrder, FreezeResult, OrderVersion, RequestDocument
from requests_app.notify import freezes as notify
from requests_app.notify.recipients import responsible
from requests_app.order_rules import day_of, quashed_by
from requests_app.permissions import answers_for, desk_refusal
from requests_app.services import freeze_jobs, freeze_orders
from requests_app.services.freeze_orders import is_open, lift_of
from requests_app.services.locks import lock

_AHEAD = timedelta(minutes=10)
_OWNER = "Only the officer who filed it can do this."
_NOT_HELD = "Nothing is frozen under this request now."
_WAITS = "A lift waits already: somebody asked for it, or the order has ended."
# Nobody turns these down: the order itself is over.
_OF_THE_ORDER = (LiftCause.EXPIRED, LiftCause.QUASHED)
# What people choose; the others come about by themselves.
CHOSEN = (LiftCause.LIFTED, LiftCause.TRANSFERRED, LiftCause.MISTAKE)


def ask_refusal(data_request: DataRequest, *, by: Any) -> str | None:
    """Say why this officer cannot ask for the lift now, or None."""
    if not answers_for(by, data_request):
        return _OWNER
    return _held_refusal(data_request)


def begin_refusal(data_request: DataRequest, *, by: User) -> str | None:
    """Say why this member of staff cannot start a lift now, or None."""
    return desk_refusal(by, Permission.PREPARE_RECORDS, data_request) or _held_refusal(data_request)


def _held_refusal(data_request: DataRequest) -> str | None:
    freeze = freeze_orders.in_force().filter(data_request=data_request).first()
    if freeze is None:
        return _NOT_HELD
    return _WAITS if is_open(lift_of(freeze)) else None


@transaction.atomic
def ask(data_request: DataRequest, *, reason: str, upload: Any, by: Any, at: datetime | None = None) -> FreezeLift:
    """Ask as the officer that the freeze ends, with the document that lifts it; the desk is told at once.

    Raises NotAllowed, TransitionRefused where nothing is frozen or a lift waits, Incomplete without the document.
    """
    at = at or timezone.now()
    row = lock(data_request)
    if why := ask_refusal(row, by=by):
        raise NotAllowed(why) if why == _OWNER else TransitionRefused(why)
    return _start(row, cause=LiftCause.LIFTED, reason=reason, upload=upload, by=by, at=at)


@transaction.atomic
def begin(
    data_request: DataRequest, *, cause: str, reason: str, upload: Any = None, by: User, at: datetime | None = None
) -> FreezeLift:
    """Start a lift as staff: the court lifted it (with its document), a later order moved the assets, or a mistake.

    Raises NotAllowed, Incomplete where the reason or the document is missing.
    """
    at = at or timezone.now()
    row = lock(data_request)
    if refusal := begin_refusal(row, by=by):
        raise NotAllowed(refusal)
    if cause not in CHOSEN:
        raise Incomplete("Choose why the freeze ends.")
    return _start(row, cause=LiftCause(cause), reason=reason, upload=upload, by=by, at=at)


def _start(row: DataRequest, *, cause: LiftCause, reason: str, upload: Any, by: Any, at: datetime) -> FreezeLift:
    if not reason.strip():
        raise Incomplete("Write why the freeze ends.")
    if cause == LiftCause.LIFTED and not upload:
        raise Incomplete("Add the document by which the authority or the court lifted it.")
    document = _attach(row, upload, by=by, at=at) if upload else None
    lift = _put(row.freeze, cause=cause, reason=reason.strip(), document=document, by=by, at=at)
    record(Event.LIFT_ASKED, by=by, obj=row, reason=reason.strip(), data={"cause": str(cause)}, at=at)
    notify.lift_due(lift, [one for one in responsible(row, at=at) if one.pk != by.pk], at=at)
    return lift


def _attach(row: DataRequest, upload: Any, *, by: Any, at: datetime) -> Document:
    limit = settings.UPLOAD_LIMIT_OFFICER
    document: Document = documents.receive(upload, filename=upload.name, purpose="request", by=by, limit=limit, at=at)
    role = DocumentRole.SUPPORTING
    RequestDocument.objects.create(data_request=row, document=document, role=role, added_at=at, added_by=by)
    facts = {"document": str(document.uid), "role": str(role), "sha256": document.sha256}
    record(Event.DOCUMENT_ADDED, by=by, obj=row, data=facts, at=at)
    return document


_ANEW: dict[str, Any] = {
    "instructed_at": None, "instructed_by": None, "done_at": None, "recorded_at": None, "recorded_by": None,
    "declined_at": None, "declined_by": None, "declined_reason": "",
}  # fmt: skip


def _put(
    freeze: FreezeOrder, *, cause: LiftCause, reason: str, document: Document | None, by: Any, at: datetime
) -> FreezeLift:
    """Write the lift of a freeze; one that was declined before begins anew in the same row."""
    values = {"cause": cause, "reason": reason, "document": document, "asked_at": at, "asked_by": by} | _ANEW
    lift, _new = FreezeLift.objects.update_or_create(freeze=freeze, defaults=values)
    return lift


def sweep(*, at: datetime | None = None, limit: int = 200) -> int:
    """Make lifts that are due by themselves, and take over what our systems answered; return how many were made."""
    at = at or timezone.now()
    waiting = Q(lift__isnull=False, lift__confirmed_at=None, lift__declined_at=None)
    held = freeze_orders.in_force().exclude(waiting).select_related("data_request")
    over = list(held.filter(ends_at__lte=at).order_by("ends_at")[:limit])
    quashed = OrderVersion.objects.filter(relation=OrderRelation.QUASHED).values("process__data_requests")
    suspect = [row for row in held.filter(data_request__in=quashed).order_by("pk")[:limit] if row not in over]
    made = sum(_due(row, LiftCause.EXPIRED, at) for row in over)
    made += sum(_due(row, LiftCause.QUASHED, at) for row in suspect if _is_quashed(row, at))
    asked = FreezeLift.objects.filter(instructed_at__isnull=False, recorded_at=None, declined_at=None)
    for lift in asked.order_by("-instructed_at")[:limit]:
        take_over(lift, at=at)
    return made


def _is_quashed(freeze: FreezeOrder, at: datetime) -> bool:
    """Say whether an order that the freeze was carried out under is quashed as it stands now."""
    row = freeze.data_request
    found = row.orders.filter(pk__in=row.lines.values("order_version__process")) if not freeze.process_id else (
        row.orders.filter(pk=freeze.process_id)
    )  # fmt: skip
    return any(quashed_by(process.versions.all(), day_of(at)) for process in found.prefetch_related("versions"))


@transaction.atomic
def _due(freeze: FreezeOrder, cause: LiftCause, at: datetime) -> bool:
    row = lock(freeze.data_request)
    still = freeze_orders.in_force().filter(pk=freeze.pk).first()
    if still is None or is_open(lift_of(still)):
        return False
    lift = _put(still, cause=cause, reason="", document=None, by=None, at=at)
    record(Event.LIFT_DUE, by=None, obj=row, data={"cause": str(cause)}, at=at)
    notify.lift_due(lift, responsible(row, at=at), at=at)
    return True


def work_refusal(data_request: DataRequest, *, by: User) -> str | None:
    """Say why this person cannot record or instruct the lift now, or None."""
    if refusal := desk_refusal(by, Permission.PREPARE_RECORDS, data_request):
        return refusal
    lift = _open_lift(data_request)
    if lift is None:
        return "No lift waits for this request."
    return freeze_orders.under_way_refusal(asked_of_systems(lift))


def instruct_refusal(data_request: DataRequest, *, by: User) -> str | None:
    """Say why our systems cannot be asked to lift it, or None: only what they froze they can lift."""
    if refusal := work_refusal(data_request, by=by):
        return refusal
    lift = _open_lift(data_request)
    if lift is None or lift.instructed_at is not None or lift.recorded_at is not None:
        return "This lift is done, or our systems were asked already."
    return None if frozen_accounts(lift.freeze) else "Our systems did not do this freeze: people lift it."


def frozen_accounts(freeze: FreezeOrder) -> list[str]:
    """Return the accounts that our own systems froze."""
    return freeze_orders.done_by_systems(freeze_orders.asked_of_systems(freeze))


def by_people(freeze: FreezeOrder) -> list[str]:
    """Return the accounts on which people keep assets, beside those that our systems froze."""
    kept = FreezeResult.objects.filter(line__data_request=freeze.data_request_id, amount__isnull=False)
    accounts = kept.order_by("line_id").values_list("line__target__account", flat=True)
    systems = frozen_accounts(freeze)
    return list(dict.fromkeys(account for account in accounts if account not in systems))


def asked_of_systems(lift: FreezeLift) -> list[ConnectorJob]:
    """Return what our own systems were asked about this lift, oldest first, since it was asked for."""
    if lift.instructed_at is None:
        return []
    stamp = _stamp_of(lift)
    return [job for job in jobs.jobs_of(freeze_orders.LIFT_OWNER, lift.pk) if stamp in job.idempotency_key]


def _stamp_of(lift: FreezeLift) -> str:
    return f":{lift.asked_at:%Y%m%d%H%M%S}:"


@transaction.atomic
def instruct(data_request: DataRequest, *, by: User, at: datetime | None = None) -> FreezeLift:
    """Ask our own systems to lift what they froze, once for each account. Raises NotAllowed."""
    at = at or timezone.now()
    row = lock(data_request)
    lift = _open_lift(row)
    if refusal := instruct_refusal(row, by=by):
        raise NotAllowed(refusal)
    if lift is None:
        raise TransitionRefused(_NOT_HELD)
    lift.instructed_at, lift.instructed_by = at, by
    lift.save(update_fields=["instructed_at", "instructed_by"])
    for account in frozen_accounts(lift.freeze):
        jobs.ask(
            row.provider, ConnectorAct.LIFT, key=f"lift:{lift.pk}{_stamp_of(lift)}{account}",
            owner_type=freeze_orders.LIFT_OWNER, owner_id=str(lift.pk), account=account,
            arguments={"freeze": freeze_jobs.name_of(lift.freeze)}, at=at,
        )  # fmt: skip
    record(Event.LIFT_INSTRUCTED, by=by, obj=row, at=at)
    return lift


@transaction.atomic
def take_over(lift: FreezeLift, *, at: datetime) -> bool:
    """Record that our systems lifted it, once all of them have; the person who instructed them recorded it.

    Where people froze other accounts, they lift those, and record when everything is lifted.
    """
    row = lock(lift.freeze.data_request)
    lift = FreezeLift.objects.select_related("freeze", "instructed_by").get(pk=lift.pk)
    if not is_open(lift) or lift.recorded_at is not None:
        return False
    asked = asked_of_systems(lift)
    if failed := freeze_jobs.failed_key(asked):
        notify.failed(lift.freeze, responsible(row, at=at), key=f"lift:{lift.pk}:{failed}", at=at)
        return False
    if not asked or any(job.state != JobState.DONE for job in asked) or by_people(lift.freeze):
        return False
    done_at = max(datetime.fromisoformat(job.answer["at"]) for job in asked)
    _write(row, lift, done_at=done_at, recorded_by=lift.instructed_by, at=at)
    return True


@transaction.atomic
def record_done(data_request: DataRequest, *, done_at: datetime, by: User, at: datetime | None = None) -> FreezeLift:
    """Record when people lifted it in our systems; until a second person confirms it can be written again."""
    at = at or timezone.now()
    row = lock(data_request)
    if refusal := work_refusal(row, by=by):
        raise NotAllowed(refusal)
    lift = _open_lift(row)
    if lift is None or lift.freeze.confirmed_at is None:
        raise TransitionRefused(_NOT_HELD)
    if done_at > at + _AHEAD:
        raise Incomplete("The time is in the future. Check it.")
    frozen = FreezeResult.objects.filter(line__data_request=row).aggregate(first=Min("done_at"))["first"]
    if frozen is not None and done_at < frozen.replace(second=0, microsecond=0):
        raise Incomplete("The time is before the freeze was done. Check it.")
    return _write(row, lift, done_at=done_at, recorded_by=by, at=at)


def _write(
    row: DataRequest, lift: FreezeLift, *, done_at: datetime, recorded_by: User | None, at: datetime
) -> FreezeLift:
    lift.done_at, lift.recorded_at, lift.recorded_by = done_at, at, recorded_by
    lift.save(update_fields=["done_at", "recorded_at", "recorded_by"])
    record(Event.LIFT_RECORDED, by=recorded_by, obj=row, data={"done_at": done_at.isoformat()}, at=at)
    return lift


def confirm_refusal(data_request: DataRequest, *, by: User, at: datetime | None = None) -> str | None:
    """Say why this person cannot confirm the lift now, or None."""
    if refusal := desk_refusal(by, Permission.RELEASE_RECORDS, data_request):
        return refusal
    lift = _open_lift(data_request)
    if lift is None:
        return "No lift waits for this request."
    if lift.recorded_at is None:
        return "Nothing is recorded yet."
    if by.pk in (lift.recorded_by_id, lift.instructed_by_id):
        return "A second person must confirm: you recorded it."
    return cool_down.refusal(by, "confirm a lift", at=at or timezone.now()) or None


@transaction.atomic
def confirm(data_request: DataRequest, *, seen: str, by: User, at: datetime | None = None) -> FreezeLift:
    """Confirm as the second person that it is lifted; the officer is told. `seen` is stamp() of the page.

    Raises NotAllowed, and Stale where it was recorded again. The view asks for a fresh second factor before.
    """
    at = at or timezone.now()
    row = lock(data_request)
    if refusal := confirm_refusal(row, by=by, at=at):
        raise NotAllowed(refusal)
    lift = _open_lift(row)
    if lift is None or stamp(lift) != seen:
        raise Stale("It was recorded again after you opened this page. Read it again, then confirm.")
    lift.confirmed_at, lift.confirmed_by = at, by
    lift.save(update_fields=["confirmed_at", "confirmed_by"])
    FreezeOrder.objects.filter(pk=lift.freeze_id).update(lifted_at=lift.done_at)
    record(Event.LIFTED, by=by, obj=row, data={"cause": str(lift.cause)}, at=at)
    notify.lifted(lift, at=at)
    return lift


def decline_refusal(data_request: DataRequest, *, by: User) -> str | None:
    """Say why this person cannot turn the lift down, or None: never where the order itself is over."""
    if refusal := desk_refusal(by, Permission.RELEASE_RECORDS, data_request):
        return refusal
    lift = _open_lift(data_request)
    if lift is None:
        return "No lift waits for this request."
    if lift.cause in _OF_THE_ORDER:
        return "The order is over: the freeze is lifted, or a later order extends it."
    if lift.recorded_at is not None or lift.instructed_at is not None:
        return "It is being lifted, or lifted already: confirm it."
    return "You asked for it: somebody else decides." if lift.asked_by_id == by.pk else None


@transaction.atomic
def decline(data_request: DataRequest, *, reason: str, by: User, at: datetime | None = None) -> FreezeLift:
    """Turn down a lift that was asked for; the officer reads why in the portal and may ask again."""
    at = at or timezone.now()
    row = lock(data_request)
    if refusal := decline_refusal(row, by=by):
        raise NotAllowed(refusal)
    if not reason.strip():
        raise Incomplete("Write why it is not lifted: the officer reads this.")
    lift = _open_lift(row)
    if lift is None:
        raise TransitionRefused(_NOT_HELD)
    lift.declined_at, lift.declined_by, lift.declined_reason = at, by, reason.strip()
    lift.save(update_fields=["declined_at", "declined_by", "declined_reason"])
    record(Event.LIFT_DECLINED, by=by, obj=row, reason=reason.strip(), at=at)
    notify.answered(lift.freeze, key=f"lift:{lift.pk}:{lift.asked_at.isoformat()}", at=at)
    return lift


def stamp(lift: FreezeLift | None) -> str:
    """Return what tells one record of a lift from the next."""
    return lift.recorded_at.isoformat() if lift is not None and lift.recorded_at else ""


def _open_lift(data_request: DataRequest) -> FreezeLift | None:
    freeze = freeze_orders.in_force().filter(data_request=data_request).first()
    lift = lift_of(freeze) if freeze else None
    return lift if is_open(lift) else None


STEPS: tuple[Callable[[], object], ...] = (freeze_jobs.take_over_due, sweep)
