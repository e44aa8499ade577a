"""Taking access from an officer or an agency, working off the look-back, and giving access back."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from accounts.access import Audience, access, signed_in
from accounts.forms.suspensions import CallForm, LiftForm, LookForm, SuspendForm
from accounts.kept_forms import take_back
from accounts.models import Agency, LookBackItem, Suspension, User
from accounts.permissions import Permission, has_permission
from accounts.services import calls, look_back, suspensions
from accounts.views.staff.paging import page_of
from foundation.core.errors import PortalError


@access(Audience.STAFF, permission=Permission.SUSPEND_ACCESS, step_up=True, keep_form=True)
@require_http_methods(["GET", "POST"])
def suspend_agency(request: HttpRequest, uid: UUID) -> HttpResponse:
    """Suspend an agency: the call first, what will happen, then the button."""
    agency = get_object_or_404(Agency, uid=uid, merged_into=None)
    return _suspend(request, agency)


@access(Audience.STAFF, permission=Permission.SUSPEND_ACCESS, step_up=True, keep_form=True)
@require_http_methods(["GET", "POST"])
def suspend_officer(request: HttpRequest, pk: int) -> HttpResponse:
    """Suspend one officer; somebody without a membership in force is nobody here."""
    members = User.objects.filter(memberships__ended_at=None, memberships__approved_at__isnull=False)
    officer = get_object_or_404(members, pk=pk)
    return _suspend(request, officer.membership.agency, officer)  # type: ignore[union-attr]


@access(Audience.STAFF, permission=Permission.SEE_APPLICATIONS)
@require_safe
def listed(request: HttpRequest) -> HttpResponse:
    """Suspensions in force, or those that were lifted, oldest first."""
    lifted = request.GET.get("show") == "lifted"
    rows = Suspension.objects.visible_to(signed_in(request)).with_progress()
    rows = rows.select_related("agency", "officer", "call__agency", "suspended_by", "lifted_by")
    page = page_of(rows.filter(lifted_at__isnull=not lifted), request, keys=("suspended_at", "pk"))
    return render(request, "accounts/staff/suspensions.html", {"page": page, "lifted": lifted})


@access(Audience.STAFF, permission=Permission.SEE_APPLICATIONS)
@require_safe
def suspension(request: HttpRequest, uid: UUID) -> HttpResponse:
    """One suspension: what happened, the call, the look-back, and giving access back."""
    found = _one(request, uid)
    look_back.note_read(found, by=signed_in(request))
    # Back from the second factor: the form stands on this page, so the browser comes here.
    kept = take_back(request, reverse("accounts:lift", args=[uid]))
    return _draw(request, found, lift_form=LiftForm(initial=kept.dict()) if kept is not None else None)


@access(Audience.STAFF, permission=Permission.SUSPEND_ACCESS)
@require_http_methods(["GET", "POST"])
def look(request: HttpRequest, uid: UUID, pk: int) -> HttpResponse:
    """Look at one act again, and write down what it showed."""
    found = _one(request, uid)
    item = get_object_or_404(LookBackItem.objects.select_related("done_by", "looked_by"), suspension=found, pk=pk)
    form = LookForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        said = form.cleaned_data
        try:
            look_back.check(item, outcome=said["outcome"], note=said["note"], by=signed_in(request))
        except PortalError as refusal:
            form.add_error(None, str(refusal))
        else:
            following = look_back.following(item)
            return redirect("accounts:look_back", uid, following) if following else redirect("accounts:suspension", uid)
    [act] = look_back.shown([item], reader=signed_in(request))
    progress = look_back.progress(found)
    context = {"suspension": found, "act": act, "item": item, "form": form, "progress": progress}
    return render(request, "accounts/staff/look_back.html", context, status=422 if form.is_bound else 200)


@access(Audience.STAFF, permission=Permission.SUSPEND_ACCESS)
@require_http_methods(["GET", "POST"])
def call(request: HttpRequest, uid: UUID) -> HttpResponse:
    """Write down the call that asks whether access may be given back."""
    found = _one(request, uid)
    if request.method == "GET":
        return redirect("accounts:suspension", uid)
    form = CallForm(request.POST, numbers=calls.usable_numbers(found.subject_agency), prefix="call")
    if form.is_valid():
        try:
            suspensions.record_return_call(found, form.told, by=signed_in(request))
        except PortalError as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, _("The call is recorded."))
            return redirect("accounts:suspension", uid)
    return _draw(request, found, call_form=form)


@access(Audience.STAFF, permission=Permission.RESTORE_ACCESS, step_up=True, keep_form=True, strong=True)
@require_http_methods(["GET", "POST"])
def lift(request: HttpRequest, uid: UUID) -> HttpResponse:
    """Give access back."""
    found = _one(request, uid)
    if request.method == "GET":  # back from the second factor
        kept = take_back(request, request.path)
        if kept is None:
            return redirect("accounts:suspension", uid)
        return _draw(request, found, lift_form=LiftForm(initial=kept.dict()))
    form = LiftForm(request.POST)
    if form.is_valid():
        try:
            suspensions.lift(found, reason=form.cleaned_data["reason"], by=signed_in(request))
        except PortalError as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, _("Access is given back. Officers sign in again."))
            return redirect("accounts:suspension", uid)
    return _draw(request, found, lift_form=form)


def _suspend(request: HttpRequest, agency: Agency, officer: User | None = None) -> HttpResponse:
    about = {"officer": officer} if officer else {"agency": agency}
    known = Suspension.objects.visible_to(signed_in(request)).in_force().filter(**about).first()
    if known is not None and request.method == "GET":
        return redirect("accounts:suspension", known.uid)
    kept = take_back(request, request.path) if request.method == "GET" else None
    numbers = calls.usable_numbers(agency)
    form = SuspendForm(request.POST or None, numbers=numbers, initial=kept.dict() if kept else None)
    if form.is_valid():
        said = {"told": form.told, "reason": form.cleaned_data["reason"], "by": signed_in(request)}
        try:
            done = (
                suspensions.suspend_officer(officer, **said) if officer else suspensions.suspend_agency(agency, **said)
            )
        except PortalError as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, _("Access is suspended. Now look at what was done before."))
            return redirect("accounts:suspension", done.uid)
    context: dict[str, Any] = {
        "agency": agency,
        "officer": officer,
        "form": form,
        "numbers": numbers,
        "kept": bool(kept),
        "consequences": suspensions.consequences(**about, at=timezone.now()),
    }
    return render(request, "accounts/staff/suspend.html", context, status=422 if form.is_bound else 200)


def _one(request: HttpRequest, uid: UUID) -> Suspension:
    rows = Suspension.objects.visible_to(signed_in(request))
    related = ("agency", "officer", "call__agency", "call__number", "call__called_by", "suspended_by", "lifted_by")
    found: Suspension = get_object_or_404(rows.select_related(*related), uid=uid)
    return found


def _draw(
    request: HttpRequest, found: Suspension, *, call_form: CallForm | None = None, lift_form: LiftForm | None = None
) -> HttpResponse:
    """Draw the page of a suspension; a form that was sent comes back with its errors."""
    user, at = signed_in(request), timezone.now()
    numbers = calls.usable_numbers(found.subject_agency)
    left = request.GET.get("show") == "left"
    page = page_of(look_back.in_order(found, left=left), request, keys=("done_at", "pk"))
    in_force, may_look = found.lifted_at is None, has_permission(user, Permission.SUSPEND_ACCESS)
    may_lift = in_force and has_permission(user, Permission.RESTORE_ACCESS)
    context: dict[str, Any] = {
        "suspension": found,
        "page": page,
        "acts": look_back.shown(page.rows, reader=user),
        "left": left,
        "progress": look_back.progress(found),
        "numbers": numbers,
        "may_look": in_force and may_look,
        "return_calls": calls.heard(suspensions.return_calls(found), at=found.lifted_at or at),
        "call_form": call_form or (CallForm(numbers=numbers, prefix="call") if in_force and may_look else None),
        "why_not": suspensions.why_not_lifted(found, by=user, at=at) if may_lift else [],
        "lift_form": lift_form or (LiftForm() if may_lift else None),
    }
    context["kept"] = lift_form is not None and not lift_form.is_bound
    bound = any(form is not None and form.is_bound for form in (call_form, lift_form))
    return render(request, "accounts/staff/suspension.html", context, status=422 if bound else 200)
