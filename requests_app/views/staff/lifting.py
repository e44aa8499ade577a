"""The end of a freeze for staff: start it, do it, confirm it, turn it down; and what a later order does to it."""

from collections.abc import Callable
from typing import Any

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from accounts.access import Audience, access
from accounts.permissions import Permission, has_permission
from foundation.core.errors import PortalError
from requests_app.enums import RequestKind
from requests_app.forms.lifting import BeginLiftForm, DeclineLiftForm, LiftDoneForm, NotExtendedForm
from requests_app.models import DataRequest
from requests_app.permissions import desk_refusal
from requests_app.services import extending, freeze_jobs, freeze_orders, freeze_turns, freezing, lifting
from requests_app.views.staff.common import case, looked, visible
from requests_app.views.staff.pressing import number_sent, press

_METHODS = ["GET", "HEAD", "POST"]


@access(Audience.STAFF, permission=Permission.SEE_QUEUE)
@require_http_methods(["GET", "HEAD"])
def lift(request: HttpRequest, reference: str) -> HttpResponse:
    """Show until when the freeze holds, what waits, and what this person can do about it."""
    data_request = _held(request, reference)
    looked(request, data_request, "freeze")
    return _draw(request, data_request)


@access(Audience.STAFF, permission=Permission.PREPARE_RECORDS)
@require_http_methods(_METHODS)
def begin(request: HttpRequest, reference: str) -> HttpResponse:
    """Start a lift: lifted by the court, moved by a later order, or a mistake."""
    user: Any = request.user
    data_request = _held(request, reference)
    if request.method != "POST":
        return _back(data_request)
    form = BeginLiftForm(request.POST, request.FILES, user=user)

    def act() -> None:
        given = form.cleaned_data
        lifting.begin(data_request, cause=given["cause"], reason=given["reason"], upload=given.get("upload"), by=user)

    return _take(request, data_request, form, act, "begin", "The lift is started. Do it, and record it here.")


@access(Audience.STAFF, permission=Permission.PREPARE_RECORDS)
@require_http_methods(_METHODS)
def record(request: HttpRequest, reference: str) -> HttpResponse:
    """Write down when people lifted it; nothing is confirmed yet."""
    user: Any = request.user
    data_request = _held(request, reference)
    if request.method != "POST":
        return _back(data_request)
    form = LiftDoneForm(request.POST)

    def act() -> None:
        lifting.record_done(data_request, done_at=form.cleaned_data["done_at"], by=user)

    return _take(request, data_request, form, act, "done", "Recorded. A second person confirms it.")


@access(Audience.STAFF, permission=Permission.PREPARE_RECORDS, step_up=True)
@require_http_methods(_METHODS)
def instruct(request: HttpRequest, reference: str) -> HttpResponse:
    """Ask our own systems to lift what they froze; a GET is somebody who comes back from the second factor."""
    user: Any = request.user
    data_request = _held(request, reference)
    said = "Our systems are asked. Their answer stands here in a moment."
    return press(request, lambda: lifting.instruct(data_request, by=user), said, back=_back(data_request))


@access(Audience.STAFF, permission=Permission.RELEASE_RECORDS, step_up=True, strong=True)
@require_http_methods(_METHODS)
def confirm(request: HttpRequest, reference: str) -> HttpResponse:
    """Confirm the lift as the second person."""
    user: Any = request.user
    data_request = _held(request, reference)
    seen = request.POST.get("seen", "")
    said = "The freeze is lifted. The officer is told."
    return press(request, lambda: lifting.confirm(data_request, seen=seen, by=user), said, back=_back(data_request))


@access(Audience.STAFF, permission=Permission.RELEASE_RECORDS, step_up=True)
@require_http_methods(_METHODS)
def decline(request: HttpRequest, reference: str) -> HttpResponse:
    """Turn down a lift that somebody asked for."""
    user: Any = request.user
    data_request = _held(request, reference)
    if request.method != "POST":
        return _back(data_request)
    form = DeclineLiftForm(request.POST)

    def act() -> None:
        lifting.decline(data_request, reason=form.cleaned_data["reason"], by=user)

    return _take(request, data_request, form, act, "decline", "Not lifted. The officer is told and reads why.")


