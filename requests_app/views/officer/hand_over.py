"""Handing requests over to another officer of the agency: one, a draft, or several from the list."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from accounts.access import Audience, access
from accounts.permissions import Permission
from foundation.core.errors import PortalError
from requests_app.enums import HandOverStatus, RequestStatus
from requests_app.forms.following import HandOverForm
from requests_app.models import DataRequest, HandOver
from requests_app.services import hand_overs, order_versions
from requests_app.status_words import officer_status
from requests_app.views.officer.common import own_draft, read_with, visible_request
from requests_app.views.officer.drafts import to_request

SHOWN = 200
_WAITS = "We must agree first, because the new officer is not proven here yet. Until then the request stays yours."


@access(Audience.OFFICER, permission=Permission.SEE_OWN_REQUESTS, step_up=True)
@require_http_methods(["GET", "HEAD", "POST"])
def one(request: HttpRequest, reference: str) -> HttpResponse:
    """Hand over one request that was sent."""
    data_request = visible_request(request, reference)
    return _page(request, [data_request], reverse("officer:request", args=[data_request.reference]))


@access(Audience.OFFICER, permission=Permission.FILE_REQUEST, step_up=True)
@require_http_methods(["GET", "HEAD", "POST"])
def draft(request: HttpRequest, uid: UUID) -> HttpResponse:
    """Hand over a draft."""
    found = own_draft(request, uid)
    if found.status != RequestStatus.DRAFT:
        return to_request(found)
    return _page(request, [found], reverse("officer:draft", args=[found.uid]))


def _page(request: HttpRequest, rows: list[DataRequest], back: str) -> HttpResponse:
    user: Any = request.user
    if why := next(filter(None, (hand_overs.refusal(row, user) for row in rows)), None):
        messages.error(request, why)
        return redirect(back)
    form = _form(request, rows[0])
    if request.method == "POST" and form.is_valid() and _done(request, rows, form):
        return redirect("officer:requests")
    context = {"data_request": rows[0], "back": back, "form": form, "waits": hand_overs.waiting(rows[0])}
    return render(request, "officer/hand_over.html", context, status=422 if form.errors else 200)


def _form(request: HttpRequest, data_request: DataRequest) -> HandOverForm:
    people = hand_overs.candidates(data_request.agency_id)
    others = [person for person in people if person.pk != data_request.officer_id]
    return HandOverForm(request.POST if request.method == "POST" else None, candidates=others)


def _done(request: HttpRequest, rows: list[DataRequest], form: HandOverForm) -> bool:
    """Hand the rows over and say what happened; False with the reason at the form."""
    user: Any = request.user
    try:
        found = hand_overs.hand_over_all(rows, to=form.chosen, reason=form.cleaned_data["reason"], by=user)
    except PortalError as error:
        form.add_error(None, str(error))
        return False
    _tell(request, found, form.chosen.get_full_name())
    return True


def _tell(request: HttpRequest, found: list[HandOver], name: str) -> None:
    done = sum(row.status == HandOverStatus.DONE for row in found)
    if done:
        words = "The request is" if done == 1 else f"{done} requests are"
        messages.success(request, f"{words} with {name} now. We told both of you.")
    if len(found) > done:
        messages.success(request, _WAITS)


@access(Audience.OFFICER, permission=Permission.SEE_OWN_REQUESTS, step_up=True)
@require_http_methods(["GET", "HEAD", "POST"])
def several(request: HttpRequest) -> HttpResponse:
    """Hand over several requests at once; a lead those of one officer of the agency, also of one who left."""
    user: Any = request.user
    found = _may_hand_over(user).select_related("officer", "process_type").prefetch_related(*read_with())
    rows = list(found.order_by("officer__full_name", "officer_id", "-created_at", "-pk")[: SHOWN + 1])
    given = set(request.POST.getlist("requests"))
    chosen = [row for row in rows if str(row.uid) in given]
    form = HandOverForm(
        request.POST if request.method == "POST" else None,
        candidates=hand_overs.candidates(user.membership.agency_id),
    )
    if request.method == "POST" and form.is_valid() and _done(request, chosen, form):
        return redirect("officer:requests")
    stopped = order_versions.stopped(rows[:SHOWN])
    context = {
        "rows": [(row, officer_status(row, quashed=row.pk in stopped), str(row.uid) in given) for row in rows[:SHOWN]],
        "more": len(rows) > SHOWN,
        "shown": SHOWN,
        "form": form,
    }
    return render(request, "officer/hand_over_several.html", context, status=422 if form.errors else 200)


def _may_hand_over(user: Any) -> "QuerySet[DataRequest]":
    """Return what is not over and this person may hand over: the own ones, for a lead the agency's too."""
    found = DataRequest.objects.visible_to(user).filter(hand_overs.worth_it()).exclude(status=RequestStatus.DRAFT)
    mine: QuerySet[DataRequest] = found.filter(officer=user)
    return mine | found.filter(agency=user.membership.agency, restricted=False) if user.is_lead else mine


@access(Audience.OFFICER, permission=Permission.SEE_OWN_REQUESTS)
@require_http_methods(["GET", "HEAD", "POST"])
def cancel(request: HttpRequest, reference: str) -> HttpResponse:
    """Call off what waits for us; anything but the button leads to the request."""
    user: Any = request.user
    data_request = visible_request(request, reference)
    waits = hand_overs.waiting(data_request)
    if request.method == "POST" and waits is not None:
        try:
            hand_overs.cancel(waits, by=user)
        except PortalError as error:
            messages.error(request, str(error))
        else:
            messages.success(request, "Called off. The request stays where it is.")
    return redirect("officer:request", reference=data_request.reference)
