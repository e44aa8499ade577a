"""Changes of staff by two people: one proposes, on one page; another reads it on the next, and decides."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_safe

from accounts import open_work
from accounts.access import Audience, access, signed_in
from accounts.enums import InvitationStatus, RoleChangeKind
from accounts.forms.staff import ChangeForm, DecideForm, InviteForm, LiftForm
from accounts.kept_forms import take_back
from accounts.models import RoleChange, StaffInvitation, User
from accounts.permissions import Permission, has_permission
from accounts.services import blocking, invitations, staff
from accounts.services.staff_rules import OpenAlready, block_refusal
from accounts.staff_addresses import nobody_at
from foundation.core.errors import PortalError

Item = RoleChange | StaffInvitation
_DONE = {
    False: gettext_lazy("Proposed. It happens when a second person has confirmed."),
    True: gettext_lazy(
        "Blocked. Everybody who may decide is told. A second person closes the account, or two lift the block."
    ),
}


@access(Audience.STAFF, permission=Permission.MANAGE_PEOPLE, step_up=True, keep_form=True)
@require_http_methods(["GET", "POST"])
def invite(request: HttpRequest) -> HttpResponse:
    """Propose to invite a colleague."""
    kept = take_back(request, request.path) if request.method == "GET" else None
    form = InviteForm(request.POST if request.method == "POST" else None, initial=_initial(kept))
    there: Item | User | None = None
    if form.is_valid():
        try:
            row = invitations.propose(form.colleague, reason=form.cleaned_data["reason"], by=signed_in(request))
        except PortalError as refusal:
            form.add_error("email" if isinstance(refusal, OpenAlready) else None, str(refusal))
            there = getattr(refusal, "item", None)
        else:
            messages.success(request, _("Proposed. Nothing is sent before a second person has confirmed."))
            return redirect("accounts:invitation", row.uid)
    context = {"form": form, "kept": kept is not None, "there": there}
    return render(request, "accounts/staff/invite.html", context, status=422 if form.is_bound else 200)


@access(Audience.STAFF, permission=Permission.MANAGE_PEOPLE, step_up=True, keep_form=True)
@require_http_methods(["GET", "POST"])
def propose(request: HttpRequest, pk: int) -> HttpResponse:
    """Propose a change of a colleague's roles or teams."""
    user = signed_in(request)
    member = get_object_or_404(User.objects.filter(staff_roles__isnull=False).distinct(), pk=pk)
    if refusal := staff.propose_refusal(member, by=user):
        messages.error(request, refusal)
        return redirect("accounts:person", pk)
    kept = take_back(request, request.path) if request.method == "GET" else None
    given = request.POST if request.method == "POST" else None
    form = ChangeForm(given, person=member, initial=kept.dict() if kept else None)
    if form.is_valid():
        try:
            change = staff.propose(member, form.wanted, reason=form.cleaned_data["reason"], by=user)
        except PortalError as refused:  # what is proposed already stands on the page with its link
            form.add_error(None, str(refused))
        else:
            messages.success(request, _DONE[change.blocks])
            return redirect("accounts:role_change", change.uid)
    context = {
        "form": form,
        "member": member,
        "kept": kept is not None,
        "leaves": blocking.leaves(member, by=user),
        "no_block": block_refusal(member, by=user),
        "hours": settings.STAFF_BLOCK_HOURS,
        "waiting": list(RoleChange.objects.waiting().filter(user=member).select_related("provider", "team")),
    }
    return render(request, "accounts/staff/role_propose.html", context, status=422 if form.is_bound else 200)


@access(Audience.STAFF, permission=Permission.SEE_PEOPLE)
@require_safe
def change(request: HttpRequest, uid: UUID) -> HttpResponse:
    """One change: what, why, who proposed it, and who decided."""
    return draw_change(request, find_change(request, uid))


@access(Audience.STAFF, permission=Permission.CONFIRM_PEOPLE, step_up=True, strong=True)
@require_http_methods(["GET", "POST"])
def change_decide(request: HttpRequest, uid: UUID) -> HttpResponse:
    """Confirm or refuse a change, as the second person."""
    found = find_change(request, uid)
    if request.method == "GET":  # back from the second factor
        return redirect("accounts:role_change", uid)
    form = DecideForm(request.POST)
    if _decided(request, form, found, staff.confirm, staff.refuse):
        return redirect("accounts:role_change", uid)
    return draw_change(request, found, form)


@access(Audience.STAFF, permission=Permission.MANAGE_PEOPLE)
@require_http_methods(["GET", "POST"])
def change_withdraw(request: HttpRequest, uid: UUID) -> HttpResponse:
    """Take the own proposal back."""
    found = find_change(request, uid)
    if request.method == "POST":
        _try(request, lambda: staff.withdraw(found, by=signed_in(request)), _("Taken back. Nothing changes."))
    return redirect("accounts:role_change", uid)


@access(Audience.STAFF, permission=Permission.SEE_PEOPLE)
@require_safe
def invitation(request: HttpRequest, uid: UUID) -> HttpResponse:
    """One invitation: who, as what, why, who proposed it, and who decided."""
    return _draw_invitation(request, _invitation(request, uid))


@access(Audience.STAFF, permission=Permission.CONFIRM_PEOPLE, step_up=True, strong=True)
@require_http_methods(["GET", "POST"])
def invitation_decide(request: HttpRequest, uid: UUID) -> HttpResponse:
    """Confirm or refuse an invitation, as the second person."""
    found = _invitation(request, uid)
    if request.method == "GET":  # back from the second factor
        return redirect("accounts:invitation", uid)
    form = DecideForm(request.POST)
    if _decided(request, form, found, invitations.confirm, invitations.refuse):
        return redirect("accounts:invitation", uid)
    return _draw_invitation(request, found, form)


