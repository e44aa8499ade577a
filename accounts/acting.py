"""Ending sessions with the request in flight: who acts in this web request, and whether they still may.

All sessions of a person end when their epoch moves (`User.session_epoch`), one when its own row ends. A request that
began before must not commit afterwards. So every entry that a person leaves while such a request is served locks their
row of users, and that of the session the request came in, FOR SHARE until the transaction ends; it compares the epoch
with the one the request began with, and asks whether the session still lasts. Ending sessions writes those rows:

- it comes first: the entry raises SessionEnded, and nothing of that transaction remains;
- the request comes first: ending waits for its commit, and reads what it did afterwards.

Order of locks, everywhere: users (by key), then sessions, then agency, membership, application. A request holds one row
of users and one of sessions, its own, and shares them.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection
from django.db.models import F, QuerySet

from accounts.models import User
from accounts.session_store import hashed
from foundation.audit import context


class SessionEnded(Exception):
    """The sessions of the person who acts were ended meanwhile.

    Not a PortalError on purpose: no view draws its form again for somebody who was signed out. The middleware answers.
    """


@dataclass
class Acting:
    """The person whose request is served, the epoch of their session, and whether it ended on the way.

    `session_key` is asked at each entry, not once: the key changes with the second factor, and is None after signing
    out in this very request.
    """

    user_id: int
    epoch: int
    session_key: Callable[[], str | None]
    ended: bool = False


_acting: ContextVar[Acting | None] = ContextVar("acting", default=None)


def _no_session() -> str | None:
    return None


@contextmanager
def acting(user: User, *, session_key: Callable[[], str | None] = _no_session) -> Iterator[Acting]:
    """Serve a request of this person: what they do in the block stands only while their session does."""
    person = Acting(user.pk, user.session_epoch, session_key)
    token = _acting.set(person)
    try:
        with context.gate(_still_here):
            yield person
    finally:
        _acting.reset(token)


def end_sessions(users: "QuerySet[User]") -> int:
    """End every session of these people; return how many people. Waits for what they are just committing.

    Call it inside a transaction, before rows other than users are locked. Somebody who ends their own sessions
    goes on with the request in which they do.
    """
    keys = sorted(users.values_list("pk", flat=True))
    rows = User.objects.filter(pk__in=keys).order_by("pk").select_for_update(no_key=True)
    keys = [user.pk for user in rows]
    User.objects.filter(pk__in=keys).update(session_epoch=F("session_epoch") + 1)
    person = _acting.get()
    if person is not None and person.user_id in keys:
        person.epoch += 1
    return len(keys)


def hold_person(user: User) -> None:
    """Lock the row of somebody one of whose sessions is about to end, without ending the others.

    Waits for what they are just committing. Call it inside a transaction, before the row of the session is written:
    a request in flight holds both, in this order.
    """
    list(User.objects.filter(pk=user.pk).select_for_update(no_key=True).values_list("pk"))


def _still_here(by: Any) -> None:
    """Raise SessionEnded where the person who acts was signed out since the request began."""
    person = _acting.get()
    if person is None or getattr(by, "pk", None) != person.user_id:
        return
    with connection.cursor() as cursor:
        cursor.execute("SELECT session_epoch, is_active FROM accounts_user WHERE id = %s FOR SHARE", [person.user_id])
        found = cursor.fetchone()
    if found != (person.epoch, True) or _session_ended(person.session_key()):
        person.ended = True
        raise SessionEnded


def _session_ended(key: str | None) -> bool:
    """Say whether the session with this key was ended; it goes on until the transaction ends where it was not."""
    if key is None:
        return False
    with connection.cursor() as cursor:
        cursor.execute("SELECT ended_at FROM accounts_usersession WHERE session_key = %s FOR SHARE", [hashed(key)])
        found: tuple[datetime | None] | None = cursor.fetchone()
    return found is None or found[0] is not None
