"""A later version of the order under which assets are kept: one person checks it, a second confirms what it changes."""

from datetime import datetime

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from accounts import cool_down
from accounts.enums import CallPurpose
from accounts.models import User
from accounts.permissions import Permission
from foundation.audit.canonical import JSON
from foundation.audit.trail import record
from foundation.core.errors import Incomplete, NotAllowed, Stale, TransitionRefused
from requests_app.confirming import counting
from requests_app.deadlines import freeze_end
from requests_app.enums import LiftCause, OrderRelation
from requests_app.events import Event
from requests_app.models import DataRequest, FreezeExtension, FreezeLift, FreezeOrder, OrderVersion
from requests_app.notify import freezes as notify
from requests_app.order_rules import day_of, quashed_by
from requests_app.permissions import desk_refusal
from requests_app.services import freeze_orders
from requests_app.services.frozen import lock_in_force
from requests_app.services.locks import lock

_NONE = "No later version of the order waits here."
_CALL = (
    "Call the agency at its directory number about this version first, and record that it confirmed it. A version "
    "that came by mail or portal alone keeps nobody's assets longer."
)
_CHANGES = (OrderRelation.EXTENDS, OrderRelation.REPLACES)


def waiting(data_request: DataRequest) -> OrderVersion | None:
    """Return the newest version of the order that came since the grant and that nobody decided on, or None.

    None while the order is quashed: then nothing keeps the assets any longer.
    """
    freeze = freeze_orders.in_force().filter(data_request=data_request).select_related("data_request").first()
    if freeze is None or freeze.confirmed_at is None:
        return None
    orders = Q(process=freeze.process_id) if freeze.process_id else Q(process__data_requests=data_request)
    since = freeze.data_request.decided_at or freeze.confirmed_at
    # What narrows an order ends the freeze earlier where it names a day; else it says nothing of the end.
    shorter = Q(relation=OrderRelation.NARROWS, valid_until__isnull=False)
    rows = OrderVersion.objects.filter(orders, Q(relation__in=_CHANGES) | shorter, received_at__gt=since)
    decided = FreezeExtension.objects.filter(freeze=freeze).exclude(confirmed_at=None, declined_at=None)
    newest = rows.select_related("process", "document").order_by("-issued_on", "-number").first()
    if newest is None or decided.filter(version=newest).exists():
        return None
    return None if quashed_by(newest.process.versions.all(), day_of(timezone.now())) else newest


def extension_of(data_request: DataRequest, version: OrderVersion) -> FreezeExtension | None:
    """Return what one person checked about this version, or None."""
    rows = FreezeExtension.objects.filter(freeze__data_request=data_request, version=version)
    return rows.select_related("checked_by", "version", "freeze").first()


def last_declined(data_request: DataRequest) -> FreezeExtension | None:
    """Return the newest version that changed nothing, with the reason the officer reads; None after a later yes."""
    newest = FreezeExtension.objects.filter(freeze__data_request=data_request).order_by("-checked_at", "-pk").first()
    return newest if newest is not None and newest.declined_at is not None else None


def called_about(data_request: DataRequest, version: OrderVersion) -> bool:
    """Say whether the agency confirmed at a number of our directory since this version came."""
    calls = counting(CallPurpose.REQUEST).filter(
        about_reference=data_request.reference or "", called_at__gte=version.received_at
    )
    return calls.filter(Q(number=None) | Q(number__agency_id=data_request.agency_id)).exists()


def check_refusal(data_request: DataRequest, *, by: User) -> str | None:
    """Say why this person cannot check the version that waits, or None."""
    if refusal := desk_refusal(by, Permission.REVIEW_REQUEST, data_request):
        return refusal
    version = waiting(data_request)
    if version is None:
        return _NONE
    if extension_of(data_request, version) is not None:
        return "Somebody checked it already: a second person confirms it."
    return None if called_about(data_request, version) else _CALL


@transaction.atomic
def check(data_request: DataRequest, *, version_id: int, by: User, at: datetime | None = None) -> FreezeExtension:
    """Say as the first person that this version is signed and in force, and lets the freeze go on until its last day.

    Raises Stale where another version came, Incomplete where its last day is over, NotAllowed.
    """
    at = at or timezone.now()
    row = lock_in_force(data_request)
    if refusal := check_refusal(row, by=by):
        raise NotAllowed(refusal)
    version = _seen(row, version_id)
    if version.valid_until is not None and version.valid_until < day_of(at):
        raise Incomplete("The last day of this version is over: the freeze ends.")
    found = FreezeExtension.objects.create(
        freeze=row.freeze, version=version, last_day=version.valid_until, checked_at=at, checked_by=by
    )
    facts: dict[str, JSON] = {"version": version.number, "until": str(version.valid_until or "")}
    record(Event.FREEZE_EXTENSION_CHECKED, by=by, obj=row, data=facts, at=at)
    return found


