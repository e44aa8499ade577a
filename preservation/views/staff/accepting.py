"""Holds that wait for a person: the list, what speaks for and against one, and the decision."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from accounts.access import Audience, access
from accounts.kept_forms import take_back
from accounts.permissions import Permission, has_permission
from accounts.views.staff.paging import page_of
from foundation.audit.trail import record
from foundation.core.errors import PortalError
from preservation import status_words
from preservation.enums import Acceptance, HoldFlag
from preservation.events import Event
from preservation.forms.accepting import DeclineForm, cures
from preservation.models import PreservationHold
from preservation.permissions import hold_workflow
from preservation.services import accepting, heard
from preservation.services.weighing import weigh
from preservation.views.common import staff_hold
from preservation.views.staff.paper import law_facts

SHOWN = 50


@access(Audience.STAFF, permission=Permission.SEE_HOLDS)
@require_safe
def to_accept(request: HttpRequest) -> HttpResponse:
    """Holds that nobody accepted yet, the soonest decision first."""
    user: Any = request.user
    rows = PreservationHold.objects.visible_to_staff(user).to_accept().filter(accept_by__isnull=False)
    page = page_of(rows.select_related("agency", "officer"), request, keys=("accept_by", "pk"))
    listed = [(row, [HoldFlag(flag).label for flag in row.flags], accepting.is_called(row.flags)) for row in page.rows]
    context = {"page": page, "rows": listed, "may_decide": has_permission(user, Permission.DECIDE_HOLDS)}
    return render(request, "holds/staff_accept_list.html", context)


@access(Audience.STAFF, permission=Permission.SEE_HOLDS)
@require_safe
def page(request: HttpRequest, reference: str) -> HttpResponse:
    """One hold with what speaks for and against it, and the two answers; looking at it is noted."""
    hold = staff_hold(request, reference)
    if not _waits(hold):
        return _over(request, hold)
    record(Event.VIEWED, by=request.user, obj=hold)
    kept = take_back(request, reverse("holds:decline", args=[hold.reference]))
    if kept is None:
        return _draw(request, hold)
    messages.info(request, "You confirmed that it is you. Nothing is decided yet: read what you wrote, and send it.")
    return _draw(request, hold, DeclineForm(kept))


@access(Audience.STAFF, permission=Permission.DECIDE_HOLDS, step_up=True, strong=True)
@require_http_methods(["GET", "HEAD", "POST"])
def accept(request: HttpRequest, reference: str) -> HttpResponse:
    """Accept. A GET comes back from the second factor and leads to the page again."""
    user: Any = request.user
    hold = staff_hold(request, reference)
    if request.method != "POST":
        return redirect("holds:staff_accept", reference=hold.reference)
    try:
        accepting.accept(hold, by=user)
    except PortalError as error:
        messages.error(request, str(error))
        return redirect("holds:staff_accept", reference=hold.reference)
    messages.success(request, f"{hold.reference} is accepted. The officer is told by e-mail.")
    return redirect("holds:staff_to_accept")


@access(Audience.STAFF, permission=Permission.DECIDE_HOLDS, step_up=True, keep_form=True, strong=True)
@require_http_methods(["GET", "HEAD", "POST"])
def decline(request: HttpRequest, reference: str) -> HttpResponse:
    """Decline with the ground and our words. A GET comes back from the second factor and leads to the page again."""
    user: Any = request.user
    hold = staff_hold(request, reference)
    if request.method != "POST":
        return redirect("holds:staff_accept", reference=hold.reference)
    if not _waits(hold):
        return _over(request, hold)
    form = DeclineForm(request.POST)
    if form.is_valid():
        try:
            accepting.decline(hold, code=form.cleaned_data["code"], reason=form.cleaned_data["words"], by=user)
        except PortalError as error:
            form.add_error(None, str(error))
        else:
            messages.success(request, f"{hold.reference} is declined. The officer is told by e-mail.")
            return redirect("holds:staff_to_accept")
    return _draw(request, hold, form)


def _waits(hold: Any) -> bool:
    return bool(hold.acceptance == Acceptance.PENDING and hold.is_open)


def _over(request: HttpRequest, hold: Any) -> HttpResponse:
    messages.info(request, "This hold waits for nobody.")
    return redirect("holds:staff_detail", reference=hold.reference)


def _draw(request: HttpRequest, hold: Any, form: DeclineForm | None = None) -> HttpResponse:
    user: Any = request.user
    now = timezone.now()
    named = list(hold.identifiers.order_by("pk")[:SHOWN])
    refusal = hold_workflow.refusal(hold, "decline", user)
    context = {
        "hold": hold,
        "named": named,
        "more": hold.identifiers.count() - len(named),
        "records": status_words.records(hold.categories),
        "weighed": weigh(hold, reader=user, at=now),
        "called": accepting.is_called(hold.flags),
        "calls": heard.listed(hold, by=user, at=now),
        "refusal": refusal,
        "missing": accepting.acceptance_refusal(hold, at=now),
        "form": form or DeclineForm(),
        "cures": cures(),
        **law_facts(hold),
    }
    return render(request, "holds/staff_accept.html", context, status=422 if form and form.errors else 200)
