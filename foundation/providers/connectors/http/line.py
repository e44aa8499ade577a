"""One try of one call: what is sent, what may come back, and what counts as no answer at all."""

import logging
import ssl
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.client import HTTPConnection, HTTPException, HTTPResponse

from foundation.notifications.hooks.addresses import AddressRefused, Target, check, split
from foundation.notifications.hooks.posting import Deadline, connect
from foundation.providers.connectors.base import ConnectorFailed
from foundation.providers.connectors.http import signing

logger = logging.getLogger(__name__)

AGENT = "government-requests-portal"
# A waiting time that the other side asks for is believed up to here.
LONGEST_WAIT = 600.0


class NoAnswer(Exception):
    """Nothing came, or nothing that the company's systems signed; trying again may help. str() is for staff."""

    def __init__(self, words: str, *, after: float = 0.0) -> None:
        super().__init__(words)
        # Seconds for which the other side asked to wait.
        self.after = after


@dataclass(frozen=True)
class Wire:
    """Where the company's systems are, and what both sides sign with."""

    url: str
    key_id: str
    secret: str = field(repr=False)
    # Private networks into which the address may lead.
    networks: Sequence[str] = ()

    @contextmanager
    def send(self, call: signing.Call, deadline: Deadline) -> Iterator[HTTPResponse]:
        """Send a call and hand over the answer, whose body is still to be read.

        Raises NoAnswer, while the body is read too, and ConnectorFailed where the address is not one to be called.
        """
        target = self._target()
        started = time.monotonic()
        try:
            line = connect(target, deadline)
            try:
                talk = HTTPConnection(target.host, target.port)
                talk.sock = line
                talk.request("POST", target.path.rstrip("/") + call.path, call.body, self._headers(target, call))
                with talk.getresponse() as answer:
                    logger.debug("%s %s after %.3f s", call.path, answer.status, time.monotonic() - started)
                    yield answer
            finally:
                line.end()
        except TimeoutError as error:
            raise NoAnswer("The company's systems did not answer in time.") from error
        except ssl.SSLCertVerificationError as error:
            raise NoAnswer("The certificate of the company's systems is not valid.") from error
        except (OSError, HTTPException) as error:
            raise NoAnswer(f"The connection to the company's systems broke off ({type(error).__name__}).") from error

    def _target(self) -> Target:
        if not self.url:
            raise ConnectorFailed("The address of the company's systems is not set.")
        try:
            if not split(self.url)[0].query:
                return check(self.url, networks=self.networks)
        except AddressRefused as refusal:
            raise ConnectorFailed(f"The company's systems cannot be called. {refusal}") from refusal
        raise ConnectorFailed("The company's systems cannot be called. Leave out of their address what follows a ?.")

    def _headers(self, target: Target, call: signing.Call) -> dict[str, str]:
        return {
            "Host": target.host_header, "Connection": "close", "Content-Type": "application/json",
            "Accept-Encoding": "identity", "User-Agent": AGENT,
            **signing.call_headers(call, key_id=self.key_id, secret=self.secret),
        }  # fmt: skip


def read_all(answer: HTTPResponse, most: int) -> bytes:
    """Read a body of so many bytes at most. Raises ConnectorFailed where it is longer, NoAnswer where it was cut."""
    if answer.headers.get("Content-Encoding", "identity") != "identity":
        raise ConnectorFailed("The company's systems answered in an encoding that was not asked for.")
    parts, size = [], 0
    while part := answer.read(min(65536, most + 1 - size)):
        parts.append(part)
        size += len(part)
        if size > most:
            raise ConnectorFailed("The answer of the company's systems is longer than it may be.")
    if answer.length:
        raise NoAnswer("The answer of the company's systems broke off.")
    return b"".join(parts)


def waiting_time(answer: HTTPResponse) -> float:
    """Return the seconds of Retry-After, 0 where it says none."""
    text = answer.headers.get("Retry-After", "").strip()
    return min(float(text), LONGEST_WAIT) if text.isascii() and text.isdigit() and len(text) < 10 else 0.0


_pausing = threading.Event()


def pause(seconds: float) -> None:
    """Wait between two tries."""
    _pausing.wait(seconds)
