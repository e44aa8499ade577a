"""Looks whether the trail can be written, is sealed, signed, anchored and checked: each a question to the database.

Whoever asks does so every few seconds from a process of its own (foundation.notifications.trail_watch).
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import DatabaseError, InterfaceError, connection, transaction

from foundation.audit import anchoring, checking, failing, sealing, signing, tables
from foundation.audit.events import PROBE, TRAIL
from foundation.audit.models import Checkpoint
from foundation.audit.trail import DONE, record

# An entry that somebody's act could not write is an alarm for so long.
REFUSED = timedelta(minutes=1)
# The check runs every night; two nights without one are an alarm.
UNCHECKED = timedelta(hours=49)
# The look itself waits for nothing longer.
_PATIENCE = "SET LOCAL lock_timeout = '3s'; SET LOCAL statement_timeout = '5s'"


@dataclass(frozen=True)
class Problem:
    """Something that keeps the trail from being what it should be; `said` has no personal data."""

    kind: str
    said: str


FAILING = frozenset({"database", "append", "refused", "checkpoint", "tables", "verification", "watch"})
# Entries are written all the same; only their seals or checks are late.
LATE = frozenset({"sealing", "anchors", "unchecked", "worker", "urgent"})


def problems(*, at: datetime) -> list[Problem]:
    """Return everything that is wrong now, the worst first; a database that does not answer is the only one then.

    What is found before a question fails is kept: a table that somebody locks can neither be written nor read.
    """
    found: list[Problem] = []
    try:
        connection.ensure_connection()
        found += [*_refused(at), *_append()]
        with transaction.atomic():
            _be_brief()
            for each in (_tables(), _checkpoint(), _check(at), _sealing(at), _anchors(at)):
                found += each
    except (DatabaseError, InterfaceError) as error:
        state = failing.sqlstate(error) or type(error).__name__
        if connection.connection is None or not connection.is_usable():
            return [Problem("database", f"The database does not answer ({state}), so that nothing can be written.")]
        found.append(Problem("watch", f"Whether the trail is sealed and whole cannot be read ({state})."))
    return found


def _be_brief() -> None:
    with connection.cursor() as cursor:
        cursor.execute(_PATIENCE)


def _refused(at: datetime) -> Iterator[Problem]:
    last = failing.last_refused()
    if last is not None and at - last < REFUSED:
        yield Problem("refused", "An entry could not be written, so that what somebody wanted to do was undone.")


def _append() -> Iterator[Problem]:
    """Write an entry as everybody does, and take it back: rights, locks, space on the disk."""
    try:
        with transaction.atomic():
            _be_brief()
            record(PROBE, by=None, object_type=TRAIL)
            transaction.set_rollback(True)
    except DatabaseError as error:
        if not connection.is_usable():
            raise
        state = failing.sqlstate(error) or type(error).__name__
        yield Problem("append", f"Entries cannot be written (the database says {state}): every act is refused.")


def _tables() -> Iterator[Problem]:
    for said in tables.oddities():
        yield Problem("tables", f"{said} Entries may be hidden or lost: run verify_audit.")


def _checkpoint() -> Iterator[Problem]:
    last = Checkpoint.objects.order_by("tree_size").last()
    if last is not None and not signing.is_signed(last):
        yield Problem("checkpoint", "The signature of the last checkpoint is not valid: nothing more is sealed on it.")


def _check(at: datetime) -> Iterator[Problem]:
    """What the last nightly check found, or that there was none."""
    last, since = checking.last_check(), checking.since()
    if last is not None and last[1] != DONE:
        yield Problem(
            "verification",
            "The last check found the trail broken: run verify_audit and read what it says. A check that passes ends "
            "this alarm.",
        )
    if since is not None and at - since > UNCHECKED:
        yield Problem("unchecked", "The trail has not been checked for two nights.")


def _sealing(at: datetime) -> Iterator[Problem]:
    late = sealing.lateness(at)
    if late is not None:
        yield Problem("sealing", str(late))


def _anchors(at: datetime) -> Iterator[Problem]:
    if said := anchoring.overdue(at):
        yield Problem("anchors", said)
