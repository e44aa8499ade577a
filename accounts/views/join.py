"""An invited colleague sets a password; a second factor comes next, before anything else."""

from uuid import UUID

from allauth.account.utils import perform_login
from django.conf import settings
from django.contrib.auth import logout
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from accounts.access import Audience, access
from accounts.forms.sign_in import FirstPasswordForm
from accounts.services import invitations, sign_in
from foundation.core.errors import PortalError


@access(Audience.PUBLIC)
@never_cache
@sensitive_post_parameters("password")
@require_http_methods(["GET", "POST"])
def join(request: HttpRequest, uid: UUID, token: str) -> HttpResponse:
    """Accept an invitation; opening the link alone does nothing, because mail scanners do that."""
    invitation = invitations.find_by_token(uid, token)
    if invitation is None:
        return render(request, "accounts/staff/invitation_used.html", status=410)
    form = FirstPasswordForm(request.POST if request.method == "POST" else None, email=invitation.email)
    if form.is_valid():
        try:
            user = invitations.accept(invitation, token=token, password=form.cleaned_data["password"])
        except PortalError as refusal:
            return render(request, "accounts/staff/invitation_used.html", {"refusal": str(refusal)}, status=410)
        if request.user.is_authenticated:  # whoever sat here before
            logout(request)
        sign_in.accept_confirmation(user)
        perform_login(request, user, email=user.email)
        return redirect("accounts:factor_new")
    context = {"form": form, "invitation": invitation, "rules": settings.RULES_VERSION}
    return render(request, "accounts/staff/invitation_accept.html", context, status=422 if form.is_bound else 200)
