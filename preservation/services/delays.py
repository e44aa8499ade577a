"""When the company's own systems do not do what a hold needs: who is told of it, and who that it is over."""

import json
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Max

from foundation.audit.trail import entries_for, record
from preservation import notify, work_notify
from preservation.enums import ExtensionStatus
from preservation.events import Event
from preservation.models import PreservationHold

ALARM_AFTER = timedelta(hours=1)
# After so long the officer hears that the hold is not carried out yet: honest, and late enough to be an exception.
TELL_AFTER = timedelta(hours=24)
_ONCE_A_DAY = timedelta(days=1)


def since(hold: PreservationHold, at: datetime) -> datetime:
    """Return when what is waited for was asked: the hold, its latest extension, its end, or what changed within it."""
    if not hold.is_open:
        return hold.released_at or hold.grace_until or hold.expired_at or hold.declined_at or at
    asked = _asked(hold, at)
    return asked if hold.snapshot_at is None else max(asked, _changed(hold) or asked)


def _asked(hold: PreservationHold, at: datetime) -> datetime:
    """Return when the officer was last given something to wait for: the hold, more time, or an end of its own again."""
    granted = hold.extensions.filter(status=ExtensionStatus.GRANTED, decided_at__isnull=False)
    resumed = _last(hold, Event.PROCESS_DETACHED, Event.TREATY_ENDED)
    moments = [hold.starts_at, granted.aggregate(last=Max("decided_at"))["last"], resumed]
    return max((moment for moment in moments if moment is not None), default=at)


def _changed(hold: PreservationHold) -> datetime | None:
    """Return when a part was last released, an account chosen, or the end put off for a suspended officer."""
    last = hold.identifiers.aggregate(released=Max("released_at"), chosen=Max("chosen_at"))
    moments = [*last.values(), _last(hold, Event.END_PUT_OFF)]
    return max((moment for moment in moments if moment is not None), default=None)


def _last(hold: PreservationHold, *events: Event) -> datetime | None:
    last: datetime | None = entries_for(hold).filter(action__in=events).aggregate(last=Max("occurred_at"))["last"]
    return last


@transaction.atomic
def alarm(hold: PreservationHold, why: str, at: datetime, *, after: timedelta = timedelta(0)) -> None:
    """Tell staff, and the trail, once a day; at once, or when it has been going on for so long."""
    if at - since(hold, at) < after:
        return
    recent = entries_for(hold).filter(action=Event.SNAPSHOT_FAILED, occurred_at__gt=at - _ONCE_A_DAY)
    if not recent.exists():
        record(Event.SNAPSHOT_FAILED, by=None, obj=hold, outcome="failed", reason=why, at=at)
        notify.not_carried_out(hold, at=at)


@transaction.atomic
def tell_late(hold: PreservationHold, at: datetime) -> None:
    """Tell the officer, once, that what was asked for 24 hours ago is not carried out yet.

    Of an account that a person chose afterwards nothing is told: that there is one is not for the officer to know.
    """
    began = since(hold, at)
    if at - began < TELL_AFTER or began > _asked(hold, at) or _told(hold, Event.DELAY_TOLD, began):
        return
    longer = hold.snapshot_at is not None
    record(Event.DELAY_TOLD, by=None, obj=hold, data={"longer": longer}, at=at)
    work_notify.delayed(hold, longer=longer, since=began, at=at)


@transaction.atomic
def tell_done(hold: PreservationHold, at: datetime) -> None:
    """Tell the officer who was told of a delay, once, that it is over."""
    told = entries_for(hold).filter(action=Event.DELAY_TOLD).order_by("-occurred_at").first()
    if told is None or _told(hold, Event.DELAY_OVER, told.occurred_at):
        return
    longer = bool(json.loads(bytes(told.payload))["data"].get("longer"))
    record(Event.DELAY_OVER, by=None, obj=hold, data={"longer": longer}, at=at)
    work_notify.carried_out(hold, longer=longer, since=told.occurred_at, at=at)


def _told(hold: PreservationHold, event: Event, began: datetime) -> bool:
    return entries_for(hold).filter(action=event, occurred_at__gte=began).exists()
