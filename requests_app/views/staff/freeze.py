"""A freeze or seizure after the grant: what was done, recorded by one person and confirmed by a second."""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from accounts.access import Audience, access
from accounts.permissions import Permission, has_permission
from foundation.core.errors import Incomplete, PortalError
from requests_app.enums import FreezeAct, RequestKind
from requests_app.forms.freezing import ClearReadOutsForm, FreezeResultForm
from requests_app.models import DataRequest, FreezeOrder
from requests_app.services import freeze_jobs, freeze_orders, freeze_turns, freezing, read_outs, reopening
from requests_app.views.staff.common import case, looked, visible
from requests_app.views.staff.pressing import number_sent, press


@access(Audience.STAFF, permission=Permission.SEE_QUEUE)
@require_safe
def freeze(request: HttpRequest, reference: str) -> HttpResponse:
    """Show what the order asks and what was done about it."""
    data_request = _freeze(request, reference)
    looked(request, data_request, "freeze")
    return _draw(request, data_request, _form(data_request))


@access(Audience.STAFF, permission=Permission.PREPARE_RECORDS)
@require_http_methods(["GET", "HEAD", "POST"])
def record(request: HttpRequest, reference: str) -> HttpResponse:
    """Write down what was done; nothing is confirmed yet."""
    user: Any = request.user
    data_request = _freeze(request, reference)
    if request.method != "POST":
        return redirect("staff:freeze", data_request.reference)
    form = _form(data_request, request.POST)
    if not form.is_valid():
        return _draw(request, data_request, form, status=422)
    try:
        freezing.record_done(data_request, form.results(), by=user)
        messages.success(request, "Recorded. A second person confirms it, then the officer is told.")
    except Incomplete as missing:
        form.add_error(None, str(missing))
        return _draw(request, data_request, form, status=422)
    except PortalError as error:
        messages.error(request, str(error))
    return redirect("staff:freeze", data_request.reference)


@access(Audience.STAFF, permission=Permission.RELEASE_RECORDS, step_up=True, strong=True)
@require_http_methods(["GET", "HEAD", "POST"])
def confirm(request: HttpRequest, reference: str) -> HttpResponse:
    """Confirm as the second person; a GET is somebody who comes back from the second factor."""
    user: Any = request.user
    data_request = _freeze(request, reference)
    if request.method == "POST":
        try:
            freezing.confirm(data_request, seen=request.POST.get("seen", ""), by=user)
            messages.success(request, f"{data_request.reference} is closed. The officer is told.")
        except PortalError as error:
            messages.error(request, str(error))
    return redirect("staff:freeze", data_request.reference)


@access(Audience.STAFF, permission=Permission.PREPARE_RECORDS, step_up=True)
@require_http_methods(["GET", "HEAD", "POST"])
def instruct(request: HttpRequest, reference: str) -> HttpResponse:
    """Ask our own systems to keep the assets; a GET is somebody who comes back from the second factor."""
    user: Any = request.user
    data_request = _freeze(request, reference)
    said = "Our systems are asked. Their answer stands here in a moment; then a second person confirms it."
    return press(request, lambda: freeze_jobs.instruct(data_request, by=user), said, back=_back(data_request))


@access(Audience.STAFF, permission=Permission.PREPARE_RECORDS)
@require_http_methods(["GET", "HEAD", "POST"])
def again(request: HttpRequest, reference: str) -> HttpResponse:
    """Ask our systems once more for what they gave up, of a freeze or of its lift."""
    user: Any = request.user
    data_request, job = _freeze(request, reference), number_sent(request, "row")
    return press(
        request, lambda: freeze_jobs.again(data_request, job, by=user), "Asked again.", back=_back(data_request)
    )


@access(Audience.STAFF, permission=Permission.PREPARE_RECORDS)
@require_http_methods(["GET", "HEAD", "POST"])
def by_hand(request: HttpRequest, reference: str) -> HttpResponse:
    """Take an instruction back, so that people do it."""
    user: Any = request.user
    data_request, job = _freeze(request, reference), number_sent(request, "row")
    said = "Taken back. Look in our systems whether it was done, do what is left, and record it."
    return press(request, lambda: freeze_jobs.by_hand(data_request, job, by=user), said, back=_back(data_request))


