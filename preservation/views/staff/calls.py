"""Calling the agency about a hold: the page, the record of a call, and the second person who vouches for one."""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from accounts.access import Audience, access
from accounts.enums import CallBackResult
from accounts.kept_forms import take_back
from accounts.permissions import Permission
from accounts.services.calls import lacks_second, usable_numbers
from foundation.audit.trail import record
from foundation.core.errors import PortalError
from preservation.enums import Acceptance
from preservation.events import Event
from preservation.forms.accepting import HoldCallForm
from preservation.permissions import accept_refusal
from preservation.services import heard, hold_calls
from preservation.views.common import staff_hold


@access(Audience.STAFF, permission=Permission.SEE_HOLDS)
@require_safe
def page(request: HttpRequest, reference: str) -> HttpResponse:
    """The calls about a hold, and the form for another one; looking at it is noted."""
    hold = staff_hold(request, reference)
    record(Event.VIEWED, by=request.user, obj=hold)
    kept = take_back(request, reverse("holds:call_record", args=[hold.reference]))
    if kept is None:
        return _draw(request, hold, _form(hold))
    messages.info(request, "You confirmed that it is you. Nothing is recorded yet: read what you wrote, and send it.")
    return _draw(request, hold, _form(hold, kept))


@access(Audience.STAFF, permission=Permission.DECIDE_HOLDS, step_up=True, keep_form=True)
@require_http_methods(["GET", "HEAD", "POST"])
def record_call(request: HttpRequest, reference: str) -> HttpResponse:
    """Write a call down. A GET comes back from the second factor and leads to the page again."""
    user: Any = request.user
    hold = staff_hold(request, reference)
    if request.method != "POST":
        return redirect("holds:staff_call", reference=hold.reference)
    form = _form(hold, request.POST)
    if not form.is_valid():
        return _draw(request, hold, form)
    said = {name: form.cleaned_data[name] for name in ("result", "spoke_to", "note")}
    try:
        call = hold_calls.record_call(hold, number=form.number, alternative=form.alternative, by=user, **said)
    except PortalError as error:
        form.add_error(None, str(error))
        return _draw(request, hold, form)
    if call.result == CallBackResult.NOT_CONFIRMED:
        messages.success(request, "The call is recorded, and the hold is declined. The officer is told by e-mail.")
        return redirect("holds:staff_detail", reference=hold.reference)
    waits = call.result == CallBackResult.CONFIRMED and lacks_second(call)
    more = " It counts once a second person vouches for it." if waits else ""
    messages.success(request, f"The call is recorded.{more}")
    return redirect("holds:staff_call" if waits else "holds:staff_accept", reference=hold.reference)


@access(Audience.STAFF, permission=Permission.SEE_HOLDS, step_up=True)
@require_http_methods(["GET", "HEAD", "POST"])
def second(request: HttpRequest, reference: str, pk: int) -> HttpResponse:
    """Vouch for a call as the second person; a GET comes back from the second factor and leads to the page again."""
    user: Any = request.user
    hold = staff_hold(request, reference)
    call = heard.calls_about(hold).filter(pk=pk).first()
    if call is None:
        raise Http404
    if request.method == "POST":
        try:
            hold_calls.vouch(hold, call, by=user)
            messages.success(request, "You vouched for this call as the second person. It counts now.")
        except PortalError as error:
            messages.error(request, str(error))
    return redirect("holds:staff_call", reference=hold.reference)


def _form(hold: Any, data: Any = None) -> HoldCallForm:
    return HoldCallForm(data, numbers=usable_numbers(hold.agency))


def _draw(request: HttpRequest, hold: Any, form: HoldCallForm) -> HttpResponse:
    user: Any = request.user
    now = timezone.now()
    waits = hold.acceptance == Acceptance.PENDING and hold.is_open
    context = {
        "hold": hold,
        "form": form,
        "calls": heard.listed(hold, by=user, at=now),
        "refusal": accept_refusal(user, hold) or ("" if waits else "This hold waits for nobody: no call is needed."),
    }
    return render(request, "holds/staff_call.html", context, status=422 if form.is_bound and form.errors else 200)
