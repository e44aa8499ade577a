"""Who works on a request: take, hand over, give back, move, return, open again, call the agency."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST

from accounts.access import Audience, access
from accounts.permissions import Permission
from foundation.core.errors import PortalError
from requests_app.forms.bulk import GiveBackForm, HandOverForm, TeamForm
from requests_app.forms.desk import ReturnForm
from requests_app.models import DataRequest
from requests_app.permissions import staff_may_see
from requests_app.services import absences, questions, reopening, routing, triage
from requests_app.views.staff.common import case, looked, visible


@access(Audience.STAFF, permission=Permission.REVIEW_REQUEST)
@require_POST
def take(request: HttpRequest, reference: str) -> HttpResponse:
    """Take a new request into review."""
    user: Any = request.user
    data_request = visible(request, reference)
    try:
        triage.take(data_request, by=user)
    except PortalError as error:
        messages.error(request, str(error))
        # Who came second reads on the request's page who took it; a request they may not see any more has none.
        if not staff_may_see(user, data_request):
            return redirect("staff:queue")
        return redirect("staff:request", data_request.reference)
    messages.success(request, f"{data_request.reference} is yours.")
    return redirect("staff:request", data_request.reference)


@access(Audience.STAFF, permission=Permission.REVIEW_REQUEST)
@require_http_methods(["GET", "HEAD", "POST"])
def assign(request: HttpRequest, reference: str) -> HttpResponse:
    """Hand a request over to a colleague, with a note."""
    user: Any = request.user
    data_request = visible(request, reference)
    people = absences.with_absence(triage.colleagues(data_request), data_request.provider)
    form = HandOverForm(request.POST or None, colleagues=people)
    if request.method == "POST" and form.is_valid():
        try:
            triage.assign(data_request, to=form.colleague, note=form.cleaned_data["note"], by=user)
        except PortalError as error:
            form.add_error(None, str(error))
        else:
            messages.success(request, f"{form.colleague.get_full_name()} works on it now.")
            return redirect("staff:request", data_request.reference)
    context = {"form": form, "may_give_back": triage.give_back_refusal(user, data_request) is None}
    return _page(request, data_request, "staff/assign.html", "hand over", context)


@access(Audience.STAFF, permission=Permission.REVIEW_REQUEST)
@require_http_methods(["GET", "HEAD", "POST"])
def give_back(request: HttpRequest, reference: str) -> HttpResponse:
    """Put a request back into the queue, with a reason."""
    user: Any = request.user
    data_request = visible(request, reference)
    form = GiveBackForm(request.POST or None)
    if data_request.assignee_id is None:
        messages.info(request, "Nobody has this request: it is in the queue already.")
        return redirect("staff:request", data_request.reference)
    if request.method != "POST" and (refusal := triage.give_back_refusal(user, data_request)):
        messages.error(request, refusal)
        return redirect("staff:assign", data_request.reference)
    if request.method == "POST" and form.is_valid():
        try:
            triage.give_back(data_request, reason=form.cleaned_data["reason"], by=user)
        except PortalError as error:
            form.add_error(None, str(error))
        else:
            messages.success(request, f"{data_request.reference} is in the queue again.")
            return redirect("staff:request", data_request.reference)
    return _page(request, data_request, "staff/give_back.html", "give back", {"form": form})


@access(Audience.STAFF, permission=Permission.REVIEW_REQUEST)
@require_http_methods(["GET", "HEAD", "POST"])
def team(request: HttpRequest, reference: str) -> HttpResponse:
    """Move a request to a team that is named, or to whichever the rules say today, with a reason."""
    user: Any = request.user
    data_request = visible(request, reference)
    form = TeamForm(request.POST or None, teams=triage.targets(data_request))
    if request.method == "POST" and form.is_valid():
        why = form.cleaned_data["reason"]
        try:
            if form.chosen is None:
                row = routing.reroute(data_request, reason=why, by=user)
            else:
                because = f"{user.get_full_name()} moved it here: {why}"
                row = triage.move_to_team(data_request, team=form.chosen, because=because, by=user)
        except PortalError as error:
            form.add_error(None, str(error))
        else:
            messages.success(request, f"{row.reference} is with {row.team.name if row.team else 'no team'}.")
            return redirect("staff:request", row.reference)
    context = {"form": form, "today": routing.route(data_request)}
    return _page(request, data_request, "staff/team.html", "team", context)


def _page(
    request: HttpRequest, data_request: DataRequest, template: str, name: str, context: dict[str, Any]
) -> HttpResponse:
    """Draw a page of a request, with what was typed where it was refused."""
    looked(request, data_request, name)
    status = 422 if request.method == "POST" else 200
    return render(request, template, case(request, data_request, "review") | context, status=status)


@access(Audience.STAFF, permission=Permission.REVIEW_REQUEST)
@require_http_methods(["GET", "HEAD", "POST"])
def return_incomplete(request: HttpRequest, reference: str) -> HttpResponse:
    """Give a new request back to the officer, who reads what is missing."""
    user: Any = request.user
    data_request = visible(request, reference)
    form = ReturnForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        try:
            triage.return_incomplete(data_request, code=given["code"], text=given["text"], by=user)
        except PortalError as error:
            messages.error(request, str(error))
            return redirect("staff:request", data_request.reference)
        messages.success(request, f"{data_request.reference} is with the officer again.")
        return redirect("staff:queue")
    looked(request, data_request, "return")
    return render(request, "staff/return.html", case(request, data_request, "review") | {"form": form})


@access(Audience.STAFF, permission=Permission.REVIEW_REQUEST)
@require_POST
def reopen(request: HttpRequest, reference: str) -> HttpResponse:
    """Open a request again whose question was not answered in time."""
    user: Any = request.user
    data_request = visible(request, reference)
    try:
        questions.reopen(data_request, by=user)
        messages.success(request, "The request is in review again.")
    except PortalError as error:
        messages.error(request, str(error))
    return redirect("staff:request", data_request.reference)


@access(Audience.STAFF, permission=Permission.REVIEW_REQUEST, step_up=True)
@require_http_methods(["GET", "HEAD", "POST"])
def review_again(request: HttpRequest, reference: str) -> HttpResponse:
    """Ask once, then take a granted request back to review, because an order behind it changed."""
    user: Any = request.user
    data_request = visible(request, reference)
    if why := reopening.refusal(data_request, by=user):
        messages.error(request, why)
        return redirect("staff:request", data_request.reference)
    if request.method == "POST":
        try:
            reopening.reopen(data_request, by=user)
            messages.success(request, "The request is in review again. Decide the lines that are open.")
        except PortalError as error:
            messages.error(request, str(error))
        return redirect("staff:request", data_request.reference)
    looked(request, data_request, "review again")
    context = case(request, data_request, "review") | {"found": reopening.contents(data_request)}
    return render(request, "staff/review_again.html", context)
