"""Questions to the officer: asking stops the request's clock, the answer starts it again."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from accounts.models import User
from accounts.permissions import Permission
from foundation.audit.canonical import JSON
from foundation.audit.trail import record
from foundation.core.errors import Incomplete, NotAllowed, TransitionRefused
from foundation.documents.enums import DocumentState
from foundation.documents.models import Document
from foundation.legal.deadlines import business_days
from requests_app.enums import ClarificationStatus, DocumentRole, RequestStatus
from requests_app.events import Event
from requests_app.models import AnswerDraft, Clarification, ClarificationReply, DataRequest, RequestDocument
from requests_app.notify import clocks
from requests_app.notify import desk as notify
from requests_app.notify import questions as tell
from requests_app.permissions import clarification_workflow, desk_refusal, request_workflow
from requests_app.querysets import suspended
from requests_app.services import holds_beside, receipt_proofs, templates
from requests_app.services.answer_time import late_refusal, locked
from requests_app.services.frozen import prolong_questions, waits_for_access
from requests_app.services.locks import lock
from requests_app.services.returning import back_to_team, gone

# The longest time for an answer, in the desk's working days.
LONGEST_DAYS = 60
MOST_ITEMS = 20
_NO_ANSWER = "No answer came in time."
_WITHDRAWN = "The request was withdrawn."

Item = Mapping[str, str]  # {"check": name of a check or "", "text": what is missing}
Answer = Mapping[str, Any]  # {"text": words, "given": whether what was asked for is given}


@transaction.atomic
def ask(
    data_request: DataRequest,
    *,
    text: str,
    items: Sequence[Item] = (),
    introduction: bool = False,
    language: str = "en",
    documents: Iterable[Document] = (),
    owner: User | None = None,
    days: int | None = None,
    by: User,
    at: datetime | None = None,
) -> Clarification:
    """Ask the officer something; the clock stands until there is an answer.

    `items` are what is missing, one by one, for the officer to answer each; the text is answered too, unless it is only
    the `introduction` to them. `days`: working days for the answer, at
    least what the company gives everybody. `owner` follows it up; without one whoever asks. Raises Incomplete where a
    placeholder of a prepared text was left in, NotAllowed for an owner who may not work on the request.
    """
    at = at or timezone.now()
    text, asked = text.strip(), _said(items)
    _refuse_empty(text, asked, introduction=introduction)
    data_request = lock(data_request)
    _refuse_owner(owner, data_request)
    provider = data_request.provider
    due = business_days(at, _days(days, provider.question_days), provider.calendar)
    request_workflow.advance(data_request, "ask", by=by, at=at, clock_stopped_at=at)
    clarification = Clarification.objects.create(
        data_request=data_request,
        number=data_request.clarifications.count() + 1,
        text=text,
        items=asked,
        introduction=introduction,
        language=language,
        asked_at=at,
        asked_by=by,
        owner=None if owner == by else owner,
        due_at=due.at,
        due_rule=due.rule,
    )
    given = list(documents)
    clarification.documents.set(given)
    facts: dict[str, JSON] = {"due": due.at.isoformat(), "items": len(asked), "documents": [d.sha256 for d in given]}
    record(Event.QUESTION_ASKED, by=by, obj=clarification, data=facts, at=at)
    notify.question_asked(clarification, at=at)
    if clarification.owner is not None:
        tell.question_yours(clarification, to=clarification.owner, at=at)
    return clarification


@transaction.atomic
def add_documents(
    clarification: Clarification, documents: Iterable[Document], *, by: User, at: datetime | None = None
) -> Clarification:
    """Put documents of ours beside a question that waits, in place of those that were refused when they were checked.

    Raises NotAllowed for who may not review, TransitionRefused where the question is closed.
    """
    at = at or timezone.now()
    clarification = locked(clarification)
    if refusal := desk_refusal(by, Permission.REVIEW_REQUEST, clarification.data_request):
        raise NotAllowed(refusal)
    if clarification.status != ClarificationStatus.OPEN:
        raise TransitionRefused("This question is closed.")
    given, refused = list(documents), list(refused_documents(clarification))
    if not given:
        raise Incomplete("Choose a file.")
    clarification.documents.remove(*refused)
    clarification.documents.add(*given)
    facts: dict[str, JSON] = {"documents": [d.sha256 for d in given], "in_place_of": [d.sha256 for d in refused]}
    record(Event.DOCUMENT_ADDED, by=by, obj=clarification, data=facts, at=at)
    return clarification


def refused_documents(clarification: Clarification) -> QuerySet[Document]:
    """Return our documents beside a question that the officer will never see: refused, or with a virus."""
    return clarification.documents.filter(state__in=[DocumentState.REFUSED, DocumentState.INFECTED]).order_by("pk")


def _said(items: Sequence[Item]) -> list[dict[str, str]]:
    said = [{"check": item.get("check", ""), "text": item["text"].strip()} for item in items if item["text"].strip()]
    if len(said) > MOST_ITEMS:
        raise Incomplete(f"Ask for at most {MOST_ITEMS} things at once.")
    return said


def _refuse_empty(text: str, items: Sequence[Item], *, introduction: bool) -> None:
    if not text and not items:
        raise Incomplete("Write the question.")
    if introduction and not items:
        raise Incomplete("An introduction leads to points: add one, or let the text be answered.")
    left = templates.left_over(" ".join([text, *(item["text"] for item in items)]))
    if left:
        names = ", ".join(f"{{{name}}}" for name in left)
        raise Incomplete(f"Replace {names} in the text by what it stands for.")


def _refuse_owner(owner: User | None, data_request: DataRequest) -> None:
    if owner is not None and desk_refusal(owner, Permission.REVIEW_REQUEST, data_request):
        raise NotAllowed("This colleague cannot work on this request.")


def _days(wanted: int | None, usual: int) -> int:
    days = usual if wanted is None else wanted
    if not usual <= days <= max(usual, LONGEST_DAYS):
        raise Incomplete(f"Give the officer between {usual} and {LONGEST_DAYS} working days.")
    return days


@transaction.atomic
def answer(
    clarification: Clarification,
    *,
    text: str,
    items: Sequence[Answer] = (),
    documents: Iterable[Document] = (),
    by: User,
    at: datetime | None = None,
) -> Clarification:
    """Take the officer's answer; the clock runs again, and the deadline moves by what it stood.

    Where things were asked for one by one, `items` answers each in its order, with what is given or why it is not.
    The documents were received before and join those of the request; they need not be clean yet. The request goes back
    to whoever asked; where that person has left, is away or has a conflict, to the team.
    """
    at = at or timezone.now()
    clarification = locked(clarification)
    answers = _answers(clarification, text, items)
    data_request = clarification.data_request
    clarification_workflow.advance(clarification, "answer", by=by, at=at, closed_at=at)
    _keep(clarification, text, answers, documents, by=by, at=at)
    request_workflow.advance(data_request, "resume", by=by, at=at, **started_clock(data_request, at))
    _tell_answered(clarification, at=at)
    return clarification


@transaction.atomic
def answer_late(
    clarification: Clarification,
    *,
    text: str,
    items: Sequence[Answer] = (),
    documents: Iterable[Document] = (),
    by: User,
    at: datetime | None = None,
) -> Clarification:
    """Take an answer after the end of its time, with which the officer asks to open the request again.

    The request stays closed until staff open it (`reopen`). Once, and within 30 days of the end.
    """
    at = at or timezone.now()
    clarification = locked(clarification)
    answers = _answers(clarification, text, items)
    if refusal := late_refusal(clarification, by, at=at):
        raise TransitionRefused(refusal)
    _keep(clarification, text, answers, documents, by=by, at=at)
    record(Event.ANSWERED_LATE, by=by, obj=clarification, at=at)
    tell.answered_late(clarification, at=at)
    return clarification


def _answers(clarification: Clarification, text: str, items: Sequence[Answer]) -> list[dict[str, Any]]:
    """Return the answers to each item; raises Incomplete where one is missing."""
    asked = clarification.items
    if clarification.asks_in_text and not text.strip():
        raise Incomplete("Write your answer to the question above the points." if asked else "Write your answer.")
    if not asked:
        return []
    said = [{"text": str(one.get("text", "")).strip(), "given": bool(one.get("given", True))} for one in items]
    said += [{"text": "", "given": True}] * (len(asked) - len(said))
    open_ones = [str(number) for number, one in enumerate(said, start=1) if not one["text"]]
    if len(said) != len(asked) or open_ones:
        raise Incomplete(f"Answer each point, or write why you cannot: {', '.join(open_ones)} is open.")
    return said


def _keep(
    clarification: Clarification,
    text: str,
    items: list[dict[str, Any]],
    documents: Iterable[Document],
    *,
    by: User,
    at: datetime,
) -> ClarificationReply:
    data_request = clarification.data_request
    reply = ClarificationReply.objects.create(
        clarification=clarification, text=text.strip(), items=items, answered_at=at, answered_by=by
    )
    given = list(documents)
    reply.documents.set(given)
    RequestDocument.objects.bulk_create(
        RequestDocument(data_request=data_request, document=d, role=DocumentRole.SUPPORTING, added_at=at, added_by=by)
        for d in given
    )
    AnswerDraft.objects.filter(clarification=clarification).delete()
    receipt_proofs.answer_received(reply, given, by=by, at=at)
    return reply


def _tell_answered(clarification: Clarification, *, at: datetime) -> None:
    """Tell who gets the answer; give the request back to its team where that person cannot go on with it."""
    data_request = clarification.data_request
    asker = clarification.owner or data_request.assignee or clarification.asked_by
    if not (why := gone(asker, data_request, at=at)):
        tell.answered(clarification, to=asker, at=at)
        return
    if data_request.assignee_id == asker.pk:
        back_to_team(data_request, why=why, at=at)
    tell.answered_to_team(clarification, at=at)


@transaction.atomic
def cancel(clarification: Clarification, *, by: User, at: datetime | None = None) -> Clarification:
    """Take a question back; the request goes on in review."""
    at = at or timezone.now()
    clarification = locked(clarification)
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
    row = locked(clarification)
    return clarification_workflow.advance(row, "lapse", by=None, at=at, closed_at=at, closed_because=_WITHDRAWN)


@transaction.atomic
def reopen(data_request: DataRequest, *, by: User, at: datetime | None = None) -> DataRequest:
    """Take up again a request whose question was not answered in time."""
    at = at or timezone.now()
    data_request = lock(data_request)
    request_workflow.advance(data_request, "reopen", by=by, at=at, **started_clock(data_request, at))
    holds_beside.follow(data_request, at=at)
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
    """Close one question without an answer, unless somebody is just answering it or gives it more time."""
    data_request = (
        DataRequest.objects.select_for_update(of=("self",), skip_locked=True).filter(clarifications=pk).first()
    )
    if data_request is None or waits_for_access(data_request):
        return 0
    clarification = data_request.clarifications.get(pk=pk)
    clarification.data_request = data_request
    if clarification.due_at > at:
        return 0
    because = f"{_NO_ANSWER} It was due {clarification.due_at:%-d %b %Y, %H:%M} UTC."
    try:
        clarification_workflow.advance(clarification, "lapse", by=None, at=at, closed_at=at, closed_because=because)
    except TransitionRefused:
        return 0
    if data_request.status == RequestStatus.AWAITING_OFFICER:
        request_workflow.advance(data_request, "lapse", by=None, at=at, reason=because)
        holds_beside.follow(data_request, at=at)
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
