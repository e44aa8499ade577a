"""Alarms about unusual searching for accounts: the list, and one of them with what came of it. Never about oneself."""

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
from requests_app.alarm_words import words_of
from requests_app.events import Event
from requests_app.forms.counsel import LookForm
from requests_app.models import MatchAlarm
from requests_app.services import alarms as service

SHOWN, DONE = 100, 50


@access(Audience.STAFF, permission=Permission.SEE_ALARMS)
@require_safe
def alarms(request: HttpRequest) -> HttpResponse:
    """List what nobody has looked at, oldest first, and the last that were."""
    user: Any = request.user
    rows = service.visible(user).select_related("user", "looked_by")
    waiting = list(rows.filter(looked_at=None).order_by("raised_at", "pk")[: SHOWN + 1])
    done = rows.filter(looked_at__isnull=False).order_by("-looked_at", "-pk")[:DONE]
    context = {
        "waiting": [(row, words_of(row)) for row in waiting[:SHOWN]],
        "more": len(waiting) > SHOWN,
        "done": [(row, words_of(row)) for row in done],
    }
    return render(request, "staff/alarms.html", context)


@access(Audience.STAFF, permission=Permission.SEE_ALARMS)
@require_http_methods(["GET", "HEAD", "POST"])
def alarm(request: HttpRequest, uid: UUID) -> HttpResponse:
    """Show one alarm; a POST writes what came of it."""
    user: Any = request.user
    row = get_object_or_404(service.visible(user).select_related("user", "looked_by"), uid=uid)
    form = LookForm(request.POST if request.method == "POST" else None)
    if request.method != "POST":
        record(Event.VIEWED, by=user, obj=row, data={"page": "alarm"})
        return _draw(request, row, form)
    if not form.is_valid():
        return _draw(request, row, form, status=422)
    try:
        service.look(row, note=form.cleaned_data["note"], by=user)
    except PortalError as error:
        form.add_error(None, str(error))
        row.refresh_from_db()
        return _draw(request, row, form, status=422)
    messages.success(request, "Written down.")
    return redirect("staff:alarms")


def _draw(request: HttpRequest, row: MatchAlarm, form: LookForm, *, status: int = 200) -> HttpResponse:
    user: Any = request.user
    context = {"alarm": row, "words": words_of(row), "form": form, "searched": service.searched(row, user=user)}
    return render(request, "staff/alarm.html", context, status=status)
