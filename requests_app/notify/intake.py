"""Mails around the receipt of a request. No facts of the case: the reference, what happens, by when."""

import logging
from collections.abc import Iterable, Iterator
from datetime import datetime

from accounts.models import User
from foundation.notifications.outbox import send
from requests_app.models import DataRequest
from requests_app.notify import hook_calls
from requests_app.notify.recipients import everybody, on_call

logger = logging.getLogger(__name__)


def received(data_request: DataRequest, *, at: datetime) -> None:
    """Acknowledge the receipt to the officer, with the reference and by when there is an answer."""
    send(
        "request_received",
        dedupe_key=f"request:{data_request.pk}:received:{data_request.lock_version}",
        to_user=data_request.officer,
        reference=data_request.reference or "",
        context={
            "emergency": int(data_request.is_exigent),
            "received": data_request.submitted_at,
            "answer_by": data_request.deadline_at,
        },
        at=at,
    )
    hook_calls.received(data_request, at=at)


def withdrawn(data_request: DataRequest, *, at: datetime) -> None:
    """Confirm to the officer that the request was taken back."""
    send(
        "request_withdrawn",
        dedupe_key=f"request:{data_request.pk}:withdrawn",
        to_user=data_request.officer,
        reference=data_request.reference or "",
        context={"withdrawn": at},
        at=at,
    )


def emergency_alert(
    data_request: DataRequest, *, people: Iterable[User] | None = None, addresses: Iterable[str] = (), at: datetime
) -> None:
    """Page through the urgent loop: those of the first step of a rota, else the team's address and its people.

    Each once. Of a restricted emergency only its named readers learn: a team's address is read by others.
    """
    context = {
        "agency": data_request.agency.name,
        "received": data_request.submitted_at,
        "take_by": data_request.first_look_due_at,
    }
    count = 0
    for key, address, user in _paged(data_request, at) if people is None else _of_rota(people, addresses):
        send(
            "emergency_alert",
            dedupe_key=f"{pages_of(data_request)}{key}",
            to_address=address,
            to_user=user,
            reference=data_request.reference or "",
            context=context,
            urgent=True,
            at=at,
        )
        count += 1
    if not count:
        logger.error("Nobody can be paged for emergency %s: no team address and no reviewer", data_request.reference)
    hook_calls.emergency(data_request, at=at)


def pages_of(data_request: DataRequest) -> str:
    """Return how the keys of all first pages about this emergency begin."""
    return f"emergency:{data_request.pk}:"


def _of_rota(people: Iterable[User], addresses: Iterable[str]) -> Iterator[tuple[str, str, User | None]]:
    yield from ((f"at:{address}", address, None) for address in addresses)
    yield from ((f"user{user.pk}", "", user) for user in people)


def _paged(data_request: DataRequest, at: datetime) -> Iterator[tuple[str, str, User | None]]:
    """Key, address and person of everybody to page. Where nobody is on call, all reviewers are."""
    team = data_request.team
    address = team.on_call_address if team and not data_request.restricted else ""
    if team and address:
        yield f"team{team.pk}", address, None
    people = [] if data_request.restricted else on_call(data_request, at=at)
    if not people and not address:
        people = everybody(data_request)
    for user in people:
        yield f"user{user.pk}", "", user
