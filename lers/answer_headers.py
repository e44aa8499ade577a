"""Headers of every answer, whatever made it: a page, a file, a redirect, an error, a static file."""

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse

from lers.headers import BARE_POLICY, NO_POWERS, REPORT_PATH, REPORTING_ENDPOINTS

_POLICY = "Content-Security-Policy"
# Running text that anybody may find; nothing else belongs into a search engine.
_FOUND = "public"
_SAFE = frozenset({"GET", "HEAD"})


class AnswerHeadersMiddleware:
    """The outermost layer: what an inner one forgot, or never saw, gets its headers here."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Serve the request; nothing that says more than the defaults is changed, but for what must not be stored."""
        reports = request.path_info == REPORT_PATH
        if reports:
            request.COOKIES = {}  # a browser sends it by itself: it is nobody's act, and keeps no session alive
        response = self.get_response(request)
        headers = response.headers
        headers.setdefault(_POLICY, BARE_POLICY)
        headers.setdefault("Permissions-Policy", NO_POWERS)
        headers.setdefault("Cross-Origin-Resource-Policy", "same-origin")
        headers.setdefault("X-Permitted-Cross-Domain-Policies", "none")
        headers.setdefault("Reporting-Endpoints", REPORTING_ENDPOINTS)
        match = request.resolver_match
        if response.status_code != 200 or match is None or match.namespace != _FOUND:
            headers.setdefault("X-Robots-Tag", "noindex, nofollow")
        static = response.status_code < 400 and request.path_info.startswith(settings.STATIC_URL)
        if not static and "no-store" not in headers.get("Cache-Control", ""):
            # Whoever brings a session may be somebody: nothing of theirs is stored. Other pages are asked for again.
            own = settings.SESSION_COOKIE_NAME in request.COOKIES or response.cookies or request.method not in _SAFE
            own = own or reports  # whose session it was is not known there
            headers["Cache-Control"] = "no-store" if own else headers.get("Cache-Control", "no-cache, private")
        return response
