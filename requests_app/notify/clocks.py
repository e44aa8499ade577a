"""What the clocks of a request tell, at each of their stages. No facts of the case: the reference, by when, what to do.

Every key names the deadline and the stage, so that nothing is said twice, and is said anew once a deadline moved.
"""

import logging
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Protocol

from accounts.models import User
from accounts.permissions import Permission
from foundation.notifications.models import OutboundMessage
from foundation.notifications.outbox import send
from foundation.notifications.rendering import Value
from foundation.notifications.running_clocks import Stage
from requests_app.models import Clarification, DataRequest, EmergencyAlert
from requests_app.notify import hook_calls
from requests_app.notify.recipients import SIGNING, everybody, holders, officers, present, readers, responsible
from requests_app.notify.telling import to_each

logger = logging.getLogger(__name__)


def first_look(data_request: DataRequest, stage: Stage, *, at: datetime) -> bool:
    """Tell who must look that a new request waits; a day late also everybody who reviews, and who signs.

    Return whether there was anybody to tell.
    """
    people = (
        everybody(data_request, signing=True) if stage.offset >= timedelta(days=1) else responsible(data_request, at=at)
    )
    event = "first_look_due" if stage.is_before else "first_look_late"
    due = data_request.first_look_due_at
    _tell(data_request, event, people, key=_key("first_look", data_request.pk, due, stage), due=due, at=at)
    return bool(people)


def answer_staff(data_request: DataRequest, stage: Stage, *, at: datetime) -> bool:
    """Tell who works on it that an answer is due, or late; a day late also who signs. Return whether anybody was."""
    people = responsible(data_request, at=at)
    if stage.is_after:
        people = [*people, *readers(data_request, SIGNING)]
    event = "answer_due" if stage.is_before else "answer_late"
    due = data_request.deadline_at
    _tell(data_request, event, people, key=_key("answer", data_request.pk, due, stage), due=due, at=at)
    return bool(people)


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
    to_each(data_request, "question_reminder", people, key=key, context=context, urgent=False, at=at)


def question_unanswered(clarification: Clarification, *, at: datetime) -> None:
    """Tell who works on it that the officer did not answer, and the request is closed."""
    data_request = clarification.data_request
    key = f"question:{clarification.pk}:unanswered"
    to_each(
        data_request, "question_unanswered", responsible(data_request, at=at), key=key, context={}, urgent=False, at=at
    )


def officer_left(data_request: DataRequest, *, at: datetime) -> None:
    """Tell who works on it that the officer has left: nothing can be decided until a colleague takes it over."""
    key, people = f"request:{data_request.pk}:officer_left:{at.isoformat()}", responsible(data_request, at=at)
    urgent = data_request.is_exigent
    to_each(data_request, "officer_left", people, key=key, context={}, urgent=urgent, at=at)


def not_acknowledged(data_request: DataRequest, *, at: datetime) -> None:
    """Tell who must act that no mail server took the acknowledgement: the officer does not know that we have it.

    One message an hour to each person of a team: where mail stands still, every request is in it.
    """
    key = f"acknowledgement:{data_request.provider_id}:{data_request.team_id}:{at:%Y%m%d%H}"
    if data_request.restricted:
        key = f"acknowledgement:request:{data_request.pk}"
    context = {"received": data_request.submitted_at}
    people = responsible(data_request, at=at)
    to_each(data_request, "acknowledgement_missing", people, key=key, context=context, urgent=False, at=at)


class Paged(Protocol):
    """Whom a step of the rota reaches; `requests_app.services.rota.Page` is one."""

    @property
    def step(self) -> int:
        """Its number; behind the last step it goes on rising."""

    @property
    def people(self) -> list[User]:
        """Who is on duty in it and may take the emergency."""

    @property
    def addresses(self) -> list[str]:
        """Addresses that are paged beside them."""

    @property
    def behind(self) -> int:
        """How many times everybody was paged, this one counted; 0 for a step."""


