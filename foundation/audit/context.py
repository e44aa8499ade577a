"""Where an act comes from: address, session and request id, carried beside the call instead of through it."""

import hashlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any, TypeAlias

# Asked before each entry of a person; raises where this person may write nothing any more.
Gate: TypeAlias = Callable[[Any], None]


def _no_session() -> str | None:
    return None


@dataclass(frozen=True)
class Origin:
    """The address, session and request that an entry is written in; all empty outside a web request."""

    ip: str = ""
    request_id: str = ""
    # Asked at each entry, not once: signing in gives a new session in the middle of a request.
    session_key: Callable[[], str | None] = _no_session

    @property
    def session(self) -> str:
        """Return the hash of the session's key: entries can be joined, nobody can sign in with it."""
        key = self.session_key()
        return hashlib.sha256(key.encode()).hexdigest() if key else ""


_origin: ContextVar[Origin | None] = ContextVar("audit_origin", default=None)


def current() -> Origin:
    """Return the origin of what is being done now."""
    return _origin.get() or Origin()


@contextmanager
def origin(value: Origin) -> Iterator[None]:
    """Write every entry of the block with this origin."""
    token = _origin.set(value)
    try:
        yield
    finally:
        _origin.reset(token)


_gate: ContextVar[Gate | None] = ContextVar("audit_gate", default=None)


def current_gate() -> Gate | None:
    """Return what is asked before an entry is written now, or None."""
    return _gate.get()


@contextmanager
def gate(check: Gate) -> Iterator[None]:
    """Ask `check(by)` before every entry of the block that tells of something done.

    It runs in the transaction of the entry, so that a lock it takes is held until that transaction ends. What it
    raises goes to whoever writes the entry, and undoes what belongs to it.
    """
    token = _gate.set(check)
    try:
        yield
    finally:
        _gate.reset(token)
