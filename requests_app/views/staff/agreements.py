"""What an officer asks that needs our agreement: somebody of another agency follows, a new officer takes over."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from accounts.access import Audience, access
from accounts.permissions import Permission
from foundation.core.errors import PortalError
from requests_app.enums import FollowerStatus, HandOverStatus
from requests_app.forms.following import AgreementForm
from requests_app.models import DataRequest
from requests_app.services import followers, hand_overs
from requests_app.services.contents import order_versions
from requests_app.views.staff.common import case, looked, visible

Deciding = Callable[[bool, str, Any], object]


@access(Audience.STAFF, permission=Permission.REVIEW_REQUEST, step_up=True)
@require_http_methods(["GET", "HEAD", "POST"])
def follower(request: HttpRequest, reference: str, pk: int) -> HttpResponse:
    """Agree that an officer of another agency follows, or decline."""
    data_request = visible(request, reference)
    found = data_request.followers.filter(pk=pk).exclude(ground="").select_related("added_by").first()
    if found is None:
        raise Http404

    def decide(agreed: bool, reason: str, user: Any) -> object:
        return (followers.agree if agreed else followers.decline)(found, reason=reason, by=user)

    context = {
        "follower": found,
        "member": followers.somebody(found),
        "orders": order_versions(data_request),
        "open": found.status == FollowerStatus.WAITING,
    }
    return _page(request, data_request, decide, context)


@access(Audience.STAFF, permission=Permission.REVIEW_REQUEST, step_up=True)
@require_http_methods(["GET", "HEAD", "POST"])
def hand_over(request: HttpRequest, reference: str, uid: UUID) -> HttpResponse:
    """Agree that a new officer takes the request over, or decline."""
    data_request = visible(request, reference)
    rows = data_request.hand_overs.select_related("from_officer", "to_officer", "asked_by")
    found = rows.filter(uid=uid).first()
    if found is None:
        raise Http404

    def decide(agreed: bool, reason: str, user: Any) -> object:
        return (hand_overs.agree if agreed else hand_overs.decline)(found, reason=reason, by=user)

    context = {
        "hand_over": found,
        "member": found.to_officer.memberships.filter(ended_at=None).first(),
        "answered": DataRequest.objects.filter(officer=found.to_officer, decided_at__isnull=False).count(),
        "proven": hand_overs.proven(found.to_officer, at=timezone.now()),
        "open": found.status == HandOverStatus.WAITING,
    }
    return _page(request, data_request, decide, context)


def _page(request: HttpRequest, data_request: DataRequest, decide: Deciding, context: dict[str, Any]) -> HttpResponse:
    user: Any = request.user
    form = AgreementForm(request.POST if request.method == "POST" else None)
    action = request.POST.get("action")
    if action in {"agree", "decline"} and form.is_valid():
        try:
            decide(action == "agree", form.cleaned_data["reason"], user)
        except PortalError as error:
            form.add_error("reason" if action == "decline" and context["open"] else None, str(error))
        else:
            words = "Agreed. The officers are told." if action == "agree" else "Declined. The officer is told."
            messages.success(request, words)
            return redirect("staff:request", data_request.reference)
    else:
        looked(request, data_request, "agreement")
    context |= case(request, data_request, "review") | {"form": form}
    return render(request, "staff/agreement.html", context, status=422 if form.errors else 200)
