"""Who may do what to an application for access."""

from typing import Any

from django.db.models import F, Q
from django.utils import timezone

from accounts import cool_down
from accounts.call_answers import CALL_AGAIN, UNDOES, Moment, standing
from accounts.deadlines import NEW_NUMBER
from accounts.enums import AgencyStatus, ApplicationStatus, CallBackResult, DecisionAct, SignalKind, SignalOutcome
from accounts.permissions import Permission, has_permission
from accounts.states import APPLICANT, APPLICATION, SYSTEM
from foundation.core.jobs import JobState
from foundation.core.workflow import Workflow

_NO_RIGHT = "You do not have the right to do this."
_ABOUT_YOU = "You cannot decide about yourself."
# What somebody of the desk does with an application; suspending and lifting are about the officer.
_DESK = frozenset(
    {"take", "assign", "hand_back", "ask", "recommend", "send_back", "approve", "approve_alone", "reject"}
)
# What lets somebody in, alone or with the decision of a second person.
_LETS_IN = frozenset({"recommend", "approve", "approve_alone"})
# Whoever did this before an appeal leaves the appeal to others.
DECIDED = (DecisionAct.RECOMMEND, DecisionAct.APPROVE, DecisionAct.DECLINE)


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
    if action == "hand_back":  # whoever has a reason to stay away must be able to let go
        return None if application.reviewer_id == user.pk else "Only the person who reviews it hands it back."
    if refusal := personal_refusal(user, application, appeal=action in _DESK):
        return refusal
    if action == "take":
        return _taken(user, application)
    return _decision_refusal(user, action, application)


def personal_refusal(user: Any, application: Any, *, appeal: bool = True) -> str:
    """Say why this very person stays away from the application, whatever their rights, or nothing.

    `appeal`: those who declined, recommended or decided it leave an appeal to others.
    """
    if application.user_id == user.pk:
        return _ABOUT_YOU
    if has_conflict(user, application):
        return "You declared a conflict with this agency."
    if appeal and _decided_before_appeal(user, application):
        return "You decided about this application before the appeal: another person must look at it."
    return ""


def has_conflict(user: Any, application: Any) -> bool:
    """Say whether this person declared a conflict with the agency, or with this very application."""
    about = Q(about_reference=application.reference)
    if application.agency_id:
        about |= Q(agency_id=application.agency_id)
    return bool(user.conflicts.filter(about, ended_at=None).exists())


def _decided_before_appeal(user: Any, application: Any) -> bool:
    if application.appealed_at is None:
        return False
    before = application.decisions.filter(made_by=user, act__in=DECIDED, made_at__lt=application.appealed_at)
    return bool(before.exists())


def _applicant_refusal(user: Any, action: str, application: Any) -> str | None:
    if action == "confirm":  # whoever holds the mailed token; there is no user before it
        return None
    if user is None or application.user_id != user.pk:
        return "Only the applicant can do this."
    if action == "appeal" and application.appealed_at is not None:
        return "You appealed already. You can apply again."
    return None


def _taken(user: Any, application: Any) -> str | None:
    other = application.status == ApplicationStatus.IN_REVIEW and application.reviewer_id not in {None, user.pk}
    return f"{application.reviewer.get_full_name()} reviews it already." if other else None


def _decision_refusal(user: Any, action: str, application: Any) -> str | None:
    waiting = application.status == ApplicationStatus.AWAITING_APPROVAL
    if waiting and action in {"approve", "send_back", "reject"} and application.recommended_by_id == user.pk:
        return "A second person must decide: you recommended it."
    if action in _LETS_IN and (closed := _closed(application)):
        return closed
    if action in {"approve", "approve_alone"} and (resting := cool_down.refusal(user, "approve", at=timezone.now())):
        return resting
    if action == "approve_alone" and (reasons := second_person_reasons(application)):
        return f"A second person must approve: {'; '.join(reasons)}."
    if action == "approve" and _only_caller(user, application) and (reasons := second_person_reasons(application)):
        return f"A second person must decide: you made the call, and two are needed ({'; '.join(reasons)})."
    return None


