"""The sweep: remind of holds and end them, each exactly once, whatever crashes or runs twice."""

import logging
from datetime import datetime, timedelta

from django.db import transaction
from django.utils import timezone

from foundation.audit.trail import record
from foundation.core.hurry import hurry_on_commit
from preservation import deadlines, notify, schedule
from preservation.enums import HoldStatus
from preservation.events import Event
from preservation.models import PreservationHold
from preservation.permissions import hold_workflow
from preservation.services import filing, followers, life, suspended
from preservation.services.locks import open_extension

logger = logging.getLogger(__name__)

ASK_AGAIN = timedelta(days=1)


def sweep(*, at: datetime | None = None, limit: int = 500) -> int:
    """Do what is due for each hold, in a transaction of its own; return how many were touched.

    Reads only the rows that are due. A row that another sweeper has is left to it; one that fails is logged and
    stays due, and does not keep the others waiting.
    """
    at = at or timezone.now()
    # First: what falls is not told of as ended, and no extension asked for keeps it.
    touched = filing.let_fall(at=at, limit=limit)
    for pk in list(PreservationHold.objects.due(at).values_list("pk", flat=True)[:limit]):
        try:
            touched += _one(pk, at)
        except Exception:
            logger.exception("Hold %s could not be reminded of or ended", pk)
    return touched


@transaction.atomic
def _one(pk: int, at: datetime) -> int:
    """Claim one row and do what is due; 0 where somebody else has it or did it."""
    row = (
        PreservationHold.objects.select_for_update(skip_locked=True, of=("self",))
        .select_related("officer", "provider", "agency")
        .filter(pk=pk, status=HoldStatus.ACTIVE, next_action_at__lte=at, expires_at__isnull=False)
        .first()
    )
    if row is None or row.expires_at is None:
        return 0
    if row.expires_at <= at:
        _end(row, at)
    else:
        _remind(row, row.expires_at, at)
    return 1


def _remind(row: PreservationHold, expires_at: datetime, at: datetime) -> None:
    leads = row.provider.hold_leads
    followers.end_left(row, at=at)
    lead = schedule.lead_due(expires_at, at=at, leads=leads)
    if lead is not None and (row.reminded_lead is None or lead < row.reminded_lead):
        asked = open_extension(row) is not None
        since = suspended.began(row)
        last = since is not None and suspended.put_off_before(row, since=since)
        notify.reminder(row, lead, asked=asked, suspended=since is not None, last=last, at=at)
        row.reminded_lead = lead
        record(Event.REMINDED, by=None, obj=row, data={"lead": lead, "ends": expires_at.isoformat()}, at=at)
    row.next_action_at = schedule.next_action(expires_at, after=at, leads=leads)
    row.save(update_fields=["reminded_lead", "next_action_at"])


def _end(row: PreservationHold, at: datetime) -> None:
    """End the hold, unless an extension asked for in time is not decided: then it goes on, and staff are pressed.

    It also goes on, once and for 30 days, where the officer is suspended and could not ask for more time.
    """
    if open_extension(row) is not None:
        notify.extension_overdue(row, at=at)
        row.next_action_at = at + ASK_AGAIN
        row.save(update_fields=["next_action_at"])
        return
    since = suspended.began(row)
    if since is not None and not suspended.put_off_before(row, since=since):
        _put_off(row, at)
        return
    hold_workflow.advance(row, "expire", by=None, at=at, **life.ending(row, at))
    notify.ended(row, suspended=since is not None, at=at)
    hurry_on_commit("preservation.execute", row.pk)


def _put_off(row: PreservationHold, at: datetime) -> None:
    old, due = row.expires_at, deadlines.suspended_expiry(at)
    row.expires_at, row.reminded_lead, row.certificate = due.at, None, None
    row.next_action_at, row.work_at = schedule.next_action(due.at, after=at, leads=row.provider.hold_leads), at
    row.save(update_fields=["expires_at", "reminded_lead", "certificate", "next_action_at", "work_at"])
    facts = {"from": old.isoformat() if old else None, "to": due.at.isoformat(), "rule": due.rule, "why": due.why}
    record(Event.END_PUT_OFF, by=None, obj=row, data=facts, at=at)
    notify.put_off(row, at=at)
