"""After an emergency: what the officer sent, whether it is enough, what the agency was told; and what is none."""

from datetime import date, datetime
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from accounts.access import Audience, access
from accounts.kept_forms import take_back
from accounts.permissions import Permission, has_permission
from foundation.core.errors import PortalError
from requests_app.forms import emergency_after as forms
from requests_app.models import DataRequest, EmergencyCase
from requests_app.services import emergency_after, emergency_settling, not_emergency
from requests_app.views.staff.common import case, looked, visible
from requests_app.views.staff.messages import danger_of

_METHODS = ["GET", "HEAD", "POST"]


@access(Audience.STAFF, permission=Permission.SEE_QUEUE)
@require_safe
def after(request: HttpRequest, reference: str) -> HttpResponse:
    """Show what is to follow, what came, and what the agency was told."""
    data_request, row = _found(request, reference)
    looked(request, data_request, "afterwards")
    return _draw(request, data_request, row)


@access(Audience.STAFF, permission=Permission.REVIEW_REQUEST)
@require_http_methods(_METHODS)
def accept(request: HttpRequest, reference: str) -> HttpResponse:
    """Find what was sent enough."""
    user: Any = request.user
    data_request, row = _found(request, reference)
    if request.method != "POST":
        return redirect("staff:emergency_after", data_request.reference)
    form = forms.AcceptForm(request.POST, auto_id="accept_%s")
    if form.is_valid():
        try:
            note = form.cleaned_data["note"]
            emergency_settling.accept(data_request, note=note, seen=form.seen_at(), by=user)
        except PortalError as error:
            form.add_error(None, str(error))
        else:
            messages.success(request, "The emergency is in order. The officer is told.")
            return redirect("staff:emergency_after", data_request.reference)
    return _draw(request, data_request, row, accept=form)


@access(Audience.STAFF, permission=Permission.REVIEW_REQUEST)
@require_http_methods(_METHODS)
def send_back(request: HttpRequest, reference: str) -> HttpResponse:
    """Find what was sent not enough, and say why."""
    user: Any = request.user
    data_request, row = _found(request, reference)
    if request.method != "POST":
        return redirect("staff:emergency_after", data_request.reference)
    form = forms.SendBackForm(request.POST, auto_id="back_%s")
    if form.is_valid():
        try:
            reason = form.cleaned_data["reason"]
            emergency_settling.send_back(data_request, reason=reason, seen=form.seen_at(), by=user)
        except PortalError as error:
            form.add_error(None, str(error))
        else:
            messages.success(request, "Sent back. The officer is told, and sends something else.")
            return redirect("staff:emergency_after", data_request.reference)
    return _draw(request, data_request, row, back=form)


@access(Audience.STAFF, permission=Permission.APPROVE_DECISION, step_up=True, keep_form=True)
@require_http_methods(_METHODS)
def excuse(request: HttpRequest, reference: str) -> HttpResponse:
    """Ask for nothing, with the reason; a GET is somebody who comes back from the second factor."""
    user: Any = request.user
    data_request, row = _found(request, reference)
    if request.method != "POST":
        kept = take_back(request, request.path)
        return _draw(request, data_request, row, excuse=forms.ExcuseForm(kept, auto_id="excuse_%s"), again=bool(kept))
    form = forms.ExcuseForm(request.POST, auto_id="excuse_%s")
    if form.is_valid():
        try:
            emergency_settling.excuse(data_request, reason=form.cleaned_data["reason"], by=user)
        except PortalError as error:
            form.add_error(None, str(error))
        else:
            messages.success(request, "Nothing is asked for any more. The officer is told.")
            return redirect("staff:emergency_after", data_request.reference)
    return _draw(request, data_request, row, excuse=form)


@access(Audience.STAFF, permission=Permission.REVIEW_REQUEST)
@require_http_methods(_METHODS)
def told(request: HttpRequest, reference: str) -> HttpResponse:
    """Record that the agency was told by letter or telephone."""
    user: Any = request.user
    data_request, row = _found(request, reference)
    if request.method != "POST":
        return redirect("staff:emergency_after", data_request.reference)
    form = forms.ToldForm(request.POST, auto_id="told_%s")
    if form.is_valid():
        try:
            emergency_settling.told_by_hand(data_request, note=form.cleaned_data["note"], by=user)
        except PortalError as error:
            form.add_error(None, str(error))
        else:
            messages.success(request, "Recorded: the agency is told.")
            return redirect("staff:emergency_after", data_request.reference)
    return _draw(request, data_request, row, told=form)


