"""Measures the trail: sealing, checking all of it, and proofs of single entries.

    make bench ARGS=trail            SIZE=200000 for another number of entries

On an embedded PostgreSQL of its own, with entries as a request leaves them. Processor time is that of this process:
what else the machine does not change it, and PostgreSQL works beside it.
"""

import os
import random
import resource
import statistics
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any
from unittest import mock

from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from foundation.audit import proofs, sealing, trail, verification
from foundation.audit.context import Origin, origin
from foundation.audit.models import AuditEvent, AuditNode, Checkpoint
from lers.drill.place import Place
from lers.drill.run import migrate

GOAL_S = 10
_BATCH = 20_000
_PROOFS = 200
_RESULT = Path(__file__).parent / "results" / "trail.md"
_START = datetime(2026, 1, 1, tzinfo=UTC)


def main(place: Place) -> int:
    """Fill, seal in parts, check, prove; print and write the table."""
    size = int(os.environ.get("SIZE", "1000000"))
    if place.own_database:
        migrate()
    for start in range(0, size, size // 10):
        _fill(start, min(size, start + size // 10))
        if start == 0:
            sealing.seal()
    rows = [_measured(f"Seal {size - size // 10:,} entries", sealing.seal)]
    rows.append(_measured(f"verify_audit, {size:,} entries", verification.verify))
    rows += _proofs(size)
    _write(rows, size)
    connection.close()
    return 0


def _fill(start: int, end: int) -> None:
    """Write entries as trail.record does, many at once."""
    for first in range(start, end, _BATCH):
        AuditEvent.objects.bulk_create(_entries(first, min(end, first + _BATCH)), batch_size=2000)


def _entries(first: int, end: int) -> list[AuditEvent]:
    written: list[AuditEvent] = []
    with mock.patch.object(trail, "_write", return_value=0):
        for number in range(first, end):
            with origin(Origin(ip="192.0.2.7", request_id=f"{random.getrandbits(128):032x}")):
                made = trail.record(
                    "request.viewed",
                    by=None,
                    object_type="requests_app.datarequest",
                    object_id=str(number // 20),
                    object_label=f"MX-26-{number // 20:07}",
                    data={"tab": "review", "number": number, "words": "What was looked at, and where"},
                    at=_START + timedelta(seconds=7 * number),
                )
                names = (field.attname for field in AuditEvent._meta.concrete_fields)
                given = {name: getattr(made, name) for name in names if name not in {"id", "xid"}}
                written.append(AuditEvent(**given))
    return written


def _measured(words: str, act: Callable[[], Any]) -> str:
    begin, used = time.perf_counter(), time.process_time()
    act()
    took, cpu = time.perf_counter() - begin, time.process_time() - used
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return f"| {words} | {took:.1f} s | {cpu:.1f} s | {most:.0f} MB |"


def _proofs(size: int) -> list[str]:
    """Return the lines of single proofs, of entries all over the trail."""
    picked = random.Random(1).sample(range(1, size), _PROOFS)  # noqa: S311 - which entries, not a secret
    heads = list(Checkpoint.objects.order_by("tree_size"))
    first, last = heads[0], heads[-1]
    ways: dict[str, list[Callable[[], Any]]] = {
        "Proof of one entry, p50": [partial(proofs.inclusion, pk) for pk in picked],
        "Proof that the newest checkpoint goes on from the first, p50": [partial(proofs.consistency, first, last)] * 20,
    }
    rows = []
    for words, acts in ways.items():
        taken = [_milliseconds(act) for act in acts]
        wall, cpu = (statistics.median(each) for each in zip(*taken, strict=True))
        with CaptureQueriesContext(connection) as queries:
            acts[0]()
        rows.append(f"| {words}, {len(queries)} statements | {wall:.1f} ms | {cpu:.1f} ms | |")
    return rows


def _milliseconds(act: Callable[[], Any]) -> tuple[float, float]:
    begin, used = time.perf_counter(), time.process_time()
    if act() is None:
        raise RuntimeError("There is no proof.")
    return (time.perf_counter() - begin) * 1000, (time.process_time() - used) * 1000


def _write(rows: list[str], size: int) -> None:
    load = ", ".join(f"{value:.1f}" for value in os.getloadavg())
    text = (
        f"# The trail\n\n`make bench ARGS=trail` on {timezone.now():%Y-%m-%d %H:%M} UTC, {os.cpu_count()} CPUs, load "
        f"average {load}: {size:,} entries, {AuditNode.objects.count():,} stored subtrees. Goal: all of it is checked "
        f"in under {GOAL_S} s. Processor time is that of the Python process, memory its most so far.\n\n"
        "| What | took | processor | memory |\n|---|---:|---:|---:|\n" + "\n".join(rows) + "\n"
    )
    print(text)
    _RESULT.write_text(text)
