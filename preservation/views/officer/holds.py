"""One hold, as its officer sees it: what was asked, how long it goes on, more time, the end."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from accounts.access import Audience, access, signed_in
from accounts.permissions import Permission
from foundation.audit.trail import record
from foundation.core.errors import PortalError
from preservation import status_words
from preservation.events import Event
from preservation.forms.holds import ExtendForm, ReleaseForm
from preservation.permissions import hold_workflow, may_extend
from preservation.services import extensions, followers, history, life
from preservation.views.common import officers_hold, row_of, send_certificate
from preservation.views.officer.certificates import told_facts
from preservation.views.officer.declined import over_facts
from preservation.views.officer.lists import extension_facts


@access(Audience.OFFICER, permission=Permission.FILE_HOLD)
@require_safe
def detail(request: HttpRequest, reference: str) -> HttpResponse:
    """The hold; the look stands in the trail, as that at a request does."""
    hold = officers_hold(request, reference)
    record(Event.READ_BY_OFFICER, by=signed_in(request), obj=hold)
    return _page(request, hold)


@access(Audience.OFFICER, permission=Permission.FILE_HOLD)
@require_safe
def started(request: HttpRequest, reference: str) -> HttpResponse:
    """The confirmation after a hold was asked for, with its reference and its end."""
    hold = officers_hold(request, reference)
    return render(request, "holds/started.html", {"hold": hold})


@access(Audience.OFFICER, permission=Permission.FILE_HOLD, step_up=True)
@require_http_methods(["GET", "HEAD", "POST"])
def release(request: HttpRequest, reference: str) -> HttpResponse:
    """Say what a release means, then release."""
    user: Any = request.user
    hold = officers_hold(request, reference)
    form = ReleaseForm(request.POST if request.method == "POST" else None)
    refusal = hold_workflow.refusal(hold, "release", user)
    if request.method == "POST" and form.is_valid():
        try:
            life.release(hold, reason=form.cleaned_data["reason"], by=user)
        except PortalError as error:
            messages.error(request, str(error))
        else:
            messages.success(request, "You released the hold. We keep nothing for it any more.")
        return redirect("holds:detail", reference=hold.reference)
    if refusal:
        messages.error(request, refusal)
        return redirect("holds:detail", reference=hold.reference)
    return render(request, "holds/release.html", {"hold": hold, "form": form})


@access(Audience.OFFICER, permission=Permission.FILE_HOLD)
@require_safe
def certificate(request: HttpRequest, reference: str) -> HttpResponseBase:
    """The certificate of the hold as PDF."""
    hold = officers_hold(request, reference)
    return send_certificate(request, hold, hold.certificate)


def _page(request: HttpRequest, hold: Any) -> HttpResponse:
    user: Any = request.user
    now = timezone.now()
    row = row_of(hold, now)
    mine = may_extend(user, hold)
    refusal = extensions.refusal(hold, now)
    context = {
        "hold": hold,
        "row": row,
        "named": list(hold.identifiers.order_by("pk")),
        "records": status_words.records(hold.categories),
        "mine": mine,
        "refusal": refusal,
        "may_release": hold_workflow.refusal(hold, "release", user) is None,
        "form": ExtendForm() if mine and refusal is None else None,
        "history": history.for_officer(hold),
        "follow": followers.for_page(hold, user),
        "over": over_facts(hold),
    }
    return render(request, "holds/detail.html", context | extension_facts(hold, now) | told_facts(hold, user))
