"""Ending sessions with the request in flight: who acts in this web request, and whether they still may.

A session ends when the epoch of its owner moves (`User.session_epoch`). A request that began before must not commit
afterwards. So every entry that a person leaves while such a request is served locks their row of users FOR SHARE until
the transaction ends, and compares the epoch with the one the request began with. Ending sessions writes that row:

- it comes first: the entry raises SessionEnded, and nothing of that transaction remains;
- the request comes first: ending waits for its commit, and reads what it did afterwards.

Order of locks, everywhere: users (by key), then agency, membership, application. A request holds one row of users, its
own, and shares it.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any

from django.db import connection
from django.db.models import F, QuerySet

from accounts.models import User
from foundation.audit import context


class SessionEnded(Exception):
    """The sessions of the person who acts were ended meanwhile.

    Not a PortalError on purpose: no view draws its form again for somebody who was signed out. The middleware answers.
    """


@dataclass
class Acting:
    """The person whose request is served, the epoch of their session, and whether it ended on the way."""

    user_id: int
    epoch: int
    ended: bool = False


_acting: ContextVar[Acting | None] = ContextVar("acting", default=None)


@contextmanager
def acting(user: User) -> Iterator[Acting]:
    """Serve a request of this person: what they do in the block stands only while their sessions do."""
    person = Acting(user.pk, user.session_epoch)
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


def _still_here(by: Any) -> None:
    """Raise SessionEnded where the person who acts was signed out since the request began."""
    person = _acting.get()
    if person is None or getattr(by, "pk", None) != person.user_id:
        return
    with connection.cursor() as cursor:
        cursor.execute("SELECT session_epoch, is_active FROM accounts_user WHERE id = %s FOR SHARE", [person.user_id])
        found = cursor.fetchone()
    if found != (person.epoch, True):
        person.ended = True
        raise SessionEnded
