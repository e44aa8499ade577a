"""Staff and their roles."""

from django.db.models import Exists, OuterRef, Prefetch
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe
from django_otp_webauthn.models import WebAuthnCredential

from accounts.access import Audience, access, signed_in
from accounts.models import AuthenticatorApp, StaffRole, User
from accounts.permissions import Permission
from accounts.services.people import note_listed


@access(Audience.STAFF, permission=Permission.MANAGE_PEOPLE)
@require_safe
def people(request: HttpRequest) -> HttpResponse:
    """Everybody who holds or held a role."""
    apps = AuthenticatorApp.objects.filter(user=OuterRef("pk"), confirmed=True)
    passkeys = WebAuthnCredential.objects.filter(user=OuterRef("pk"), confirmed=True)
    roles = StaffRole.objects.filter(ended_at=None).select_related("provider").order_by("role")
    staff = (
        User.objects.filter(staff_roles__isnull=False)
        .distinct()
        .annotate(has_app=Exists(apps), has_passkey=Exists(passkeys))
        .prefetch_related(Prefetch("staff_roles", queryset=roles, to_attr="roles_held"))
        .order_by("full_name", "pk")
    )
    note_listed(by=signed_in(request))
    return render(request, "accounts/staff/people.html", {"people": staff})
