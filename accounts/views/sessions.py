"""A person's sessions: the list, ending them, staying signed in, and what was typed when one ended."""

from uuid import UUID

from django.contrib import messages
from django.contrib.auth import logout, update_session_auth_hash
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts import kept_forms, session_life
from accounts.access import Audience, access, signed_in
from accounts.devices import device_words
from accounts.forms.sign_in import ChangePasswordForm
from accounts.models import User
from accounts.services import sessions, sign_in, typed_forms
from accounts.views.going_on import wanted, while_suspended
from foundation.core.errors import NotAllowed

_OWNER = "asked by the owner of the account"


@access(Audience.VERIFIED)
@require_safe
def listed(request: HttpRequest) -> HttpResponse:
    """Where the person is signed in."""
    found = sessions.open_sessions(signed_in(request), key=request.session.session_key)
    return render(request, "accounts/sessions.html", {"sessions": found, "others": len(found) > 1})


@access(Audience.VERIFIED)
@require_http_methods(["GET", "POST"])
def end(request: HttpRequest, uid: UUID) -> HttpResponse:
    """End one of the own sessions; this one is ended by signing out."""
    user = signed_in(request)
    if request.method == "POST":
        if sessions.end_one(user, uid):
            messages.success(request, _("This session is ended."))
        else:
            messages.info(request, _("This session was over already."))
    return redirect("accounts:sessions")


@access(Audience.VERIFIED)
@require_http_methods(["GET", "POST"])
def end_others(request: HttpRequest) -> HttpResponse:
    """End every session but this one."""
    user = signed_in(request)
    if request.method == "POST":
        sessions.end_others(user, key=request.session.session_key)
        _go_on_here(request, user)
        messages.success(request, _("You are signed out everywhere else."))
    return redirect("accounts:sessions")


@access(Audience.VERIFIED)
@require_http_methods(["GET", "POST"])
def end_all(request: HttpRequest) -> HttpResponse:
    """Sign out everywhere, here too."""
    if request.method == "GET":
        return redirect("accounts:sessions")
    user = signed_in(request)
    sign_in.end_all_sessions(user, by=user, reason=_OWNER)
    logout(request)
    messages.info(request, _("You are signed out on every device."))
    return redirect("accounts:sign_in")


@access(Audience.VERIFIED)
@never_cache
@require_safe
def life(request: HttpRequest) -> HttpResponse:
    """How many seconds this session has, for the script that warns before the end; asked with X-Poll."""
    at = timezone.now()
    return JsonResponse(session_life.life_of(request, at=at).seconds(at))


@access(Audience.VERIFIED)
@never_cache
@require_http_methods(["GET", "POST"])
def stay(request: HttpRequest) -> HttpResponse:
    """Count as activity. The script gets seconds, a person without it a page that says until when."""
    if request.method == "GET":
        return redirect("accounts:sessions")
    at = timezone.now()
    session_life.note_activity(request, asked=True, at=at)
    if request.headers.get("Accept", "").startswith("application/json"):
        return JsonResponse(session_life.life_of(request, at=at).seconds(at))
    context = {"life": session_life.life_of(request, at=at), "next": kept_forms.sent_from(request)}
    return render(request, "accounts/stayed.html", context)


@access(Audience.PUBLIC)
@never_cache
@require_POST
def keep_typed(request: HttpRequest) -> HttpResponse:
    """Keep a form that the script sends a moment before the session ends, for whom the form was given to.

    Public, because the session may be over already; who it is for is known from the form's own secret.
    """
    kept_forms.keep_typed(request)
    return HttpResponse(status=204)


@access(Audience.VERIFIED)
@require_http_methods(["GET", "POST"])
def discard_typed(request: HttpRequest) -> HttpResponse:
    """Throw away what was typed when the session ended."""
    if request.method == "POST":
        typed_forms.drop(signed_in(request), request.POST.get("form", ""))
        messages.success(request, _("What you had typed is deleted."))
    return redirect(wanted(request) or reverse("accounts:landing"))


@access(Audience.VERIFIED, step_up=True)
@never_cache
@sensitive_post_parameters("old_password", "password")
@require_http_methods(["GET", "POST"])
def change_password(request: HttpRequest) -> HttpResponse:
    """Change the own password: ends every other session."""
    user = signed_in(request)
    if frozen := while_suspended(request):
        return frozen
    form = ChangePasswordForm(request.POST if request.method == "POST" else None, email=user.email)
    if form.is_valid():
        said, device = form.cleaned_data, device_words(request.headers.get("User-Agent", ""))
        try:
            sign_in.change_password(user, old=said["old_password"], new=said["password"], device=device)
        except NotAllowed as refusal:
            form.add_error("old_password", str(refusal))
        else:
            _go_on_here(request, user)
            messages.success(request, _("Your password is changed. Every other session is ended."))
            return redirect("accounts:account")
    return render(request, "accounts/change_password.html", {"form": form}, status=422 if form.is_bound else 200)


def _go_on_here(request: HttpRequest, user: User) -> None:
    """Let this session go on after every session was ended, under a new key."""
    user.refresh_from_db(fields=["password", "session_epoch"])
    update_session_auth_hash(request, user)
