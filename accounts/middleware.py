"""Default deny: each view's declaration is enforced here, before the view runs."""

from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode, urlsplit

from django.conf import settings
from django.contrib import messages
from django.contrib.auth import logout
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse

from accounts import kept_forms, session_life
from accounts.access import (
    Access,
    Audience,
    declared,
    factor_counts,
    factor_is_fresh,
    is_signed,
    is_verified,
    needs_passkey,
    needs_settled,
    signed_in,
)
from accounts.acting import SessionEnded, acting
from accounts.events import Event
from accounts.permissions import has_permission
from accounts.services import refusals
from accounts.services.factors import has_factor
from foundation.audit.trail import record

_CUT_OFF = "The sessions were ended while the request was served."
_SAFE = frozenset({"GET", "HEAD", "OPTIONS", "TRACE"})
_IDLE = "You were signed out after a time without activity."
_OVER = "You were signed out while you typed."
_SAVED = "What you saved is still here."
_LOST = "What you just sent was not saved."
_KEPT = "Nothing was sent. What you typed comes back when you have signed in."
_PRESS_AGAIN = "Nothing was done yet. Confirm that it is you, then press the button again."


class AccessMiddleware:
    """Checks audience, permission, second factor, step-up and idle time of every request."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        """Remember the next layer."""
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Serve what changes something only while the person's sessions last, and let no page be stored."""
        response = self.get_response(request) if request.method in _SAFE else self._act(request)
        if request.user.is_authenticated:
            refusals.note(request, response)
            kept_forms.put_back(request, response)
            response.headers.setdefault("Cache-Control", "no-store")
        return response

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        """Answer somebody whose sessions were ended while the request was served."""
        return _ended(request) if isinstance(exception, SessionEnded) else None

    def _act(self, request: HttpRequest) -> HttpResponse:
        if not request.user.is_authenticated:
            return self.get_response(request)
        with acting(request.user, session_key=lambda: request.session.session_key) as person:
            response = self.get_response(request)
        # Whatever a view made of it: nobody who was signed out reads an answer.
        return _ended(request) if person.ended and request.user.is_authenticated else response

    def process_view(
        self, request: HttpRequest, view: Callable[..., Any], args: Any, kwargs: Any
    ) -> HttpResponse | None:
        """Let the view run, or answer in its place."""
        rule = declared(view)
        if rule is None:
            raise Http404("This view declares no audience.")
        if rule.audience is Audience.COMPANY:  # no person, so no session: not even of somebody who is signed in
            if not is_signed(view):
                raise Http404("This view checks no signature.")
            return None
        if request.user.is_authenticated and not session_life.note_activity(request):
            kept = rule.audience is not Audience.PUBLIC and _keep_typed(request)
            record(Event.SESSION_TIMED_OUT, by=request.user, obj=signed_in(request))
            logout(request)
            messages.info(request, f"{_IDLE} {_KEPT if kept else _SAVED}")
            return _to_sign_in(request) if rule.audience is not Audience.PUBLIC else None
        if rule.audience is Audience.PUBLIC:
            return None
        if not request.user.is_authenticated:
            if _keep_typed(request):
                messages.info(request, f"{_OVER} {_KEPT}")
            return _to_sign_in(request)
        if rule.audience is Audience.PASSWORD:
            return None
        if not is_verified(request):
            return _to_factor(request)
        return self._signed_in(request, rule)

    def _signed_in(self, request: HttpRequest, rule: Access) -> HttpResponse | None:
        """Decide for somebody whose second factor is verified."""
        user = request.user
        if rule.audience is Audience.OFFICER and not user.is_officer:  # type: ignore[union-attr]
            # Before the view looks for anything: whoever lapsed learns the way back, and nothing of what is there.
            if user.has_lapsed and request.method in {"GET", "HEAD"}:  # type: ignore[union-attr]
                return HttpResponseRedirect(reverse("accounts:verify"))
            raise Http404
        if rule.audience is Audience.STAFF and not user.is_staff_member:  # type: ignore[union-attr]
            raise Http404
        if rule.permission is not None and not has_permission(user, rule.permission):  # type: ignore[arg-type]
            if rule.audience is Audience.OFFICER:  # who leads an agency is nobody else's business
                raise Http404
            raise PermissionDenied("Your role does not allow this.")
        passkey, settled = needs_passkey(rule), needs_settled(rule)
        if (rule.step_up or passkey) and not factor_is_fresh(request, passkey=passkey, settled=settled):
            if request.method == "POST":
                _keep_for_factor(request, rule)
            return _to_factor(request, passkey=passkey, settled=settled, download=rule.download)
        return None


def _keep_typed(request: HttpRequest) -> bool:
    """Keep the form that was sent after the session was over."""
    return request.method == "POST" and kept_forms.keep_typed(request)


def _keep_for_factor(request: HttpRequest, rule: Access) -> None:
    """Keep the form while the factor is shown: for the view that draws it again, else for any page.

    Where only a button was pressed there is nothing to keep: the page of the factor says that it waits.
    """
    if rule.keep_form:
        kept_forms.keep(request)
    elif not kept_forms.keep_typed(request, signed_out=False):
        messages.info(request, _PRESS_AGAIN)


def _next(request: HttpRequest) -> str:
    """Return where to come back to: the page itself, or for a POST the page it was sent from."""
    if request.method in {"GET", "HEAD"}:
        return request.get_full_path()
    return _sent_from(request) or request.path


def _sent_from(request: HttpRequest) -> str:
    """Return the page of ours on which a link or button was pressed, or nothing."""
    sent_from = urlsplit(request.headers.get("Referer", ""))
    if sent_from.path and sent_from.netloc == request.get_host():
        return f"{sent_from.path}?{sent_from.query}".rstrip("?")
    return ""


def _ended(request: HttpRequest) -> HttpResponse:
    """Sign out somebody whose sessions were ended in the middle of a request; the attempt stays on record."""
    record(Event.ACCESS_DENIED, by=request.user, outcome="refused", reason=_CUT_OFF, data={"path": request.path})
    kept = _keep_typed(request)
    logout(request)
    messages.info(request, f"You were signed out: your sessions were ended. {_KEPT if kept else _LOST}")
    return _to_sign_in(request)


def _to_sign_in(request: HttpRequest) -> HttpResponse:
    return HttpResponseRedirect(f"{settings.LOGIN_URL}?{urlencode({'next': _next(request)})}")


def _to_factor(
    request: HttpRequest, *, passkey: bool = False, settled: bool = False, download: bool = False
) -> HttpResponse:
    """Ask for the second factor, or have one set up; either goes on to the page that was wanted.

    settled: the page says which ones count, where the one of this session does not yet. download: a file is wanted, and
    the page it was asked for on is remembered, because a browser stays where it is while a file comes.
    """
    page = "accounts:factor" if has_factor(request.user) else "accounts:factor_new"
    older = {"older": "1"} if settled and not factor_counts(request) else {}
    where = {"back": _sent_from(request)} if download else {}
    query = {"next": _next(request)} | where | older | ({"need": "passkey"} if passkey else {})
    return HttpResponseRedirect(f"{reverse(page)}?{urlencode(query)}")
