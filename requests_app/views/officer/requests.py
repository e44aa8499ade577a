"""One request after it was sent: where it stands, questions, documents, withdrawal."""

from typing import Any
from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.db import transaction
from django.db.models import Prefetch, Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from accounts.access import Audience, access
from accounts.permissions import Permission
from foundation.core.errors import PortalError
from foundation.documents import services as documents
from foundation.documents.formfields import SENT, sent_by
from foundation.documents.models import Document
from preservation.models import PreservationHold
from requests_app.enums import ClarificationStatus, FollowerStatus, ProposalStatus, RequestStatus
from requests_app.forms.answer import AnswerForm, WithdrawForm
from requests_app.models import Clarification, DataRequest, Proposal, RequestLine
from requests_app.permissions import answers_for, clarification_workflow, request_workflow
from requests_app.services import (
    amendments,
    followers,
    hand_overs,
    intake,
    later_documents,
    order_versions,
    preflight,
    questions,
    timeline,
)
from requests_app.services.locks import lock
from requests_app.services.same_files import refuse_any_twice
from requests_app.status_words import answer_expected, held, next_date, officer_status, open_question, reader_status
from requests_app.views.officer.common import note_visit, own_agency_request, visible_request
from requests_app.views.officer.decided import about_decision
from requests_app.views.officer.drafts import send_file
from requests_app.what_next import what_next

_DECIDED = {RequestStatus.GRANTED, RequestStatus.REFUSED, RequestStatus.REDIRECTED, RequestStatus.PRODUCED,
            RequestStatus.CLOSED}  # fmt: skip


@access(Audience.OFFICER, permission=Permission.SEE_OWN_REQUESTS)
@require_safe
def detail(request: HttpRequest, reference: str) -> HttpResponse:
    """Status, clock, question, records, decision, history."""
    user: Any = request.user
    data_request = visible_request(request, reference)
    if data_request.status == RequestStatus.DRAFT and data_request.officer_id == user.pk:
        return redirect("officer:draft", uid=data_request.uid)
    note_visit(request, data_request)
    return render(request, "officer/request.html", _page(data_request, user))


def _page(data_request: DataRequest, user: Any, form: AnswerForm | None = None) -> dict[str, Any]:
    quashed = data_request.pk in order_versions.stopped([data_request])
    status, colour = officer_status(data_request, quashed=quashed)
    at, answers, asked = timezone.now(), answers_for(user, data_request), open_question(data_request)
    items = preflight.attached(data_request)
    unusable = [item for item in items if item.document.state in preflight.UNUSABLE]
    decision, lines = _decision(data_request), _lines(data_request)
    page: dict[str, Any] = {
        "data_request": data_request,
        "status": status if answers else reader_status(status),
        "colour": colour,
        "answers": answers,
        "elsewhere": False,
        "next": next_date(data_request, quashed=quashed),
        "stopped": quashed,
        "order_news": order_versions.news(data_request),
        "question": asked,
        "form": form or (AnswerForm(user=user) if asked and _may_answer(asked, data_request, user) else None),
        "answered": _answered(data_request),
        "decision": decision,
        "lines": lines,
        "items": items,
        "history": timeline.for_officer(data_request, user, addressed=answers),
        "holds": _holds(data_request, user),
        "expected": None if quashed else answer_expected(data_request, at=at),
        "happens": what_next(data_request, answers=answers, quashed=quashed, at=at),
        "follow": data_request.followers.filter(status=FollowerStatus.ACTIVE)
        .select_related("user")
        .order_by("added_at", "pk"),
        "own_follow": data_request.followers.filter(status=FollowerStatus.ACTIVE, user=user).first(),
        "hand_over_waits": hand_overs.waiting(data_request),
        "amendments": data_request.amendments.select_related("made_by").order_by("-number"),
        "held_back": held(data_request),
        "targets": data_request.targets.count(),
        "unusable": unusable,
        "may_remove": later_documents.removable(data_request, unusable),
        "records_template": ["officer/_records.html", "officer/_none.html"],
        **_may(data_request, user),
        **about_decision(data_request, decision, lines, user),
    }
    return page | _from_elsewhere(data_request) if followers.from_elsewhere(data_request, user) else page


def _may(data_request: DataRequest, user: Any) -> dict[str, bool]:
    """Say what this reader can do with the request."""
    return {
        "may_share": followers.refusal(data_request, user) is None,
        "may_change": amendments.refusal(data_request, user) is None,
        "may_hand_over": hand_overs.refusal(data_request, user) is None,
        "may_add": later_documents.refusal(data_request, user) is None,
        "may_withdraw": request_workflow.refusal(data_request, "withdraw", user) is None,
    }


def _from_elsewhere(data_request: DataRequest) -> dict[str, Any]:
    """Return what a follower of another agency reads in place of what was sent, asked and answered: none of it."""
    nothing: dict[str, Any] = dict.fromkeys(
        ("letters", "items", "unusable", "answered", "amendments", "holds", "follow"), ()
    )
    history = timeline.from_elsewhere(data_request)
    return nothing | {"elsewhere": True, "question": None, "form": None, "hand_over_waits": None, "history": history}


