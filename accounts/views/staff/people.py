"""Staff and their roles: the list, one person, and who is on call."""

from django.contrib import messages
from django.db.models import Exists, OuterRef, Prefetch, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe
from django_otp_webauthn.models import WebAuthnCredential

from accounts import open_work
from accounts.access import Audience, access, signed_in
from accounts.enums import InvitationStatus
from accounts.models import AuthenticatorApp, LostFactor, RoleChange, StaffInvitation, StaffRole, TeamMembership, User
from accounts.permissions import Permission, has_permission
from accounts.services import deliveries, staff, unused_staff
from accounts.services.factors import codes_left, factors_of
from accounts.services.people import note_listed
from foundation.core.errors import PortalError

_MOST = 50


@access(Audience.STAFF, permission=Permission.SEE_PEOPLE)
@require_safe
def people(request: HttpRequest) -> HttpResponse:
    """What waits for a second person, then everybody who holds or held a role."""
    user, at = signed_in(request), timezone.now()
    related = ("user", "provider", "team", "proposed_by", "lift_asked_by")
    changes = list(RoleChange.objects.visible_to(user).waiting().select_related(*related))
    invitations = StaffInvitation.objects.visible_to(user).select_related("provider", "proposed_by")
    note_listed(by=user)
    context = {
        "people": [(member, unused_staff.closes_soon(member, at=at)) for member in _staff()],
        "blocked": [change for change in changes if change.blocks],
        "changes": [change for change in changes if not change.blocks],
        "invitations": list(invitations.waiting()),
        "invited": list(invitations.filter(status=InvitationStatus.CONFIRMED).order_by("decided_at")),
        "lost": list(LostFactor.objects.visible_to(user).open().filter(of_staff=True).select_related("user")),
        "may_invite": has_permission(user, Permission.MANAGE_PEOPLE),
    }
    return render(request, "accounts/staff/people.html", context)


@access(Audience.STAFF, permission=Permission.SEE_PEOPLE)
@require_safe
def person(request: HttpRequest, pk: int) -> HttpResponse:
    """One colleague: roles with both names, teams, what they sign in with, what they work on, what was changed."""
    user, member = signed_in(request), _one(pk)
    staff.note_read(member, by=user)
    changes = RoleChange.objects.visible_to(user).filter(user=member)
    changes = changes.select_related("user", "provider", "team", "proposed_by", "decided_by")
    roles = StaffRole.objects.filter(user=member).select_related("provider", "granted_by", "confirmed_by")
    context = {
        "member": member,
        "roles": list(roles.order_by("ended_at", "-granted_at", "pk")),
        "teams": list(TeamMembership.objects.filter(user=member).select_related("team").order_by("team__name")),
        "factors": [str(factor.kind.label) for factor in factors_of(member)],
        "codes_left": codes_left(member),
        "closes_at": unused_staff.closes_at(member),
        "work": open_work.of(member),
        "changes": list(changes.order_by("-proposed_at", "-pk")[:_MOST]),
        "why_not": staff.propose_refusal(member, by=user),
        "may_manage": has_permission(user, Permission.MANAGE_PEOPLE) and member != user,
    } | deliveries.mail_of(member, user)
    return render(request, "accounts/staff/person.html", context)


@access(Audience.STAFF, permission=Permission.MANAGE_PEOPLE)
@require_http_methods(["GET", "POST"])
def on_call(request: HttpRequest, pk: int, team: int) -> HttpResponse:
    """Put a member of a team on call, or take them off."""
    row = get_object_or_404(TeamMembership.objects.select_related("user", "team"), user=_one(pk), team=team)
    if request.method == "POST":
        try:
            staff.set_on_call(row, on_call=request.POST.get("on_call") == "yes", by=signed_in(request))
        except PortalError as refusal:
            messages.error(request, str(refusal))
        else:
            messages.success(request, _("On call now.") if row.on_call else _("Not on call any more."))
    return redirect("accounts:person", pk)


def _one(pk: int) -> User:
    """Return a colleague: anybody who holds or held a role."""
    return get_object_or_404(unused_staff.with_last_use(_members()), pk=pk)


def _members() -> QuerySet[User]:
    return User.objects.filter(staff_roles__isnull=False).distinct()


def _staff() -> QuerySet[User]:
    apps = AuthenticatorApp.objects.filter(user=OuterRef("pk"), confirmed=True)
    passkeys = WebAuthnCredential.objects.filter(user=OuterRef("pk"), confirmed=True)
    roles = StaffRole.objects.filter(ended_at=None).select_related("provider").order_by("role")
    teams = TeamMembership.objects.select_related("team").order_by("team__name")
    found = unused_staff.with_last_use(_members()).annotate(has_app=Exists(apps), has_passkey=Exists(passkeys))
    return found.prefetch_related(
        Prefetch("staff_roles", queryset=roles, to_attr="roles_held"),
        Prefetch("team_memberships", queryset=teams, to_attr="teams_held"),
    ).order_by("-is_active", "full_name", "pk")
