"""The watch over the trail beside the urgent loop: a thread without Celery and Redis, that tells without a database.

It asks the database in a thread apart, so that one that never answers is an answer too. It seals as well: the worker's
turn to seal waits in a queue behind whatever else there is to do, this one behind nothing. The worker in turn looks
whether this loop still lives, so that no single process can stop unnoticed.
"""

import logging
import threading
import time
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import datetime, timedelta

from django.db import DatabaseError, InterfaceError
from django.utils import timezone

from foundation.audit import alarms, sealing, watch
from foundation.core.connections import drop_connection
from foundation.notifications import pulses

logger = logging.getLogger(__name__)

EVERY_SECONDS = 15.0
# The database has so long to answer everything that is asked in one look.
ANSWER_SECONDS = 12.0
# After a start the other processes need a while to show themselves, and to seal what waited meanwhile.
GRACE = timedelta(seconds=90)
# A check that was missed while the portal stood still is made up within an hour of its start.
MADE_UP = timedelta(minutes=75)
_TICK = 0.25
_NO_ANSWER = watch.Problem("database", "The database does not answer, so that nothing can be written.")
_WORKER = watch.Problem(
    "worker", "No worker has shown itself for 3 minutes, or all are busy: nothing is checked or swept."
)
_URGENT = watch.Problem(
    "urgent", "The urgent loop has not shown itself: nobody watches the trail or tells emergencies."
)
_BLIND = watch.Problem("watch", "The watch over the trail fails itself: read the log of the urgent process.")
_ITS_OWN = frozenset({_URGENT.kind})


class TrailWatch:
    """Looks at the trail every few seconds until stop(), and raises alarms."""

    def __init__(self) -> None:
        self._stopped = False
        self._thread = threading.Thread(target=self.run, name="trail watch", daemon=True)
        self._pool = ThreadPoolExecutor(2, thread_name_prefix="trail watch asks")
        self._asked: Future[list[watch.Problem]] | None = None
        self._sealed: Future[None] | None = None
        self._begun = timezone.now()
        self._late_before = False

    def start(self) -> None:
        """Begin in a thread of its own."""
        self._thread.start()

    def stop(self) -> None:
        """End after the look in hand; may be called from a signal handler."""
        self._stopped = True

    def join(self) -> None:
        """Wait until it has ended; not for a database that does not answer."""
        self._thread.join()
        self._pool.shutdown(wait=False, cancel_futures=True)

    def run(self) -> None:
        """Run until stopped; no failure ends it, because nobody would miss it in time."""
        while not self._stopped:
            try:
                self.look()
            except Exception:
                logger.exception("The trail could not be looked at, trying again in %s s", EVERY_SECONDS)
            begun = time.monotonic()
            while not self._stopped and time.monotonic() - begun < EVERY_SECONDS:
                time.sleep(_TICK)

    def look(self, *, at: datetime | None = None) -> list[watch.Problem]:
        """Look once, tell what is wrong, and return it."""
        at = at or timezone.now()
        if self._sealed is None or self._sealed.done():
            self._sealed = self._pool.submit(_seal)
        asked = self._ask(at)
        found = self._in_earnest(asked, at)
        # Without an answer nothing is known of the rest: what lasted goes on. So does what is only left out for now.
        unknown = frozenset(problem.kind for problem in asked) & {_NO_ANSWER.kind, _BLIND.kind}
        left_out = {problem.kind for problem in asked} - {problem.kind for problem in found}
        alarms.tell(found, at=at, of=unknown or (watch.FAILING | watch.LATE) - _ITS_OWN - left_out)
        return found

    def _ask(self, at: datetime) -> list[watch.Problem]:
        if self._asked is None:
            self._asked = self._pool.submit(_answers, at)
        try:
            found = self._asked.result(timeout=ANSWER_SECONDS)
        except TimeoutError:
            return [_NO_ANSWER]
        except Exception:
            logger.exception("The trail could not be looked at, trying again in %s s", EVERY_SECONDS)
            found = [_BLIND]
        self._asked = None
        return found

    def _in_earnest(self, found: list[watch.Problem], at: datetime) -> list[watch.Problem]:
        """Leave out what a start explains, and what the sealer has not had a turn to make good.

        Entries can be old when they are first seen, such as those of a long transaction or of a demo's past: they count
        as late when they still wait at the next look.
        """
        late = any(problem.kind == "sealing" for problem in found)
        early: set[str] = set() if self._late_before else {"sealing"}
        self._late_before = late
        if at - self._begun < GRACE:
            early |= watch.LATE
        if at - self._begun < GRACE + pulses.STOPPED[pulses.WORKER]:
            early.add(_WORKER.kind)
        if at - self._begun < MADE_UP:
            early.add("unchecked")
        return [problem for problem in found if problem.kind not in early]


def _seal() -> None:
    """Seal what waits, in a thread of its own; one sealer works at a time, another one has nothing to do."""
    try:
        sealing.seal()
    except (sealing.SealRefused, DatabaseError, InterfaceError) as error:
        logger.warning("The trail could not be sealed: %s", type(error).__name__)
    finally:
        drop_connection()


def watch_the_watch(*, at: datetime | None = None) -> None:
    """Called by the worker: tell where the urgent loop, which watches everything else, has stopped itself."""
    at = at or timezone.now()
    stopped = pulses.last(pulses.URGENT) is not None and pulses.has_stopped(pulses.URGENT, at=at)
    alarms.tell([_URGENT] if stopped else [], at=at, of=_ITS_OWN)


def _answers(at: datetime) -> list[watch.Problem]:
    """Ask the database everything, in a thread of its own."""
    try:
        found = watch.problems(at=at)
        if any(problem.kind == "database" for problem in found):
            return found
        try:
            found += _kept_up(at, writes=all(problem.kind != "append" for problem in found))
        except (DatabaseError, InterfaceError, OSError):
            # Such as a disk that is full: what was found is told all the same.
            logger.exception("Signs of life, addresses or entries of alarms could not be kept")
        return found
    finally:
        drop_connection()


def _kept_up(at: datetime, *, writes: bool) -> list[watch.Problem]:
    """Show that this loop lives, look at the worker, and keep what is needed for later alarms."""
    pulses.beat(pulses.URGENT, at=at)
    found = [_WORKER] if pulses.has_stopped(pulses.WORKER, at=at) else []
    alarms.remember_people()
    if writes:
        alarms.enter()
    return found
