"""What the officer's page says of questions: the open one with its form, one that was not answered, and the thread."""

from typing import Any

from django.utils import timezone

from requests_app.enums import ClarificationStatus
from requests_app.forms.answer import AnswerForm
from requests_app.models import Clarification, DataRequest
from requests_app.permissions import clarification_workflow
from requests_app.services import answer_time, threads
from requests_app.status_words import open_question


def talk(data_request: DataRequest, user: Any, form: AnswerForm | None = None) -> dict[str, Any]:
    """Return what the page of a request draws of questions and answers. `form`: an answer that was refused."""
    asked = open_question(data_request)
    lapsed = None if asked else _lapsed(data_request, user)
    waits = asked or lapsed
    if waits is not None:
        waits.data_request = data_request
    may_answer = lapsed is not None or (asked is not None and may(asked, user))
    return {
        "question": asked,
        "lapsed": lapsed,
        "form": form or (AnswerForm(user=user, question=waits) if may_answer else None),
        "draft": getattr(waits, "draft", None) if may_answer else None,
        "more_time": asked is not None and may_answer and answer_time.more_refusal(asked, user) is None,
        "more_time_waits": asked is not None and answer_time.waits(asked),
        "thread": threads.for_officer(data_request, user),
    }


def may(question: Clarification, user: Any) -> bool:
    """Say whether this person may answer this open question."""
    return clarification_workflow.refusal(question, "answer", user) is None


def _lapsed(data_request: DataRequest, user: Any) -> Clarification | None:
    """Return the question that closed the request, where an answer may still come with the wish to open it again."""
    last = data_request.clarifications.filter(status=ClarificationStatus.LAPSED).order_by("-number").first()
    if last is None:
        return None
    last.data_request = data_request
    return last if answer_time.late_refusal(last, user, at=timezone.now()) is None else None


def nothing() -> dict[str, Any]:
    """Return the same for a reader who reads none of it."""
    empty = dict.fromkeys(("question", "lapsed", "form", "draft", "more_time", "more_time_waits"))
    return {**empty, "thread": ()}
