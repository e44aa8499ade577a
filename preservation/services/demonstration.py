"""Moving a hold's dates, so that a reminder or its end can be watched; never in production."""

from datetime import UTC, datetime, time, timedelta

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from foundation.audit.canonical import JSON
from foundation.audit.trail import record
from foundation.core.errors import NotAllowed, TransitionRefused
from foundation.core.hurry import hurry_on_commit
from preservation import notify
from preservation.enums import HoldStatus
from preservation.events import Event
from preservation.models import PreservationHold
from preservation.services.locks import lock


@transaction.atomic
def make_due(hold: PreservationHold, *, days_before: int = 0, at: datetime | None = None) -> PreservationHold:
    """Move a running hold so that it ends in so many days and its reminder is due now; 0: its end is due now.

    Of an ended hold whose copies stay, their end is due now. Raises NotAllowed in production, and TransitionRefused
    where nothing can become due.
    """
    at = at or timezone.now()
    if settings.PRODUCTION:
        raise NotAllowed("Production moves no dates: a hold ends when its rule says.")
    row = lock(hold)
    if row.status == HoldStatus.EXPIRED and row.grace_until is not None and row.grace_until > at and not days_before:
        return _make_copies_due(row, row.grace_until, at=at)
    if row.status != HoldStatus.ACTIVE or row.expires_at is None or row.starts_at is None:
        raise TransitionRefused(f"{row} does not run down: nothing of it can become due.")
    old = row.expires_at
    day = at.astimezone(UTC).date() + timedelta(days=days_before or -1)
    row.expires_at = datetime.combine(day, time(23, 59, 59), UTC)
    row.starts_at += row.expires_at - old
    row.reminded_lead, row.next_action_at = None, at
    row.save(update_fields=["expires_at", "starts_at", "reminded_lead", "next_action_at"])
    notify.withdraw_unsent(row, expires_at=old, at=at)
    facts: dict[str, JSON] = {"from": old.isoformat(), "to": row.expires_at.isoformat(), "days_before": days_before}
    record(
        Event.MADE_DUE, by=None, obj=row, reason="The dates were moved to show what happens then.", data=facts, at=at
    )
    hurry_on_commit("preservation.sweep")
    return row


def _make_copies_due(row: PreservationHold, old: datetime, *, at: datetime) -> PreservationHold:
    row.grace_until = row.work_at = at
    row.save(update_fields=["grace_until", "work_at"])
    facts: dict[str, JSON] = {"from": old.isoformat(), "to": at.isoformat(), "copies": True}
    record(
        Event.MADE_DUE, by=None, obj=row, reason="The dates were moved to show what happens then.", data=facts, at=at
    )
    hurry_on_commit("preservation.execute", row.pk)
    return row
