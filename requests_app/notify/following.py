"""Who is told when somebody follows, takes over or changes a request: one function for each event, no case facts."""

from datetime import datetime

from accounts.models import User
from foundation.notifications.outbox import send
from requests_app.models import Amendment, DataRequest, Follower, HandOver


def follower_added(follower: Follower, *, at: datetime) -> None:
    """Tell a colleague that there is a request to follow."""
    if follower.user is not None:
        _send(follower.data_request, "follower_added", follower.user, key=f"follower:{follower.pk}:added", at=at)


def follower_agreed(follower: Follower, *, at: datetime) -> None:
    """Tell the officer that we agreed."""
    key = f"follower:{follower.pk}:agreed"
    _send(follower.data_request, "follower_agreed", follower.data_request.officer, key=key, at=at)


def follower_declined(follower: Follower, *, at: datetime) -> None:
    """Tell the officer that we did not agree; why stands in the portal only."""
    key = f"follower:{follower.pk}:declined"
    _send(follower.data_request, "follower_declined", follower.data_request.officer, key=key, at=at)


def agreement_waits(data_request: DataRequest, *, key: str, at: datetime) -> None:
    """Tell who works on a request that something of it waits for our agreement."""
    if data_request.assignee is not None:
        _send(data_request, "agreement_waits", data_request.assignee, key=f"{key}:waits", at=at)


def handed_over(hand_over: HandOver, *, at: datetime) -> None:
    """Tell the officer who had the request, and the one who has it now."""
    data_request = hand_over.data_request
    _send(data_request, "request_given", hand_over.from_officer, key=f"handover:{hand_over.pk}:given", at=at)
    _send(data_request, "request_taken_over", hand_over.to_officer, key=f"handover:{hand_over.pk}:taken", at=at)


def hand_over_declined(hand_over: HandOver, *, at: datetime) -> None:
    """Tell who asked, and the officer who keeps the request, that we did not agree; why stands in the portal only."""
    for person in {hand_over.asked_by, hand_over.from_officer}:
        key = f"handover:{hand_over.pk}:declined:{person.pk}"
        _send(hand_over.data_request, "hand_over_declined", person, key=key, at=at)


def amended(amendment: Amendment, *, at: datetime) -> None:
    """Tell who works on a request that the officer changed it."""
    data_request = amendment.data_request
    if data_request.assignee is not None:
        _send(data_request, "request_amended", data_request.assignee, key=f"amendment:{amendment.pk}", at=at)


def _send(data_request: DataRequest, event: str, reader: User, *, key: str, at: datetime) -> None:
    if reader.is_active:
        send(
            event,
            dedupe_key=key,
            to_user=reader,
            context={},
            reference=data_request.reference or "",
            at=at,
        )
