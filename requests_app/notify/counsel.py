"""What is told of questions to counsel: that there is one, that it is answered, that time runs. Never what it says."""

from collections.abc import Iterable
from datetime import datetime

from accounts.models import User
from foundation.notifications.outbox import send
from foundation.notifications.rendering import Value
from foundation.notifications.running_clocks import Stage
from requests_app.models import CounselReferral
from requests_app.notify.recipients import REVIEWING, readers


def asked(referral: CounselReferral, people: Iterable[User], *, at: datetime) -> None:
    """Tell whoever of counsel may answer that a question waits, and by when."""
    for person in people:
        _send(referral, "counsel_asked", person, key="asked", context={"answer_by": referral.due_at}, at=at)


def answered(referral: CounselReferral, *, at: datetime) -> None:
    """Tell who asked, and who works on the request now, that the answer is there."""
    for person in _desk(referral):
        _send(referral, "counsel_answered", person, key="answered", context={}, at=at)


def due(referral: CounselReferral, people: Iterable[User], stage: Stage, *, at: datetime) -> None:
    """Tell counsel that an answer is due or late; from the end on also who asked."""
    late = not stage.is_before
    told = dict.fromkeys([*people, *(_desk(referral) if late else [])])
    for person in told:
        key = f"due:{referral.due_at.isoformat()}:{stage.name}"
        _send(referral, "counsel_due", person, key=key, context={"due": referral.due_at, "late": int(late)}, at=at)


def _desk(referral: CounselReferral) -> list[User]:
    """Return who waits for the answer: who asked, and who has the request now; of them who may read it."""
    waiting = (referral.asked_by_id, referral.data_request.assignee_id or 0)
    return list(readers(referral.data_request, REVIEWING).filter(pk__in=waiting))


def _send(
    referral: CounselReferral, event: str, to: User, *, key: str, context: dict[str, Value], at: datetime
) -> None:
    data_request = referral.data_request
    send(
        event,
        dedupe_key=f"counsel:{referral.pk}:{key}:{to.pk}",
        to_user=to,
        context=context,
        reference=data_request.reference or "",
        urgent=data_request.is_exigent,
        at=at,
    )
