"""Keeping records longer: an additional request by the officer, decided by a preservation administrator."""

from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils import timezone

from foundation.audit.canonical import JSON
from foundation.audit.trail import record
from foundation.core.errors import Incomplete, NotAllowed, TransitionRefused
from preservation import deadlines, notify, schedule
from preservation.enums import ExtensionStatus, HoldStatus
from preservation.events import Event
from preservation.models import HoldExtension, PreservationHold
from preservation.permissions import extension_workflow, may_extend
from preservation.services.locks import lock, lock_extension


def refusal(hold: PreservationHold, at: datetime) -> str | None:
    """Say why no extension can be asked for now, or None."""
    if hold.status in {HoldStatus.PROCESS_SERVED, HoldStatus.ON_TREATY}:
        return "This hold goes on by itself while we answer. You need not extend it."
    if hold.status != HoldStatus.ACTIVE or hold.expires_at is None or hold.expires_at <= at:
        return "This hold has ended. Start a new hold, or send legal process."
    states = list(hold.extensions.values_list("status", flat=True))
    if ExtensionStatus.REQUESTED in states:
        return "You asked already. We decide before the hold ends, and tell you by e-mail."
    most, had = hold.maximum_extensions, states.count(ExtensionStatus.GRANTED)
    if most is not None and had >= most:
        times = {0: "no extension", 1: "one extension"}.get(most, f"{most} extensions")
        return f"The law you act under allows {times}. To keep the records, send legal process before the hold ends."
    return None


def offer(hold: PreservationHold, at: datetime) -> tuple[datetime | None, int]:
    """Return until when an extension would keep the records, and the how-manieth it would be."""
    granted = hold.extensions.filter(status=ExtensionStatus.GRANTED).count()
    if hold.expires_at is None:
        return None, granted + 1
    return deadlines.extended_expiry(hold.expires_at, hold.extension_days, at).at, granted + 1


@transaction.atomic
def ask(hold: PreservationHold, *, reason: str, by: Any, at: datetime | None = None) -> HoldExtension:
    """Ask to keep the records longer; asking again while one is open gives the open one."""
    at = at or timezone.now()
    row = lock(hold)
    if not may_extend(by, row):
        raise NotAllowed("Only the officer who filed the hold can do this.")
    if row.is_open and (known := row.extensions.filter(status=ExtensionStatus.REQUESTED).first()):
        return known
    if not reason.strip():
        raise Incomplete("Say why you need more time.")
    if (why := refusal(row, at)) or row.expires_at is None:
        raise TransitionRefused(why or "This hold never started.")
    extension = HoldExtension.objects.create(
        hold=row,
        requested_at=at,
        requested_by=by,
        reason=reason.strip(),
        days=row.extension_days,
        old_expires_at=row.expires_at,
    )
    facts: dict[str, JSON] = {"extension": str(extension.uid), "days": extension.days}
    record(Event.EXTENSION_ASKED, by=by, obj=row, reason=extension.reason, data=facts, at=at)
    notify.extension_asked(extension, at=at)
    return extension


@transaction.atomic
def grant(extension: HoldExtension, *, reason: str = "", by: Any, at: datetime | None = None) -> HoldExtension:
    """Move the end by the days of the rule; reminders count from the new end only."""
    at = at or timezone.now()
    extension = lock_extension(extension)
    hold = extension.hold
    old = hold.expires_at or extension.old_expires_at
    due = deadlines.extended_expiry(old, extension.days, at)
    extension_workflow.advance(
        extension, "grant", by=by, at=at, reason=reason.strip(), new_expires_at=due.at, **_decision(by, reason, at)
    )
    notify.withdraw_unsent(hold, expires_at=old, at=at)
    running = hold.status == HoldStatus.ACTIVE
    hold.expires_at, hold.reminded_lead, hold.certificate = due.at, None, None
    hold.next_action_at = schedule.next_action(due.at, after=at) if running else None
    hold.work_at = at
    hold.save(update_fields=["expires_at", "reminded_lead", "certificate", "next_action_at", "work_at"])
    facts = {"from": old.isoformat(), "to": due.at.isoformat(), "rule": due.rule, "why": due.why}
    record(Event.EXTENDED, by=by, obj=hold, data=facts, at=at)
    notify.extended(extension, at=at)
    return extension


@transaction.atomic
def refuse(extension: HoldExtension, *, reason: str, by: Any, at: datetime | None = None) -> HoldExtension:
    """Refuse with a reason the officer reads; a hold whose time is over ends with the next sweep."""
    at = at or timezone.now()
    if not reason.strip():
        raise Incomplete("Give the reason. The officer reads it.")
    extension = lock_extension(extension)
    hold = extension.hold
    extension_workflow.advance(extension, "refuse", by=by, at=at, reason=reason.strip(), **_decision(by, reason, at))
    if hold.status == HoldStatus.ACTIVE and hold.expires_at is not None and hold.expires_at <= at:
        hold.next_action_at = at
        hold.save(update_fields=["next_action_at"])
    notify.extension_refused(extension, at=at)
    return extension


def _decision(by: Any, reason: str, at: datetime) -> dict[str, Any]:
    return {"decided_by": by, "decided_at": at, "decision_reason": reason.strip()}
