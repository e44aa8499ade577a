"""Clocks of emergencies beside the urgent loop: a thread of the same process that needs neither Celery nor Redis.

Nobody took an emergency, or nobody decided it: that must be told even when everything but PostgreSQL is gone. It is a
thread of its own, so that looking for them never delays an alert.
"""

import logging
import threading
import time

from foundation.core.connections import drop_connection
from foundation.notifications.reminders import remind

logger = logging.getLogger(__name__)

EVERY_SECONDS = 5.0
_TICK = 0.25


class UrgentReminders:
    """Looks at the urgent clocks every few seconds until stop(); a database that is gone is waited for."""

    def __init__(self) -> None:
        self._stopped = False
        self._thread = threading.Thread(target=self.run, name="urgent reminders", daemon=True)

    def start(self) -> None:
        """Begin in a thread of its own."""
        self._thread.start()

    def stop(self) -> None:
        """End after the reminder in hand; may be called from a signal handler."""
        self._stopped = True

    def join(self) -> None:
        """Wait until it has ended."""
        self._thread.join()

    def run(self) -> None:
        """Run until stopped; no failure ends it, because nobody would miss it in time."""
        while self._goes_on():
            try:
                remind(urgent_only=True)
            except Exception:
                logger.exception("Urgent clocks could not be looked at, trying again in %s s", EVERY_SECONDS)
            finally:
                drop_connection()

    def _goes_on(self) -> bool:
        """Wait for the next time; False where it was stopped meanwhile."""
        begun = time.monotonic()
        while not self._stopped and time.monotonic() - begun < EVERY_SECONDS:
            time.sleep(_TICK)
        return not self._stopped
