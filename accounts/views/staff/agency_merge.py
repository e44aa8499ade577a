"""Making two entries of the registry one: choose the other, see what moves, confirm."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from accounts.access import Audience, access, signed_in
from accounts.agencies import matching
from accounts.forms.agencies import MergeForm
from accounts.kept_forms import take_back
from accounts.models import Agency
from accounts.permissions import Permission
from accounts.services import merging
from accounts.services.agencies import conflict_refusal
from foundation.core.errors import PortalError

_MOST = 10


@access(Audience.STAFF, permission=Permission.MANAGE_MEMBERS, step_up=True, keep_form=True)
@require_http_methods(["GET", "HEAD", "POST"])
def merge(request: HttpRequest, uid: UUID) -> HttpResponse:
    """Choose the agency that this one becomes part of; then see what moves, and confirm."""
    agency = get_object_or_404(Agency, uid=uid, merged_into=None)
    if conflict := conflict_refusal(agency, signed_in(request)):
        messages.error(request, conflict)
        return redirect("accounts:agency", agency.uid)
    if request.method == "POST":
        return _merged(request, agency)
    kept = take_back(request, request.path)
    target = _target(agency, (kept or request.GET).get("into", ""))
    if target is not None:
        return _draw(request, agency, target, MergeForm(kept, initial={"into": target.uid}))
    words = request.GET.get("q", "").replace("\x00", "").strip()[:200]
    others = matching(words).exclude(pk=agency.pk).order_by("search_text", "pk") if words else Agency.objects.none()
    context = {"agency": agency, "words": words, "found": others[:_MOST], "total": others.count()}
    return render(request, "accounts/staff/agency_merge.html", context)


def _merged(request: HttpRequest, agency: Agency) -> HttpResponse:
    form = MergeForm(request.POST)
    target = _target(agency, request.POST.get("into", ""))
    if target is None:
        messages.error(request, _("Choose the other agency first."))
        return redirect("accounts:agency_merge", agency.uid)
    if form.is_valid():
        try:
            merging.merge(agency, target, reason=form.cleaned_data["reason"], by=signed_in(request))
        except PortalError as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, _("%s is part of this agency now.") % agency.name)
            return redirect("accounts:agency", target.uid)
    return _draw(request, agency, target, form, status=422)


def _draw(request: HttpRequest, agency: Agency, target: Agency, form: MergeForm, *, status: int = 200) -> HttpResponse:
    context: dict[str, Any] = {
        "agency": agency,
        "target": target,
        "moves": merging.what_moves(agency),
        "refusal": merging.merge_refusal(agency, target),
        "form": form,
    }
    return render(request, "accounts/staff/agency_merge.html", context, status=status)


def _target(agency: Agency, uid: str) -> Agency | None:
    try:
        wanted = UUID(uid)
    except ValueError:
        return None
    return Agency.objects.filter(uid=wanted, merged_into=None).exclude(pk=agency.pk).first()
