"""The clocks of a request while they run: which rows, and what is told at each stage.

A clock that is stopped is not reminded of. What stands still because somebody is suspended is not either, but for
emergencies and whatever nobody has looked at yet: the desk is told of those, and what was missed is told once access is
given back. An officer who left does not come back: those clocks run on, and the desk is told of them.
"""

from datetime import datetime, timedelta

from django.db.models import QuerySet

from foundation.audit.trail import record
from foundation.notifications.running_clocks import NobodyToTell, Stage
from requests_app.deadlines import ACKNOWLEDGE_WITHIN
from requests_app.enums import Channel, ClarificationStatus, Outcome, Rank, RequestStatus
from requests_app.events import Event
from requests_app.models import Clarification, DataRequest
from requests_app.notify import clocks as notify
from requests_app.querysets import answered_once, suspended

# The officer is told a second time that an answer is late.
STILL_LATE_AFTER = timedelta(days=7)
# An acknowledgement that is missing for longer was worked off, or the portal stood still.
_LONGEST = timedelta(days=2)


def unacknowledged() -> QuerySet[DataRequest]:
    """Return the open requests of the portal whose acknowledgement no mail server has taken.

    What came by letter or mail was there before anybody entered it: no receipt within minutes can be promised.
    """
    rows: QuerySet[DataRequest] = DataRequest.objects.open().filter(channel=Channel.PORTAL)
    return rows.filter(acknowledged_at=None, submitted_at__isnull=False)


def tell_acknowledgement(data_request: DataRequest, stage: Stage, at: datetime) -> None:
    """Tell the desk that an acknowledgement did not get through, unless that is long past and worked off."""
    if data_request.submitted_at and at - data_request.submitted_at <= ACKNOWLEDGE_WITHIN + _LONGEST:
        notify.not_acknowledged(data_request, at=at)


def first_looks() -> QuerySet[DataRequest]:
    """Return the requests that nobody has taken; emergencies have a clock of their own."""
    rows = DataRequest.objects.filter(status=RequestStatus.SUBMITTED, rank__gt=Rank.EXIGENT)
    return rows.filter(first_look_due_at__isnull=False)


def tell_first_look(data_request: DataRequest, stage: Stage, at: datetime) -> None:
    """Tell who must look; raises NobodyToTell where nobody may.

    Of what came outside the portal and was recorded late, a stage that was over by then is told to nobody.
    """
    due = data_request.first_look_due_at
    late = data_request.channel != Channel.PORTAL and due is not None and due + stage.offset <= data_request.created_at
    if late:
        return
    if not notify.first_look(data_request, stage, at=at):
        raise NobodyToTell


def answers() -> QuerySet[DataRequest]:
    """Return the requests that we owe an answer, whose clock runs; emergencies have a clock of their own."""
    return _owed().filter(rank__gt=Rank.EXIGENT).exclude(suspended())


def tell_answer(data_request: DataRequest, stage: Stage, at: datetime) -> None:
    """Tell who works on it, and from the end on the officer too: at the deadline, and when a week has gone by.

    Raises NobodyToTell where nobody may work on it; the officer is told all the same.
    """
    told = notify.answer_staff(data_request, stage, at=at)
    if not stage.is_before:
        notify.answer_officer(data_request, again=stage.offset >= STILL_LATE_AFTER, at=at)
    if not told:
        raise NobodyToTell


def questions() -> QuerySet[Clarification]:
    """Return the questions that wait, but for those of officers who are suspended: they have their full time again."""
    return Clarification.objects.filter(status=ClarificationStatus.OPEN).exclude(suspended("data_request__"))


def tell_question(clarification: Clarification, stage: Stage, at: datetime) -> None:
    """Remind the officer; the end of the time is told where the question is closed (questions.sweep)."""
    notify.question_reminder(clarification, stage, at=at)


def emergencies_to_decide() -> QuerySet[DataRequest]:
    """Return the emergencies that somebody took and that are not answered, whose clock runs.

    Those of suspended officers too, because a life may hang on them: the desk alone is told of these stages.
    """
    return _owed().filter(rank=Rank.EXIGENT).exclude(status=RequestStatus.SUBMITTED)


def tell_decide(data_request: DataRequest, stage: Stage, at: datetime) -> None:
    """Page who has it, then everybody who can decide it, then who leads."""
    if not notify.emergency_late(data_request, stage, at=at):
        raise NobodyToTell
    if stage.is_after:
        _escalated(data_request, stage, at)


def _owed() -> QuerySet[DataRequest]:
    rows: QuerySet[DataRequest] = DataRequest.objects.open().filter(clock_stopped_at=None, deadline_at__isnull=False)
    answered = {"status": RequestStatus.GRANTED, "outcome": Outcome.NO_RECORDS}
    return rows.exclude(**answered).exclude(answered_once())


def _escalated(data_request: DataRequest, stage: Stage, at: datetime) -> None:
    record(Event.ESCALATED, by=None, obj=data_request, data={"stage": stage.name}, at=at)
