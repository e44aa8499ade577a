"""Public pages, and the pages for what went wrong."""

import logging
from datetime import timedelta
from email.utils import parseaddr
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.loader import get_template
from django.utils import timezone
from django.views.decorators.csrf import requires_csrf_token
from django.views.decorators.http import require_safe

from accounts import kept_forms
from accounts.access import Audience, access, is_verified, signed_in
from accounts.permissions import Permission, has_permission

logger = logging.getLogger(__name__)

MAILBOXES = ("legal", "press", "support", "privacy", "security", "accessibility")


def mailboxes() -> dict[str, str]:
    """The addresses on the contact page: at the domain our mails come from, unless a setting names others."""
    domain = parseaddr(settings.DEFAULT_FROM_EMAIL)[1].rpartition("@")[2]
    return {name: f"{name}@{domain}" for name in MAILBOXES} | getattr(settings, "MAILBOXES", {})


@access(Audience.PUBLIC)
@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """What the service is, who may use it and what to have ready."""
    return render(request, "public/home.html")


@access(Audience.PUBLIC)
@require_safe
def guidelines(request: HttpRequest) -> HttpResponse:
    """What is disclosed, what it takes, and what happens with a request."""
    return render(request, "public/guidelines.html", {"version": settings.GUIDELINES_VERSION})


@access(Audience.PUBLIC)
@require_safe
def emergency(request: HttpRequest) -> HttpResponse:
    """The number to call, then the way to the form."""
    may_file = is_verified(request) and has_permission(signed_in(request), Permission.FILE_REQUEST)
    return render(request, "public/emergency.html", {"may_file": may_file})


@access(Audience.PUBLIC)
@require_safe
def privacy(request: HttpRequest) -> HttpResponse:
    """What the portal stores about the people who use it."""
    return render(request, "public/privacy.html", {"mailboxes": mailboxes()})


@access(Audience.PUBLIC)
@require_safe
def accessibility(request: HttpRequest) -> HttpResponse:
    """How accessible the portal is, and whom to tell if it is not."""
    return render(request, "public/accessibility.html", {"mailboxes": mailboxes()})


@access(Audience.PUBLIC)
@require_safe
def contact(request: HttpRequest) -> HttpResponse:
    """Where to go with what, also for those who may not use the service."""
    return render(request, "public/contact.html", {"mailboxes": mailboxes()})


@access(Audience.PUBLIC)
@require_safe
def security(request: HttpRequest) -> HttpResponse:
    """Whom to tell about a weakness (RFC 9116)."""
    until = (timezone.now() + timedelta(days=180)).replace(hour=0, minute=0, second=0, microsecond=0)
    contact = settings.SECURITY_CONTACT or f"mailto:{mailboxes()['security']}"
    lines = [
        f"Contact: {contact}",
        f"Expires: {until:%Y-%m-%dT%H:%M:%SZ}",
        "Preferred-Languages: en",
        f"Canonical: {settings.PUBLIC_URL}/.well-known/security.txt",
    ]
    return HttpResponse("\n".join(lines) + "\n", content_type="text/plain; charset=utf-8")


@requires_csrf_token
def page_not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """One page for what does not exist and what the reader may not see, so that nobody can tell them apart."""
    request.nothing_here = True  # type: ignore[attr-defined]
    return render(request, "404.html", status=404)


@requires_csrf_token
def permission_denied(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """A colleague without the right: told so, because they know that the page exists."""
    request.nothing_here = True  # type: ignore[attr-defined]
    return render(request, "403.html", status=403)


@requires_csrf_token
def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """A form whose session ended, that was opened before a sign-in in another tab, or that another site sent.

    What its own reader typed is kept (accounts.kept_forms); what another site sent is not.
    """
    logger.warning("Form refused by the CSRF check: %s", reason)
    kept, page = kept_forms.keep_refused(request)
    context = {
        "kept": bool(kept),
        "signed_in": kept is not None and kept == request.user,
        "ended": not request.user.is_authenticated and kept_forms.behind_sign_in(request),
        "page": page,
    }
    return render(request, "public/csrf_failure.html", context, status=403)


def bad_request(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """A host that is not ours, or bytes that mean nothing: repeats none of it, and asks neither session nor database.

    The link leads to PUBLIC_URL, because the host of this address may be anybody's.
    """
    context = {"phone": settings.EMERGENCY_PHONE, "home": f"{settings.PUBLIC_URL}/"}
    return HttpResponse(get_template("400.html").render(context), status=400)


def server_error(request: HttpRequest) -> HttpResponse:
    """Something broke. Uses no context, no database and no session, because one of them may be what broke."""
    context: dict[str, Any] = {"phone": settings.EMERGENCY_PHONE}
    return HttpResponse(get_template("500.html").render(context), status=500)
