"""Who may do what with an emergency told without an account."""

from typing import Any

from accounts.permissions import Permission, has_permission
from foundation.core.workflow import Nobody, Workflow
from requests_app.urgent_states import URGENT_CONTACT

_SECONDS = (Permission.REVIEW_REQUEST, Permission.APPROVE_DECISION)


def urgent_refusal(user: Any, action: str, contact: Any) -> str | None:
    """Say why user may not do action, or None. The system is user None."""
    row = URGENT_CONTACT.by_action[action][0]
    if row.permission == Nobody.SYSTEM:
        return None if user is None else "Only the system does this."
    return acting_refusal(user, contact)


def acting_refusal(user: Any, contact: Any) -> str | None:
    """Say why this person may not work on what was told, or None."""
    if not has_permission(user, Permission.REVIEW_REQUEST):
        return "You do not have the right to do this."
    return conflict_refusal(user, contact)


def second_refusal(user: Any, contact: Any, call: Any) -> str | None:
    """Say why this person may not vouch for a call, or None: another than the caller, who reviews or signs."""
    if not any(has_permission(user, permission) for permission in _SECONDS):
        return "You do not have the right to do this."
    if call.called_by_id == user.pk:
        return "You made this call. Somebody else must vouch for it."
    return conflict_refusal(user, contact)


def may_second(user: Any) -> bool:
    """Say whether this person may be a second one at all."""
    return any(has_permission(user, permission) for permission in _SECONDS)


def conflict_refusal(user: Any, contact: Any) -> str | None:
    """Say that this person must stay away, or None."""
    declared = user.conflicts.filter(ended_at=None)
    if declared.filter(agency=contact.agency_id, agency__isnull=False).exists():
        return "You declared a conflict with this agency."
    if declared.filter(about_reference=contact.reference).exists():
        return "You declared a conflict with this."
    return None


urgent_workflow = Workflow(URGENT_CONTACT, guard=urgent_refusal)
