"""Gives each web request an id and tells the trail where it comes from."""

import uuid
from collections.abc import Callable
from ipaddress import ip_address

from django.conf import settings
from django.http import HttpRequest, HttpResponseBase

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
        response["X-Request-ID"] = request_id
        return response


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
