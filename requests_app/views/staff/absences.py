"""Who is away and who stands in; entering it, ending it, and taking over what waits."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from accounts.access import Audience, access, signed_in
from accounts.models import Absence, User
from accounts.permissions import Permission, has_permission
from foundation.core.errors import PortalError
from requests_app.enums import BulkAct
from requests_app.forms.absence import AbsenceForm
from requests_app.services import absences as service
from requests_app.services.bulk import MOST

_METHODS = ["GET", "HEAD", "POST"]


@access(Audience.STAFF, permission=Permission.SEE_ABSENCES)
@require_safe
def absences(request: HttpRequest) -> HttpResponse:
    """Absences of now and to come."""
    user = signed_in(request)
    context = {"rows": service.listed(user), "works": has_permission(user, Permission.SEE_QUEUE)}
    return render(request, "staff/absences/list.html", context)


@access(Audience.STAFF, permission=Permission.SEE_ABSENCES)
@require_http_methods(_METHODS)
def new(request: HttpRequest) -> HttpResponse:
    """Enter one's own absence, or a colleague's where one manages people."""
    user = signed_in(request)
    form = _form(request, user)
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        try:
            row = service.enter(form.who, first=given["first"], last=given["last"], deputy=form.stands_in, by=user)
        except PortalError as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, f"Entered: {row.user.get_full_name()}, until {row.last_day:%-d %b %Y}.")
            return redirect("staff:absences")
    status = 422 if request.method == "POST" else 200
    return render(request, "staff/absences/new.html", {"form": form}, status=status)


@access(Audience.STAFF, permission=Permission.SEE_ABSENCES)
@require_safe
def absence(request: HttpRequest, uid: Any) -> HttpResponse:
    """One absence, with what the person has open, for whoever takes it over."""
    user = signed_in(request)
    row = _visible(user, uid)
    rows = service.open_requests(row, reader=user).select_related("agency", "assignee")
    shown = list(rows[: MOST + 1])
    context = {
        "row": row,
        "rows": shown[:MOST],
        "more": len(shown) > MOST,
        "works": has_permission(user, Permission.SEE_QUEUE),
        "may_hand_over": has_permission(user, Permission.REVIEW_REQUEST),
        "hand_over": [("act", str(BulkAct.ASSIGN)), ("to", row.deputy_id)] if row.deputy_id else [],
        "may_end": row.ended_at is None and service.change_refusal(user, row.user) is None,
    }
    return render(request, "staff/absences/absence.html", context)


@access(Audience.STAFF, permission=Permission.SEE_ABSENCES)
@require_http_methods(_METHODS)
def end(request: HttpRequest, uid: Any) -> HttpResponse:
    """End an absence: called off, or the person is back."""
    user = signed_in(request)
    row = _visible(user, uid)
    if request.method == "POST":
        try:
            service.end(row, by=user)
        except PortalError as refusal:
            messages.error(request, str(refusal))
        else:
            messages.success(request, f"The absence of {row.user.get_full_name()} is ended.")
            return redirect("staff:absences")
    return redirect("staff:absence", row.uid)


def _visible(user: User, uid: Any) -> Absence:
    row: Absence = get_object_or_404(service.visible_to(user), uid=uid)
    return row


def _form(request: HttpRequest, user: User) -> AbsenceForm:
    given = request.POST if request.method == "POST" else None
    if not has_permission(user, Permission.MANAGE_PEOPLE):
        return AbsenceForm(given, people=[user], deputies=service.deputies_for(user))
    people = list(service.colleagues(user))
    initial = {"person": str(user.pk)}
    return AbsenceForm(given, people=people, deputies=people, initial=initial)
