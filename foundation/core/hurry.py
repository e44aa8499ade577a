"""Hand a row that is already a job to Celery now, and lose nothing when the broker is gone."""

import logging
import queue
import threading
import time
from functools import partial

from celery import current_app
from django.db import transaction
from kombu.exceptions import OperationalError as BrokerError

logger = logging.getLogger(__name__)

# While the broker is gone every hand-over would wait for its connection; the sweep finds the rows anyhow.
PAUSE_SECONDS = 10.0
# More than these are left to the sweep.
MOST_WAITING = 1000

_silent_until = 0.0
_beside = False
_waiting: "queue.Queue[tuple[str, tuple[str | int, ...]]]" = queue.Queue(MOST_WAITING)
_courier: threading.Thread | None = None
_starting = threading.Lock()


def hand_over_beside() -> None:
    """Let a thread of its own hand over from now on: nobody who waits for a page waits for the broker.

    A broker that takes connections and never answers, or whose name nobody resolves, holds a hand-over for seconds.
    For web servers; a worker or a command has nobody waiting, and might end before a thread had its turn.
    """
    global _beside  # noqa: PLW0603 - said once for the whole process
    _beside = True


def hurry_on_commit(task_name: str, *args: str | int) -> None:
    """Send the task when the transaction commits; never fails, because a sweep finds what was not sent."""
    transaction.on_commit(partial(_send, task_name, args), robust=True)


def _send(task_name: str, args: tuple[str | int, ...]) -> None:
    if time.monotonic() < _silent_until:
        return
    if not _beside:
        _hand_over(task_name, args)
        return
    try:
        _waiting.put_nowait((task_name, args))
    except queue.Full:
        logger.warning("Too many wait for the broker: %s is left to the sweep", task_name)
    _ensure_courier()


def _hand_over(task_name: str, args: tuple[str | int, ...]) -> None:
    global _silent_until  # noqa: PLW0603 - one pause for the whole process
    if time.monotonic() < _silent_until:
        return
    try:
        current_app.send_task(task_name, args=args)
    except (BrokerError, OSError) as error:
        _silent_until = time.monotonic() + PAUSE_SECONDS
        logger.warning("No broker for %s (%s): the sweep takes over for %d s", task_name, error, PAUSE_SECONDS)


def _ensure_courier() -> None:
    """Start the thread where there is none: not earlier, because threads do not survive a fork."""
    global _courier  # noqa: PLW0603 - one for the whole process
    with _starting:
        if _courier is None or not _courier.is_alive():
            _courier = threading.Thread(target=_carry, name="hurry", daemon=True)
            _courier.start()


def _carry() -> None:
    while True:
        task_name, args = _waiting.get()
        try:
            _hand_over(task_name, args)
        except Exception:
            logger.exception("%s could not be handed over: the sweep takes over", task_name)
