"""A person's own account."""

from django.contrib import messages
from django.contrib.auth import logout
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from accounts.access import Audience, access, signed_in
from accounts.services import factors, sign_in


@access(Audience.VERIFIED)
@require_safe
def account(request: HttpRequest) -> HttpResponse:
    """Own data, second factor, recovery codes."""
    user = signed_in(request)
    context = {"left": factors.codes_left(user), "member": user.membership, "factors": factors.factors_of(user)}
    return render(request, "accounts/account.html", context)


@access(Audience.VERIFIED)
@require_POST
def end_sessions(request: HttpRequest) -> HttpResponse:
    """Sign out everywhere, here too."""
    user = signed_in(request)
    sign_in.end_all_sessions(user, by=user, reason="asked by the owner of the account")
    logout(request)
    messages.info(request, _("You are signed out on every device."))
    return redirect("accounts:sign_in")
