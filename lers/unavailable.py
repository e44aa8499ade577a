"""Storage or key service do not answer while a page needs them: the page says so, and the answer is 503."""

import logging
from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.template.loader import get_template

from foundation.documents.errors import FilesUnavailable

logger = logging.getLogger(__name__)


class FilesUnavailableMiddleware:
    """Answers what no view answered: nothing is lost, and trying again helps."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Serve the request."""
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        """Answer with the sentence of the error, without session or database: a retry is all there is to do."""
        if not isinstance(exception, FilesUnavailable):
            return None
        view = request.resolver_match.view_name if request.resolver_match else ""
        logger.error("%s while %s was served", type(exception).__name__, view)
        page = get_template("503.html").render({"sentence": str(exception), "phone": settings.EMERGENCY_PHONE})
        return HttpResponse(page, status=503, headers={"Retry-After": "60", "Cache-Control": "no-store"})