def confirm_refusal(data_request: DataRequest, *, by: User, at: datetime | None = None) -> str | None:
    """Say why this person cannot confirm what a colleague checked, or None."""
    if refusal := desk_refusal(by, Permission.APPROVE_DECISION, data_request):
        return refusal
    version = waiting(data_request)
    found = extension_of(data_request, version) if version else None
    if version is None or found is None:
        return "Nobody has checked a later version of the order yet."
    if found.checked_by_id == by.pk:
        return "A second person must confirm: you checked it."
    if not called_about(data_request, version):
        return _CALL
    return cool_down.refusal(by, "confirm a freeze", at=at or timezone.now()) or None


@transaction.atomic
def confirm(data_request: DataRequest, *, version_id: int, by: User, at: datetime | None = None) -> FreezeExtension:
    """Confirm as the second person: the end moves to the last day of this version, and a lift that was due is over.

    The officer is told. Raises NotAllowed, Stale where another version came, TransitionRefused where a lift is done.
    """
    at = at or timezone.now()
    row = lock_in_force(data_request)
    if refusal := confirm_refusal(row, by=by, at=at):
        raise NotAllowed(refusal)
    found = extension_of(row, _seen(row, version_id))
    if found is None:
        raise Stale(_NONE)
    freeze = row.freeze
    _end_lift(freeze, by=by, at=at)
    due = freeze_end(found.last_day)
    freeze.ends_at, freeze.ends_rule = (due.at, due.rule) if due else (None, "")
    freeze.save(update_fields=["ends_at", "ends_rule"])
    found.confirmed_at, found.confirmed_by = at, by
    found.save(update_fields=["confirmed_at", "confirmed_by"])
    facts: dict[str, JSON] = {"version": found.version.number, "until": str(found.last_day or "")}
    record(Event.FREEZE_EXTENDED, by=by, obj=row, data=facts, at=at)
    notify.answered(freeze, key=f"extension:{found.pk}", at=at)
    return found


def _end_lift(freeze: FreezeOrder, *, by: User, at: datetime) -> None:
    """Take back a lift that was due because the order ended; what is being lifted is not frozen again by this."""
    lift = FreezeLift.objects.select_for_update().filter(freeze=freeze).first()
    if lift is None or not freeze_orders.is_open(lift):
        return
    if lift.cause not in (LiftCause.EXPIRED, LiftCause.QUASHED) or lift.instructed_at or lift.recorded_at:
        raise TransitionRefused("It is being lifted already, or somebody asks for it: decide on that first.")
    lift.declined_at, lift.declined_by, lift.declined_reason = at, by, "A later version of the order came."
    lift.save(update_fields=["declined_at", "declined_by", "declined_reason"])


@transaction.atomic
def decline(
    data_request: DataRequest, *, version_id: int, reason: str, by: User, at: datetime | None = None
) -> FreezeExtension:
    """Say that a version does not change the freeze, and why, as the officer reads it; the end stays as it is."""
    at = at or timezone.now()
    row = lock(data_request)
    if refusal := desk_refusal(by, Permission.APPROVE_DECISION, row):
        raise NotAllowed(refusal)
    if not reason.strip():
        raise Incomplete("Write why the freeze does not go on: the officer reads this.")
    version = _seen(row, version_id)
    values = {"declined_at": at, "declined_by": by, "declined_reason": reason.strip()}
    first = {"last_day": version.valid_until, "checked_at": at, "checked_by": by}
    found, _new = FreezeExtension.objects.update_or_create(
        freeze=row.freeze, version=version, defaults=values, create_defaults=values | first
    )
    record(Event.FREEZE_NOT_EXTENDED, by=by, obj=row, reason=reason.strip(), data={"version": version.number}, at=at)
    notify.answered(row.freeze, key=f"extension:{found.pk}", at=at)
    return found


def _seen(row: DataRequest, version_id: int) -> OrderVersion:
    version = waiting(row)
    if version is None or version.pk != version_id:
        raise Stale("Another version of the order came, or this one was decided. Look again.")
    return version
