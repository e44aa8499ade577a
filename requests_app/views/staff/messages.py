"""Questions to the officer, notes of staff, and what they sent and what happened."""

from datetime import date
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe

from accounts.access import Audience, access
from accounts.models import CallBack
from accounts.permissions import Permission
from foundation.core.errors import PortalError
from foundation.core.templatetags.portal import day
from requests_app.enums import ClarificationStatus, FollowerStatus
from requests_app.events import Event
from requests_app.forms.desk import NoteForm
from requests_app.forms.emergency import EmergencyForm
from requests_app.forms.questions import AddFilesForm, MoreTimeForm, QuestionForm, RefuseTimeForm
from requests_app.history import history as history_of
from requests_app.models import DataRequest
from requests_app.permissions import may_write_notes
from requests_app.services import answer_time, questions, review, threads
from requests_app.services.pages import part_of
from requests_app.views.staff import asking, serving
from requests_app.views.staff.common import case, looked, visible

_EMERGENCY = {
    "danger": "Who is in danger, and how",
    "imminence": "How soon",
    "why_data": "Why this data averts the harm",
    "why_no_process": "Why ordinary process cannot be had in time",
    "supervisor": "Supervisor",
    "supervisor_phone": "Supervisor's number as they gave it (compare, never call)",
    "phone": "Officer's direct line (only after the agency confirmed)",
    "process_follows": "Will process follow",
    "process_by": "By when",
}
# Said in a line of its own.
_ELSEWHERE = {*_EMERGENCY, "needed_by"}


@access(Audience.STAFF, permission=Permission.SEE_QUEUE)
@require_safe
def sent(request: HttpRequest, reference: str) -> HttpResponse:
    """Show what the officer sent, word for word."""
    data_request = visible(request, reference)
    looked(request, data_request, "sent")
    context = {
        "part": part_of(data_request, request.GET.get("part", "")),
        "documents": data_request.documents.filter(removed_at=None).select_related("document", "added_by"),
        "processes": data_request.orders.order_by("uses__position", "pk").prefetch_related("versions"),
        "several_orders": data_request.order_uses.count() > 1,
        "bars": data_request.non_disclosure_orders.order_by("pk"),
        "followers": data_request.followers.filter(status=FollowerStatus.ACTIVE).select_related("user"),
        "danger": danger_of(data_request),
    }
    return render(request, "staff/sent.html", case(request, data_request, "sent") | context)


def danger_of(data_request: Any) -> list[tuple[str, Any]]:
    """Return what an emergency says, as pairs for a summary list; empty for other requests."""
    given = data_request.emergency or {}
    known = [(words, _said(key, given.get(key))) for key, words in _EMERGENCY.items()]
    rest = [(k.replace("_", " ").capitalize(), v) for k, v in given.items() if k not in _ELSEWHERE]
    return [(words, value) for words, value in known + rest if value not in (None, "")]


def _said(name: str, value: Any) -> Any:
    """The words of an answer that was chosen from a list; a date as everywhere else."""
    if name == "process_by" and value:
        return day(date.fromisoformat(value))
    field = EmergencyForm.base_fields.get(name)
    return dict(getattr(field, "choices", [])).get(value, value) if isinstance(value, str) else value


@access(Audience.STAFF, permission=Permission.SEE_QUEUE)
@require_http_methods(["GET", "HEAD", "POST"])
def thread(request: HttpRequest, reference: str) -> HttpResponse:
    """Show questions and answers; a POST puts prepared texts into a new question, shows it, or sends it."""
    data_request = visible(request, reference)
    if request.method != "POST":
        form = asking.form_of(request, data_request, data=None, sending=True)
        return _thread(request, data_request, form)
    action = request.POST.get("action", "")
    if action == asking.FILES:
        return _add_files(request, data_request)
    if action == asking.INSERT:
        data = asking.with_texts(request, data_request)
        return _thread(request, data_request, asking.form_of(request, data_request, data=data, sending=False))
    form = asking.form_of(request, data_request, data=request.POST, sending=True)
    if form.is_valid() and action == asking.PREVIEW:
        return _thread(request, data_request, form, preview=asking.preview_of(data_request, form))
    if form.is_valid():
        try:
            asking.send(data_request, form, by=request.user)
        except PortalError as error:
            form.add_error(None, str(error))
        else:
            messages.success(request, "The question is on its way. The clock is stopped until the officer answers.")
            return redirect("staff:messages", data_request.reference)
    return _thread(request, visible(request, reference), form, status=422)


def _add_files(request: HttpRequest, data_request: DataRequest) -> HttpResponse:
    """Put documents of ours beside the question that waits."""
    user: Any = request.user
    files = AddFilesForm(request.POST, request.FILES, user=user)
    if files.is_valid():
        try:
            asking.add_files(data_request, files.cleaned_data["uploads"], by=user)
        except PortalError as error:
            files.add_error(None, str(error))
        else:
            messages.success(request, "The document is beside the question. The officer sees it once it was checked.")
            return redirect("staff:messages", data_request.reference)
    form = asking.form_of(request, data_request, data=None, sending=True)
    return _thread(request, data_request, form, files=files, status=422)


