"""Two requests that look alike, side by side, and what a person says of them."""

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from accounts.access import Audience, access
from accounts.permissions import Permission, has_permission
from foundation.core.errors import PortalError
from requests_app.enums import Likeness
from requests_app.forms.counsel import CompareForm
from requests_app.models import DataRequest
from requests_app.services import comparing, elsewhere
from requests_app.views.staff.common import case, looked, visible

_TARGETS = 20


@access(Audience.STAFF, permission=Permission.SEE_QUEUE)
@require_http_methods(["GET", "HEAD", "POST"])
def compare(request: HttpRequest, reference: str, other: str) -> HttpResponse:
    """Show both side by side; a POST says whether they are about the same."""
    user: Any = request.user
    data_request, there = visible(request, reference), visible(request, other)
    if data_request.pk == there.pk or data_request.provider_id != there.provider_id:
        raise Http404
    known = comparing.between(data_request, there)
    if request.method != "POST":
        looked(request, data_request, "compare")
        looked(request, there, "compare")
        before = {"verdict": known.verdict, "note": known.note} if known else None
        return _draw(request, data_request, there, CompareForm(initial=before))
    if not has_permission(user, Permission.REVIEW_REQUEST):
        raise PermissionDenied
    form = CompareForm(request.POST)
    if not form.is_valid():
        return _draw(request, data_request, there, form, status=422)
    said = form.cleaned_data
    try:
        found = comparing.settle(data_request, there, verdict=said["verdict"], note=said["note"], by=user)
    except PortalError as error:
        form.add_error(None, str(error))
        return _draw(request, data_request, there, form, status=422)
    messages.success(request, f"Settled: {Likeness(found.verdict).label.lower()}.")
    return redirect("staff:request", data_request.reference)


def _draw(
    request: HttpRequest, data_request: DataRequest, there: DataRequest, form: CompareForm, *, status: int = 200
) -> HttpResponse:
    user: Any = request.user
    common = elsewhere.common_of(data_request, there)
    both = [_side(data_request, common), _side(there, common)]
    context = case(request, data_request, "review") | {
        "there": there,
        "both": both,
        "because": elsewhere.Alike(there, False, common).because,
        "known": comparing.between(data_request, there),
        "refusal": comparing.compare_refusal(data_request, there, by=user),
        "form": form,
    }
    return render(request, "staff/compare.html", context, status=status)


def _side(data_request: DataRequest, common: dict[str, list[str]]) -> dict[str, Any]:
    """Return what one of the two shows: its identifiers, those of both first, and its orders."""
    shared = [*common.get(elsewhere.IDENTIFIER, []), *common.get(elsewhere.ACCOUNT, [])]
    targets = list(data_request.targets.order_by("pk")[:500])
    targets.sort(key=lambda target: target.normalised not in shared and target.account not in shared)
    identifiers, accounts = set(common.get(elsewhere.IDENTIFIER, [])), set(common.get(elsewhere.ACCOUNT, []))
    rows = [(one, one.normalised in identifiers, one.account in accounts) for one in targets[:_TARGETS]]
    return {
        "row": data_request,
        "targets": rows,
        "more": max(data_request.targets.count() - _TARGETS, 0),
        "orders": list(data_request.orders.order_by("uses__position", "pk")),
        "lines": data_request.lines.count(),
    }
