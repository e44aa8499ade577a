"""Hand a row that is already a job to Celery now, and lose nothing when the broker is gone."""

import logging
import time
from functools import partial

from celery import current_app
from django.db import transaction
from kombu.exceptions import OperationalError as BrokerError

logger = logging.getLogger(__name__)

# While the broker is gone every hand-over would wait for its connection; the sweep finds the rows anyhow.
PAUSE_SECONDS = 10.0
_silent_until = 0.0


def hurry_on_commit(task_name: str, *args: str | int) -> None:
    """Send the task when the transaction commits; never fails, because a sweep finds what was not sent."""
    transaction.on_commit(partial(_send, task_name, args), robust=True)


def _send(task_name: str, args: tuple[str | int, ...]) -> None:
    global _silent_until  # noqa: PLW0603 - one pause for the whole process
    if time.monotonic() < _silent_until:
        return
    try:
        current_app.send_task(task_name, args=args)
    except (BrokerError, OSError) as error:
        _silent_until = time.monotonic() + PAUSE_SECONDS
        logger.warning("No broker for %s (%s): the sweep takes over for %d s", task_name, error, PAUSE_SECONDS)