def _thread(
    request: HttpRequest,
    data_request: DataRequest,
    form: QuestionForm,
    *,
    preview: dict[str, Any] | None = None,
    files: AddFilesForm | None = None,
    status: int = 200,
) -> HttpResponse:
    user: Any = request.user
    looked(request, data_request, "messages")
    said = threads.for_staff(data_request, user)
    context = case(request, data_request, "messages") | {"form": form, "thread": said, "preview": preview}
    waiting = context["waiting"]
    if waiting is not None:
        waiting.data_request = data_request
    context |= {
        "refused": questions.refused_documents(waiting) if waiting is not None else (),
        "files": files or (AddFilesForm(user=user) if waiting and "cancel_question" in context["actions"] else None),
        "more_time_waits": waiting is not None and answer_time.waits(waiting),
        "longest": questions.LONGEST_DAYS,
    }
    threads.mark_read(data_request, said, by=user)
    return render(request, "staff/messages.html", context, status=status)


@access(Audience.STAFF, permission=Permission.REVIEW_REQUEST)
@require_http_methods(["GET", "HEAD", "POST"])
def more_time(request: HttpRequest, reference: str, uid: UUID) -> HttpResponse:
    """Give the officer more time to answer, as asked for or to another day, or say that the day stays."""
    user: Any = request.user
    data_request = visible(request, reference)
    asked = get_object_or_404(data_request.clarifications, uid=uid)
    asked.data_request = data_request
    action = request.POST.get("action", "")
    form = MoreTimeForm(request.POST if request.method == "POST" and not action else None)
    refuse = RefuseTimeForm(request.POST if action == "refuse" else None)
    if request.method == "POST" and (refuse.is_valid() if action == "refuse" else action == "give" or form.is_valid()):
        try:
            if action:
                reason = refuse.cleaned_data["reason"] if action == "refuse" else ""
                answer_time.decide_more(asked, give=action == "give", reason=reason, by=user)
            else:
                answer_time.prolong(asked, until=form.cleaned_data["until"], by=user)
        except PortalError as error:
            if not action:
                form.add_error("until", str(error))
            else:
                messages.error(request, str(error))
                return redirect("staff:messages", data_request.reference)
        else:
            messages.success(request, "The officer is told.")
            return redirect("staff:messages", data_request.reference)
    if asked.status != ClarificationStatus.OPEN:
        messages.info(request, "This question is closed.")
        return redirect("staff:messages", data_request.reference)
    looked(request, data_request, "more time")
    context = {"form": form, "refuse": refuse, "asked": asked, "waits": answer_time.waits(asked)}
    page = case(request, data_request, "messages") | context
    return render(request, "staff/more_time.html", page, status=422 if form.is_bound or refuse.is_bound else 200)


@access(Audience.STAFF, permission=Permission.SEE_QUEUE)
@require_safe
def question_file(request: HttpRequest, reference: str, uid: UUID, document: UUID) -> HttpResponseBase:
    """A document of ours beside a question, once it was checked."""
    data_request = visible(request, reference)
    asked = get_object_or_404(data_request.clarifications, uid=uid)
    return serving.original(
        request, data_request, get_object_or_404(asked.documents, uid=document), event=Event.DOCUMENT_DOWNLOADED,
        facts={"document": str(document)}, back=reverse("staff:messages", args=[data_request.reference]),
    )  # fmt: skip


@access(Audience.STAFF, permission=Permission.REVIEW_REQUEST)
@require_http_methods(["GET", "HEAD", "POST"])
def cancel(request: HttpRequest, reference: str, uid: UUID) -> HttpResponse:
    """Take a question back; whoever comes by the address alone reads the messages."""
    user: Any = request.user
    data_request = visible(request, reference)
    clarification = get_object_or_404(data_request.clarifications, uid=uid)
    if request.method != "POST":
        return redirect("staff:messages", data_request.reference)
    try:
        questions.cancel(clarification, by=user)
        messages.success(request, "The question is taken back. The clock runs again.")
    except PortalError as error:
        messages.error(request, str(error))
    return redirect("staff:messages", data_request.reference)


@access(Audience.STAFF, permission=Permission.SEE_QUEUE)
@require_http_methods(["GET", "HEAD", "POST"])
def notes(request: HttpRequest, reference: str) -> HttpResponse:
    """Show and write notes that only staff read."""
    user: Any = request.user
    data_request = visible(request, reference)
    form = NoteForm(request.POST or None)
    if request.method == "POST" and not may_write_notes(user):
        raise PermissionDenied
    if request.method == "POST" and form.is_valid():
        review.write_note(data_request, text=form.cleaned_data["text"], by=user)
        return redirect("staff:notes", data_request.reference)
    looked(request, data_request, "notes")
    context = {
        "form": form,
        "may_write": may_write_notes(user),
        "notes": data_request.notes.select_related("written_by"),
    }
    return render(request, "staff/notes.html", case(request, data_request, "notes") | context)


@access(Audience.STAFF, permission=Permission.SEE_QUEUE)
@require_safe
def history(request: HttpRequest, reference: str) -> HttpResponse:
    """Show everything that happened, with names."""
    data_request = visible(request, reference)
    looked(request, data_request, "history")
    calls = CallBack.objects.filter(about_reference=data_request.reference).select_related("number", "called_by")
    looks = request.GET.get("looks") == "1"
    context = {"entries": history_of(data_request, looks=looks), "calls": calls, "looks": looks}
    return render(request, "staff/history.html", case(request, data_request, "history") | context)
