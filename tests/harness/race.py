"""Doing several things at the same moment."""

import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

from django.db import connection, connections

from foundation.core.errors import PortalError


class NoAnswer(Exception):
    """A call that did not come back."""


def race(*calls: Callable[[], Any]) -> list[Any]:
    """Run the calls at once, each in its own thread and connection; return their results or exceptions in order.

    Everybody is connected before the first one begins. Needs committed_db. Connections are closed, so that the
    database can be dropped.
    """
    results: list[Any] = [NoAnswer()] * len(calls)
    gate = threading.Barrier(len(calls))

    def run(index: int, call: Callable[[], Any]) -> None:
        try:
            try:
                connection.ensure_connection()
            except Exception:
                gate.abort()  # who cannot take part ends the race; the others say BrokenBarrierError
                raise
            gate.wait(timeout=60)
            results[index] = call()
        except Exception as error:  # noqa: BLE001 - the caller looks at it
            results[index] = error
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run, args=pair) for pair in enumerate(calls)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=120)
    return results


def answers(results: list[Any]) -> Counter[str]:
    """Count what came back of a race: what was returned by its kind, errors with their words."""
    return Counter(f"{type(one).__name__}: {one}" if isinstance(one, Exception) else "done" for one in results)


def one_effect(results: list[Any], refused: type[Exception] = PortalError) -> Any:
    """Return what the one call that got through returned; each of the others was refused in words."""
    done = [one for one in results if not isinstance(one, Exception)]
    others = [one for one in results if isinstance(one, Exception)]
    assert len(done) == 1, answers(results)
    assert all(isinstance(one, refused) and str(one) for one in others), answers(results)
    return done[0]


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
