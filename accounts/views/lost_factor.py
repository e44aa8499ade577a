"""Somebody lost what they sign in with: how it goes, asking, and the link after a reset."""

from uuid import UUID

from allauth.account.adapter import get_adapter
from allauth.account.utils import perform_login
from django.conf import settings
from django.contrib import messages
from django.contrib.auth import logout
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_safe

from accounts.access import Audience, access, is_verified, signed_in
from accounts.adapter import WRONG
from accounts.forms.staff import LinkForm, LostForm
from accounts.models import LostFactor, User
from accounts.services import lost_factor
from accounts.views.setting_up import note_reset_link
from foundation.core.errors import PortalError


@access(Audience.PUBLIC)
@require_safe
def help_page(request: HttpRequest) -> HttpResponse:
    """Say what to do when everything is lost; the same for everybody."""
    return render(request, "accounts/lost_factor_help.html")


@access(Audience.PASSWORD)
@never_cache
@require_http_methods(["GET", "POST"])
def ask(request: HttpRequest) -> HttpResponse:
    """Ask for a reset in a session opened with the password, and see how it stands."""
    user, at = signed_in(request), timezone.now()
    if is_verified(request):
        messages.info(request, _("You confirmed with a passkey or an app: it is not lost. Remove or add others here."))
        return redirect("accounts:account")
    case, why_not = lost_factor.open_case(user), lost_factor.ask_refusal(user, at=at)
    sent = lost_factor.waiting_reset(user) if why_not else None
    if case is None and why_not and sent is None:  # never had one: nothing is lost
        return redirect("accounts:factor_new")
    form = LostForm(request.POST if request.method == "POST" else None)
    if case is None and form.is_valid():
        try:
            lost_factor.ask(user, reason=form.cleaned_data["reason"])
        except PortalError as refusal:
            form.add_error(None, str(refusal))
        else:
            return redirect("accounts:lost_factor")
    context = {"case": case, "sent": sent, "form": form}
    bound = form.is_bound and case is None
    return render(request, "accounts/lost_factor.html", context, status=422 if bound else 200)


@access(Audience.PASSWORD)
@require_http_methods(["GET", "POST"])
def withdraw(request: HttpRequest) -> HttpResponse:
    """Take the question back."""
    case = lost_factor.open_case(signed_in(request))
    if request.method == "POST" and case is not None:
        try:
            lost_factor.withdraw(case, by=signed_in(request))
        except PortalError as refusal:
            messages.error(request, str(refusal))
        else:
            messages.success(request, _("Taken back. Nothing was reset."))
    return redirect("accounts:lost_factor")


@access(Audience.PUBLIC)
@never_cache
@sensitive_post_parameters("password")
@require_http_methods(["GET", "POST"])
def link(request: HttpRequest, uid: UUID, token: str) -> HttpResponse:
    """The mailed link of a reset: with the password it lets a new factor be set up, and nothing else."""
    case = lost_factor.find_by_token(uid, token)
    if case is None:
        return render(request, "accounts/lost_factor_used.html", status=410)
    if request.user.is_authenticated and request.user.pk == case.user_id:  # the password was right a moment ago
        if request.method == "POST":
            return _set_up(request, case)
        return render(request, "accounts/lost_factor_link.html", {"case": case})
    form = LinkForm(request.POST if request.method == "POST" else None)
    if form.is_valid() and (user := _owner(request, case, form)) is not None:
        if request.user.is_authenticated:  # whoever sat here before
            logout(request)
        perform_login(request, user, email=user.email)
        return _set_up(request, case)
    context = {"form": form, "case": case, "rules": settings.RULES_VERSION}
    return render(request, "accounts/lost_factor_link.html", context, status=422 if form.is_bound else 200)


def _owner(request: HttpRequest, case: LostFactor, form: LinkForm) -> User | None:
    """Return the owner of the account where the password is right, within the limits of signing in."""
    said = {"email": case.user.email, "password": form.cleaned_data["password"]}
    try:
        user: User | None = get_adapter(request).authenticate(request, **said)
    except ValidationError as locked:
        form.add_error(None, locked)
        return None
    if user is None or user.pk != case.user_id:
        form.add_error(None, WRONG)
        return None
    return user


def _set_up(request: HttpRequest, case: LostFactor) -> HttpResponse:
    """Link and password are both shown: now, and only in this session, a new factor can be set up."""
    lost_factor.note_opened(case)
    note_reset_link(request, case)
    return redirect("accounts:factor_new")
