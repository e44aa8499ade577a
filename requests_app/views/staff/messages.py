"""Questions to the officer, notes of staff, and what they sent and what happened."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.access import Audience, access
from accounts.models import CallBack
from accounts.permissions import Permission
from foundation.core.errors import PortalError
from requests_app.enums import FollowerStatus
from requests_app.forms.desk import NoteForm, QuestionForm
from requests_app.forms.emergency import EmergencyForm
from requests_app.history import history as history_of
from requests_app.permissions import may_write_notes
from requests_app.services import questions, review
from requests_app.services.pages import part_of
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
    """The words of an answer that was chosen from a list."""
    field = EmergencyForm.base_fields.get(name)
    return dict(getattr(field, "choices", [])).get(value, value) if isinstance(value, str) else value


@access(Audience.STAFF, permission=Permission.SEE_QUEUE)
@require_http_methods(["GET", "HEAD", "POST"])
def thread(request: HttpRequest, reference: str) -> HttpResponse:
    """Show questions and answers; a POST asks a new question."""
    user: Any = request.user
    data_request = visible(request, reference)
    form = QuestionForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            questions.ask(data_request, text=form.cleaned_data["text"], by=user)
            messages.success(request, "The question is on its way. The clock is stopped until the officer answers.")
        except PortalError as error:
            messages.error(request, str(error))
        return redirect("staff:messages", data_request.reference)
    looked(request, data_request, "messages")
    context = case(request, data_request, "messages") | {"form": form}
    asked = data_request.clarifications.select_related("asked_by").prefetch_related(
        "replies__documents", "replies__answered_by"
    )
    return render(request, "staff/messages.html", context | {"asked": asked.order_by("-number")})


@access(Audience.STAFF, permission=Permission.REVIEW_REQUEST)
@require_POST
def cancel(request: HttpRequest, reference: str, uid: UUID) -> HttpResponse:
    """Take a question back."""
    user: Any = request.user
    data_request = visible(request, reference)
    clarification = get_object_or_404(data_request.clarifications, uid=uid)
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
