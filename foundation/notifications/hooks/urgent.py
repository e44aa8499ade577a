"""Urgent calls beside the urgent loop: a thread of the same process, so that a slow pager never delays a mail."""

import logging
import os
import select
import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress

from django.db import DatabaseError, InterfaceError, connection
from django.utils import timezone

from foundation.core.connections import drop_connection, what_failed
from foundation.core.jobs import claim
from foundation.notifications.hooks.calling import URGENT_LEASE, claimable, make
from foundation.notifications.hooks.emitting import URGENT_CHANNEL
from foundation.notifications.models import HookCall

logger = logging.getLogger(__name__)

POLL_SECONDS = 1.0
# Calls in flight at once, and of one hook: a pager that hangs keeps no other waiting.
SLOTS, SLOTS_OF_ONE = 8, 3


class UrgentCalls:
    """Makes urgent calls until stop(); needs PostgreSQL only, and waits for it where it is gone."""

    def __init__(self) -> None:
        self._stopped = False
        self._wake_read, self._wake_write = os.pipe()
        os.set_blocking(self._wake_write, False)
        self._busy: Counter[int] = Counter()
        self._lock = threading.Lock()
        self._pool = ThreadPoolExecutor(SLOTS, thread_name_prefix="hook")
        self._thread = threading.Thread(target=self.run, name="urgent hooks", daemon=True)

    def start(self) -> None:
        """Begin in a thread of its own."""
        self._thread.start()

    def stop(self) -> None:
        """End after the calls in flight; may be called from a signal handler."""
        self._stopped = True
        self._wake()

    def join(self) -> None:
        """Wait until everything has ended."""
        self._thread.join()
        self._pool.shutdown(wait=True)

    def run(self) -> None:
        """Run until stopped; no failure ends it, because nobody would miss it in time."""
        while not self._stopped:
            try:
                self._listen()
                self._serve()
            except (DatabaseError, InterfaceError) as error:
                logger.warning("%s; urgent hooks wait %s s", what_failed(error), POLL_SECONDS)
                self._pause()
            except Exception:
                logger.exception("Urgent hooks failed and begin anew")
                self._pause()
            finally:
                drop_connection()

    def _listen(self) -> None:
        connection.ensure_connection()
        with connection.cursor() as cursor:
            cursor.execute("SET application_name TO 'lers urgent hooks'")
            cursor.execute(f"LISTEN {URGENT_CHANNEL}")

    def _serve(self) -> None:
        while not self._stopped:
            if not self._call_next():
                self._wait()

    def _call_next(self) -> bool:
        """Claim one call and give it to the pool; False where there is none, or nobody free to make it."""
        with self._lock:
            full = [hook for hook, count in self._busy.items() if count >= SLOTS_OF_ONE]
            if self._busy.total() >= SLOTS:
                return False
        rows = claimable().filter(urgent=True).exclude(hook__in=full)
        for call in claim(rows, at=timezone.now(), lease=URGENT_LEASE, limit=1):
            with self._lock:
                self._busy[call.hook_id] += 1
            self._pool.submit(self._make, call)
            return True
        return False

    def _make(self, call: HookCall) -> None:
        try:
            make(call)
        except Exception:
            # The lease ends and the call is made again.
            logger.exception("Urgent hook call %s broke off", call.uid)
        finally:
            drop_connection()
            with self._lock:
                self._busy[call.hook_id] -= 1
            self._wake()

    def _wait(self) -> None:
        """Sleep until a notification, a free slot, a stop, or one poll interval."""
        server = connection.connection
        if server.notifies:
            server.notifies.clear()
            return
        ready, _, _ = select.select([server, self._wake_read], [], [], POLL_SECONDS)
        if self._wake_read in ready:
            os.read(self._wake_read, 1024)
        if server in ready:
            with connection.wrap_database_errors:
                server.poll()
            server.notifies.clear()

    def _pause(self) -> None:
        select.select([self._wake_read], [], [], POLL_SECONDS)

    def _wake(self) -> None:
        with suppress(BlockingIOError):
            os.write(self._wake_write, b"x")
