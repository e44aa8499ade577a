"""The urgent loop: PostgreSQL only, so that an emergency is told even when Redis and every worker are gone."""

import logging
import os
import select

from django.db import DatabaseError, InterfaceError, connection

from foundation.core.connections import drop_connection, what_failed
from foundation.notifications.delivery import deliver_urgent
from foundation.notifications.outbox import URGENT_CHANNEL

logger = logging.getLogger(__name__)

POLL_SECONDS = 1.0


class UrgentLoop:
    """Delivers urgent rows until stop() is called; a database or mail server that is gone is waited for."""

    def __init__(self) -> None:
        self._stopped = False
        # A pipe, because select() alone would sleep through a signal.
        self._wake_read, self._wake_write = os.pipe()
        os.set_blocking(self._wake_write, False)

    def stop(self) -> None:
        """End the loop after the row in hand; may be called from a signal handler."""
        self._stopped = True
        os.write(self._wake_write, b"x")

    def run(self) -> None:
        """Run until stopped."""
        try:
            while not self._stopped:
                try:
                    self._listen()
                    self._serve()
                except (DatabaseError, InterfaceError) as error:
                    logger.warning("%s; trying again in %s s", what_failed(error), POLL_SECONDS)
                    drop_connection()
                    self._pause()
        finally:
            drop_connection()

    def _listen(self) -> None:
        connection.ensure_connection()
        with connection.cursor() as cursor:
            cursor.execute("SET application_name TO 'lers urgent'")
            cursor.execute(f"LISTEN {URGENT_CHANNEL}")
        logger.info("Listening for urgent messages")

    def _serve(self) -> None:
        while not self._stopped:
            tally = deliver_urgent()
            if not tally.claimed or tally.server_gone:
                self._wait()

    def _wait(self) -> None:
        """Sleep until a notification, a stop, or one poll interval: the notification is only a hint."""
        server = connection.connection
        if server.notifies:
            server.notifies.clear()
            return
        ready, _, _ = select.select([server, self._wake_read], [], [], POLL_SECONDS)
        if server in ready:
            with connection.wrap_database_errors:
                server.poll()
            server.notifies.clear()

    def _pause(self) -> None:
        select.select([self._wake_read], [], [], POLL_SECONDS)