def _found(request: HttpRequest, reference: str) -> tuple[DataRequest, EmergencyCase]:
    """Return a request that was filed as an emergency, and what is kept of that; 404 for any other."""
    data_request = visible(request, reference)
    rows = EmergencyCase.objects.select_related("document", "settled_by", "ordinary_by")
    row = rows.filter(data_request=data_request).first()
    if row is None:
        raise Http404
    return data_request, row


def _draw(
    request: HttpRequest, data_request: DataRequest, row: EmergencyCase, *, again: bool = False, **typed: Any
) -> HttpResponse:
    """Draw the page; `typed`: the form that was refused, or that waits for its button once more."""
    user: Any = request.user
    row.refresh_from_db()
    reviews, signs = (has_permission(user, p) for p in (Permission.REVIEW_REQUEST, Permission.APPROVE_DECISION))
    seen = {"seen": row.sent_at.isoformat() if row.sent_at else ""}
    open_, gone = row.process_due_at is not None and row.settled_at is None, _released(data_request)
    fresh = {
        "accept": forms.AcceptForm(initial=seen, auto_id="accept_%s") if open_ and row.sent_at and reviews else None,
        "back": forms.SendBackForm(initial=seen, auto_id="back_%s") if open_ and row.sent_at and reviews else None,
        "excuse": forms.ExcuseForm(auto_id="excuse_%s") if open_ and signs else None,
        "told": forms.ToldForm(auto_id="told_%s") if gone and not row.agency_told_at and reviews else None,
    }
    context = case(request, data_request, "after") | {
        "row": row,
        "item": data_request.documents.filter(document=row.document_id).first() if row.document_id else None,
        "over": open_ and not row.sent_at and _is_over(row.process_due_at),
        "released": gone,
        "voluntary": emergency_after.is_voluntary(data_request),
        "back_because": emergency_after.sent_back_because(data_request),
        "process_by": _process_by(data_request),
        "again": again,
        "refused": next(iter(typed.values()), None),
        **{name: (typed.get(name) or form) if form else None for name, form in fresh.items()},
    }
    posted = request.method == "POST"
    return render(request, "staff/emergency_after.html", context, status=422 if posted else 200)


def _process_by(data_request: DataRequest) -> date | None:
    """The day by which the officer promised legal process, where they named one."""
    said = (data_request.emergency or {}).get("process_by")
    return date.fromisoformat(said) if said else None


def _released(data_request: DataRequest) -> bool:
    return bool(data_request.packages.filter(released_at__isnull=False).exists())


def _is_over(due: datetime | None) -> bool:
    return due is not None and due < timezone.now()


@access(Audience.STAFF, permission=Permission.REVIEW_REQUEST, step_up=True, keep_form=True)
@require_http_methods(_METHODS)
def ordinary(request: HttpRequest, reference: str) -> HttpResponse:
    """Say that this is no emergency: it goes back to the officer as an ordinary request, with everything typed."""
    user: Any = request.user
    data_request = visible(request, reference)
    if request.method != "POST" and (why := not_emergency.refusal(data_request, user)):
        messages.error(request, why)
        return redirect("staff:request", data_request.reference)
    kept = take_back(request, reverse("staff:not_emergency", args=[data_request.reference]))
    posted = request.method == "POST"
    form = forms.OrdinaryForm(request.POST if posted else kept)
    if posted and form.is_valid():
        try:
            not_emergency.go_on_as_ordinary(data_request, reason=form.cleaned_data["reason"], by=user)
        except PortalError as error:
            form.add_error(None, str(error))
        else:
            messages.success(request, f"{data_request.reference} is with the officer, as an ordinary request.")
            return redirect("staff:queue")
    looked(request, data_request, "not an emergency")
    context = case(request, data_request, "review") | {
        "form": form,
        "danger": danger_of(data_request),
        "again": bool(kept),
    }
    return render(request, "staff/not_emergency.html", context, status=422 if posted else 200)