def _closed(application: Any) -> str:
    """Say why nobody is let in on this application now, whoever decides, or nothing.

    Every approval needs a call that confirmed this person and this address, and that no later one took back.
    """
    if application.agency is not None and application.agency.status == AgencyStatus.SUSPENDED:
        return "This agency is suspended: nobody of it is let in until that is lifted."
    made = _calls_that_count(application).order_by("called_at", "pk").values_list("result", flat=True)
    answers = [result for result in made if result == CallBackResult.CONFIRMED or result in UNDOES]
    if CallBackResult.CONFIRMED not in answers:
        return "Record a call-back that confirms name and e-mail first."
    return "" if answers[-1] == CallBackResult.CONFIRMED else CALL_AGAIN


def call_moments(application: Any) -> list[Moment]:
    """Return the moments from which calls count anew, with what happened then.

    Who was asked for more may have sent another name since; an appeal and a new verification have calls of their own.
    """
    moments = [
        (application.reverify_started_at, "the officer began to verify again after it"),
        (application.appealed_at, "the appeal came after it"),
        (application.submitted_at, "the application was sent again after it"),
    ]
    return [(moment, words) for moment, words in moments if moment is not None]


def needs_second_person(application: Any) -> bool:
    """Say whether two people must approve."""
    return bool(second_person_reasons(application))


def second_person_reasons(application: Any) -> list[str]:
    """Return why two people must approve, as parts of a sentence; nothing where one may.

    That is so for the first officer of an agency, for an appeal, where a check failed or could not be done, and where
    no call to a number that the directory has had for 7 days confirmed the officer.
    """
    return [*_first_officer(application), *_doubts(application), *_way(application), *_appeal(application)]


def _first_officer(application: Any) -> list[str]:
    if application.agency is not None:
        known = application.agency.memberships.filter(approved_at__isnull=False)
        if application.reverify_started_at is None:  # who verifies again was let in by two people already
            known = known.exclude(user_id=application.user_id)
        if known.exists():
            return []
    return ["this is the first officer of the agency"]


def _doubts(application: Any) -> list[str]:
    failed, unknown, open_ones = set(), set(), False
    for signal in application.signals.all():
        if signal.state in {JobState.PENDING, JobState.RUNNING}:
            open_ones = True
        elif signal.state == JobState.DONE and signal.outcome == SignalOutcome.FAIL:
            failed.add(SignalKind(signal.kind).label)
        elif signal.state == JobState.GIVEN_UP or signal.outcome == SignalOutcome.UNKNOWN:
            unknown.add(SignalKind(signal.kind).label)
    reasons = [f"a check failed ({', '.join(sorted(failed))})"] if failed else []
    reasons += [f"a check could not be done ({', '.join(sorted(unknown))})"] if unknown else []
    return [*reasons, "the checks are not finished"] if open_ones else reasons


def _way(application: Any) -> list[str]:
    calls = _confirming_calls(application)
    by_number = calls.filter(number__isnull=False)
    if by_number.filter(number__confirmed_at__lte=F("called_at") - NEW_NUMBER).exists():
        return []
    if by_number.exists():
        return ["the number that was called was confirmed less than 7 days before"]
    return ["no number of our directory was called, but another listed way"] if calls.exists() else []


def _appeal(application: Any) -> list[str]:
    return ["it is an appeal"] if application.appealed_at is not None else []


def _only_caller(user: Any, application: Any) -> bool:
    return not _confirming_calls(application).exclude(called_by=user).exists()


def _confirming_calls(application: Any) -> Any:
    return standing(_calls_that_count(application))


def _calls_that_count(application: Any) -> Any:
    """Calls about what was sent last."""
    since = max((moment for moment, _words in call_moments(application)), default=application.created_at)
    return application.call_backs.filter(called_at__gte=since)


application_workflow = Workflow(APPLICATION, guard=application_refusal)


def suspension_refusal(user: Any, agency: Any, permission: Permission, *, officer_id: int | None = None) -> str:
    """Say why this person may not suspend, look back or give access back here, or nothing."""
    if not has_permission(user, permission):
        return _NO_RIGHT
    if officer_id == user.pk:
        return _ABOUT_YOU
    if agency is not None and user.conflicts.filter(ended_at=None, agency_id=agency.pk).exists():
        return "You declared a conflict with this agency."
    return ""
