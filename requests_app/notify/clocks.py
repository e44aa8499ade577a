"""What the clocks of a request tell, at each of their stages. No facts of the case: the reference, by when, what to do.

Every key names the deadline and the stage, so that nothing is said twice, and is said anew once a deadline moved.
"""

import logging
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta

from accounts.models import User
from accounts.permissions import Permission
from foundation.notifications.models import OutboundMessage
from foundation.notifications.outbox import send
from foundation.notifications.rendering import Value
from foundation.notifications.running_clocks import Stage
from requests_app.models import Clarification, DataRequest, EmergencyAlert
from requests_app.notify import hook_calls
from requests_app.notify.recipients import SIGNING, everybody, holders, officers, readers, responsible

logger = logging.getLogger(__name__)


def first_look(data_request: DataRequest, stage: Stage, *, at: datetime) -> None:
    """Tell who must look that a new request waits; a day late also everybody who reviews, and who signs."""
    people = everybody(data_request, signing=True) if stage.offset >= timedelta(days=1) else responsible(data_request)
    event = "first_look_due" if stage.is_before else "first_look_late"
    due = data_request.first_look_due_at
    _tell(data_request, event, people, key=_key("first_look", data_request.pk, due, stage), due=due, at=at)


def answer_staff(data_request: DataRequest, stage: Stage, *, at: datetime) -> None:
    """Tell who works on it that an answer is due, or late; a day late also who signs."""
    people = responsible(data_request)
    if stage.is_after:
        people = [*people, *readers(data_request, SIGNING)]
    event = "answer_due" if stage.is_before else "answer_late"
    due = data_request.deadline_at
    _tell(data_request, event, people, key=_key("answer", data_request.pk, due, stage), due=due, at=at)


def answer_officer(data_request: DataRequest, *, again: bool, at: datetime) -> None:
    """Tell the officer, and who follows, that our answer is late and what happens now; `again`: a week late."""
    event, due = ("answer_still_late" if again else "answer_delayed"), data_request.deadline_at
    people = officers(data_request)
    key = f"clock:{event}:{data_request.pk}:{due.isoformat() if due else ''}"
    _tell(data_request, event, people, key=key, due=due, at=at)
    hook_calls.overdue(data_request, at=at)


def question_reminder(clarification: Clarification, stage: Stage, *, at: datetime) -> None:
    """Remind the officer, and who follows, that a question waits for them."""
    data_request = clarification.data_request
    people = officers(data_request)
    key = _key("question", clarification.pk, clarification.due_at, stage)
    context = {"answer_by": clarification.due_at}
    _send_all(data_request, "question_reminder", people, key=key, context=context, urgent=False, at=at)


def question_unanswered(clarification: Clarification, *, at: datetime) -> None:
    """Tell who works on it that the officer did not answer, and the request is closed."""
    data_request = clarification.data_request
    key = f"question:{clarification.pk}:unanswered"
    _send_all(data_request, "question_unanswered", responsible(data_request), key=key, context={}, urgent=False, at=at)


def officer_left(data_request: DataRequest, *, at: datetime) -> None:
    """Tell who works on it that the officer has left: nothing can be decided until a colleague takes it over."""
    key, people = f"request:{data_request.pk}:officer_left:{at.isoformat()}", responsible(data_request)
    urgent = data_request.is_exigent
    _send_all(data_request, "officer_left", people, key=key, context={}, urgent=urgent, at=at)


def not_acknowledged(data_request: DataRequest, *, at: datetime) -> None:
    """Tell who must act that no mail server took the acknowledgement: the officer does not know that we have it.

    One message an hour to each person of a team: where mail stands still, every request is in it.
    """
    key = f"acknowledgement:{data_request.provider_id}:{data_request.team_id}:{at:%Y%m%d%H}"
    if data_request.restricted:
        key = f"acknowledgement:request:{data_request.pk}"
    context = {"received": data_request.submitted_at}
    people = responsible(data_request)
    _send_all(data_request, "acknowledgement_missing", people, key=key, context=context, urgent=False, at=at)


