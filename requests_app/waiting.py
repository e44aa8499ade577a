"""What waits behind the entries of the staff's navigation: rows of the page it stands beside, this person's only."""

from datetime import datetime
from typing import Any

from django.db.models import Exists, OuterRef, QuerySet

from requests_app.enums import ProposalStatus, Rank, RequestStatus
from requests_app.models import DataRequest, Proposal, UrgentContact


def to_look_at(user: Any, at: datetime) -> list[QuerySet[Any]]:
    """Return the requests nobody has looked at yet, and beside them those whose answer is late."""
    visible = DataRequest.objects.visible_to_staff(user)
    late = visible.answer_overdue(at).exclude(status=RequestStatus.SUBMITTED)
    # Every rank by name, so that the index on rank and deadline serves it.
    return [visible.filter(status=RequestStatus.SUBMITTED), late.filter(rank__in=Rank.values)]


def emergencies(user: Any, at: datetime) -> list[QuerySet[Any]]:
    """Return the emergencies that nobody has taken; who may see no request is told their number, and no more."""
    return [DataRequest.objects.told_to_staff(user).filter(status=RequestStatus.SUBMITTED, rank=Rank.EXIGENT)]


def contacts(user: Any, at: datetime) -> list[QuerySet[Any]]:
    """Return the emergencies told without an account that nobody has taken; they hide no request of an officer."""
    return [UrgentContact.objects.visible_to_staff(user).untaken()]


def to_approve(user: Any, at: datetime) -> list[QuerySet[Any]]:
    """Return the requests that wait for a second signature and were proposed by somebody else."""
    own = Proposal.objects.filter(data_request=OuterRef("pk"), status=ProposalStatus.PROPOSED, proposed_by=user)
    waiting = DataRequest.objects.visible_to_staff(user).filter(status=RequestStatus.AWAITING_APPROVAL)
    return [waiting.exclude(Exists(own))]
