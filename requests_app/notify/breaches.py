"""What is told of a breach in the register: its number and by when, never what happened."""

from collections.abc import Iterable, Mapping
from datetime import datetime

from accounts.models import User
from foundation.notifications.outbox import send
from foundation.notifications.rendering import Value
from foundation.notifications.running_clocks import Stage
from requests_app.models import Breach


def noted(breach: Breach, people: Iterable[User], *, at: datetime) -> None:
    """Tell counsel and data-protection officer of the 72 hours, and anew where they end at another time."""
    context: dict[str, Value] = {"number": breach.number, "due": breach.due_at or at}
    _to_each(breach, "breach_noted", people, key=f"noted:{breach.version}", context=context, at=at)


def due(breach: Breach, people: Iterable[User], stage: Stage, *, at: datetime) -> None:
    """Remind them that the 72 hours end, or have ended."""
    ends = breach.due_at or at
    context: dict[str, Value] = {"number": breach.number, "due": ends, "late": int(not stage.is_before)}
    key = f"due:{stage.name}:{ends.isoformat()}"
    _to_each(breach, "breach_due", people, key=key, context=context, at=at)


def controller(breach: Breach, people: Iterable[User], *, key: str, at: datetime) -> None:
    """Tell them that the company for which we hold the data is to be told."""
    context: dict[str, Value] = {"number": breach.number, "since": breach.known_at}
    _to_each(breach, "breach_controller", people, key=f"controller:{key}", context=context, at=at)


def _to_each(
    breach: Breach, event: str, people: Iterable[User], *, key: str, context: Mapping[str, Value], at: datetime
) -> None:
    for person in people:
        send(event, dedupe_key=f"breach:{breach.pk}:{key}:{person.pk}", to_user=person, context=context, at=at)
