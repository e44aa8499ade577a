"""Lost second factors: who asks, how they are identified anew, and the second person who resets."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from accounts.access import Audience, access, signed_in
from accounts.enums import CallBackResult
from accounts.forms.staff import RecogniseForm, ResetForm
from accounts.forms.suspensions import CallForm
from accounts.models import LostFactor
from accounts.permissions import Permission, has_permission
from accounts.services import calls, letting_in, lost_factor
from accounts.services.factors import codes_left, factors_of
from accounts.views.staff.paging import page_of
from foundation.core.errors import PortalError
from foundation.core.forms import PortalForm

_RESULTS = [
    (CallBackResult.CONFIRMED.value, _("They confirm the officer, and that the officer asks for it")),
    (CallBackResult.OFFICER_ONLY.value, _("They know the officer, but not that the officer asks for it")),
    (CallBackResult.NOT_CONFIRMED.value, _("They do not know the officer")),
    (CallBackResult.NO_ANSWER.value, _("Nobody could answer")),
]


@access(Audience.STAFF, permission=Permission.SEE_LOST_FACTORS)
@require_safe
def listed(request: HttpRequest) -> HttpResponse:
    """Those that wait, or those that were decided; the oldest first."""
    user, decided = signed_in(request), request.GET.get("show") == "decided"
    rows = LostFactor.objects.visible_to(user)
    rows = rows.exclude(pk__in=rows.open().values("pk")) if decided else rows.open()
    page = page_of(
        rows.select_related("user", "agency", "identified_by", "decided_by"), request, keys=("asked_at", "pk")
    )
    lost_factor.note_listed(by=user)
    context = {"page": page, "decided": decided, "desk": has_permission(user, Permission.SEE_APPLICATIONS)}
    return render(request, "accounts/staff/lost_factors.html", context)


@access(Audience.STAFF, permission=Permission.SEE_LOST_FACTORS)
@require_safe
def case(request: HttpRequest, uid: UUID) -> HttpResponse:
    """One case: who asks and why, the first yes, and the second."""
    found = _one(request, uid)
    lost_factor.note_read(found, by=signed_in(request))
    return _draw(request, found)


@access(Audience.STAFF, permission=Permission.SEE_LOST_FACTORS)
@require_http_methods(["GET", "POST"])
def call(request: HttpRequest, uid: UUID) -> HttpResponse:
    """Write down a call to the officer's agency."""
    found = _one(request, uid)
    if request.method == "GET":
        return redirect("accounts:lost_factor_case", uid)
    form = _call_form(found, request.POST)
    if _done(form, lambda: lost_factor.record_call(found, form.told, by=signed_in(request))):
        messages.success(request, _("The call is recorded."))
        return redirect("accounts:lost_factor_case", uid)
    return _draw(request, found, call_form=form)


@access(Audience.STAFF, permission=Permission.SEE_LOST_FACTORS, step_up=True)
@require_http_methods(["GET", "POST"])
def recognise(request: HttpRequest, uid: UUID) -> HttpResponse:
    """Write down how a colleague was recognised."""
    found = _one(request, uid)
    if request.method == "GET":  # back from the second factor
        return redirect("accounts:lost_factor_case", uid)
    form = RecogniseForm(request.POST)
    if _done(form, lambda: lost_factor.recognise(found, how=form.cleaned_data["how"], by=signed_in(request))):
        messages.success(request, _("Written down. Another person can reset it now."))
        return redirect("accounts:lost_factor_case", uid)
    return _draw(request, found, first_form=form)


@access(Audience.STAFF, permission=Permission.SEE_LOST_FACTORS, step_up=True, strong=True)
@require_http_methods(["GET", "POST"])
def decide(request: HttpRequest, uid: UUID) -> HttpResponse:
    """Reset as the second person, or refuse."""
    found = _one(request, uid)
    if request.method == "GET":  # back from the second factor
        return redirect("accounts:lost_factor_case", uid)
    form = ResetForm(request.POST)
    if _done(form, lambda: _decide(found, form.cleaned_data, request)):
        messages.success(request, _("Done. The owner of the account is told."))
        return redirect("accounts:lost_factor_case", uid)
    return _draw(request, found, form=form)


def _decide(found: LostFactor, said: dict[str, str], request: HttpRequest) -> None:
    act = lost_factor.reset if said["decision"] == "reset" else lost_factor.refuse
    act(found, reason=said["reason"], by=signed_in(request))


def _done(form: PortalForm, act: Callable[[], object]) -> bool:
    """Do it, or show the refusal above the form."""
    if not form.is_valid():
        return False
    try:
        act()
    except PortalError as refusal:
        form.add_error(None, str(refusal))
        return False
    return True


def _one(request: HttpRequest, uid: UUID) -> LostFactor:
    rows = LostFactor.objects.visible_to(signed_in(request))
    related = ("user", "agency", "identified_by", "decided_by", "call__number", "call__called_by")
    found: LostFactor | None = rows.select_related(*related).filter(uid=uid).first()
    if found is None:  # about a colleague, an agency in conflict, or themselves
        other = get_object_or_404(LostFactor, uid=uid)
        lost_factor.note_denied(other, by=signed_in(request))
        raise PermissionDenied("Others decide this.")
    return found


def _call_form(found: LostFactor, given: Any = None) -> CallForm:
    numbers = calls.usable_numbers(found.agency)
    return CallForm(given, numbers=numbers, results=_RESULTS, prefix="call")


def _draw(
    request: HttpRequest,
    found: LostFactor,
    *,
    call_form: CallForm | None = None,
    first_form: RecogniseForm | None = None,
    form: ResetForm | None = None,
) -> HttpResponse:
    """Draw one case; a form that was sent comes back with its errors."""
    user, at = signed_in(request), timezone.now()
    undecided = found.status in {"asked", "identified"}
    may_identify = undecided and lost_factor.workflow.refusal(found, "identify", user) is None
    may_refuse = undecided and lost_factor.workflow.refusal(found, "refuse", user) is None
    may_reset = may_refuse and lost_factor.lost_factor_refusal(user, "reset", found) is None
    why_not = lost_factor.why_not_reset(found, by=user, at=at) if may_reset else ""
    numbers = [] if found.of_staff else calls.usable_numbers(found.agency)
    applied = None if found.of_staff or numbers else lost_factor.application_of(found)
    context: dict[str, Any] = {
        "case": found,
        "applied": applied,
        "may_adopt": applied is not None and not letting_in.adopt_refusal(applied, user),
        "may_enter": has_permission(user, Permission.MANAGE_AGENCIES),
        "undecided": undecided,
        "desk": has_permission(user, Permission.SEE_APPLICATIONS),
        "numbers": numbers,
        "calls": calls.heard(lost_factor.calls_of(found), at=found.decided_at or at),
        "factors": [str(factor.kind.label) for factor in factors_of(found.user)],
        "codes_left": codes_left(found.user),
        "seen_since": found.user.last_verified_at is not None and found.user.last_verified_at > found.asked_at,
        "call_form": call_form or (_call_form(found) if may_identify and found.agency else None),
        "first_form": first_form or (RecogniseForm() if may_identify and found.of_staff else None),
        "may_reset": may_reset,
        "why_not": why_not,
        "form": form or (ResetForm(may_reset=may_reset and not why_not) if may_refuse else None),
    }
    bound = any(given is not None for given in (call_form, first_form, form))
    return render(request, "accounts/staff/lost_factor.html", context, status=422 if bound else 200)