@access(Audience.STAFF, permission=Permission.REVIEW_REQUEST)
@require_http_methods(_METHODS)
def check_extension(request: HttpRequest, reference: str) -> HttpResponse:
    """Say as the first person that a later version of the order keeps the assets longer."""
    user: Any = request.user
    data_request = _held(request, reference)
    version = number_sent(request, "version")
    said = "Checked. A second person confirms it; until then the end stays as it is."
    return press(
        request, lambda: extending.check(data_request, version_id=version, by=user), said, back=_back(data_request)
    )


@access(Audience.STAFF, permission=Permission.APPROVE_DECISION, step_up=True, strong=True)
@require_http_methods(_METHODS)
def confirm_extension(request: HttpRequest, reference: str) -> HttpResponse:
    """Confirm it as the second person."""
    user: Any = request.user
    data_request = _held(request, reference)
    version = number_sent(request, "version")
    said = "The freeze goes on under the later version. The officer is told."
    return press(
        request, lambda: extending.confirm(data_request, version_id=version, by=user), said, back=_back(data_request)
    )


@access(Audience.STAFF, permission=Permission.APPROVE_DECISION, step_up=True)
@require_http_methods(_METHODS)
def decline_extension(request: HttpRequest, reference: str) -> HttpResponse:
    """Say that a later version changes nothing, and why."""
    user: Any = request.user
    data_request = _held(request, reference)
    if request.method != "POST":
        return _back(data_request)
    form = NotExtendedForm(request.POST)
    version = number_sent(request, "version")

    def act() -> None:
        extending.decline(data_request, version_id=version, reason=form.cleaned_data["why"], by=user)

    return _take(request, data_request, form, act, "not_extended", "The end stays as it is. The officer is told.")


def _held(request: HttpRequest, reference: str) -> DataRequest:
    """Return a freeze that was carried out, or 404."""
    data_request = visible(request, reference)
    order = freezing.order_of(data_request) if data_request.kind == RequestKind.FREEZE else None
    if order is None or order.confirmed_at is None:
        raise Http404
    return data_request


def _back(data_request: DataRequest) -> HttpResponse:
    return redirect("staff:lift", data_request.reference)


def _take(
    request: HttpRequest, data_request: DataRequest, form: forms.Form, act: Callable[[], object], name: str, said: str
) -> HttpResponse:
    """Do what a form says; what is wrong with it is shown with everything typed."""
    if form.is_valid():
        try:
            act()
        except PortalError as error:
            form.add_error(None, str(error))
        else:
            messages.success(request, said)
            return _back(data_request)
    return _draw(request, data_request, **{name: form})


def _draw(request: HttpRequest, data_request: DataRequest, **given: forms.Form) -> HttpResponse:
    user: Any = request.user
    order = freezing.order_of(data_request)
    lift = freeze_orders.lift_of(order) if order else None
    version = extending.waiting(data_request)
    blank = {
        "begin": BeginLiftForm(user=user), "done": LiftDoneForm(), "decline": DeclineLiftForm(),
        "not_extended": NotExtendedForm(),
    }  # fmt: skip
    context = case(request, data_request, "freeze") | {
        "order": order,
        "standing": freeze_orders.standing_of(order, lift=lift, at=timezone.now()) if order else None,
        "lift": lift,
        "lift_waits": freeze_orders.is_open(lift),
        "asked": lifting.asked_of_systems(lift) if lift else [],
        "again_refusal": freeze_jobs.lift_again_refusal(data_request, by=user),
        "seen": lifting.stamp(lift),
        "version": version,
        "extension": extending.extension_of(data_request, version) if version else None,
        "by_systems": lifting.frozen_accounts(order) if order else [],
        "by_people": lifting.by_people(order) if order else [],
        "may": _may(data_request, user),
        "may_confirm": has_permission(user, Permission.RELEASE_RECORDS),
        "turn": freeze_turns.turn_of_lift(lift),
        "may_decline_version": desk_refusal(user, Permission.APPROVE_DECISION, data_request) is None,
        "version_open": "not_extended" in given,
        "shown": list(given.values()),
        "forms": blank | given,
    }
    return render(request, "staff/lift.html", context, status=422 if given else 200)


def _may(data_request: DataRequest, user: Any) -> dict[str, str | None]:
    """Return why this person cannot do each act; nothing where they can."""
    acts = {
        "begin": lifting.begin_refusal, "record": lifting.work_refusal, "instruct": lifting.instruct_refusal,
        "confirm": lifting.confirm_refusal, "decline": lifting.decline_refusal,
        "check": extending.check_refusal, "extend": extending.confirm_refusal,
    }  # fmt: skip
    return {name: refusal(data_request, by=user) for name, refusal in acts.items()}
