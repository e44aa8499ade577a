"""Customers who ask for their data: what the company's systems wait for, and what counsel decides."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from accounts.access import Audience, access
from accounts.models import User
from accounts.permissions import Permission
from foundation.audit.trail import record
from foundation.core.errors import NotAllowed, PortalError
from requests_app.events import Event
from requests_app.forms.restrictions import DecideForm, LookUpForm
from requests_app.models import RestrictionQuestion
from requests_app.notice_enums import CompanyDoes
from requests_app.services import customers
from requests_app.services import restrictions as service

SHOWN, DECIDED = 100, 50


@access(Audience.STAFF, permission=Permission.GIVE_ADVICE)
@require_http_methods(["GET", "HEAD", "POST"])
def restrictions(request: HttpRequest) -> HttpResponse:
    """List the questions that wait, soonest due first, and the last that were decided; a POST looks an account up."""
    user: Any = request.user
    form = LookUpForm(request.POST if request.method == "POST" else None)
    if form.is_valid() and (row := _looked_up(form, user)) is not None:
        return redirect("staff:restriction", row.uid)
    waiting = list(service.waiting(user)[: SHOWN + 1])
    decided = service.visible(user).filter(decided_at__isnull=False).select_related("decided_by")
    context = {
        "form": form,
        "waiting": waiting[:SHOWN],
        "more": len(waiting) > SHOWN,
        "decided": decided.order_by("-decided_at", "-pk")[:DECIDED],
    }
    return render(request, "staff/restrictions.html", context, status=422 if form.is_bound else 200)


def _looked_up(form: LookUpForm, user: User) -> RestrictionQuestion | None:
    """Look the account up at this person's company; a refusal stays on the form."""
    said = form.cleaned_data
    role = user.staff_roles.filter(ended_at=None).select_related("provider__calendar").order_by("pk").first()
    try:
        if role is None:
            raise NotAllowed("You do not have the right to do this.")
        facts = {name: said[name] for name in ("asks", "wrote_on", "reason")}
        return customers.look_up(role.provider, said["account"], **facts, by=user)
    except PortalError as error:
        form.add_error(None, str(error))
    return None


@access(Audience.STAFF, permission=Permission.GIVE_ADVICE)
@require_http_methods(["GET", "HEAD", "POST"])
def restriction(request: HttpRequest, uid: UUID) -> HttpResponse:
    """Show one question with what of it the reader may open; a POST decides it."""
    user: Any = request.user
    row = get_object_or_404(service.visible(user).select_related("provider__calendar", "decided_by"), uid=uid)
    form = DecideForm(request.POST if request.method == "POST" else None)
    if request.method != "POST":
        record(Event.VIEWED, by=user, obj=row, data={"page": "restriction"})
        return _draw(request, row, form)
    if not form.is_valid():
        return _draw(request, row, form, status=422)
    said = form.cleaned_data
    try:
        service.decide(row, decision=said["decision"], reason=said["reason"], by=user)
    except PortalError as error:
        form.add_error(None, str(error))
        row.refresh_from_db()
        return _draw(request, row, form, status=422)
    messages.success(request, "Decided. The company's systems read it when they ask again.")
    return redirect("staff:restrictions")


def _draw(request: HttpRequest, row: RestrictionQuestion, form: DecideForm, *, status: int = 200) -> HttpResponse:
    user: Any = request.user
    now = timezone.now()
    context = {
        "question": row,
        "form": form,
        "late": customers.is_late(row, at=now),
        "by_hand": customers.is_by_hand(row),
        "waits": row.answer == CompanyDoes.ASK_LEGAL,
        "about": service.about(row, user=user),
        "standing": customers.standing(row, user=user, at=now),
    }
    return render(request, "staff/restriction.html", context, status=status)