def emergencies_wait(
    alert: EmergencyAlert, waiting: list[DataRequest], stage: Stage, *, wider: bool, at: datetime
) -> None:
    """Page everybody who can take them that so many emergencies of one alert wait; `wider`: also who signs or leads.

    Restricted ones are told apart, each to its named readers.
    """
    key = _key("emergency_take", alert.pk, alert.take_by, stage)
    for one in (row for row in waiting if row.restricted):
        context: dict[str, Value] = {"waiting": 1, "received": one.submitted_at}
        _send_all(one, "emergency_waiting", everybody(one), key=f"{key}:{one.pk}", context=context, urgent=True, at=at)
    shared = [row for row in waiting if not row.restricted]
    if not shared:
        return
    first = shared[0]
    context = {"waiting": len(shared), "received": first.submitted_at}
    people = everybody(first, signing=wider)
    _send_all(first, "emergency_waiting", people, key=key, context=context, urgent=True, at=at)
    if not people:
        logger.error("Nobody can be paged again for emergency %s: nobody reviews", first.reference)
    if first.team and first.team.on_call_address:
        address = first.team.on_call_address
        _send_to_address(first, "emergency_waiting", address, key=f"{key}:team", context=context, at=at)
    hook_calls.emergency_waiting(first, waiting=len(shared), key=key, at=at)
    if wider:
        _administrators(first, "emergency_unattended", key=key, context=context, at=at)


def emergency_late(data_request: DataRequest, stage: Stage, *, at: datetime) -> None:
    """Page that an emergency is not answered in time: before it who has it, then everybody who can, then who leads."""
    people = responsible(data_request)
    if not stage.is_before:
        people = [*people, *everybody(data_request, signing=True)]
    due = data_request.deadline_at
    context = {"due": due, "late": int(not stage.is_before)}
    key = _key("emergency_decide", data_request.pk, due, stage)
    _send_all(data_request, "emergency_undecided", people, key=key, context=context, urgent=True, at=at)
    if not stage.is_before:
        hook_calls.overdue(data_request, at=at)
    if stage.is_after and not data_request.restricted:
        context = {"waiting": 1, "received": data_request.submitted_at}
        _administrators(data_request, "emergency_unattended", key=key, context=context, at=at)


def _key(clock: str, pk: int, due: datetime | None, stage: Stage) -> str:
    return f"clock:{clock}:{pk}:{due.isoformat() if due else ''}:{stage.name}"


def _tell(
    data_request: DataRequest, event: str, people: Iterable[User], *, key: str, due: datetime | None, at: datetime
) -> None:
    _send_all(data_request, event, people, key=key, context={"due": due}, urgent=False, at=at)


def _send_all(
    data_request: DataRequest,
    event: str,
    people: Iterable[User],
    *,
    key: str,
    context: Mapping[str, Value],
    urgent: bool,
    at: datetime,
) -> None:
    for person in dict.fromkeys(people):
        send(
            event,
            dedupe_key=f"{key}:{person.pk}",
            to_user=person,
            reference=data_request.reference or "",
            context=context,
            urgent=urgent,
            at=at,
        )


def _send_to_address(
    data_request: DataRequest, event: str, address: str, *, key: str, context: Mapping[str, Value], at: datetime
) -> OutboundMessage:
    """Page the address of a team through the urgent loop."""
    return send(
        event,
        dedupe_key=key,
        to_address=address,
        reference=data_request.reference or "",
        context=context,
        urgent=True,
        at=at,
    )


def _administrators(
    data_request: DataRequest, event: str, *, key: str, context: Mapping[str, Value], at: datetime
) -> None:
    """Page who runs the desk: they call the people on duty, and read neither the request nor its reference."""
    for person in holders(data_request.provider, [Permission.MANAGE_SETTINGS]):
        send(event, dedupe_key=f"{key}:admin:{person.pk}", to_user=person, context=context, urgent=True, at=at)
