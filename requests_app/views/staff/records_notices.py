"""Notices to account holders on the desk: where each stands, and the waiver that takes two people."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from accounts.access import Audience, access
from accounts.permissions import Permission
from foundation.core.errors import PortalError
from requests_app.forms.records import WaiverForm
from requests_app.models import DataRequest, UserNotice
from requests_app.permissions import desk_refusal, notice_workflow
from requests_app.services import notice_letters, notices
from requests_app.views.staff.common import case, looked, visible
from requests_app.views.staff.notice_page import notice_of


@dataclass(frozen=True)
class NoticeRow:
    """A notice, and what this person may do about it."""

    notice: UserNotice
    may_propose_waiver: bool
    may_waive: bool
    # Its letter is known not to have arrived.
    lost: bool


def notice_rows(data_request: DataRequest, user: Any) -> list[NoticeRow]:
    """Return the notices of a request for the page."""
    may_decide = desk_refusal(user, Permission.DECIDE_NOTICE, data_request) is None
    lost = set(notice_letters.not_arrived().filter(data_request=data_request).values_list("pk", flat=True))
    never = may_decide and not notices.waiver_refusal(data_request)
    rows = []
    for notice in data_request.notices.select_related("waived_by", "waiver_approved_by").order_by("account"):
        notice.data_request = data_request
        waiting = notice.status in notices.WAITING
        proposed = waiting and notice.waived_by_id is not None
        may_waive = proposed and notice_workflow.refusal(notice, "waive", user) is None
        rows.append(NoticeRow(notice, never and waiting and not proposed, may_waive, notice.pk in lost))
    return rows


@access(Audience.STAFF, permission=Permission.DECIDE_NOTICE)
@require_http_methods(["GET", "HEAD", "POST"])
def propose_waiver(request: HttpRequest, reference: str, uid: UUID) -> HttpResponse:
    """Ask that an account holder is never told."""
    user: Any = request.user
    data_request = visible(request, reference)
    notice = notice_of(data_request, uid)
    form = WaiverForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            notices.propose_waiver(notice, reason=form.cleaned_data["reason"], by=user)
        except PortalError as error:
            form.add_error(None, str(error))
        else:
            messages.success(request, "A second person decides about it.")
            return redirect("staff_records:list", data_request.reference)
    looked(request, data_request, "waiver")
    # What was typed is never thrown away; where the law refuses it in any case, nobody is asked to type.
    context = {"notice": notice, "form": form, "refusal": "" if form.is_bound else notices.waiver_refusal(data_request)}
    status = 422 if form.is_bound else 200
    return render(request, "staff/records_waiver.html", case(request, data_request, "records") | context, status=status)


@access(Audience.STAFF, permission=Permission.APPROVE_DECISION, step_up=True, strong=True)
@require_http_methods(["GET", "HEAD", "POST"])
def waive(request: HttpRequest, reference: str, uid: UUID) -> HttpResponse:
    """Approve a waiver as the second person. A GET comes back from the second factor and leads to the list again."""
    user: Any = request.user
    data_request = visible(request, reference)
    if request.method != "POST":
        return redirect("staff_records:list", data_request.reference)
    try:
        notices.waive(notice_of(data_request, uid), by=user)
        messages.success(request, "The account holder is not told.")
    except PortalError as error:
        messages.error(request, str(error))
    return redirect("staff_records:list", data_request.reference)
