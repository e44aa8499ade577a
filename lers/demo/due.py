"""Making things due, so that a visitor of the demo sees what would happen days later."""

from datetime import datetime, timedelta

from django.db import transaction
from django.utils import timezone

from foundation.audit.trail import record
from foundation.core.errors import PortalError
from foundation.core.references import normalise_reference
from lers.demo.errors import require_demo
from lers.demo.events import Event
from requests_app.enums import ClarificationStatus, NoticeStatus, PackageStatus
from requests_app.models import DataRequest

# So long ago that the next sweep does it at once.
_PAST = timedelta(minutes=1)


class NothingToMove(PortalError):
    """There is no clock of this request that could be moved."""


@transaction.atomic
def make_due(reference: str, *, at: datetime | None = None) -> list[str]:
    """Move every clock of a request that runs to now, and return which; the demo's only way to change time."""
    require_demo()
    at = at or timezone.now()
    known = normalise_reference(reference) or reference
    data_request = DataRequest.objects.select_for_update().filter(reference=known).first()
    if data_request is None:
        raise NothingToMove(f"There is no request {reference}.")
    moved = [words for words, changed in _moves(data_request, at - _PAST).items() if changed]
    if not moved:
        raise NothingToMove(f"{data_request.reference}: no question, notice or package waits for a time.")
    record(Event.MADE_DUE, by=None, obj=data_request, data={"moved": list(moved)}, at=at)
    return moved


def _moves(data_request: DataRequest, past: datetime) -> dict[str, int]:
    """Move each clock; return how many rows each sentence stands for."""
    notices, packages = data_request.notices.all(), data_request.packages.all()
    return {
        "the time to answer the open question is over": data_request.clarifications.filter(
            status=ClarificationStatus.OPEN, due_at__gt=past
        ).update(due_at=past),
        "planned notices are due": notices.filter(status=NoticeStatus.PLANNED, due_at__gt=past).update(due_at=past),
        "the account holder's time to object is over": notices.filter(
            status=NoticeStatus.SENT, window_ends_at__gt=past
        ).update(window_ends_at=past),
        "released packages have expired": packages.filter(status=PackageStatus.RELEASED, expires_at__gt=past).update(
            expires_at=past
        ),
    }
