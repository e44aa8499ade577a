"""Who may do what to an application for access."""

from typing import Any

from accounts.enums import CallBackResult
from accounts.permissions import Permission, has_permission
from accounts.states import APPLICANT, APPLICATION, SYSTEM
from foundation.core.workflow import Workflow

_NO_RIGHT = "You do not have the right to do this."


def application_refusal(user: Any, action: str, application: Any) -> str | None:
    """Say why user may not do action to this application, or None. The system is user None."""
    row = APPLICATION.by_action[action][0]
    if row.permission == SYSTEM:
        return None if user is None else "Only the system does this."
    if row.permission == APPLICANT:
        return _applicant_refusal(user, action, application)
    rights = {row.permission} | ({Permission.APPROVE_APPLICATION} if action == "reject" else set())
    if not any(has_permission(user, right) for right in rights):
        return _NO_RIGHT
    if application.user_id == user.pk:
        return "You cannot decide about yourself."
    if application.agency_id and user.conflicts.filter(ended_at=None, agency_id=application.agency_id).exists():
        return "You declared a conflict with this agency."
    return _decision_refusal(user, action, application)


def _applicant_refusal(user: Any, action: str, application: Any) -> str | None:
    if action == "confirm":  # whoever holds the mailed token; there is no user before it
        return None
    if user is None or application.user_id != user.pk:
        return "Only the applicant can do this."
    return None


def _decision_refusal(user: Any, action: str, application: Any) -> str | None:
    if action in {"approve", "send_back"} and application.recommended_by_id == user.pk:
        return "A second person must decide: you recommended it."
    if action in {"approve", "approve_alone", "recommend"} and not call_back_confirmed(application):
        return "Record a call-back that confirms name and e-mail first."
    if action == "approve_alone" and needs_second_person(application):
        return "A second person must approve the first officer of an agency."
    return None


def call_back_confirmed(application: Any) -> bool:
    """Say whether a call to a number of the directory confirmed this person (every first approval needs one)."""
    return bool(application.call_backs.filter(result=CallBackResult.CONFIRMED).exists())


def needs_second_person(application: Any) -> bool:
    """Say whether two people must approve: the first officer of an agency, or a failed signal."""
    if application.agency is None:
        return True
    known = application.agency.memberships.filter(approved_at__isnull=False).exclude(user_id=application.user_id)
    return not known.exists() or application.signals.filter(outcome="fail").exists()


application_workflow = Workflow(APPLICATION, guard=application_refusal)
