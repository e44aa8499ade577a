"""Measures what an entry of the trail costs beside a plain insert of the same row: 16 writers, sealer on and off.

    make bench ARGS=trail_append     SECONDS=4 ROUNDS=5 WRITERS=16

The plain row goes into a table of its own with the same columns, indexes and checks: by the ORM and by SQL with values
made beforehand, which is the database's part alone, and by SQL with the values of each row made in this process as an
entry's are (the moment, a random number, JSON, SHA-256), which is what any program pays that writes such rows. The ways
take turns of some seconds each, so that what else the machine does meets all of them. While the trail is written, a
watcher asks PostgreSQL every 20 ms whether a writer waits for a lock, and for which.
"""

import hashlib
import json
import multiprocessing
import os
import secrets
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import connection, connections, models
from django.utils import timezone

from foundation.audit import sealing, trail
from foundation.audit.context import Origin, origin
from foundation.audit.fields import CurrentTransaction, Xid8Field
from foundation.audit.models import AuditEvent
from lers.drill.place import Place
from lers.drill.run import migrate
from lers.embedded.postgresql import OWNER, cluster

WRITERS = int(os.environ.get("WRITERS", "16"))
SECONDS = float(os.environ.get("SECONDS", "4"))
ROUNDS = int(os.environ.get("ROUNDS", "5"))
GOAL = 0.9
_TABLE = "bench_plain"
_RESULT = Path(__file__).parent / "results" / "trail_append.md"
_ORIGIN = Origin(ip="192.0.2.7", request_id="0f" * 16)
_LOOKS = "looks"
_WAITS = """
    SELECT array_agg(wait_event) FILTER (WHERE wait_event_type = 'Lock'), count(*) FROM pg_stat_activity
    WHERE datname = current_database() AND application_name = 'bench writer'
"""


def _plain() -> type[models.Model]:
    """Return a model of the plain table, with the columns of an entry."""
    columns: dict[str, Any] = {
        field.name: field.clone() for field in AuditEvent._meta.fields if not isinstance(field, Xid8Field)
    }
    columns["xid"] = Xid8Field(db_default=CurrentTransaction(), editable=False)
    meta = type("Meta", (), {"app_label": "audit", "db_table": _TABLE, "managed": False})
    return type("PlainRow", (models.Model,), {"__module__": __name__, "Meta": meta, **columns})


def main(place: Place) -> int:
    """Measure both ways, by the ORM and by SQL; print and write the table."""
    if not place.own_database:
        print("This benchmark makes a table: it needs the embedded server.")
        return 2
    migrate()
    with cluster(settings.VAR_DIR).ensure().connect(OWNER) as owner, owner.cursor() as cursor:
        cursor.execute(f"DROP TABLE IF EXISTS {_TABLE}")
        cursor.execute(f"CREATE TABLE {_TABLE} (LIKE audit_auditevent INCLUDING ALL)")
    sample = _entry()
    values = {field.attname: getattr(sample, field.attname) for field in AuditEvent._meta.fields}
    given = {name: value for name, value in values.items() if name not in {"id", "xid"}}
    row = _plain()
    ways: dict[str, Callable[[], object]] = {
        "plain row by the ORM, values made beforehand": lambda: row(**given).save(force_insert=True),
        "plain row by SQL, values made beforehand": lambda: _by_sql(given),
        "plain row by SQL, values made for each row": lambda: _by_sql(_made(given)),
        "trail.record": _entry,
    }
    connection.close()
    rows = [*_measured(ways, sealed=False), *_measured(ways, sealed=True)]
    _write(rows)
    return 0


def _entry() -> AuditEvent:
    with origin(_ORIGIN):
        return trail.record(
            "request.viewed",
            by=None,
            object_type="requests_app.datarequest",
            object_id="4711",
            object_label="MX-26-0004711",
            data={"tab": "review", "number": 4711, "words": "What was looked at, and where"},
        )


def _made(given: dict[str, Any]) -> dict[str, Any]:
    """Make the values that differ from row to row, as simply as Python can."""
    now, number = timezone.now(), secrets.token_hex(16)
    words = {name: value for name, value in given.items() if isinstance(value, str)}
    facts = {"tab": "review", "number": 4711, "words": "What was looked at, and where"}
    whole = words | {"data": facts, "salt": number, "occurred_at": now.isoformat()}
    payload = json.dumps(whole, sort_keys=True).encode()
    return given | {"occurred_at": now, "payload": payload, "digest": hashlib.sha256(payload).digest()}


