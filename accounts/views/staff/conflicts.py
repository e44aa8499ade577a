"""Declaring that one must stay away from an agency, and ending it: never by the person who declared it."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from accounts.access import Audience, access, signed_in
from accounts.forms.vetting import ConflictForm
from accounts.models import AccessApplication, Agency
from accounts.permissions import Permission, has_permission
from accounts.services import conflicts as service
from accounts.views.staff.review import one
from foundation.core.errors import PortalError


@access(Audience.STAFF, permission=Permission.SEE_APPLICATIONS)
@require_safe
def conflicts(request: HttpRequest) -> HttpResponse:
    """One's own conflicts; approvers see those of their colleagues, to end them."""
    user = signed_in(request)
    may_end = has_permission(user, Permission.APPROVE_APPLICATION)
    context = {"conflicts": service.visible_to(user)[:200], "may_end": may_end}
    return render(request, "accounts/staff/conflicts.html", context)


@access(Audience.STAFF, permission=Permission.MANAGE_AGENCIES)
@require_http_methods(["GET", "HEAD", "POST"])
def declare(request: HttpRequest, reference: str) -> HttpResponse:
    """Declare a conflict with the agency of an application."""
    application = one(request, reference)
    back = reverse("accounts:review", args=[application.reference])
    return _declare(request, application.agency, application, name=application.agency_name, back=back)


@access(Audience.STAFF, permission=Permission.MANAGE_AGENCIES)
@require_http_methods(["GET", "HEAD", "POST"])
def declare_agency(request: HttpRequest, uid: UUID) -> HttpResponse:
    """Declare a conflict with an agency of the registry."""
    agency = get_object_or_404(Agency, uid=uid)
    return _declare(request, agency, None, name=agency.name, back=reverse("accounts:conflicts"))


@access(Audience.STAFF, permission=Permission.APPROVE_APPLICATION, step_up=True)
@require_http_methods(["GET", "HEAD", "POST"])
def end(request: HttpRequest, pk: int) -> HttpResponse:
    """End the conflict of a colleague."""
    user = signed_in(request)
    conflict = get_object_or_404(service.visible_to(user), pk=pk)
    if request.method == "POST":
        try:
            service.end(conflict, by=user)
        except PortalError as refusal:
            messages.error(request, str(refusal))
        else:
            messages.success(request, _("The conflict of %s has ended.") % conflict.user.get_full_name())
    return redirect("accounts:conflicts")


def _declare(
    request: HttpRequest, agency: Agency | None, application: AccessApplication | None, *, name: str, back: str
) -> HttpResponse:
    form = ConflictForm(request.POST or None)
    if form.is_valid():
        try:
            service.declare(
                by=signed_in(request), reason=form.cleaned_data["reason"], agency=agency, application=application
            )
        except PortalError as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, _("Your conflict with %s is declared.") % name)
            return redirect("accounts:conflicts")
    context = {"form": form, "name": name, "back": back}
    return render(request, "accounts/staff/conflict.html", context, status=422 if request.method == "POST" else 200)
