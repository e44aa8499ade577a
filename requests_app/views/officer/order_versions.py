"""Orders of a request that is with us, and of a draft that rests on a sent one: what became of them."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from accounts.access import Audience, access
from accounts.permissions import Permission
from foundation.core.errors import PortalError, Stale
from requests_app.enums import RequestStatus
from requests_app.forms.orders import VersionForm
from requests_app.models import DataRequest, LegalProcess
from requests_app.order_rules import in_order
from requests_app.services import order_versions
from requests_app.services.order_versions import WrongField
from requests_app.views.officer.common import note_visit, own_agency_request, own_draft
from requests_app.views.officer.drafts import to_request
from requests_app.views.officer.order_words import cards_of


@access(Audience.OFFICER, permission=Permission.SEE_OWN_REQUESTS)
@require_safe
def of_request(request: HttpRequest, reference: str) -> HttpResponse:
    """The orders a request rests on, with every version."""
    data_request = own_agency_request(request, reference)
    if data_request.status == RequestStatus.DRAFT and data_request.officer_id == request.user.pk:
        return redirect("officer:step_legal_process", uid=data_request.uid)
    note_visit(request, data_request)
    context = {
        "data_request": data_request,
        "orders": cards_of(data_request, timezone.now()),
        "may_add": order_versions.refusal(data_request, request.user) is None,
    }
    return render(request, "officer/orders.html", context)


@access(Audience.OFFICER, permission=Permission.SEE_OWN_REQUESTS)
@require_http_methods(["GET", "HEAD", "POST"])
def of_sent(request: HttpRequest, reference: str, order: UUID) -> HttpResponse:
    """Say what became of an order of a request that was sent."""
    data_request = own_agency_request(request, reference)
    back = reverse("officer:orders", args=[data_request.reference])
    return _version(request, data_request, order, back)


@access(Audience.OFFICER, permission=Permission.FILE_REQUEST)
@require_http_methods(["GET", "HEAD", "POST"])
def of_draft(request: HttpRequest, uid: UUID, order: UUID) -> HttpResponse:
    """Say what became of an order that a draft shares with a request that was sent."""
    draft = own_draft(request, uid)
    if draft.status != RequestStatus.DRAFT:
        return to_request(draft)
    return _version(request, draft, order, reverse("officer:step_legal_process", args=[draft.uid]))


def _version(request: HttpRequest, data_request: DataRequest, uid: UUID, back: str) -> HttpResponse:
    """Show and take the form for a new version; a refusal keeps everything typed."""
    user: Any = request.user
    process = data_request.orders.filter(uid=uid).first()
    if process is None:
        raise Http404
    if why := order_versions.refusal(data_request, user):
        messages.error(request, why)
        return redirect(back)
    posted = request.method == "POST"
    seen = _newest(process)
    form = VersionForm(
        request.POST if posted else None, request.FILES if posted else None, data_request=data_request,
        process=process, user=user, seen=seen,
    )  # fmt: skip
    if posted and form.is_valid():
        try:
            order_versions.add(data_request, process, form.cleaned_data, seen=form.cleaned_data["seen"], by=user)
        except WrongField as wrong:
            form.add_error(wrong.field if wrong.field in form.fields else "upload", str(wrong))
        except Stale as stale:
            form.see(_newest(process))
            form.add_error(None, str(stale))
        except PortalError as error:
            form.add_error(None, str(error))
        else:
            messages.success(request, "The new version is recorded. We told who works on it.")
            return redirect(back)
    card = next(card for card in cards_of(data_request, timezone.now()) if card.process == process)
    context = {"data_request": data_request, "order": card, "form": form, "back_url": back}
    return render(request, "officer/order_version.html", context, status=422 if posted else 200)


def _newest(process: LegalProcess) -> int:
    known = in_order(process.versions.all())
    return known[-1].number if known else 0
