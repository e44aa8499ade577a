"""After the faults: everything heals, and what waits for a lease or for a later try gets its time.

A lease lasts minutes, a back-off up to an hour. So that a drill takes minutes, time is moved instead: first everybody
who may hold a row is ended in order, then leases and waits end now. Nobody's row is taken from under his hands.
"""

import time
from collections.abc import Iterable

from django.db.models import Q
from django.utils import timezone

from foundation.core.jobs import JobState
from foundation.documents.models import Document
from foundation.notifications.models import OutboundMessage, OutboundMessageQuerySet
from lers.drill import deadlines, files
from lers.drill.clock import CLOCK
from lers.drill.processes import Processes
from lers.runner.services import Service

_QUIET_SECONDS = 6.0
# What is due and was not hurried waits for a sweep; reminders come every 20 seconds.
_SWEEP_SECONDS = 45.0
_LONGEST = 600.0


def settle(processes: Processes, services: Iterable[Service]) -> bool:
    """Let everything that waits happen; whether all of it did."""
    services = list(services)
    for _round in range(12):
        _until_quiet()
        if not any(_left()):
            return True
        processes.stop(*(service.name for service in services))
        _let_time_pass()
        processes.start(*services)
    return False


def _open() -> OutboundMessageQuerySet:
    return OutboundMessage.objects.filter(state__in=[JobState.PENDING, JobState.RUNNING], for_digest=False)


def _until_quiet() -> None:
    """Wait until nothing moves any more, or nothing is left to move."""
    end, before, since = time.monotonic() + _LONGEST, (-1, -1, -1), time.monotonic()
    while time.monotonic() < end:
        now = _left()
        if not any(now):
            return
        if now != before:
            before, since = now, time.monotonic()
        busy = _open().filter(Q(state=JobState.PENDING, due_at__lte=timezone.now())).exists()
        if time.monotonic() - since > (_SWEEP_SECONDS if busy or now[1] else _QUIET_SECONDS):
            return
        time.sleep(0.5)


def _left() -> tuple[int, int, int]:
    """Return the messages, deadlines and files that wait."""
    return _open().count(), deadlines.untold(CLOCK), files.unchecked()


def _let_time_pass() -> None:
    now = timezone.now()
    _open().filter(state=JobState.PENDING, due_at__gt=now).update(due_at=now)
    _open().filter(state=JobState.RUNNING).update(claimed_until=now)
    Document.objects.filter(due_at__gt=now).update(due_at=now)
    Document.objects.filter(claimed_until__gt=now).update(claimed_until=now)