def _by_sql(given: dict[str, Any]) -> None:
    names = ", ".join(given)
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO {_TABLE} ({names}) VALUES ({', '.join(['%s'] * len(given))}) RETURNING id",  # noqa: S608
            list(given.values()),
        )
        cursor.fetchone()


def _measured(ways: dict[str, Callable[[], object]], *, sealed: bool) -> list[str]:
    """Let the ways take turns, and return a line for each."""
    context = multiprocessing.get_context("fork")
    counts = dict.fromkeys(ways, 0)
    turn: Any = context.Value("i", -1)
    written: Any = context.Array("q", WRITERS)
    names = list(ways)
    writers = [
        context.Process(target=_writer, args=(place, list(ways.values()), turn, written)) for place in range(WRITERS)
    ]
    for one in writers:
        one.start()
    with _sealer(sealed), _watcher(turn, names.index("trail.record")) as seen:
        for _round in range(ROUNDS):
            for index, name in enumerate(names):
                before = sum(written)
                turn.value = index
                time.sleep(SECONDS)
                turn.value = -1
                time.sleep(0.3)
                counts[name] += sum(written) - before
    turn.value = -2
    for one in writers:
        one.join()
    base = {name: counts["trail.record"] / counts[name] for name in names}
    how = "sealer beside" if sealed else "no sealer"
    waited = ", ".join(f"{count} for {name}" for name, count in seen.items() if name != _LOOKS)
    waits = f"{waited or 'none'} in {seen[_LOOKS]:,} looks"
    return [
        f"| {name}, {how} | {counts[name] / (ROUNDS * SECONDS):,.0f} | {base[name]:.1%} | "
        f"{waits if name == 'trail.record' else ''} |"
        for name in names
    ]


def _writer(place: int, ways: list[Callable[[], object]], turn: Any, written: Any) -> None:
    """Write by the way whose turn it is, each row in its own transaction."""
    connections.close_all()
    with connection.cursor() as cursor:
        cursor.execute("SET application_name = 'bench writer'")
    while (index := turn.value) != -2:
        if index == -1:
            time.sleep(0.005)
            continue
        ways[index]()
        written[place] += 1
    connections.close_all()


@contextmanager
def _sealer(wanted: bool) -> Iterator[None]:
    """Seal every second in a process of its own: fifteen times as often as beat does."""
    if not wanted:
        yield
        return
    running = multiprocessing.get_context("fork").Process(target=_seal, daemon=True)
    running.start()
    try:
        yield
    finally:
        running.terminate()
        running.join()


def _seal() -> None:
    connections.close_all()
    while True:
        sealing.seal()
        time.sleep(1)


@contextmanager
def _watcher(turn: Any, index: int) -> Iterator[Counter[str]]:
    """Count how many writers were seen waiting for a lock, and for which, while the trail was written.

    It looks at every way, as looking costs something too, and counts what it sees of one.
    """
    seen, stop = Counter[str](), threading.Event()

    def watch() -> None:
        while not stop.wait(0.02):
            with connection.cursor() as cursor:
                cursor.execute(_WAITS)
                waited, looked = cursor.fetchone()
            if turn.value == index:
                seen.update(waited or [])
                seen[_LOOKS] += looked
        connections.close_all()

    thread = threading.Thread(target=watch)
    thread.start()
    try:
        yield seen
    finally:
        stop.set()
        thread.join()


def _write(rows: list[str]) -> None:
    load = ", ".join(f"{value:.1f}" for value in os.getloadavg())
    text = (
        f"# What an entry of the trail costs\n\n`make bench ARGS=trail_append` on {timezone.now():%Y-%m-%d %H:%M} UTC, "
        f"{os.cpu_count()} CPUs, load average {load}: {WRITERS} writers with a connection each, {ROUNDS} turns of "
        f"{SECONDS:g} s for each way, each row in a transaction of its own. Goal: an entry keeps {GOAL:.0%} of the "
        "rate of a plain insert of the same row into a table with the same columns and indexes. What is plain is said "
        "in docs/audit.md.\n\n"
        "| Way | rows a second | trail.record against it | seen waiting for a lock |\n|---|---:|---:|---:|\n"
        + "\n".join(rows)
        + "\n"
    )
    print(text)
    _RESULT.write_text(text)
