"""Ending an officer's sessions at once, when something about them looks wrong."""

from django.contrib import messages
from django.db.models import F
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from accounts.access import Audience, access, signed_in
from accounts.forms.members import ReasonForm
from accounts.models import AgencyMembership
from accounts.permissions import Permission
from accounts.services import sessions
from foundation.core.errors import PortalError


@access(Audience.STAFF, permission=Permission.SUSPEND_ACCESS)
@require_http_methods(["GET", "POST"])
def end(request: HttpRequest, pk: int) -> HttpResponse:
    """Sign the officer out everywhere; no fresh factor, because this is the safe direction."""
    user = signed_in(request)
    rows = AgencyMembership.objects.visible_to(user).select_related("user", "agency").filter(user=pk)
    member = get_object_or_404(rows.order_by(F("ended_at").desc(nulls_first=True), "-pk")[:1])
    form = ReasonForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        try:
            sessions.end_officers(member, by=user, reason=form.cleaned_data["reason"])
        except PortalError as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, _("Every session of this officer is ended."))
            return redirect("accounts:officer", pk)
    context = {"form": form, "officer": member.user, "member": member}
    return render(request, "accounts/staff/officer_sessions.html", context, status=422 if form.is_bound else 200)
