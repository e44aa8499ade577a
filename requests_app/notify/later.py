"""What is told of what is asked for on answered requests: staff, then the officer. Nothing of the case."""

from collections.abc import Iterable
from datetime import datetime

from accounts.models import User
from foundation.notifications.rendering import Value
from requests_app.models import LaterAsk
from requests_app.notify.recipients import officers, responsible
from requests_app.notify.telling import to_each
from requests_app.release_enums import LaterStatus


def asked(ask: LaterAsk, *, at: datetime) -> None:
    """Tell who works on the request that something is asked for."""
    context: dict[str, Value] = {"kind": ask.kind, "due": ask.due_at}
    people = responsible(ask.data_request, at=at)
    to_each(ask.data_request, "later_asked", people, key=f"later:{ask.pk}:asked", context=context, at=at)


def withdrawn(ask: LaterAsk, *, at: datetime) -> None:
    """Tell who works on the request that it is not needed any more."""
    people = responsible(ask.data_request, at=at)
    to_each(ask.data_request, "later_withdrawn", people, key=f"later:{ask.pk}:withdrawn", context={}, at=at)


def answered(ask: LaterAsk, *, at: datetime) -> None:
    """Tell the officer and who follows that we answered; what, stands in the portal."""
    context: dict[str, Value] = {"kind": ask.kind, "done": int(ask.status == LaterStatus.DONE)}
    people = officers(ask.data_request)
    to_each(ask.data_request, "later_answered", people, key=f"later:{ask.pk}:answered", context=context, at=at)


def due(ask: LaterAsk, people: Iterable[User], *, stage: str, over: bool, at: datetime) -> None:
    """Remind staff of the day on which something is needed."""
    context: dict[str, Value] = {"due": ask.due_at, "over": int(over)}
    key = f"later:{ask.pk}:{ask.due_at:%Y%m%d%H%M%S}:{stage}"
    to_each(ask.data_request, "later_due", people, key=key, context=context, at=at)
