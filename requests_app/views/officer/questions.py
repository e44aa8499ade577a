"""Answers to our questions: sent, kept as a draft, or late; more time; and documents of ours beside a question."""

from typing import Any
from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from accounts.access import Audience, access
from accounts.permissions import Permission
from foundation.audit.trail import record
from foundation.core.errors import PortalError
from foundation.documents import services as documents
from foundation.documents.errors import DocumentRefused
from foundation.documents.formfields import SENT, sent_by
from requests_app.enums import ClarificationStatus
from requests_app.events import Event
from requests_app.forms.answer import AnswerForm
from requests_app.forms.questions import AskMoreTimeForm
from requests_app.models import Clarification, DataRequest
from requests_app.services import answer_time, questions
from requests_app.services.locks import lock
from requests_app.services.same_files import refuse_any_twice
from requests_app.views.officer.asked import talk
from requests_app.views.officer.common import own_agency_request
from requests_app.views.officer.requests import page

KEEP, LATE = "keep", "late"


@access(Audience.OFFICER, permission=Permission.SEE_OWN_REQUESTS)
@require_http_methods(["GET", "HEAD", "POST"])
def question(request: HttpRequest, reference: str, number: int) -> HttpResponse:
    """The answer to a question, with documents; a second click changes nothing."""
    user: Any = request.user
    data_request = own_agency_request(request, reference)
    asked = _asked(data_request, number)
    if request.method != "POST":
        return redirect("officer:request", reference=data_request.reference)
    action = request.POST.get("action", "")
    if asked.status != (ClarificationStatus.LAPSED if action == LATE else ClarificationStatus.OPEN):
        return _came_late(request, asked, reference)
    form = AnswerForm(request.POST, request.FILES, user=user, question=asked, keeping=action == KEEP)
    if form.is_valid():
        try:
            said = _take(asked, form, action, user)
        except PortalError as error:
            asked.refresh_from_db(fields=["status"])
            if asked.status != ClarificationStatus.OPEN and action != LATE:  # it changed while this was on its way
                return _came_late(request, asked, reference)
            form.add_error(None, str(error))
        else:
            messages.success(request, said)
            return redirect("officer:request", reference=data_request.reference)
    return render(request, "officer/request.html", page(data_request, user, talk(data_request, user, form)), status=422)


def _asked(data_request: DataRequest, number: int) -> Clarification:
    asked = data_request.clarifications.filter(number=number).first()
    if asked is None:
        raise Http404
    asked.data_request = data_request
    return asked


def _take(asked: Clarification, form: AnswerForm, action: str, user: Any) -> str:
    """Do what the button says, and return what to say of it."""
    if action == KEEP:
        answer_time.keep_draft(asked, text=form.cleaned_data["text"], items=form.items, by=user)
        return "Draft kept. We do not see it until you send it. Choose files again when you send."
    _answer(asked, form, user, late=action == LATE)
    if action == LATE:
        return "Answer sent. We look whether we open the request again, and write to you."
    return "Answer sent. Our clock runs again."


@transaction.atomic
def _answer(asked: Clarification, form: AnswerForm, user: Any, *, late: bool) -> None:
    """Receive the documents and answer in one go: neither without the other."""
    limit, files = settings.UPLOAD_LIMIT_OFFICER, form.cleaned_data["uploads"]
    refuse_any_twice(lock(asked.data_request), files)
    given = [documents.receive(f, filename=f.name, purpose="answer", by=user, limit=limit) for f in files]
    verb = questions.answer_late if late else questions.answer
    verb(asked, text=form.cleaned_data["text"], items=form.items, documents=given, by=user)


def _came_late(request: HttpRequest, asked: Clarification, reference: str) -> HttpResponse:
    """Show what was sent to a question that waits for no answer any more, so that it can be copied.

    A second click on the same answer, and one with nothing in it, lead to the request.
    """
    user: Any = request.user
    data_request = own_agency_request(request, reference)  # as it is now
    came = [item.name for item in request.FILES.getlist("uploads")]
    files = [row.filename for row in sent_by(user, request.POST.getlist(f"uploads{SENT}"))] + came
    text = _typed(request, asked)
    if not (files or text.strip()) or not _differs(asked, text):
        return redirect("officer:request", reference=data_request.reference)
    unsent = {"text": text, "files": files, "rows": min(text.count("\n") + 5, 20), "status": asked.status}
    said = talk(data_request, user) | {"form": None, "lapsed": None}
    return render(request, "officer/request.html", page(data_request, user, said) | {"unsent": unsent}, status=409)


def _typed(request: HttpRequest, asked: Clarification) -> str:
    """Return everything that was typed, each point under its heading."""
    points = [
        f"{item['text']}\n{words}"
        for number, item in enumerate(asked.items, start=1)
        if (words := request.POST.get(f"item_{number}", "").strip())
    ]
    return "\n\n".join([*points, *filter(None, [request.POST.get("text", "")])])


def _differs(asked: Clarification, text: str) -> bool:
    """Say whether this is another answer than the one that was sent, not its second click."""
    sent = set()
    for reply in asked.replies.all():
        points = [f"{item['text']}\n{one['text']}" for item, one in zip(asked.items, reply.items, strict=False)]
        sent.add(" ".join(" ".join([*points, reply.text]).split()))
    return " ".join(text.split()) not in sent


@access(Audience.OFFICER, permission=Permission.SEE_OWN_REQUESTS)
@require_http_methods(["GET", "HEAD", "POST"])
def more_time(request: HttpRequest, reference: str, number: int) -> HttpResponse:
    """Ask for more time to answer a question."""
    user: Any = request.user
    data_request = own_agency_request(request, reference)
    asked = _asked(data_request, number)
    if refusal := answer_time.more_refusal(asked, user):
        messages.info(request, refusal)
        return redirect("officer:request", reference=data_request.reference)
    form = AskMoreTimeForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            answer_time.ask_more(asked, until=form.cleaned_data["until"], reason=form.cleaned_data["reason"], by=user)
        except PortalError as error:
            form.add_error("until", str(error))
        else:
            messages.success(request, "We decide soon whether there is more time, and write to you.")
            return redirect("officer:request", reference=data_request.reference)
    context = {"data_request": data_request, "question": asked, "form": form}
    return render(request, "officer/more_time.html", context, status=422 if form.is_bound else 200)


@access(Audience.OFFICER, permission=Permission.SEE_OWN_REQUESTS)
@require_safe
def file(request: HttpRequest, reference: str, number: int, document: UUID) -> HttpResponseBase:
    """A document of ours beside a question, once it was checked."""
    data_request = own_agency_request(request, reference)
    found = _asked(data_request, number).documents.filter(uid=document).first()
    if found is None:
        raise Http404
    try:
        ready = documents.ready_to_download(found)
    except DocumentRefused as refusal:
        return render(request, "officer/file_refused.html", {"why": str(refusal)}, status=409)
    record(Event.DOCUMENT_DOWNLOADED, by=request.user, obj=data_request, data={"document": str(ready.uid)})
    return documents.serve(ready, filename=ready.filename, range_header=request.headers.get("Range"))
