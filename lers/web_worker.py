"""gunicorn's threaded worker, which says no more of itself than it must, in its own refusals too.

gunicorn has no setting for either: its answers name the server, and what it refuses before the portal hears of it (a
broken request line, too many headers) goes out without a single header of ours and repeats what was sent.
"""

import socket
from typing import Any

from gunicorn import util
from gunicorn.http.wsgi import Response
from gunicorn.workers.gthread import ThreadWorker

from lers.headers import BARE_POLICY, NO_POWERS

_HEADERS = (
    ("Connection", "close"),
    ("Content-Type", "text/plain; charset=utf-8"),
    ("Cache-Control", "no-store"),
    ("Content-Security-Policy", BARE_POLICY),
    ("Cross-Origin-Opener-Policy", "same-origin"),
    ("Cross-Origin-Resource-Policy", "same-origin"),
    ("Permissions-Policy", NO_POWERS),
    ("Referrer-Policy", "same-origin"),
    ("X-Content-Type-Options", "nosniff"),
    ("X-Frame-Options", "DENY"),
    ("X-Robots-Tag", "noindex, nofollow"),
)
_headers_of_gunicorn = Response.default_headers


def refusal(status: int, reason: str) -> bytes:
    """Return a whole answer that repeats nothing of what was sent."""
    body = f"{reason}\n"
    head = [f"HTTP/1.1 {status} {reason}", *(f"{name}: {value}" for name, value in _HEADERS)]
    return "\r\n".join([*head, f"Content-Length: {len(body)}", "", body]).encode("latin-1")


def _write_error(sock: socket.socket, status_int: int, reason: str, mesg: str) -> None:
    util.write_nonblock(sock, refusal(status_int, reason))


def _without_server(response: Any) -> list[str]:
    return [line for line in _headers_of_gunicorn(response) if not line.startswith("Server:")]


util.write_error = _write_error
Response.default_headers = _without_server


class Worker(ThreadWorker):  # type: ignore[misc]  # the library has no types
    """The worker of lers/gunicorn.py."""
