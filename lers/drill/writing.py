"""Messages of a drill: each is written in a transaction, as a service does it, until the database has it."""

import random
import time
from uuid import uuid4

from django.db import DatabaseError, InterfaceError, connection, transaction

from foundation.notifications.outbox import send
from lers.drill.deadlines import EVENT

# Every so many is urgent; every so many is taken back before its transaction ends, and must never be sent.
URGENT_EVERY, UNDONE_EVERY = 8, 20
_PATIENCE = 120.0


class Writer:
    """Writes the messages of one part; whoever is refused by the database tries again, like an officer would."""

    def __init__(self, part: str, count: int, *, seconds: float) -> None:
        """Write count messages of a part, spread over about so many seconds; their keys begin with the part."""
        self.part, self.count = part, count
        self.retried = 0
        self._pause = seconds / max(count, 1)

    def run(self) -> None:
        """Write them all; raises where the database stays away for two minutes."""
        begin = time.monotonic()
        for number in range(self.count):
            self._write(f"{self.part}:{number}", urgent=number % URGENT_EVERY == 0)
            if number % UNDONE_EVERY == 0:
                self._take_back(f"{self.part}:undone:{uuid4()}", urgent=number % 40 == 0)
            ahead = begin + (number + 1) * self._pause - time.monotonic()
            if ahead > 0:
                time.sleep(ahead * random.uniform(0.5, 1.5))  # noqa: S311 - only when
        connection.close()

    def _write(self, key: str, *, urgent: bool) -> None:
        end = time.monotonic() + _PATIENCE
        while True:
            try:
                with transaction.atomic():
                    _send(key, urgent=urgent)
            except (DatabaseError, InterfaceError):
                # The commit may have happened before the answer was lost: the same key again finds out.
                if time.monotonic() > end:
                    raise
                self.retried += 1
                connection.close()
                time.sleep(0.2)
            else:
                return

    def _take_back(self, key: str, *, urgent: bool) -> None:
        try:
            with transaction.atomic():
                _send(key, urgent=urgent)
                transaction.set_rollback(True)
        except (DatabaseError, InterfaceError):
            connection.close()


def _send(key: str, *, urgent: bool) -> None:
    send(
        EVENT, dedupe_key=key, to_address="officer@drill.example", context={}, reference="MX-26-DRILL00", urgent=urgent
    )
