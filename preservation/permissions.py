"""Who may do what to a hold."""

from typing import Any

from django.utils import timezone

from accounts import cool_down
from accounts.enums import AgencyStatus
from accounts.models import AgencyAddressee
from accounts.permissions import Permission, has_permission
from foundation.core.workflow import Workflow
from preservation.deadlines import SUSPENDED_DAYS
from preservation.enums import Acceptance, HoldStatus
from preservation.states import EXTENSION, HOLD, OWNER, SYSTEM

_FROZEN = (
    "nothing is extended until access is given back. "
    f"When the hold ends, it goes on once for {SUSPENDED_DAYS} days, and ends then."
)
# What staff do with a hold that stands for an agency alone, and with no officer's.
_FOR_AGENCY = frozenset({"place", "call_off"})


def hold_refusal(user: Any, action: str, hold: Any) -> str | None:
    """Say why user may not do action to hold, or None. The system is user None."""
    row = HOLD.by_action[action][0]
    if row.permission == SYSTEM:
        return None if user is None else "Only the system does this."
    if not has_permission(user, row.permission):
        return "You do not have the right to do this."
    if row.permission == OWNER:
        return None if _filed(user, hold) else "Only the officer who filed the hold can do this."
    if action == "decline" and hold.status != HoldStatus.REQUESTED and hold.acceptance != Acceptance.PENDING:
        return "This hold was accepted: it can be refused no longer."
    if action in _FOR_AGENCY and not AgencyAddressee.objects.filter(
        user=hold.officer_id, agency=hold.agency_id
    ).exists():  # fmt: skip
        return "Only the officer who filed the hold can do this."
    return _conflict(user, hold) or _resting(user)


def accept_refusal(user: Any, hold: Any) -> str | None:
    """Say why user may not accept a hold that waits for a person, or None."""
    if not has_permission(user, Permission.DECIDE_HOLDS):
        return "You do not have the right to do this."
    return deciding_refusal(user, hold)


def deciding_refusal(user: Any, hold: Any) -> str | None:
    """Say why user decides nothing about this hold now, whatever their rights: a conflict, or a new factor."""
    return _conflict(user, hold) or _resting(user)


def extension_refusal(user: Any, action: str, extension: Any) -> str | None:
    """Say why user may not decide this extension, or None."""
    row = EXTENSION.by_action[action][0]
    if row.permission == SYSTEM:
        return None if user is None else "Only the system does this."
    if not has_permission(user, row.permission):
        return "You do not have the right to do this."
    if extension.requested_by_id == user.pk:
        return "You cannot decide your own request."
    if refusal := _conflict(user, extension.hold) or _resting(user):
        return refusal
    # Refusing stays possible: records of an impostor's hold need not be kept. Undecided, the hold goes on.
    return suspended_words(extension.hold) if action == "grant" else None


def may_extend(user: Any, hold: Any) -> bool:
    """Say whether this person may ask to keep a hold longer: only the officer who filed it."""
    return has_permission(user, OWNER) and _filed(user, hold)


def suspended_words(hold: Any) -> str | None:
    """Say that nothing is granted because the officer or the agency is suspended, or None."""
    if hold.agency.status != AgencyStatus.ACTIVE:
        return f"The agency is suspended: {_FROZEN}"
    suspended = hold.officer.memberships.filter(agency=hold.agency_id, ended_at=None, suspended_at__isnull=False)
    if not suspended.exists():
        return None
    return f"The officer is suspended: {_FROZEN}"


def _filed(user: Any, hold: Any) -> bool:
    """Say whether this officer filed the hold, and still works for the agency it is of."""
    member = user.membership if hold.officer_id == user.pk else None
    return member is not None and bool(member.agency_id == hold.agency_id)


def _conflict(user: Any, hold: Any) -> str | None:
    declared = user.conflicts.filter(ended_at=None)
    if declared.filter(agency_id=hold.agency_id).exists() or declared.filter(about_reference=hold.reference).exists():
        return "You declared a conflict with this agency or hold."
    return None


def _resting(user: Any) -> str | None:
    """Say that what this person signs in with was replaced a short time ago: deciding waits as approving does."""
    return cool_down.refusal(user, "decide about holds", at=timezone.now()) or None


hold_workflow = Workflow(HOLD, guard=hold_refusal)
extension_workflow = Workflow(EXTENSION, guard=extension_refusal)
