"""Who may do what to a hold."""

from typing import Any

from accounts.permissions import has_permission
from foundation.core.workflow import Workflow
from preservation.states import EXTENSION, HOLD, OWNER, SYSTEM


def hold_refusal(user: Any, action: str, hold: Any) -> str | None:
    """Say why user may not do action to hold, or None. The system is user None."""
    row = HOLD.by_action[action][0]
    if row.permission == SYSTEM:
        return None if user is None else "Only the system does this."
    if not has_permission(user, row.permission):
        return "You do not have the right to do this."
    if row.permission == OWNER and hold.officer_id != user.pk:
        return "Only the officer who filed the hold can do this."
    return None


def extension_refusal(user: Any, action: str, extension: Any) -> str | None:
    """Say why user may not decide this extension, or None."""
    row = EXTENSION.by_action[action][0]
    if row.permission == SYSTEM:
        return None if user is None else "Only the system does this."
    if not has_permission(user, row.permission):
        return "You do not have the right to do this."
    if extension.requested_by_id == user.pk:
        return "You cannot decide your own request."
    return None


hold_workflow = Workflow(HOLD, guard=hold_refusal)
extension_workflow = Workflow(EXTENSION, guard=extension_refusal)
