"""Calls to the company's own systems: tried again while that may help, believed only where the answer is signed."""

import random
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from hashlib import sha256
from http.client import HTTPResponse
from typing import Any, TypeVar

from foundation.notifications.hooks.posting import Deadline
from foundation.providers.connectors.base import CannotDo, ConnectorFailed, UnknownAccount
from foundation.providers.connectors.http import signing, wire
from foundation.providers.connectors.http.codec import BadMessage, from_bytes, to_bytes, to_json
from foundation.providers.connectors.http.line import NoAnswer, Wire, pause, read_all, waiting_time

# Bytes of an answer in JSON: a page of 500 files with their dictionaries stays below it.
ANSWER_BYTES = 8 * 1024 * 1024
SAID_LENGTH = 160
# A question that had no answer after so many seconds keeps others from being asked for so many.
LONG, LEFT_ALONE = 5.0, 15.0
_silent_until: dict[str, float] = {}
# Of what is asked, these name somebody: an error that repeats one is not passed on.
_NAMING = frozenset({"account", "value", "detail", "address", "name", "subject", "text"})

T = TypeVar("T")


@dataclass(frozen=True)
class Patience:
    """How long is waited, in seconds, and how often a call is tried."""

    # For everything that belongs to one question, pauses included.
    total: float = 90.0
    # For the next byte.
    idle: float = 30.0
    tries: int = 4
    # Before the second try; doubled each time, and somewhat more or less so that callers spread out.
    pause: float = 0.5
    # While an export is being made, before whoever waits is sent away to come again.
    export: float = 120.0

    def quick(self, items: int = 1) -> "Patience":
        """Return the patience of a person who waits for a page, longer where many things are asked about at once."""
        idle, total = min(self.idle, 10 + items / 10), min(self.total, 20 + items / 5)
        return replace(self, idle=idle, total=total, tries=min(self.tries, 2))


@dataclass(frozen=True)
class Client:
    """Asks over one wire."""

    over: Wire
    patience: Patience = field(default_factory=Patience)
    sleep: Callable[[float], object] = pause

    def question(self, path: str, message: object, answered: type[T], *, items: int = 1) -> T:
        """Ask what a person may be waiting for. Raises as ask() does.

        Systems that hang make one page wait, not every page: whoever asks within some seconds is told at once.
        """
        if _silent_until.get(self.over.url, 0.0) > time.monotonic():
            raise ConnectorFailed("The company's systems did not answer a moment ago. Try again in a minute.")
        asked = replace(self, patience=self.patience.quick(items))
        started = time.monotonic()
        try:
            return asked.ask(path, message, answered)
        except ConnectorFailed as error:
            now = time.monotonic()
            if isinstance(error.__cause__, NoAnswer) and now - started > LONG:
                _silent_until[self.over.url] = now + LEFT_ALONE
            raise

    def ask(self, path: str, message: object, answered: type[T], *, key: str = "", hidden: Sequence[str] = ()) -> T:
        """Ask and return the answer. Raises UnknownAccount, CannotDo, and ConnectorFailed for everything else.

        Every call may be tried again: those that act carry a key, under which the other side does it once. hidden: who
        is asked about where the message does not name them; an error that does is not passed on.
        """
        body, unsaid = to_bytes(message), frozenset((*_names(to_json(message)), *hidden))
        budget = Deadline(self.patience.total, idle=self.patience.idle)
        for attempt in range(1, self.patience.tries + 1):
            call = signing.new_call(path, body, idempotency_key=key)
            try:
                with self.over.send(call, budget) as answer:
                    return self._read(answer, call, answered, unsaid)
            except NoAnswer as error:
                wait = max(self.wait_before(attempt), error.after)
                if attempt == self.patience.tries or wait >= budget.remaining:
                    raise ConnectorFailed(str(error)) from error
                self.sleep(wait)
        raise AssertionError("a loop of no tries")

    @contextmanager
    def content(
        self, ref: wire.ContentCall, *, start: int, deadline: Deadline, hidden: Sequence[str] = ()
    ) -> Iterator[tuple[HTTPResponse, str]]:
        """Ask once for a file from a byte on; yield the answer and the signed digest of the whole. Raises NoAnswer."""
        range_ = f"bytes={start}-" if start else ""
        call = signing.new_call(wire.CONTENT, to_bytes(ref), range_=range_)
        with self.over.send(call, deadline) as answer:
            if answer.status not in (200, 206):
                self._read(answer, call, wire.Nothing, frozenset(hidden))
                raise ConnectorFailed(_unexpected(answer.status))
            try:
                digest = signing.checked_content(answer.headers, self.over.secret, call_id=call.id,
                                                 status=answer.status)  # fmt: skip
            except signing.BadSignature as error:
                raise NoAnswer(_unsigned(answer.status, error)) from error
            yield answer, digest

    def wait_before(self, attempt: int) -> float:
        """Return the seconds to wait after so many tries."""
        return self.patience.pause * float(2 ** (attempt - 1)) * random.uniform(0.75, 1.25)  # noqa: S311 - no secret

    def _read(self, answer: HTTPResponse, call: signing.Call, answered: type[T], hidden: frozenset[str]) -> T:
        status = answer.status
        if 300 <= status < 400:
            raise ConnectorFailed(f"The company's systems answered {status}: redirects are not followed.")
        body, after = read_all(answer, ANSWER_BYTES), waiting_time(answer)
        try:
            signing.check_answer(answer.headers, self.over.secret, call_id=call.id, status=status, body=body)
        except signing.BadSignature as error:
            raise NoAnswer(_unsigned(status, error), after=after) from error
        if status in (200, 202):
            try:
                return from_bytes(answered, body)
            except BadMessage as error:
                raise ConnectorFailed(f"The answer of the company's systems is not as described: {error}") from error
        raise _error(status, body, hidden, after)