def emergencies_wait(
    alert: EmergencyAlert, waiting: list[DataRequest], *, paged: Paged, wider: bool, at: datetime
) -> bool:
    """Page a step of the rota, or everybody behind its last, that so many emergencies of one alert wait.

    Restricted ones are told apart, each to its named readers. Administrators are paged too, without any reference:
    of all with `wider`, which also pages who signs, else of those that nobody can take. Return whether anybody was.
    """
    due = alert.next_page_at
    key = f"clock:emergency_take:{alert.pk}:{due.isoformat() if due else ''}"
    alone = [one for one in waiting if one.restricted and not _wait_restricted(one, key=key, at=at)]
    shared, told = [one for one in waiting if not one.restricted], len(alone) < sum(one.restricted for one in waiting)
    if shared and _wait_shared(shared, paged, key=key, wider=wider, at=at):
        told = True
    elif shared:
        alone += shared
    unattended = waiting if wider else alone
    return _unattended(unattended, key=key, at=at) or told


def _wait_restricted(one: DataRequest, *, key: str, at: datetime) -> bool:
    people = everybody(one)
    context: dict[str, Value] = {"waiting": 1, "received": one.submitted_at}
    to_each(one, "emergency_waiting", people, key=f"{key}:{one.pk}", context=context, urgent=True, at=at)
    return bool(people) or _nobody(one)


def _wait_shared(shared: list[DataRequest], paged: Paged, *, key: str, wider: bool, at: datetime) -> bool:
    first = shared[0]
    context: dict[str, Value] = {"waiting": len(shared), "received": first.submitted_at}
    people, addresses = paged.people, set(paged.addresses)
    if paged.behind:
        people = [*people, *present(first, everybody(first, signing=wider), at=at)]
        addresses |= {first.team.on_call_address} if first.team and first.team.on_call_address else set()
    to_each(first, "emergency_waiting", people, key=key, context=context, urgent=True, at=at)
    step = paged.step - max(0, paged.behind - 1)
    hook_calls.emergency_waiting(first, waiting=len(shared), key=key, step=step, at=at)
    for address in sorted(addresses):
        _send_to_address(first, "emergency_waiting", address, key=f"{key}:at:{address}", context=context, at=at)
    return bool(people or addresses) or _nobody(first)


def emergency_late(data_request: DataRequest, stage: Stage, *, at: datetime) -> bool:
    """Page that an emergency is not answered in time: before it who has it, then everybody who can, then who leads.

    Who leads is paged at once where nobody else can be. Return whether anybody was told.
    """
    people = responsible(data_request, at=at)
    if not stage.is_before:
        people = [*people, *everybody(data_request, signing=True)]
    due = data_request.deadline_at
    context = {"due": due, "late": int(not stage.is_before)}
    key = _key("emergency_decide", data_request.pk, due, stage)
    to_each(data_request, "emergency_undecided", people, key=key, context=context, urgent=True, at=at)
    if not stage.is_before:
        hook_calls.overdue(data_request, at=at)
    told = bool(people) or _nobody(data_request)
    if stage.is_after or not told:
        return _unattended([data_request], key=key, at=at) or told
    return told


def _nobody(data_request: DataRequest) -> bool:
    """Log that nobody can be paged for an emergency; by its row alone, for a restricted one has no name here."""
    logger.error("Nobody can be paged for emergency %s: nobody may take or decide it", data_request.pk)
    return False


def _unattended(rows: list[DataRequest], *, key: str, at: datetime) -> bool:
    """Page administrators that so many emergencies are attended by nobody; return whether there are any to page."""
    if not rows:
        return False
    context: dict[str, Value] = {"waiting": len(rows), "received": rows[0].submitted_at}
    return _administrators(rows[0], "emergency_unattended", key=key, context=context, at=at)


def _key(clock: str, pk: int, due: datetime | None, stage: Stage) -> str:
    return f"clock:{clock}:{pk}:{due.isoformat() if due else ''}:{stage.name}"


def _tell(
    data_request: DataRequest, event: str, people: Iterable[User], *, key: str, due: datetime | None, at: datetime
) -> None:
    to_each(data_request, event, people, key=key, context={"due": due}, urgent=False, at=at)


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
) -> bool:
    """Page who runs the desk: they call the people on duty, and read neither the request nor its reference."""
    people = list(holders(data_request.provider, [Permission.MANAGE_SETTINGS]))
    for person in people:
        send(event, dedupe_key=f"{key}:admin:{person.pk}", to_user=person, context=context, urgent=True, at=at)
    return bool(people)
