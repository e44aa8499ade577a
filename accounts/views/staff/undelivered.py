"""Mail that did not arrive: the list, one message, sending again."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_safe

from accounts.access import Audience, access, signed_in
from accounts.forms.members import ReasonForm
from accounts.permissions import Permission, has_permission
from accounts.services import deliveries, undelivered
from accounts.views.staff.paging import page_of
from foundation.core.errors import PortalError
from foundation.notifications.enums import Cause
from foundation.notifications.models import Hook, OutboundMessage


@access(Audience.STAFF, permission=Permission.SEE_UNDELIVERED)
@require_safe
def listed(request: HttpRequest) -> HttpResponse:
    """What waits, the longest first; of one cause with ?cause=. Administrators also read of hooks."""
    user, asked = signed_in(request), request.GET.get("cause", "")
    cause = Cause(asked) if asked in Cause.values else None
    rows = undelivered.visible_to(user)
    rows = rows.filter(cause=cause) if cause else rows
    page = page_of(deliveries.with_people(rows), request, keys=("failed_at", "pk"))
    undelivered.note_listed(by=user, found=page.total, cause=asked if cause else "")
    may_resend = has_permission(user, Permission.RESEND_MESSAGES) and cause != Cause.WORDS
    context = {
        "page": page,
        "letters": deliveries.letters(page.rows, user),
        "causes": undelivered.by_cause(user),
        "cause": cause,
        "most": undelivered.MOST,
        "may_resend_all": may_resend and cause is not None,
        "hooks": list(undelivered.hooks_given_up(user)),
    }
    return render(request, "staff/undelivered.html", context)


@access(Audience.STAFF, permission=Permission.SEE_UNDELIVERED)
@require_safe
def message(request: HttpRequest, uid: UUID) -> HttpResponse:
    """One message: to whom, what about, and every try."""
    return _draw(request, _one(request, uid))


@access(Audience.STAFF, permission=Permission.RESEND_MESSAGES)
@require_http_methods(["GET", "POST"])
def resend(request: HttpRequest, uid: UUID) -> HttpResponse:
    """Send one message again."""
    if request.method == "GET":
        return redirect("accounts:undelivered_message", uid)
    try:
        undelivered.resend(_one(request, uid), by=signed_in(request))
    except PortalError as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, _("It is being sent again."))
    return redirect("accounts:undelivered")


@access(Audience.STAFF, permission=Permission.RESEND_MESSAGES)
@require_http_methods(["GET", "POST"])
def resend_all(request: HttpRequest, cause: str) -> HttpResponse:
    """Send everything again that waits for one cause."""
    expected = request.POST.get("expected", "")
    if request.method == "GET" or cause not in Cause.values or not (expected.isascii() and expected.isdigit()):
        return redirect("accounts:undelivered")
    try:
        sent = undelivered.resend_all(Cause(cause), expected=int(expected), by=signed_in(request))
    except PortalError as refusal:
        messages.error(request, str(refusal))
    else:
        text = ngettext("%d message is being sent again.", "%d messages are being sent again.", sent)
        messages.success(request, text % sent)
    return redirect("accounts:undelivered")


@access(Audience.STAFF, permission=Permission.RESEND_MESSAGES)
@require_http_methods(["GET", "POST"])
def done(request: HttpRequest, uid: UUID) -> HttpResponse:
    """Take a message off the list, with the reason."""
    if request.method == "GET":
        return redirect("accounts:undelivered_message", uid)
    found, form = _one(request, uid), ReasonForm(request.POST)
    if form.is_valid():
        try:
            undelivered.deal_with(found, reason=form.cleaned_data["reason"], by=signed_in(request))
        except PortalError as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, _("Off the list."))
            return redirect("accounts:undelivered")
    return _draw(request, found, form)


@access(Audience.STAFF, permission=Permission.MANAGE_SETTINGS)
@require_http_methods(["GET", "POST"])
def hook_done(request: HttpRequest, uid: UUID) -> HttpResponse:
    """Take the calls of a hook that were given up off the list."""
    if request.method == "POST":
        try:
            undelivered.forget_calls(get_object_or_404(Hook, uid=uid), by=signed_in(request))
        except PortalError as refusal:
            messages.error(request, str(refusal))
        else:
            messages.success(request, _("Off the list. The calls stay on the page of the hook."))
    return redirect("accounts:undelivered")


def _one(request: HttpRequest, uid: UUID) -> OutboundMessage:
    rows = deliveries.with_people(undelivered.visible_to(signed_in(request)))
    found: OutboundMessage = get_object_or_404(rows, uid=uid)
    return found


def _draw(request: HttpRequest, found: OutboundMessage, form: ReasonForm | None = None) -> HttpResponse:
    user = signed_in(request)
    undelivered.note_read(found, by=user)
    context: dict[str, Any] = {
        "letter": deliveries.letters([found], user)[0],
        "tries": deliveries.tries_of(found, user),
        "may_act": has_permission(user, Permission.RESEND_MESSAGES),
        "refusal": undelivered.resend_refusal(found, user),
        "form": form or ReasonForm(),
    }
    return render(request, "staff/undelivered_message.html", context, status=422 if form else 200)
