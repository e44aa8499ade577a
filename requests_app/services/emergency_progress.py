"""How far an emergency is, for the officer who waits: paged, taken, agency reached, decided, ready. No staff names."""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Min

from accounts.enums import CallBackResult, CallPurpose
from requests_app.confirming import calls_about
from requests_app.enums import ClarificationStatus, RequestStatus
from requests_app.models import DataRequest
from requests_app.services import paging

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
    # No page has left, one should have, and nobody took it all the same: the officer is to call.
    unpaged: bool
    taken_at: datetime | None
    reached_at: datetime | None
    decided_at: datetime | None
    granted: bool
    released_at: datetime | None
    asked: bool
    runs: bool


def progress(data_request: DataRequest, *, at: datetime) -> Progress:
    """Return how far it is. A call that confirmed nothing is not told of, nor that it took an earlier one back."""
    calls = calls_about(CallPurpose.REQUEST).filter(about_reference=data_request.reference or "")
    paged = paging.paged_at(data_request)
    runs = data_request.status in {*_RUNNING, RequestStatus.GRANTED}
    untouched = runs and data_request.taken_at is None and data_request.decided_at is None
    reached = calls.filter(result=CallBackResult.CONFIRMED).order_by("called_at").first()
    return Progress(
        paged_at=paged,
        unpaged=untouched and paging.overdue(data_request.submitted_at, paged, at=at),
        taken_at=data_request.taken_at,
        reached_at=reached.called_at if reached else None,
        decided_at=data_request.decided_at,
        granted=data_request.status in _GRANTED,
        released_at=data_request.packages.aggregate(first=Min("released_at"))["first"],
        asked=data_request.clarifications.filter(status=ClarificationStatus.OPEN).exists(),
        runs=runs,
    )
