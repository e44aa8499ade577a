"""Where an act comes from: address, session and request id, carried beside the call instead of through it."""

import hashlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass


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
