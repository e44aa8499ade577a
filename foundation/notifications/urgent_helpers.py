"""Hands beside the urgent loop: a mailbox or a server that hangs keeps no other alert waiting.

The loop hands over first tries, one batch at a time. Whatever it does not come to at once is taken here, in threads of
the same process: first tries that wait, rows that failed before, and rows whose server gave no answer the last time.
Each sort has hands of its own, so that none waits behind another sort.
"""

import logging
import threading
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from django.db import DatabaseError, InterfaceError
from django.utils import timezone

from foundation.core.connections import drop_connection, what_failed
from foundation.notifications.delivery import URGENT, claim_batch, deliver_claimed, free_held_back
from foundation.notifications.models import OutboundMessage, OutboundMessageQuerySet

logger = logging.getLogger(__name__)

EVERY_SECONDS = 0.5
# The loop has first tries in hand within milliseconds, unless another one hangs.
WAITED = timedelta(seconds=0.5)
_WITHOUT_DATABASE_SECONDS = 1.0


@dataclass(frozen=True)
class Lane:
    """One sort of rows, by how many hands at once it is handed over, and how many rows a hand takes."""

    rows: Callable[[datetime], OutboundMessageQuerySet]
    hands: int
    batch: int


def _waiting(at: datetime) -> OutboundMessageQuerySet:
    return OutboundMessage.objects.urgent().filter(attempts=0, due_at__lte=at - WAITED)


def _failed(at: datetime) -> OutboundMessageQuerySet:
    return OutboundMessage.objects.urgent().filter(attempts__gt=0, handing_over_since=None)


def _unanswered(at: datetime) -> OutboundMessageQuerySet:
    return OutboundMessage.objects.urgent().filter(attempts__gt=0, handing_over_since__isnull=False)


LANES = (Lane(_waiting, hands=3, batch=1), Lane(_failed, hands=2, batch=URGENT.batch), Lane(_unanswered, 2, batch=1))


class UrgentHelpers:
    """Hands over what the urgent loop does not come to, until stop(); needs PostgreSQL only, and waits for it."""

    def __init__(self) -> None:
        """Start nothing yet."""
        self._stopped = threading.Event()
        self._busy: Counter[int] = Counter()
        self._lock = threading.Lock()
        self._pool = ThreadPoolExecutor(sum(lane.hands for lane in LANES), thread_name_prefix="urgent mail")
        self._thread = threading.Thread(target=self.run, name="urgent helpers", daemon=True)

    def start(self) -> None:
        """Begin in a thread of its own."""
        self._thread.start()

    def stop(self) -> None:
        """End after what is in hand; may be called from a signal handler."""
        self._stopped.set()

    def join(self) -> None:
        """Wait until everything has ended."""
        self._thread.join()
        self._pool.shutdown(wait=True)

    def run(self) -> None:
        """Run until stopped; no failure ends it, because nobody would miss it in time."""
        pause = EVERY_SECONDS
        try:
            while not self._stopped.wait(pause):
                pause = EVERY_SECONDS
                try:
                    self._look()
                except Exception as error:
                    pause = _WITHOUT_DATABASE_SECONDS
                    drop_connection()
                    if isinstance(error, DatabaseError | InterfaceError):
                        logger.warning("%s; urgent helpers wait %s s", what_failed(error), pause)
                    else:
                        logger.exception("Urgent helpers failed and begin anew")
        finally:
            drop_connection()

    def _look(self) -> None:
        """Claim what each lane has free hands for; what is claimed is begun at once."""
        at = timezone.now()
        free_held_back(at=at)
        for number, lane in enumerate(LANES):
            while self._free(number) and (taken := claim_batch(lane.rows(at), pace=replace(URGENT, batch=lane.batch))):
                with self._lock:
                    self._busy[number] += 1
                self._pool.submit(self._deliver, number, taken)

    def _free(self, number: int) -> bool:
        with self._lock:
            return self._busy[number] < LANES[number].hands

    def _deliver(self, number: int, taken: list[OutboundMessage]) -> None:
        try:
            deliver_claimed(taken, pace=URGENT)
        except Exception:
            # What was not begun is free again after seconds, the rest when its lease ends.
            logger.exception("Urgent mail broke off")
        finally:
            drop_connection()
            with self._lock:
                self._busy[number] -= 1