@access(Audience.STAFF, permission=Permission.APPROVE_DECISION, step_up=True, strong=True)
@require_http_methods(["GET", "HEAD", "POST"])
def clear_read_outs(request: HttpRequest, reference: str) -> HttpResponse:
    """Let a transfer go on though the agency named another destination too often, with a reason."""
    user: Any = request.user
    data_request = _freeze(request, reference)
    if request.method != "POST":
        return redirect("staff:freeze", data_request.reference)
    form = ClearReadOutsForm(request.POST)
    if form.is_valid():
        try:
            read_outs.clear(data_request, reason=form.cleaned_data["why"], by=user)
        except PortalError as error:
            form.add_error(None, str(error))
        else:
            messages.success(request, "The transfer may go on once the agency has confirmed the destination.")
            return redirect("staff:freeze", data_request.reference)
    return _draw(request, data_request, _form(data_request), status=422, clearing=form)


def _back(data_request: DataRequest) -> HttpResponse:
    """Go back to the page; of a freeze that is done the lift's page is next."""
    done = data_request.freeze.confirmed_at is not None
    return redirect("staff:lift" if done else "staff:freeze", data_request.reference)


def _freeze(request: HttpRequest, reference: str) -> DataRequest:
    data_request = visible(request, reference)
    if data_request.kind != RequestKind.FREEZE or freezing.order_of(data_request) is None:
        raise Http404
    return data_request


def _form(data_request: DataRequest, data: Any = None) -> FreezeResultForm:
    stored = freezing.results_of(data_request)
    asset = data_request.freeze.asset or "the asset"
    return FreezeResultForm(data, lines=freezing.to_do(data_request), stored=stored, asset=asset)


def _draw(
    request: HttpRequest, data_request: DataRequest, form: FreezeResultForm, *, status: int = 200,
    clearing: ClearReadOutsForm | None = None,
) -> HttpResponse:  # fmt: skip
    user: Any = request.user
    order = freezing.order_of(data_request)
    stored = freezing.results_of(data_request)
    lift = freeze_orders.lift_of(order) if order else None
    context = case(request, data_request, "freeze") | _in_the_way(data_request, order, user, clearing)
    context |= {
        "order": order,
        "form": form,
        "results": [(number, line, stored.get(line.pk)) for number, line in freezing.to_do(data_request)],
        "record_refusal": freezing.record_refusal(data_request, by=user),
        "confirm_refusal": freezing.confirm_refusal(data_request, by=user),
        "may_record": has_permission(user, Permission.PREPARE_RECORDS),
        "may_confirm": has_permission(user, Permission.RELEASE_RECORDS),
        "turn": freeze_turns.turn_of(data_request, order) if order else "",
        "seen": freezing.stamp(order),
        "instruct_refusal": freeze_jobs.instruct_refusal(data_request, by=user),
        "asked": freeze_orders.asked_of_systems(order) if order else [],
        "standing": freeze_orders.standing_of(order, lift=lift, at=timezone.now()) if order else None,
        "lift": lift,
        "transfer": bool(order and order.act == FreezeAct.TRANSFER),
    }
    return render(request, "staff/freeze.html", context, status=status)


def _in_the_way(
    data_request: DataRequest, order: FreezeOrder | None, user: Any, clearing: ClearReadOutsForm | None
) -> dict[str, Any]:
    """Return what stands in the way of it: the destination and what was read out of it, a changed order."""
    if order is None:
        return {}
    return {
        "wallet_refusal": freeze_orders.wallet_refusal(data_request, order),
        "read_outs": read_outs.failed(data_request),
        "clear_refusal": read_outs.clear_refusal(data_request, by=user),
        "may_clear": has_permission(user, Permission.APPROVE_DECISION),
        "barred": read_outs.barred_refusal(data_request),
        "clearing": clearing or ClearReadOutsForm(),
        "changed_since": freezing.changed_since(data_request, order),
        "may_open_again": reopening.refusal(data_request, by=user) is None,
        "again_refusal": freeze_jobs.again_refusal(data_request, by=user),
    }
