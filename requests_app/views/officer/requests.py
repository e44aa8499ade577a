"""One request after it was sent: where it stands, questions, documents, withdrawal."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from accounts.access import Audience, access
from accounts.permissions import Permission
from foundation.core.errors import PortalError
from preservation.models import PreservationHold
from requests_app.enums import FollowerStatus, ProposalStatus, RequestKind, RequestStatus
from requests_app.forms.answer import WithdrawForm
from requests_app.models import DataRequest, Proposal, RequestLine
from requests_app.permissions import answers_for, request_workflow
from requests_app.services import (
    amendments,
    destruction,
    emergency_after,
    followers,
    hand_overs,
    holds_beside,
    intake,
    later_documents,
    order_versions,
    preflight,
    renewals,
    threads,
    timeline,
)
from requests_app.status_words import answer_expected, held, next_date, officer_status, reader_status
from requests_app.views.officer import asked
from requests_app.views.officer.asked import talk
from requests_app.views.officer.common import note_visit, own_agency_request, visible_request
from requests_app.views.officer.decided import about_decision
from requests_app.views.officer.drafts import send_file
from requests_app.views.officer.freezes import about_freeze
from requests_app.views.officer.later import about_later
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
    context = page(data_request, user)
    threads.mark_read(data_request, context["thread"], by=user)
    return render(request, "officer/request.html", context)


def page(data_request: DataRequest, user: Any, said: dict[str, Any] | None = None) -> dict[str, Any]:
    """Return what the page draws; `said`: of questions and answers (asked.talk), where it is not as it stands."""
    quashed = data_request.pk in order_versions.stopped([data_request])
    status, colour = officer_status(data_request, quashed=quashed)
    at, answers = timezone.now(), answers_for(user, data_request)
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
        "decision": decision,
        "lines": lines,
        "items": items,
        "history": timeline.for_officer(data_request, user, addressed=answers),
        "holds": _holds(data_request, user),
        "destroy": destruction.asked_of(user, data_request),
        "expected": None if quashed else answer_expected(data_request, at=at),
        "happens": what_next(data_request, answers=answers, quashed=quashed, at=at),
        "follow": data_request.followers.filter(status=FollowerStatus.ACTIVE)
        .select_related("user")
        .order_by("added_at", "pk"),
        "own_follow": data_request.followers.filter(status=FollowerStatus.ACTIVE, user=user).first(),
        "hand_over_waits": hand_overs.waiting(data_request),
        "amendments": data_request.amendments.select_related("made_by").order_by("-number"),
        "held_back": held(data_request),
        "after": emergency_after.standing(data_request, user) if data_request.kind == RequestKind.EMERGENCY else None,
        "targets": data_request.targets.count(),
        "unusable": unusable,
        "may_remove": later_documents.removable(data_request, unusable),
        "records_template": ["officer/_records.html", "officer/_none.html"],
        **_may(data_request, user),
        **(said or talk(data_request, user)),
        **about_decision(data_request, decision, lines, user),
        **about_freeze(data_request, user),
        **about_later(data_request, user),
    }
    return page | _from_elsewhere(data_request) if followers.from_elsewhere(data_request, user) else page


def _may(data_request: DataRequest, user: Any) -> dict[str, bool]:
    """Say what this reader can do with the request."""
    return {
        "may_share": followers.refusal(data_request, user) is None,
        "may_change": amendments.refusal(data_request, user) is None,
        "may_hand_over": hand_overs.refusal(data_request, user) is None,
        "may_add": later_documents.refusal(data_request, user) is None,
        "may_renew": renewals.refusal(data_request, user, at=timezone.now()) is None,
        "may_attach": holds_beside.may_attach(data_request, user),
        "may_withdraw": request_workflow.refusal(data_request, "withdraw", user) is None,
    }


def _from_elsewhere(data_request: DataRequest) -> dict[str, Any]:
    """Return what a follower of another agency reads in place of what was sent, asked and answered: none of it."""
    nothing: dict[str, Any] = dict.fromkeys(
        ("letters", "items", "unusable", "amendments", "holds", "follow", "later_asks"), ()
    )
    history = timeline.from_elsewhere(data_request)
    return nothing | asked.nothing() | {"elsewhere": True, "hand_over_waits": None, "after": None, "history": history}


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


def _decision(data_request: DataRequest) -> Proposal | None:
    """Return the signed decision, once there is one in force."""
    if data_request.status not in _DECIDED:
        return None
    return data_request.proposals.filter(status=ProposalStatus.APPROVED).order_by("-number").first()


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
