"""The page on which staff put a question together: texts put in without a script, read as the officer will, sent."""

from collections.abc import Iterable
from typing import Any

from django.conf import settings
from django.db import transaction
from django.http import HttpRequest, QueryDict
from django.utils import timezone

from foundation.core.errors import TransitionRefused
from foundation.documents import services as documents
from foundation.documents.models import Document
from foundation.legal.deadlines import business_days
from foundation.notifications.languages import nearest
from requests_app.checks import Check, answer_of, checks_of
from requests_app.enums import CheckAnswer, ClarificationStatus, TextPurpose
from requests_app.forms.questions import QuestionForm
from requests_app.models import Clarification, DataRequest
from requests_app.services import questions, templates, triage

INSERT, PREVIEW, FILES = "insert", "preview", "files"


def open_checks(data_request: DataRequest) -> list[Check]:
    """Return the checks that were answered No or Unclear: what a question is likely about."""
    review = getattr(data_request, "review", None)
    answers = review.checks if review else {}
    missing = {CheckAnswer.NO.value, CheckAnswer.UNCLEAR.value}
    return [check for check in checks_of(data_request.kind) if answer_of(answers, check) in missing]


def form_of(request: HttpRequest, data_request: DataRequest, *, data: QueryDict | None, sending: bool) -> QuestionForm:
    """Return the form, empty where there is no data."""
    user: Any = request.user
    language = (data.get("language") if data is not None else "") or nearest(data_request.officer.language)
    texts = templates.usable(data_request.provider, TextPurpose.QUESTION).filter(
        language=language, jurisdiction__in={"", data_request.jurisdiction}
    )
    return QuestionForm(
        data, request.FILES if data is not None else None, user=user, data_request=data_request, sending=sending,
        languages=languages(data_request), open_checks=open_checks(data_request), texts=list(texts),
        initial={"language": language},
        colleagues=[person for person in triage.colleagues(data_request) if person != user],
    )  # fmt: skip


def languages(data_request: DataRequest) -> list[str]:
    """Return the languages a question may be in: the officer's first, the company's, and those of its texts."""
    provider, own = data_request.provider, data_request.officer.language
    texts = templates.usable(provider, TextPurpose.QUESTION).order_by("language").values_list("language", flat=True)
    found = [nearest(own), own, "en", *provider.languages, *texts.distinct()]
    return list(dict.fromkeys(filter(None, found)))


def with_texts(request: HttpRequest, data_request: DataRequest) -> QueryDict:
    """Return what was typed with the prepared texts put in: a box for each ticked check, the chosen text below.

    Nothing that was typed is replaced; what the person chose a language for is written in it.
    """
    form = form_of(request, data_request, data=request.POST, sending=False)
    form.is_valid()
    data, due = request.POST.copy(), _due(data_request, form)
    for name in form.undrawn:
        data[f"point_{name}"] = templates.text_for(
            data_request, TextPurpose.QUESTION, name, language=form.said_language, due=due
        )
    row = form.texts.get(data.get("prepared", ""))
    if row is not None:
        words = templates.fill(row.text, data_request, due=due, language=row.language)
        data["text"] = "\n\n".join(filter(None, [data.get("text", "").strip(), words]))
        data["prepared"] = ""
    return data


def preview_of(data_request: DataRequest, form: QuestionForm) -> dict[str, Any]:
    """Return the question as the officer will read it: words, points, files by name, and by when."""
    return {
        "text": form.cleaned_data["text"].strip(),
        "items": form.items,
        "introduction": form.cleaned_data["introduction"],
        "files": [upload.name for upload in form.cleaned_data["uploads"]],
        "due_at": _due(data_request, form),
    }


def _due(data_request: DataRequest, form: QuestionForm) -> Any:
    days = form.cleaned_data.get("days") or data_request.provider.question_days
    return business_days(timezone.now(), days, data_request.provider.calendar).at


@transaction.atomic
def add_files(data_request: DataRequest, uploads: Iterable[Any], *, by: Any) -> None:
    """Take documents of ours for the question that waits: all or none."""
    asked = data_request.clarifications.filter(status=ClarificationStatus.OPEN).first()
    if asked is None:
        raise TransitionRefused("This question is closed.")
    asked.data_request = data_request
    questions.add_documents(asked, _received(uploads, by), by=by)


def _received(uploads: Iterable[Any], by: Any) -> list[Document]:
    limit = settings.UPLOAD_LIMIT_OFFICER
    return [documents.receive(one, filename=one.name, purpose="question", by=by, limit=limit) for one in uploads]


@transaction.atomic
def send(data_request: DataRequest, form: QuestionForm, *, by: Any) -> Clarification:
    """Take our documents and ask in one go: neither without the other."""
    given = _received(form.cleaned_data["uploads"], by)
    return questions.ask(
        data_request, text=form.cleaned_data["text"], items=form.items, introduction=form.cleaned_data["introduction"],
        language=form.said_language, documents=given,
        owner=form.follows, days=form.cleaned_data.get("days"), by=by,
    )  # fmt: skip
