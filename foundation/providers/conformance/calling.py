"""Calls as a conformance run makes them: every header by hand, so that wrong ones can be sent too."""

import http.client
import json
import ssl
import time
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, closing
from dataclasses import dataclass, replace
from email.message import Message
from typing import Any, TypeVar
from urllib.parse import urlsplit
from uuid import uuid4

from foundation.providers.connectors.http import codec, signing, wire

T = TypeVar("T")
# Seconds for which the portal waits for the next byte: of what a person waits for, longer for many identifiers; of the
# rest.
QUICK_SECONDS, MANY_SECONDS, SECONDS = 10.0, 60.0, 30.0
_QUICK = frozenset({wire.ABOUT, wire.MATCH, wire.CONTACT, wire.RESTRICTIONS})
_MANY_BYTES = 4096
# Of a busy answer, so long a wait is waited.
_LONGEST_WAIT = 30
# Of one answer; contents of files are longer in life, but not those of a test account.
_LARGEST = 256 * 1024 * 1024


class Unreachable(Exception):
    """The company's systems did not answer at all; str() says why."""


@dataclass(frozen=True)
class Heard:
    """An answer: what came, and what is wrong with its signature (empty: nothing)."""

    status: int
    headers: Message
    body: bytes
    signature_problem: str

    @property
    def code(self) -> str:
        """The word of an error; empty where it is none, or not one of ours."""
        try:
            return codec.from_bytes(wire.ErrorAnswer, self.body).error.code
        except codec.BadMessage:
            return ""

    def read(self, wanted: type[T]) -> T:
        """Return the message of an answer. Raises BadMessage."""
        return codec.from_bytes(wanted, self.body)


def open_directly(url: str) -> AbstractContextManager[http.client.HTTPConnection]:
    """Open a line to whatever the address names: for whoever checks his own systems from his own machine."""
    parts = urlsplit(url)
    host, port = parts.hostname or "", parts.port
    if parts.scheme == "https":
        return closing(http.client.HTTPSConnection(host, port, timeout=SECONDS, context=ssl.create_default_context()))
    return closing(http.client.HTTPConnection(host, port, timeout=SECONDS))


@dataclass(frozen=True)
class Caller:
    """Calls one company with one key."""

    url: str
    key_id: str
    secret: str
    # How a line to the address is opened; raises OSError.
    line: Callable[[str], AbstractContextManager[http.client.HTTPConnection]] = open_directly
    # How often a company that says it is busy is asked again, after the time that it says.
    busy: int = 3

    def call(self, path: str, asked: Any, *, key: str = "", range_: str = "") -> Heard:
        """Send a call as it should be; again where the company may say that it is busy."""
        body = asked if isinstance(asked, bytes) else codec.to_bytes(asked)
        for left in range(self.busy, -1, -1):
            made = signing.new_call(path, body, idempotency_key=key, range_=range_)
            headers = signing.call_headers(made, key_id=self.key_id, secret=self.secret)
            heard = self.send(path, body, headers, made.id)
            if not left or (wait := _asks_to_wait(heard)) is None:
                break
            time.sleep(wait)
        return heard

    def act(self, path: str, asked: Any) -> Heard:
        """Send a call that does something, under a key of its own."""
        return self.call(path, asked, key=new_key())

    def signed(self, path: str, asked: Any, *, now: float | None = None) -> tuple[bytes, dict[str, str], str]:
        """Return body, headers and id of a call without sending it."""
        body = codec.to_bytes(asked)
        made = signing.new_call(path, body, now=now)
        return body, signing.call_headers(made, key_id=self.key_id, secret=self.secret), made.id

    def with_other_secret(self) -> "Caller":
        """Return a caller that signs with a secret nobody gave it."""
        return replace(self, secret=signing.new_secret())

    def send(self, path: str, body: bytes, headers: Mapping[str, str], call_id: str) -> Heard:
        """Send exactly these bytes under these headers."""
        place = urlsplit(self.url).path.rstrip("/") + path
        try:
            with self.line(self.url) as connection:
                connection.timeout = patience(path, body)
                connection.request("POST", place, body, {"Content-Type": "application/json", **headers})
                answer = connection.getresponse()
                came = answer.read(_LARGEST)
        except TimeoutError as error:
            waited = f"the portal waits {patience(path, body):.0f} seconds"
            raise Unreachable(f"{path} did not answer in time: {waited}.") from error
        except (OSError, http.client.HTTPException) as error:
            raise Unreachable(f"{path} did not answer: {type(error).__name__}") from error
        if str(len(came)) != answer.headers.get("Content-Length", str(len(came))):
            raise Unreachable(f"{path} broke off in the middle of its answer.")
        return Heard(answer.status, answer.headers, came, self._problem(answer.status, answer.headers, came, call_id))

    def _problem(self, status: int, headers: Message, body: bytes, call_id: str) -> str:
        try:
            if headers.get(signing.DIGEST):
                signing.checked_content(headers, self.secret, call_id=call_id, status=status)
            else:
                signing.check_answer(headers, self.secret, call_id=call_id, status=status, body=body)
        except signing.BadSignature as error:
            return str(error)
        return ""


def patience(path: str, body: bytes) -> float:
    """Return for how long the portal waits for the next byte of an answer."""
    if path not in _QUICK:
        return SECONDS
    return QUICK_SECONDS if len(body) < _MANY_BYTES else MANY_SECONDS


def _asks_to_wait(heard: Heard) -> int | None:
    """Return the seconds of a busy answer that is one; None where it is another, or too long."""
    after = heard.headers.get("Retry-After", "")
    fits = heard.status in (429, 503) and not heard.signature_problem and after.isascii() and after.isdecimal()
    return int(after) if fits and len(after) < 4 and int(after) <= _LONGEST_WAIT else None


def new_key() -> str:
    """Return an idempotency key that nobody used before."""
    return f"check-{uuid4().hex}"


def as_text(heard: Heard) -> str:
    """Describe an answer without anything of a customer: status and code."""
    return f"{heard.status} {heard.code}".strip()


def json_object(**values: Any) -> bytes:
    """Return a body that no message of ours makes."""
    return json.dumps(values).encode()
