"""Questions to the officer: asking stops the request's clock, the answer starts it again."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.utils import timezone

from accounts.models import User
from foundation.audit.trail import record
from foundation.core.errors import Incomplete, TransitionRefused
from foundation.documents.models import Document
from foundation.legal.deadlines import business_days
from requests_app.enums import ClarificationStatus, DocumentRole, RequestStatus
from requests_app.events import Event
from requests_app.models import Clarification, ClarificationReply, DataRequest, RequestDocument
from requests_app.notify import clocks
from requests_app.notify import desk as notify
from requests_app.permissions import clarification_workflow, request_workflow
from requests_app.querysets import suspended
from requests_app.services.frozen import prolong_questions, waits_for_access
from requests_app.services.locks import lock


@transaction.atomic
def ask(data_request: DataRequest, *, text: str, by: User, at: datetime | None = None) -> Clarification:
    """Ask the officer something; the clock stands until there is an answer."""
    at = at or timezone.now()
    if not text.strip():
        raise Incomplete("Write the question.")
    data_request = lock(data_request)
    provider = data_request.provider
    due = business_days(at, provider.question_days, provider.calendar)
    request_workflow.advance(data_request, "ask", by=by, at=at, clock_stopped_at=at)
    clarification = Clarification.objects.create(
        data_request=data_request,
        number=data_request.clarifications.count() + 1,
        text=text.strip(),
        asked_at=at,
        asked_by=by,
        due_at=due.at,
        due_rule=due.rule,
    )
    record(Event.QUESTION_ASKED, by=by, obj=clarification, data={"due": due.at.isoformat()}, at=at)
    notify.question_asked(clarification, at=at)
    return clarification


@transaction.atomic
def answer(
    clarification: Clarification,
    *,
    text: str,
    documents: Iterable[Document] = (),
    by: User,
    at: datetime | None = None,
) -> Clarification:
    """Take the officer's answer; the clock runs again, and the deadline moves by what it stood.

    The documents were received before and join those of the request; they need not be clean yet.
    """
    at = at or timezone.now()
    if not text.strip():
        raise Incomplete("Write your answer.")
    clarification = _locked(clarification)
    data_request = clarification.data_request
    clarification_workflow.advance(clarification, "answer", by=by, at=at, closed_at=at)
    reply = ClarificationReply.objects.create(
        clarification=clarification, text=text.strip(), answered_at=at, answered_by=by
    )
    given = list(documents)
    reply.documents.set(given)
    RequestDocument.objects.bulk_create(
        RequestDocument(data_request=data_request, document=d, role=DocumentRole.SUPPORTING, added_at=at, added_by=by)
        for d in given
    )
    request_workflow.advance(data_request, "resume", by=by, at=at, **started_clock(data_request, at))
    notify.question_answered(clarification, at=at)
    return clarification


@transaction.atomic
def cancel(clarification: Clarification, *, by: User, at: datetime | None = None) -> Clarification:
    """Take a question back; the request goes on in review."""
    at = at or timezone.now()
    clarification = _locked(clarification)
    data_request = clarification.data_request
    clarification_workflow.advance(clarification, "cancel", by=by, at=at, closed_at=at)
    request_workflow.advance(data_request, "cancel_question", by=by, at=at, **started_clock(data_request, at))
    notify.question_cancelled(clarification, at=at)
    return clarification


@transaction.atomic
def lapse_open(data_request: DataRequest, *, at: datetime | None = None) -> Clarification | None:
    """Close the open question of a request that ends another way (withdrawn), so that nobody is reminded of it."""
    at = at or timezone.now()
    clarification = data_request.clarifications.filter(status=ClarificationStatus.OPEN).first()
    if clarification is None:
        return None
    return clarification_workflow.advance(_locked(clarification), "lapse", by=None, at=at, closed_at=at)


@transaction.atomic
def reopen(data_request: DataRequest, *, by: User, at: datetime | None = None) -> DataRequest:
    """Take up again a request whose question was not answered in time."""
    at = at or timezone.now()
    data_request = lock(data_request)
    request_workflow.advance(data_request, "reopen", by=by, at=at, **started_clock(data_request, at))
    notify.reopened(data_request, at=at)
    return data_request


def sweep(*, at: datetime | None = None, limit: int = 200) -> int:
    """Close questions whose time is over; return how many were touched. Reminders are the clock's: see reminders.py.

    A question to an officer who is suspended waits, and has its full time again once access is given back. One to an
    officer who left ends in its time: nobody comes back to answer it, unless a colleague does.

    Safe to run twice and beside itself: a lapse is a conditional move.
    """
    at = at or timezone.now()
    touched = prolong_questions(at=at)
    over = Clarification.objects.filter(status=ClarificationStatus.OPEN, due_at__lte=at).order_by("due_at")
    for pk in list(over.exclude(suspended("data_request__")).values_list("pk", flat=True)[:limit]):
        touched += _lapse(pk, at)
    return touched


@transaction.atomic
def _lapse(pk: int, at: datetime) -> int:
    """Close one question without an answer, unless somebody is just answering it."""
    data_request = (
        DataRequest.objects.select_for_update(of=("self",), skip_locked=True).filter(clarifications=pk).first()
    )
    if data_request is None or waits_for_access(data_request):
        return 0
    clarification = data_request.clarifications.get(pk=pk)
    clarification.data_request = data_request
    try:
        clarification_workflow.advance(clarification, "lapse", by=None, at=at, closed_at=at)
    except TransitionRefused:
        return 0
    if data_request.status == RequestStatus.AWAITING_OFFICER:
        request_workflow.advance(data_request, "lapse", by=None, at=at)
        notify.question_lapsed(clarification, at=at)
        clocks.question_unanswered(clarification, at=at)
    return 1


def started_clock(data_request: DataRequest, at: datetime) -> dict[str, Any]:
    """Return the columns of a clock that runs again: the deadline moves by what deadlines.resumed() says."""
    stopped = data_request.clock_stopped_at
    if stopped is None:
        return {"clock_stopped_at": None}
    return {
        "clock_stopped_at": None,
        "clock_stood": data_request.clock_stood + max(at - stopped, timedelta(0)),
        "deadline_at": data_request.deadline_if_resumed(at),
    }


def _locked(clarification: Clarification) -> Clarification:
    """Return the question as it stands now, with its request locked."""
    data_request = lock(clarification.data_request)
    clarification = data_request.clarifications.get(pk=clarification.pk)
    clarification.data_request = data_request
    return clarification
