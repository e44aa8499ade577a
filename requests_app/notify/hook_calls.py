"""What hooks are told of requests and records: that something happened, to which reference, and where to read on.

Of restricted requests nothing: receivers are read by people who may not know that these exist.
"""

from collections.abc import Mapping
from datetime import datetime

from django.urls import reverse

from foundation.notifications.hooks.emitting import emit, stamped
from foundation.notifications.hooks.words import HookEvent
from requests_app.models import DataRequest, DisclosurePackage, Proposal


def received(data_request: DataRequest, *, at: datetime) -> None:
    """Tell that a request arrived; one that was returned and sent again arrives again."""
    _emit(data_request, HookEvent.RECEIVED, key=f"{data_request.pk}:{data_request.lock_version}", at=at)


def emergency(data_request: DataRequest, *, at: datetime) -> None:
    """Page at once for an emergency, once."""
    _emit(data_request, HookEvent.EMERGENCY, key=f"{data_request.pk}:", urgent=True, at=at)


def emergency_waiting(first: DataRequest, *, waiting: int, key: str, step: int = 0, at: datetime) -> None:
    """Page again while nobody takes the emergencies of one alert: how many wait, and since when the first does.

    An event of its own, so that a system that counts emergencies counts each once. `key` tells apart the pages, `step`
    is the step of the rota that is paged.
    """
    facts: dict[str, str | int] = {"waiting": waiting}
    if step:
        facts["step"] = step
    if first.submitted_at:
        facts["first_received"] = stamped(first.submitted_at)
    _emit(first, HookEvent.EMERGENCY_WAITING, key=f"{first.pk}:{key}", urgent=True, facts=facts, at=at)


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


def _emit(
    data_request: DataRequest,
    event: HookEvent,
    *,
    key: str,
    urgent: bool = False,
    facts: Mapping[str, str | int] | None = None,
    at: datetime,
) -> None:
    reference = data_request.reference
    if data_request.restricted or not reference:
        return
    link = reverse("staff:request", args=[reference])
    emit(event, dedupe_key=f"{event.value}:{key}", reference=reference, link=link, facts=facts, urgent=urgent, at=at)