def _holds(data_request: DataRequest, user: Any) -> "QuerySet[PreservationHold]":
    """Return the holds beside a request that this reader may see: named with it, or of the same case file."""
    beside = Q(request_reference=data_request.reference)
    if data_request.case_number:
        beside |= Q(case_number=data_request.case_number)
    visible = PreservationHold.objects.visible_to(user).exclude(reference=None)
    found: QuerySet[PreservationHold] = visible.filter(beside, agency=data_request.agency_id)
    return found.filter(officer=data_request.officer_id).order_by("expires_at", "pk")


def _lines(data_request: DataRequest) -> "list[RequestLine]":
    """Return the lines with what an officer reads of them, once they are decided."""
    if data_request.status not in _DECIDED:
        return []
    return list(data_request.lines.select_related("target__entity", "freeze_result"))


def _may_answer(question: Clarification, data_request: DataRequest, user: Any) -> bool:
    question.data_request = data_request
    return clarification_workflow.refusal(question, "answer", user) is None


def _answered(data_request: DataRequest) -> list[Clarification]:
    closed = [c for c in data_request.clarifications.all() if c.status == ClarificationStatus.ANSWERED]
    numbers = [c.pk for c in closed]
    # Always in the order in which they were sent.
    replies = Prefetch("replies__documents", queryset=Document.objects.order_by("pk"))
    return list(data_request.clarifications.filter(pk__in=numbers).prefetch_related(replies).order_by("-number"))


def _decision(data_request: DataRequest) -> Proposal | None:
    """Return the signed decision, once there is one in force."""
    if data_request.status not in _DECIDED:
        return None
    return data_request.proposals.filter(status=ProposalStatus.APPROVED).order_by("-number").first()


@access(Audience.OFFICER, permission=Permission.SEE_OWN_REQUESTS)
@require_http_methods(["GET", "HEAD", "POST"])
def question(request: HttpRequest, reference: str, number: int) -> HttpResponse:
    """The answer to a question, with documents; a second click changes nothing."""
    user: Any = request.user
    data_request = own_agency_request(request, reference)
    asked = data_request.clarifications.filter(number=number).first()
    if asked is None:
        raise Http404
    if request.method != "POST":
        return redirect("officer:request", reference=data_request.reference)
    if asked.status != ClarificationStatus.OPEN:
        return _came_late(request, asked, reference)
    form = AnswerForm(request.POST, request.FILES, user=user)
    if form.is_valid():
        try:
            _answer(asked, form.cleaned_data["text"], form.cleaned_data["uploads"], user)
        except PortalError as error:
            asked.refresh_from_db(fields=["status"])
            if asked.status != ClarificationStatus.OPEN:  # it changed while this was on its way
                return _came_late(request, asked, reference)
            form.add_error(None, str(error))
        else:
            messages.success(request, "Answer sent. Our clock runs again.")
            return redirect("officer:request", reference=data_request.reference)
    return render(request, "officer/request.html", _page(data_request, user, form), status=422)


def _came_late(request: HttpRequest, asked: Clarification, reference: str) -> HttpResponse:
    """Show what was sent to a question that waits for no answer any more, so that it can be copied.

    A second click on the same answer, and one with nothing in it, lead to the request.
    """
    user: Any = request.user
    data_request = own_agency_request(request, reference)  # as it is now
    came = [item.name for item in request.FILES.getlist("uploads")]
    files = [row.filename for row in sent_by(user, request.POST.getlist(f"uploads{SENT}"))] + came
    text = request.POST.get("text", "")
    if not (files or text.strip()) or not _differs(asked, text):
        return redirect("officer:request", reference=data_request.reference)
    unsent = {"text": text, "files": files, "rows": min(text.count("\n") + 5, 20), "status": asked.status}
    context = _page(data_request, user) | {"unsent": unsent}
    return render(request, "officer/request.html", context, status=409)


def _differs(asked: Clarification, text: str) -> bool:
    """Say whether this is another answer than the one that was sent, not its second click."""
    sent = asked.replies.values_list("text", flat=True)
    return " ".join(text.split()) not in {" ".join(one.split()) for one in sent}


@transaction.atomic
def _answer(asked: Clarification, text: str, files: list[Any], user: Any) -> None:
    """Receive the documents and answer in one go: neither without the other."""
    limit = settings.UPLOAD_LIMIT_OFFICER
    refuse_any_twice(lock(asked.data_request), files)
    given = [documents.receive(f, filename=f.name, purpose="answer", by=user, limit=limit) for f in files]
    questions.answer(asked, text=text, documents=given, by=user)


@access(Audience.OFFICER, permission=Permission.SEE_OWN_REQUESTS, step_up=True)
@require_http_methods(["GET", "HEAD", "POST"])
def withdraw(request: HttpRequest, reference: str) -> HttpResponse:
    """Ask once, then take the request back."""
    user: Any = request.user
    data_request = visible_request(request, reference)
    form = WithdrawForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            intake.withdraw(data_request, reason=form.cleaned_data["reason"], by=user)
        except PortalError as error:
            messages.error(request, str(error))
        else:
            messages.success(request, "Request withdrawn.")
        return redirect("officer:request", reference=data_request.reference)
    if request_workflow.refusal(data_request, "withdraw", user):
        return redirect("officer:request", reference=data_request.reference)
    return render(request, "officer/withdraw.html", {"data_request": data_request, "form": form})


@access(Audience.OFFICER, permission=Permission.SEE_OWN_REQUESTS)
@require_safe
def file(request: HttpRequest, reference: str, document: UUID) -> HttpResponseBase:
    """A document the officer attached."""
    return send_file(request, own_agency_request(request, reference), document)
