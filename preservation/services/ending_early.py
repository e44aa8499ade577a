"""Ending a hold that has run for long and that nothing followed, so that nothing is kept without a ground.

The officer is told, with the reason, and the copies stay for a time in which more time can be asked for.
"""

from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.utils import timezone

from foundation.core.errors import Incomplete, NotAllowed
from foundation.legal.deadlines import calendar_strict
from preservation import life_notify, notify
from preservation.enums import HoldGround, HoldStatus
from preservation.models import PreservationHold
from preservation.permissions import hold_workflow
from preservation.services import suspended
from preservation.services.locks import lock, open_extension

ACTION = "end_early"
# The copies of a hold that staff ended stay so long at least, whatever the company keeps those of others for.
LEAST_DAYS = 7


def early_refusal(hold: PreservationHold, by: Any, *, at: datetime) -> str | None:
    """Say why this person cannot end this hold before its time, or None."""
    if refusal := hold_workflow.refusal(hold, ACTION, by) or not_by_staff(hold):
        return refusal
    days = hold.provider.hold_review_days
    if hold.starts_at is None or at - hold.starts_at < timedelta(days=days):
        return f"Only a hold that has run for {days} days can be ended before its time."
    if hold.process_at is not None:
        return "Legal process, or a treaty request, came for these records: the hold ends on its day."
    if hold.process_follows_by is not None and hold.process_follows_by >= at.date():
        return "The officer announced legal process, and the day for that has not passed."
    return None


def not_by_staff(hold: PreservationHold) -> str | None:
    """Say why nobody but its officer lets go of a hold, or of a part of it, before its time, or None."""
    if hold.ground == HoldGround.LAW or hold.destroy_after:
        return "A hold under a law ends when that law says, or when its officer releases it."
    if hold.status == HoldStatus.PROCESS_SERVED:
        return "The records are kept for a request that we answer. Only the officer releases them now."
    if open_extension(hold) is not None:
        return "The officer asked for more time. Decide that first."
    if suspended.began(hold) is not None:
        return "The officer or the agency is suspended and could not object."
    return None


@transaction.atomic
def end_early(hold: PreservationHold, *, reason: str, by: Any, at: datetime | None = None) -> PreservationHold:
    """End a hold before its time; its copies stay for the grace, in which the officer can ask to go on.

    Raises Incomplete without a reason, which the officer reads, TransitionRefused where it has ended, NotAllowed.
    """
    at = at or timezone.now()
    if not reason.strip():
        raise Incomplete("Give the reason. The officer reads it.")
    row = lock(hold)
    until = calendar_strict(at, max(row.provider.hold_grace_days, LEAST_DAYS)).at
    refusal = early_refusal(row, by, at=at)
    if refusal is not None and hold_workflow.refusal(row, ACTION, by) is None:
        raise NotAllowed(refusal)
    row = hold_workflow.advance(
        row, ACTION, by=by, at=at, reason=reason.strip(), data={"copies_until": until.isoformat()},
        expired_at=at, next_action_at=None, grace_until=until, work_at=until,
    )  # fmt: skip
    if row.expires_at is not None:
        notify.withdraw_unsent(row, expires_at=row.expires_at, at=at)
    life_notify.ended_early(row, until=until, at=at)
    return row
