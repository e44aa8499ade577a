"""One POST to a checked address: no redirect is followed, no proxy asked, and nothing takes longer than it may."""

import io
import math
import socket
import ssl
import time
from collections.abc import Mapping
from contextlib import suppress
from functools import cache
from http import HTTPStatus
from http.client import HTTPConnection, HTTPException, HTTPResponse
from typing import Any, NamedTuple

from foundation.notifications.hooks.addresses import Target

# Seconds for a connection to one address, and for everything together.
CONNECT_SECONDS = 3.0
TOTAL_SECONDS = 10.0
# Of an answer no more is read; of an error so much is kept.
ANSWER_BYTES = 1024
SAID_LENGTH = 160


class Reply(NamedTuple):
    """What came back: the status, or None where there was no answer; and words for the list of calls."""

    status: int | None
    detail: str = ""


def post(target: Target, body: bytes, headers: Mapping[str, str], *, total: float = TOTAL_SECONDS) -> Reply:
    """Send the body and return what came of it; every failure of the network is a reply, not an exception."""
    try:
        line = connect(target, Deadline(total))
        try:
            return _exchange(line, target, body, headers)
        finally:
            line.end()
    except TimeoutError:
        return Reply(None, "No answer in time")
    except ssl.SSLCertVerificationError as error:
        return Reply(None, f"The certificate is not valid: {error.verify_message}")
    except (OSError, HTTPException) as error:
        return Reply(None, f"{type(error).__name__}: {error}"[:300])


class Deadline:
    """When the time for everything is over, and how long to wait for the next byte within it."""

    def __init__(self, total: float, *, idle: float = math.inf) -> None:
        self._ends, self._idle = time.monotonic() + total, idle

    @property
    def remaining(self) -> float:
        """Seconds until everything is over; 0 or less: it is."""
        return self._ends - time.monotonic()

    def left(self) -> float:
        """Return the seconds for which to wait now. Raises TimeoutError where none are left."""
        left = self.remaining
        if left <= 0:
            raise TimeoutError
        return min(left, self._idle)


class Line:
    """A socket that knows when its time is over, however slowly the other side speaks; what http.client needs of it."""

    def __init__(self, line: socket.socket, deadline: Deadline) -> None:
        self._socket, self._deadline = line, deadline

    def sendall(self, data: bytes) -> None:
        """Send everything in the time that is left."""
        self._socket.settimeout(self._deadline.left())
        self._socket.sendall(data)

    def makefile(self, _mode: str) -> io.BufferedReader:
        """Return what the answer is read from."""
        return io.BufferedReader(_Reader(self._socket, self._deadline), ANSWER_BYTES)

    def close(self) -> None:
        """What http.client does as soon as it has the headers; the answer is still to be read."""

    def end(self) -> None:
        """Hang up."""
        with suppress(OSError):
            self._socket.close()


class _Reader(io.RawIOBase):
    """Reads from a socket until its time is over."""

    def __init__(self, line: socket.socket, deadline: Deadline) -> None:
        self._socket, self._deadline = line, deadline

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any, /) -> int:
        self._socket.settimeout(self._deadline.left())
        return self._socket.recv_into(buffer)


def connect(target: Target, deadline: Deadline) -> Line:
    """Connect to the first of the checked addresses that answers; the certificate must be of the name.

    Raises OSError; TimeoutError and ssl.SSLCertVerificationError among them.
    """
    failed: OSError = OSError("no address")
    for ip in target.ips:
        try:
            plain = socket.create_connection((ip, target.port), timeout=min(CONNECT_SECONDS, deadline.left()))
        except OSError as error:
            failed = error
            continue
        if not target.secure:
            return Line(plain, deadline)
        try:
            plain.settimeout(deadline.left())
            return Line(_tls().wrap_socket(plain, server_hostname=target.host), deadline)
        except OSError:
            plain.close()
            raise
    raise failed


def _exchange(line: Line, target: Target, body: bytes, headers: Mapping[str, str]) -> Reply:
    talk = HTTPConnection(target.host, target.port)
    talk.sock = line
    talk.request("POST", target.path, body, {"Host": target.host_header, "Connection": "close", **headers})
    with talk.getresponse() as answer:
        status = answer.status
        return Reply(status, "" if 200 <= status < 300 else _words(answer))


def _words(answer: HTTPResponse) -> str:
    """The status in words, and the beginning of what the receiver said of it."""
    known = answer.status in HTTPStatus._value2member_map_
    name = HTTPStatus(answer.status).phrase if known else "Unknown status"
    if 300 <= answer.status < 400:
        return f"{name}: redirects are not followed"
    said = b""
    with suppress(OSError, HTTPException):
        said = answer.read(ANSWER_BYTES)
    text = "".join(letter if letter.isprintable() else " " for letter in said.decode("utf-8", "replace"))
    text = " ".join(text.split())[:SAID_LENGTH]
    return f'{name}: it said "{text}"' if text else name


@cache
def _tls() -> ssl.SSLContext:
    """TLS 1.2 or newer, with the certificate authorities of the system (SSL_CERT_FILE adds one's own)."""
    context = ssl.create_default_context()
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    return context
