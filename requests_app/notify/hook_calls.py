"""What hooks are told of requests and records: that something happened, to which reference, and where to read on.

Of restricted requests nothing: receivers are read by people who may not know that these exist.
"""

from datetime import datetime

from django.urls import reverse

from foundation.notifications.hooks.emitting import emit
from foundation.notifications.hooks.words import HookEvent
from requests_app.models import DataRequest, DisclosurePackage, Proposal


def received(data_request: DataRequest, *, at: datetime) -> None:
    """Tell that a request arrived; one that was returned and sent again arrives again."""
    _emit(data_request, HookEvent.RECEIVED, key=f"{data_request.pk}:{data_request.lock_version}", at=at)


def emergency(data_request: DataRequest, *, key: str = "", at: datetime) -> None:
    """Page at once for an emergency; `key` tells apart pages of one emergency."""
    _emit(data_request, HookEvent.EMERGENCY, key=f"{data_request.pk}:{key}", urgent=True, at=at)


def overdue(data_request: DataRequest, *, at: datetime) -> None:
    """Tell that the answer is late, once for each deadline that was missed."""
    due = data_request.deadline_at.isoformat() if data_request.deadline_at else ""
    _emit(data_request, HookEvent.OVERDUE, key=f"{data_request.pk}:{due}", urgent=data_request.is_exigent, at=at)


def decided(proposal: Proposal, *, at: datetime) -> None:
    """Tell that there is a decision; what it says stands in the portal only."""
    _emit(proposal.data_request, HookEvent.DECIDED, key=f"{proposal.data_request_id}:{proposal.pk}", at=at)


def released(package: DisclosurePackage, *, at: datetime) -> None:
    """Tell that records can be downloaded."""
    _emit(package.data_request, HookEvent.RELEASED, key=str(package.pk), at=at)


def _emit(data_request: DataRequest, event: HookEvent, *, key: str, urgent: bool = False, at: datetime) -> None:
    reference = data_request.reference
    if data_request.restricted or not reference:
        return
    link = reverse("staff:request", args=[reference])
    emit(event, dedupe_key=f"{event.value}:{key}", reference=reference, link=link, urgent=urgent, at=at)
