"""What is told when records are called back: that it is so and by when, never why and of whom."""

from collections.abc import Iterable, Mapping
from datetime import datetime

from accounts.models import User
from foundation.notifications.outbox import send
from foundation.notifications.rendering import Value
from foundation.notifications.running_clocks import Stage
from requests_app.models import DestructionAsk, MistakenDisclosure, Recall
from requests_app.notify.telling import to_each


def recall_waits(recall: Recall, people: Iterable[User], *, key: str = "now", at: datetime) -> None:
    """Tell who may confirm a recall that one waits for a second person."""
    data_request = recall.package.data_request
    to_each(data_request, "recall_waits", people, key=f"recall:{recall.pk}:waits:{key}", context={}, at=at)


def destruction_asked(ask: DestructionAsk, *, at: datetime) -> None:
    """Ask somebody who took records to destroy them and to say so."""
    _to_taker(ask, "destruction_asked", key="asked", at=at)


def destruction_chased(ask: DestructionAsk, *, at: datetime) -> None:
    """Ask them again."""
    _to_taker(ask, "destruction_chased", key=f"chased:{ask.chased}", at=at)


def destruction_unanswered(ask: DestructionAsk, people: Iterable[User], *, at: datetime) -> None:
    """Tell staff that somebody has not answered, and is to be called."""
    _to_staff(ask, "destruction_unanswered", people, key=f"unanswered:{ask.chased}", at=at)


def destruction_kept(ask: DestructionAsk, people: Iterable[User], *, at: datetime) -> None:
    """Tell staff that somebody cannot destroy what they took, or passed copies on."""
    _to_staff(ask, "destruction_kept", people, key=f"kept:{at.isoformat()}", at=at)


def mistake_opened(mistake: MistakenDisclosure, people: Iterable[User], *, at: datetime) -> None:
    """Tell counsel and data-protection officer that records may have reached the wrong person, and of the 72 hours."""
    _of_mistake(mistake, "mistake_opened", people, key="opened", context={"due": mistake.due_at}, at=at)


def mistake_due(mistake: MistakenDisclosure, people: Iterable[User], stage: Stage, *, at: datetime) -> None:
    """Remind them that the 72 hours end, or have ended."""
    context: dict[str, Value] = {"due": mistake.due_at, "late": int(not stage.is_before)}
    _of_mistake(mistake, "mistake_due", people, key=f"due:{stage.name}", context=context, at=at)


def _of_mistake(
    mistake: MistakenDisclosure,
    event: str,
    people: Iterable[User],
    *,
    key: str,
    context: Mapping[str, Value],
    at: datetime,
) -> None:
    data_request = mistake.recall.package.data_request
    to_each(data_request, event, people, key=f"mistake:{mistake.pk}:{key}", context=context, at=at)


def _to_staff(ask: DestructionAsk, event: str, people: Iterable[User], *, key: str, at: datetime) -> None:
    to_each(ask.recall.package.data_request, event, people, key=f"destruction:{ask.pk}:{key}", context={}, at=at)


def _to_taker(ask: DestructionAsk, event: str, *, key: str, at: datetime) -> None:
    send(
        event,
        dedupe_key=f"destruction:{ask.pk}:{key}:{ask.user_id}",
        to_user=ask.user,
        context={},
        reference=ask.recall.package.data_request.reference or "",
        at=at,
    )