@access(Audience.STAFF, permission=Permission.MANAGE_PEOPLE)
@require_http_methods(["GET", "POST"])
def invitation_withdraw(request: HttpRequest, uid: UUID) -> HttpResponse:
    """Take an invitation back; its link works no more."""
    found = _invitation(request, uid)
    if request.method == "POST":
        done = _("Withdrawn. The link does not work any more.")
        _try(request, lambda: invitations.withdraw(found, by=signed_in(request)), done)
    return redirect("accounts:invitation", uid)


@access(Audience.STAFF, permission=Permission.MANAGE_PEOPLE, step_up=True)
@require_http_methods(["GET", "POST"])
def invitation_again(request: HttpRequest, uid: UUID) -> HttpResponse:
    """Mail a new link in place of the old one."""
    found = _invitation(request, uid)
    if request.method == "POST":
        done = _("Sent. The link before does not work any more.")
        _try(request, lambda: invitations.send_again(found, by=signed_in(request)), done)
    return redirect("accounts:invitation", uid)


def _decided(
    request: HttpRequest, form: DecideForm, item: Any, confirm: Callable[..., Any], refuse: Callable[..., Any]
) -> bool:
    """Do what the second person decided, or show above the form why not."""
    if not form.is_valid():
        return False
    yes, user = form.cleaned_data["decision"] == "confirm", signed_in(request)
    try:
        if yes:
            confirm(item, by=user)
        else:
            refuse(item, reason=form.cleaned_data["reason"], by=user)
    except PortalError as refusal:
        form.add_error(None, str(refusal))
        return False
    messages.success(request, _("Confirmed.") if yes else _("Refused. Nothing changes."))
    return True


def _try(request: HttpRequest, act: Callable[[], object], done: str) -> None:
    try:
        act()
    except PortalError as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, done)


def find_change(request: HttpRequest, uid: UUID) -> RoleChange:
    """Return the change, for who may see people; 404 else."""
    rows = RoleChange.objects.visible_to(signed_in(request))
    rows = rows.select_related("user", "provider", "team", "proposed_by", "decided_by", "lift_asked_by", "lifted_by")
    found: RoleChange = get_object_or_404(rows, uid=uid)
    return found


def _invitation(request: HttpRequest, uid: UUID) -> StaffInvitation:
    rows = StaffInvitation.objects.visible_to(signed_in(request))
    rows = rows.select_related("provider", "proposed_by", "decided_by", "user").prefetch_related("teams")
    found: StaffInvitation = get_object_or_404(rows, uid=uid)
    return found


def draw_change(
    request: HttpRequest, found: RoleChange, form: DecideForm | None = None, *, lift_form: LiftForm | None = None
) -> HttpResponse:
    """Draw a change; where it blocks the account, with what two people need to lift that."""
    user, workflow = signed_in(request), staff.change_workflow
    ends = found.kind in {RoleChangeKind.LEAVE, RoleChangeKind.END}
    context: dict[str, Any] = {"item": found, "work": open_work.of(found.user) if ends else []}
    if found.blocks:
        no_ask, no_lift = (workflow.refusal(found, action, user) for action in ("ask_lift", "lift"))
        context |= {
            "late": found.decide_until is not None and found.decide_until <= timezone.now(),
            "lift_form": lift_form or LiftForm(),
            "may_ask": no_ask is None,
            "may_lift": no_lift is None,
            "no_lift": no_lift if found.lift_asked_by_id else no_ask,
        }
    return _draw(
        request, found, "accounts/staff/role_change.html", context, workflow, form, bound=lift_form is not None
    )


def _draw_invitation(request: HttpRequest, found: StaffInvitation, form: DecideForm | None = None) -> HttpResponse:
    user, at = signed_in(request), timezone.now()
    sent = found.status == InvitationStatus.CONFIRMED
    context = {
        "item": found,
        "nobody_at": nobody_at(found.email) if found.status in {"proposed", "confirmed"} else "",
        "expired": sent and found.token_expires_at is not None and found.token_expires_at <= at,
        "may_send_again": sent and has_permission(user, Permission.MANAGE_PEOPLE),
        "alike": invitations.alike(found) if found.status in {"proposed", "confirmed"} else [],
    }
    return _draw(request, found, "accounts/staff/invitation.html", context, invitations.invitation_workflow, form)


def _draw(
    request: HttpRequest, found: Item, template: str, context: dict[str, Any], workflow: Any, form: DecideForm | None,
    *, bound: bool = False,
) -> HttpResponse:  # fmt: skip
    """Draw an item with the form of the second person, or with why this person is not the second one."""
    user = signed_in(request)
    waits = found.status == "proposed"
    why_not = workflow.refusal(found, "confirm", user) if waits else ""
    context |= {
        "waits": waits,
        "why_not": why_not,
        "form": form or (DecideForm() if waits and not why_not else None),
        "may_withdraw": workflow.refusal(found, "withdraw", user) is None,
    }
    return render(request, template, context, status=422 if bound or form is not None else 200)


def _initial(kept: Any) -> dict[str, Any] | None:
    """What was typed before the second factor was shown; roles and teams are lists."""
    return {**kept.dict(), **{name: kept.getlist(name) for name in ("roles", "teams")}} if kept is not None else None
