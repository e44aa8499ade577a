"""Measures messages: writing one, delivering many by one process, and claiming among very many old ones.

    make bench ARGS=messages                  COUNT=2000 OLD=200000 for other numbers

PostgreSQL with fsync and an SMTP server as a process of its own, both its own and on this machine.
"""

import os
import statistics
import time
from datetime import timedelta
from pathlib import Path
from uuid import uuid4

from django.db import connection
from django.utils import timezone

from benchmarks.rows import fill
from foundation.core.jobs import JobState
from foundation.notifications import delivery
from foundation.notifications.models import OutboundMessage
from foundation.notifications.outbox import send
from lers.drill import people
from lers.drill.deadlines import EVENT
from lers.drill.place import Place
from lers.drill.processes import Processes, mail_counter
from lers.drill.run import migrate

_RESULT = Path(__file__).parent / "results" / "messages.md"
_PIECE = 5000


def main(place: Place) -> int:
    """Measure, print and write the table."""
    count, old = int(os.environ.get("COUNT", "2000")), int(os.environ.get("OLD", "200000"))
    if place.own_database:
        migrate()
    people.ensure()
    processes = Processes(place.var / "log")
    processes.start(mail_counter(place.mail_port, place.var / "taken"))
    time.sleep(2)
    try:
        lines = [_written(count), _delivered(count, "Deliver by one process")]
        lines.append(_among_old(count, old))
    finally:
        processes.stop_all(hard=True)
        connection.close()
    load = ", ".join(f"{value:.1f}" for value in os.getloadavg())
    text = (
        f"# Messages\n\n`make bench ARGS=messages` on {timezone.now():%Y-%m-%d %H:%M} UTC, {os.cpu_count()} CPUs, load "
        f"average {load}.\n\n| What | Messages | Result |\n|---|---:|---|\n" + "\n".join(lines) + "\n"
    )
    print(text)
    _RESULT.write_text(text)
    return 0


def _written(count: int) -> str:
    """Measure writing: words rendered and committed, each in a transaction of its own, without the broker."""
    took = []
    for _number in range(count):
        begin = time.perf_counter()
        send(EVENT, dedupe_key=f"bench:{uuid4()}", to_address="officer@drill.example", context={}, urgent=True)
        took.append((time.perf_counter() - begin) * 1000)
    OutboundMessage.objects.filter(state=JobState.PENDING).update(urgent=False)
    cuts = statistics.quantiles(took, n=100)
    return f"| Write one: render and commit | {count:,} | p50 {cuts[49]:.1f} ms, p99 {cuts[98]:.1f} ms |"


def _delivered(count: int, what: str) -> str:
    """Measure delivery: claim, mark, hand over, record."""
    begin, accepted = time.perf_counter(), 0
    while accepted < count:
        accepted += (done := delivery.sweep(seconds=600))
        if not done:
            raise SystemExit(f"Only {accepted} of {count} messages were delivered.")
    seconds = time.perf_counter() - begin
    return f"| {what} | {count:,} | {count / seconds:.0f} a second, {seconds / count * 1000:.1f} ms each |"


def _among_old(count: int, old: int) -> str:
    """Measure delivery again, among very many rows that were delivered long ago."""
    for start in range(0, old, _PIECE):
        fill(min(_PIECE, old - start), state=JobState.DONE, finished_at=timezone.now() - timedelta(days=30))
    fill(count)
    return _delivered(count, f"The same among {old:,} old ones")
