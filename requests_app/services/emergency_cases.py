"""The record of an emergency beside its request: when it was filed, taken and decided, whatever becomes of it."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Min

from accounts.models import User
from requests_app.models import DataRequest, EmergencyCase
from requests_app.services.emergency_alerts import waiting


def opened(data_request: DataRequest, *, at: datetime) -> EmergencyCase:
    """Keep when an emergency came in and by when it is to be taken and decided; one that is sent again keeps its own.

    The request must be locked, and received.
    """
    case, _new = EmergencyCase.objects.get_or_create(
        data_request=data_request,
        defaults={
            "filed_at": data_request.submitted_at or at,
            "take_by": data_request.first_look_due_at,
            "decide_by": data_request.deadline_at,
        },
    )
    return case


def taken(data_request: DataRequest, at: datetime) -> None:
    """Keep when somebody first took an emergency; nothing for what is none. The request must be locked."""
    EmergencyCase.objects.filter(data_request=data_request, taken_at=None).update(taken_at=at)


def decided(data_request: DataRequest, at: datetime) -> None:
    """Keep when an emergency was first decided; nothing for what is none. The request must be locked."""
    EmergencyCase.objects.filter(data_request=data_request, decided_at=None).update(decided_at=at)


@dataclass(frozen=True)
class Measured:
    """How long something took that was promised by a time."""

    took: timedelta
    in_time: bool

    @property
    def words(self) -> str:
        """Say it: "in 3 min, in time", "in 1 h 7 min, late". Minutes that were begun count whole."""
        minutes = max(1, -(-self.took // timedelta(minutes=1)))
        days, hours = divmod(minutes // 60, 24)
        said = f"{days} d {hours} h" if days else f"{hours} h {minutes % 60} min" if hours else f"{minutes} min"
        return f"in {said}, {'in time' if self.in_time else 'late'}"


def measured(case: EmergencyCase | None) -> tuple[Measured | None, Measured | None]:
    """Return how long it took until somebody took an emergency and until it was decided; None for what is not yet."""
    if case is None:
        return None, None
    return (
        _measured(case.filed_at, case.taken_at, case.take_by),
        _measured(case.filed_at, case.decided_at, case.decide_by),
    )


def case_of(data_request: DataRequest) -> EmergencyCase | None:
    """Return the record of an emergency, also of one that goes on as an ordinary request; None for others."""
    return EmergencyCase.objects.filter(data_request=data_request).first()


def first_waiting(user: User) -> tuple[datetime | None, datetime | None]:
    """Return when the first emergency came in that nobody has taken, and by when it is to be taken.

    Of those that this member of staff may know of, in one query.
    """
    known = DataRequest.objects.told_to_staff(user).filter(pk__in=waiting().values("pk"))
    found = known.aggregate(since=Min("submitted_at"), take_by=Min("first_look_due_at"))
    return found["since"], found["take_by"]


def _measured(begun: datetime, done: datetime | None, due: datetime | None) -> Measured | None:
    return None if done is None else Measured(done - begun, due is None or done <= due)
