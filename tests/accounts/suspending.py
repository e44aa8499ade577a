"""What tests of suspensions share: calls as somebody writes them down, and a suspension that may be lifted."""

from accounts.models import Agency, Suspension, User
from accounts.services import look_back, suspensions
from accounts.services.suspensions import Told
from tests.people import make_staff


def told(agency: Agency, *, result="told", spoke_to="Duty officer Lind", number=True, **more) -> Told:
    """A call to the agency's number of the directory; number=False: by another listed way."""
    row = agency.numbers.first() if number else None
    return Told(result, number=row, alternative="" if row else "interpol", spoke_to=spoke_to, **more)


def suspended_agency(agency: Agency, *, by: User | None = None, **more) -> Suspension:
    """The agency is told and suspended."""
    values = {"told": told(agency), "reason": "Mail server broken into", "by": by or make_staff("analyst")}
    return suspensions.suspend_agency(agency, **(values | more))


def suspended_officer(officer: User, *, by: User | None = None, **more) -> Suspension:
    """The agency is told and its officer suspended."""
    agency = officer.memberships.get(ended_at=None).agency
    values = {"told": told(agency), "reason": "Stolen mailbox", "by": by or make_staff("analyst")}
    return suspensions.suspend_officer(officer, **(values | more))


def looked_at(suspension: Suspension, *, by: User | None = None) -> None:
    """Every act of the list is looked at, and nothing is wrong."""
    by = by or make_staff("analyst")
    for item in suspension.look_back.filter(looked_at=None):
        look_back.check(item, outcome="fine", by=by)


def confirmed(suspension: Suspension, *, by: User | None = None, **more) -> None:
    """The agency confirms that access may be given back."""
    call = told(suspension.subject_agency, result="confirmed", spoke_to="Personnel office", **more)
    suspensions.record_return_call(suspension, call, by=by or make_staff("analyst"))


def lifted(suspension: Suspension) -> Suspension:
    """Everything is looked at, the agency confirmed, and another person gives access back."""
    looked_at(suspension)
    confirmed(suspension)
    return suspensions.lift(suspension, reason="Mailboxes secured", by=make_staff("approver"))
