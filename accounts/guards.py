"""Who may do what to an application for access."""

from typing import Any

from accounts.enums import CallBackResult, SignalOutcome
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
    if action == "appeal" and application.appealed_at is not None:
        return "You appealed already. You can apply again."
    return None


def _decision_refusal(user: Any, action: str, application: Any) -> str | None:
    if action in {"approve", "send_back", "reject"} and application.recommended_by_id == user.pk:
        return "A second person must decide: you recommended it."
    if action in {"approve", "approve_alone", "recommend"} and not call_back_confirmed(application):
        return "Record a call-back that confirms name and e-mail first."
    if action == "approve_alone" and needs_second_person(application):
        return (
            "A second person must approve: the first officer of an agency, a failed check, or no call to a number of "
            "our directory."
        )
    return None


def call_back_confirmed(application: Any) -> bool:
    """Say whether a call confirmed this person and this address (every first approval needs one)."""
    return bool(_confirming_calls(application).exists())


def needs_second_person(application: Any) -> bool:
    """Say whether two people must approve.

    That is so for the first officer of an agency, where a check failed or is not done, and where no number of the
    directory confirmed the officer but one of the listed alternatives.
    """
    if application.agency is None:
        return True
    known = application.agency.memberships.filter(approved_at__isnull=False).exclude(user_id=application.user_id)
    by_number = _confirming_calls(application).filter(number__isnull=False)
    doubts = application.signals.filter(outcome__in=[SignalOutcome.FAIL, SignalOutcome.UNKNOWN])
    return not known.exists() or not by_number.exists() or doubts.exists()


def _confirming_calls(application: Any) -> Any:
    """Calls about what was sent last: who was asked for more may have sent another name since."""
    since = application.submitted_at or application.created_at
    return application.call_backs.filter(result=CallBackResult.CONFIRMED, called_at__gte=since)


application_workflow = Workflow(APPLICATION, guard=application_refusal)
