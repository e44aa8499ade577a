"""Gives each web request an id and tells the trail where it comes from."""

import uuid
from collections.abc import Callable, Iterable
from ipaddress import ip_address
from typing import cast

from django.conf import settings
from django.http import HttpRequest, HttpResponseBase, StreamingHttpResponse

from foundation.audit import context


class AuditContextMiddleware:
    """Set the origin of every entry written while the request is served, and answer with X-Request-ID."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Serve the request inside its origin."""
        request_id = uuid.uuid4().hex
        origin = context.Origin(
            ip=client_ip(request),
            request_id=request_id,
            session_key=lambda: getattr(getattr(request, "session", None), "session_key", None),
        )
        with context.origin(origin):
            response = self.get_response(request)
        if isinstance(response, StreamingHttpResponse):
            # A download ends, and says so in the trail, long after the view has answered.
            response.streaming_content = _Within(origin, cast("Iterable[bytes]", response.streaming_content))
            response.close = _closing(origin, response.close)  # type: ignore[method-assign]
        response["X-Request-ID"] = request_id
        return response


class _Within:
    """Chunks that are read inside the origin of the request that they answer."""

    def __init__(self, origin: context.Origin, chunks: Iterable[bytes]) -> None:
        self._origin, self._chunks = origin, iter(chunks)

    def __iter__(self) -> "_Within":
        return self

    def __next__(self) -> bytes:
        with context.origin(self._origin):
            return next(self._chunks)


def _closing(origin: context.Origin, close: Callable[[], None]) -> Callable[[], None]:
    """Close inside the origin too: a download that was broken off says so there."""

    def inside() -> None:
        with context.origin(origin):
            close()

    return inside


def client_ip(request: HttpRequest) -> str:
    """Return the caller's address, or nothing where there is no valid one.

    Behind our own proxy it is the last entry of X-Forwarded-For, the only one that the proxy wrote itself.
    """
    address = request.META.get("REMOTE_ADDR", "")
    if settings.SECURE_PROXY_SSL_HEADER:
        address = request.META.get("HTTP_X_FORWARDED_FOR", "").rpartition(",")[2].strip() or address
    try:
        return str(ip_address(address))
    except ValueError:
        return ""
