"""The steps before anything of an emergency leaves, done one by one by the people of a test."""

from accounts.enums import CallPurpose
from requests_app.confirming import granted_categories
from requests_app.enums import DataCategory, LineDecision
from requests_app.models import EmergencyCase
from requests_app.services import call_backs, emergency_cases


def calls(data_request, *, by=None, about=CallPurpose.REQUEST, result="confirmed", spoke_to="", at=None):
    """Somebody calls the agency's number of the directory about the request, or reaches the supervisor there."""
    name = spoke_to or ("Duty desk" if about == CallPurpose.REQUEST else "Chief Inspector K. Aas")
    return call_backs.record(
        data_request, purpose=about, number=data_request.agency.numbers.get(), result=result, spoke_to=name,
        by=by or data_request.assignee, at=at,
    )  # fmt: skip


def supervisor(data_request, *, by=None, at=None):
    """The supervisor confirms, through the same switchboard."""
    return calls(data_request, by=by, about=CallPurpose.SUPERVISOR, at=at)


def minimum(data_request, *, at=None):
    """Each kind of records that was asked for averts the harm; as a row, whatever the request's status is."""
    case = emergency_cases.opened(data_request, at=at or data_request.submitted_at)
    names = granted_categories(data_request) or DataCategory.values
    case.minimum_why, case.minimum_note = dict.fromkeys(names, "It shows where she is."), "Nothing else was asked for."
    case.minimum_at, case.minimum_by = at or data_request.submitted_at, data_request.assignee
    case.save()
    return EmergencyCase.objects.get(pk=case.pk)


def through_the_gate(data_request, *, called=True):
    """Everything that stands before the proposal; lines that are open yet are produced."""
    data_request.lines.filter(decision=LineDecision.OPEN).update(decision=LineDecision.PRODUCE)
    if called:
        calls(data_request)
        supervisor(data_request)
    minimum(data_request)
    return data_request
