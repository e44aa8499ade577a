"""Doing several things at the same moment."""

import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

from django.db import connection, connections


def race(*calls: Callable[[], Any]) -> list[Any]:
    """Run the calls at once, each in its own thread and connection; return their results or exceptions in order.

    Needs committed_db. Connections are closed, so that the database can be dropped.
    """
    results: list[Any] = [None] * len(calls)
    gate = threading.Barrier(len(calls))

    def run(index: int, call: Callable[[], Any]) -> None:
        try:
            gate.wait(timeout=30)
            results[index] = call()
        except Exception as error:  # noqa: BLE001 - the caller looks at it
            results[index] = error
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run, args=pair) for pair in enumerate(calls)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    return results


@contextmanager
def beside() -> Iterator[Callable[[Callable[[], Any]], Future]]:
    """Start calls in threads of their own, each with its own connection; needs committed_db.

    with beside() as start, transaction.atomic():
        …                                # what holds the lock
        answer = start(lambda: …)        # what must wait for it
        wait_for_waiters(1)
    """
    with ThreadPoolExecutor(3) as pool:

        def start(call: Callable[[], Any]) -> Future:
            def run() -> Any:
                try:
                    return call()
                finally:
                    connections.close_all()

            return pool.submit(run)

        yield start


def wait_for_waiters(number: int) -> None:
    """Return once so many other connections wait for a lock."""
    for _try in range(300):
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_stat_clear_snapshot()")
            cursor.execute(
                "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()"
            )
            if cursor.fetchone()[0] >= number:
                return
        time.sleep(0.02)
    raise AssertionError("nobody waits")