def key_on_the_wire(key: str) -> str:
    """Return what stands for a key of ours in a header: ours may name an account, and headers are logged."""
    return sha256(f"connector\0{key}".encode()).hexdigest()


def tame(said: str, hidden: frozenset[str]) -> str:
    """Return what the other side said in one line, nothing where it repeats who was asked about."""
    if any(name in said for name in hidden):
        return ""
    return " ".join("".join(c if c.isprintable() else " " for c in said).split())[:SAID_LENGTH]


def _error(status: int, body: bytes, hidden: frozenset[str], after: float) -> Exception:
    """Return what a signed answer that is no 2xx means."""
    try:
        problem = from_bytes(wire.ErrorAnswer, body).error
    except BadMessage:
        problem = wire.Problem("")
    said = tame(problem.message, hidden)
    words = f" They said: {said}" if said else ""
    if status == 429 or status >= 500:
        return NoAnswer(f"The company's systems could not do it now ({status}).{words}", after=after)
    if (status, problem.code) == (404, wire.ErrorCode.UNKNOWN_ACCOUNT):
        return UnknownAccount("The company's systems have no such account.")
    if (status, problem.code) == (422, wire.ErrorCode.CANNOT_DO):
        return CannotDo(f"The company's systems cannot do it.{words}")
    if status == 409:
        return CannotDo("The company's systems had this instruction before, with other contents. A person looks at it.")
    return ConnectorFailed(f"{_unexpected(status)}{words}")


def _unexpected(status: int) -> str:
    return f"The company's systems did not accept what was asked ({status})."


def _unsigned(status: int, error: signing.BadSignature) -> str:
    """Say why an answer is none; 401 is what a company answers that does not know the key."""
    if status == 401:
        return "The company's systems do not believe our signature (401). An administrator looks at keys and clocks."
    return f"An answer ({status}) came that the company's systems did not sign. {error}"


def _names(value: Any, name: str = "") -> Iterator[str]:
    """Yield the texts of a message that name somebody or something."""
    if isinstance(value, dict):
        for inner, item in value.items():
            yield from _names(item, inner)
    elif isinstance(value, list):
        for item in value:
            yield from _names(item, name)
    elif name in _NAMING and isinstance(value, str) and len(value) > 2:
        yield value
