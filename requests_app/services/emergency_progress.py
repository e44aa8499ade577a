"""How far an emergency is, for the officer who waits: paged, taken, agency reached, decided, ready. No staff names."""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Min

from accounts.call_answers import standing
from accounts.enums import CallPurpose
from accounts.models import CallBack
from requests_app.enums import ClarificationStatus, RequestStatus
from requests_app.models import DataRequest

# Calls about something else: they do not say that the officer's agency was reached.
_OTHER = (CallPurpose.SUPERVISOR, CallPurpose.WALLET)
_RUNNING = (
    RequestStatus.SUBMITTED,
    RequestStatus.IN_REVIEW,
    RequestStatus.AWAITING_OFFICER,
    RequestStatus.AWAITING_APPROVAL,
)

# What was asked for leaves or has left; the records' own times stay when the request is closed.
_GRANTED = (RequestStatus.GRANTED, RequestStatus.PRODUCED)


@dataclass(frozen=True)
class Progress:
    """When each step was done, None where it was not; `runs`: something changes here by itself."""

    paged_at: datetime | None
    taken_at: datetime | None
    reached_at: datetime | None
    decided_at: datetime | None
    granted: bool
    released_at: datetime | None
    asked: bool
    runs: bool


def progress(data_request: DataRequest) -> Progress:
    """Return how far it is. A call that confirmed nothing is not told of: it may be the reason for the next one."""
    calls = CallBack.objects.filter(about_reference=data_request.reference).exclude(purpose__in=_OTHER)
    reached = standing(calls).filter(number__agency_id=data_request.agency_id).order_by("called_at").first()
    return Progress(
        paged_at=data_request.submitted_at,
        taken_at=data_request.taken_at,
        reached_at=reached.called_at if reached else None,
        decided_at=data_request.decided_at,
        granted=data_request.status in _GRANTED,
        released_at=data_request.packages.aggregate(first=Min("released_at"))["first"],
        asked=data_request.clarifications.filter(status=ClarificationStatus.OPEN).exists(),
        runs=data_request.status in {*_RUNNING, RequestStatus.GRANTED},
    )
