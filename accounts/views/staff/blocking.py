"""Lifting the block of a colleague: one asks, another one agrees."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from accounts.access import Audience, access, signed_in
from accounts.forms.staff import LiftForm
from accounts.permissions import Permission
from accounts.services import blocking
from accounts.views.staff.people_changes import draw_change, find_change
from foundation.core.errors import PortalError


@access(Audience.STAFF, permission=Permission.CONFIRM_PEOPLE, step_up=True, strong=True)
@require_http_methods(["GET", "POST"])
def lift_ask(request: HttpRequest, uid: UUID) -> HttpResponse:
    """Ask to lift a block, with the reason."""
    found = find_change(request, uid)
    if request.method == "GET":  # back from the second factor
        return redirect("accounts:role_change", uid)
    form = LiftForm(request.POST)
    if form.is_valid():
        try:
            blocking.ask_lift(found, reason=form.cleaned_data["reason"], by=signed_in(request))
        except PortalError as refusal:
            form.add_error(None, str(refusal))
            found = find_change(request, uid)  # as it is now: a colleague may have been faster
        else:
            messages.success(request, _("Asked. The account opens when a second person has agreed."))
            return redirect("accounts:role_change", uid)
    return draw_change(request, found, lift_form=form)


@access(Audience.STAFF, permission=Permission.CONFIRM_PEOPLE, step_up=True, strong=True)
@require_http_methods(["GET", "POST"])
def lift(request: HttpRequest, uid: UUID) -> HttpResponse:
    """Agree to lift a block, as the second person."""
    found = find_change(request, uid)
    if request.method == "POST":
        try:
            blocking.lift(found, by=signed_in(request))
        except PortalError as refusal:
            messages.error(request, str(refusal))
        else:
            messages.success(request, _("The block is lifted. Your colleague is told."))
    return redirect("accounts:role_change", uid)
