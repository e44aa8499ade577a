"""Customers who ask for their data: what the company's systems wait for, and what counsel decides."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from accounts.access import Audience, access
from accounts.permissions import Permission
from foundation.audit.trail import record
from foundation.core.errors import PortalError
from requests_app.events import Event
from requests_app.forms.restrictions import DecideForm
from requests_app.models import RestrictionQuestion
from requests_app.notice_enums import CompanyDoes
from requests_app.services import restrictions as service

SHOWN, DECIDED = 100, 50


@access(Audience.STAFF, permission=Permission.GIVE_ADVICE)
@require_safe
def restrictions(request: HttpRequest) -> HttpResponse:
    """List the questions that wait, soonest due first, and the last that were decided."""
    user: Any = request.user
    waiting = list(service.waiting(user)[: SHOWN + 1])
    decided = service.visible(user).filter(decided_at__isnull=False).select_related("decided_by")
    context = {
        "waiting": waiting[:SHOWN],
        "more": len(waiting) > SHOWN,
        "decided": decided.order_by("-decided_at", "-pk")[:DECIDED],
    }
    return render(request, "staff/restrictions.html", context)


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
    context = {
        "question": row,
        "form": form,
        "waits": row.answer == CompanyDoes.ASK_LEGAL,
        "about": service.about(row, user=user),
    }
    return render(request, "staff/restriction.html", context, status=status)
