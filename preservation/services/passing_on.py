"""Holds beside a request go along when the request is handed over to another officer."""

from datetime import datetime

from django.db import transaction
from django.db.models import Q

from accounts.models import User
from foundation.audit.trail import record
from preservation import notify
from preservation.enums import OPEN_STATUSES, HoldStatus
from preservation.events import Event
from preservation.models import PreservationHold
from preservation.services import followers


@transaction.atomic
def pass_on(request_reference: str, *, officer: User, to: User, by: User, at: datetime) -> int:
    """Make `to` the officer of the holds that `officer` has for this request; return how many.

    Those that run, and those that ended while their copies stay: only their officer can ask late for more time.
    Reminders that were written already go where they were sent; the next ones go to the new officer.
    """
    rows = PreservationHold.objects.select_for_update(of=("self",)).filter(
        Q(status__in=OPEN_STATUSES) | Q(status=HoldStatus.EXPIRED, grace_until__gt=at),
        request_reference=request_reference,
        officer=officer,
    )
    held = list(rows.order_by("pk"))
    for hold in held:
        hold.officer = to
        hold.save(update_fields=["officer"])
        followers.end_of(hold, to, by=by, at=at)
        record(Event.PASSED_ON, by=by, obj=hold, data={"from": officer.email, "to": to.email, "to_id": to.pk}, at=at)
    return len(held)


@transaction.atomic
def give_to(hold: PreservationHold, *, to: User, at: datetime) -> PreservationHold:
    """Give a hold that staff placed for an agency to its officer, who was vetted meanwhile and is told until when.

    Changes nothing where the hold has ended, or where that officer has it already.
    """
    row = PreservationHold.objects.select_for_update(of=("self",)).get(pk=hold.pk)
    if row.officer_id == to.pk or row.status not in OPEN_STATUSES:
        return row
    row.officer = to
    row.save(update_fields=["officer"])
    record(Event.GIVEN, by=None, obj=row, data={"to": to.email, "to_id": to.pk}, at=at)
    notify.started(row, at=at)
    return row
