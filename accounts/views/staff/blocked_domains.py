"""Domains that nobody gets in with any more."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from accounts.access import Audience, access, signed_in
from accounts.forms.agencies import BlockForm, ReasonForm
from accounts.models import BlockedDomain
from accounts.permissions import Permission, has_permission
from accounts.services import agencies as service
from accounts.views.staff.paging import page_in_order
from foundation.core.errors import PortalError

_LIFTED = 10
_METHODS = ["GET", "HEAD", "POST"]


@access(Audience.STAFF, permission=Permission.SEE_APPLICATIONS)
@require_safe
def blocked(request: HttpRequest) -> HttpResponse:
    """The blocked domains by name, and those that were let in again lately."""
    rows = BlockedDomain.objects.select_related("blocked_by", "lifted_by")
    context = {
        "page": page_in_order(rows.filter(lifted_at=None), request, column="domain"),
        "lifted": rows.filter(lifted_at__isnull=False).order_by("-lifted_at", "-pk")[:_LIFTED],
        "may_change": has_permission(signed_in(request), Permission.MANAGE_AGENCIES),
    }
    return render(request, "accounts/staff/agencies_blocked.html", context)


@access(Audience.STAFF, permission=Permission.MANAGE_AGENCIES)
@require_http_methods(_METHODS)
def block(request: HttpRequest) -> HttpResponse:
    """Block a domain, with a reason."""
    form = BlockForm(request.POST or None)
    if form.is_valid():
        said = form.cleaned_data
        try:
            row = service.block_domain(said["domain"], reason=said["reason"], by=signed_in(request))
        except PortalError as refusal:
            form.add_error("domain", str(refusal))
        else:
            messages.success(request, _("%s is blocked.") % row.domain)
            return redirect("accounts:agencies_blocked")
    status = 422 if request.method == "POST" else 200
    return render(request, "accounts/staff/agencies_block.html", {"form": form}, status=status)


@access(Audience.STAFF, permission=Permission.MANAGE_AGENCIES)
@require_http_methods(_METHODS)
def lift(request: HttpRequest, pk: int) -> HttpResponse:
    """Lift a block, with a reason."""
    row = get_object_or_404(BlockedDomain, pk=pk)
    if row.lifted_at is not None:
        messages.info(request, _("%s is not blocked any more.") % row.domain)
        return redirect("accounts:agencies_blocked")
    form = ReasonForm(request.POST or None)
    if form.is_valid():
        try:
            service.lift_block(row, reason=form.cleaned_data["reason"], by=signed_in(request))
        except PortalError as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, _("%s is not blocked any more.") % row.domain)
            return redirect("accounts:agencies_blocked")
    context = {"blocked": row, "form": form}
    status = 422 if request.method == "POST" else 200
    return render(request, "accounts/staff/agencies_lift.html", context, status=status)
