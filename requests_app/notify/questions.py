"""What is told of the answer to a question and of more time for it. No words of either, no facts of the case."""

from collections.abc import Iterable, Mapping
from datetime import datetime

from accounts.models import User
from foundation.notifications.outbox import send
from foundation.notifications.rendering import Value
from requests_app.models import Clarification
from requests_app.notify.recipients import officers, responsible


def question_yours(clarification: Clarification, *, to: User, at: datetime) -> None:
    """Tell a colleague that a question is theirs to follow up."""
    _send(clarification, "question_yours", [to], key=f"{clarification.pk}:yours", at=at)


def answered(clarification: Clarification, *, to: User, at: datetime) -> None:
    """Tell who asked, or follows it up, that the answer is there."""
    _send(clarification, "question_answered", [to], key=f"{clarification.pk}:answered", at=at)


def answered_to_team(clarification: Clarification, *, at: datetime) -> None:
    """Tell who must act now that an answer is there and whoever asked cannot go on with it."""
    people = responsible(clarification.data_request, at=at)
    _send(clarification, "question_answered_team", people, key=f"{clarification.pk}:team", at=at)


def answered_late(clarification: Clarification, *, at: datetime) -> None:
    """Tell who works on it that an answer came after its time, with the wish to open the request again."""
    people = responsible(clarification.data_request, at=at)
    _send(clarification, "question_answered_late", people, key=f"{clarification.pk}:late", at=at)


def document_refused(clarification: Clarification, *, document: int, at: datetime) -> None:
    """Tell who follows the question up that the officer does not see a document of ours, once for each document."""
    people = [clarification.owner] if clarification.owner else responsible(clarification.data_request, at=at)
    _send(clarification, "question_document_refused", people, key=f"{clarification.pk}:refused:{document}", at=at)


def more_time_asked(clarification: Clarification, *, at: datetime) -> None:
    """Tell who follows the question up that the officer asks for more time."""
    people = [clarification.owner] if clarification.owner else responsible(clarification.data_request, at=at)
    key = f"{clarification.pk}:more:{at.isoformat()}"
    context = {"answer_by": clarification.due_at}
    _send(clarification, "question_more_time_asked", people, key=key, context=context, at=at)


def more_time_given(clarification: Clarification, *, at: datetime) -> None:
    """Tell the officer, and who follows, until when there is time now."""
    people = officers(clarification.data_request)
    key = f"{clarification.pk}:given:{clarification.due_at.isoformat()}"
    context = {"answer_by": clarification.due_at}
    _send(clarification, "question_more_time_given", people, key=key, context=context, at=at)


def more_time_refused(clarification: Clarification, *, at: datetime) -> None:
    """Tell the officer, and who follows, that the day to answer by stays."""
    people = officers(clarification.data_request)
    key = f"{clarification.pk}:refused:{at.isoformat()}"
    context = {"answer_by": clarification.due_at}
    _send(clarification, "question_more_time_refused", people, key=key, context=context, at=at)


def _send(
    clarification: Clarification,
    event: str,
    people: Iterable[User],
    *,
    key: str,
    context: Mapping[str, Value] | None = None,
    at: datetime,
) -> None:
    data_request = clarification.data_request
    for person in people:
        send(
            event,
            dedupe_key=f"question:{key}:{person.pk}",
            to_user=person,
            context=context or {},
            reference=data_request.reference or "",
            urgent=data_request.is_exigent,
            at=at,
        )
