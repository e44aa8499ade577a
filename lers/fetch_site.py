"""A second lock beside the token of each form: browsers say themselves where a request came from (Fetch Metadata)."""

from collections.abc import Callable
from typing import Any

from django.http import HttpRequest, HttpResponse

from lers.headers import REPORT_PATH
from lers.views import csrf_failure

_SAFE = frozenset({"GET", "HEAD", "OPTIONS", "TRACE"})
# A page of ours, or the person's own hand. Programs and old browsers send nothing; the token of the form judges those.
_OURS = frozenset({"same-origin", "none", ""})


class FetchSiteMiddleware:
    """Refuses what would change something and was begun by another site, also by one under the same domain."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Serve the request."""
        return self.get_response(request)

    def process_view(
        self, request: HttpRequest, view: Callable[..., Any], args: Any, kwargs: Any
    ) -> HttpResponse | None:
        """Answer in the view's place, before its form is read."""
        site = request.headers.get("Sec-Fetch-Site", "")
        if request.method in _SAFE or site in _OURS or request.path_info == REPORT_PATH:
            return None
        return csrf_failure(request, reason=f"Sec-Fetch-Site is {site[:20]!r}.")
