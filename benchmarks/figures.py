"""Measures how long the desk's figures take to count and to show among 200,000 requests of two years.

    make bench ARGS=figures          REQUESTS=200000 ROUNDS=5 for other numbers

On an embedded PostgreSQL of its own, through the service: everything is counted anew, as the worker does every ten
minutes; then the page's two queries. One request in fifty is restricted, one in ten is open, one in twenty is an
emergency, one in four asked the officer something; the decided ones have a code of refusal for every third.
"""

import os
import statistics
import sys
import time
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

from django.conf import settings
from django.db import connection
from django.utils import timezone

from benchmarks.search_rows import fill
from lers.drill import people
from lers.drill.place import Place
from lers.drill.run import migrate
from lers.embedded.postgresql import OWNER, cluster
from requests_app.enums import RequestKind
from requests_app.models import DataRequest, EmergencyCase, Figures, RequestLine, Target
from requests_app.services import figures

_RESULT = Path(__file__).parent / "results" / "figures.md"
_REQUESTS = DataRequest._meta.db_table
_SPREAD = f"""UPDATE {_REQUESTS} SET
    jurisdiction = (ARRAY['NO','US','GB','DE','FR','IN','BR','SG','JP','ES'])[1 + id % 10],
    channel = (ARRAY['portal','portal','portal','email','post','sahyog'])[1 + id % 6],
    kind = CASE WHEN id % 20 = 0 THEN 'emergency' WHEN id % 11 = 0 THEN 'freeze' ELSE 'disclosure' END,
    rank = CASE WHEN id % 20 = 0 THEN 0 ELSE 9 END,
    taken_at = submitted_at + id % 48 * interval '1 hour',
    clock_stood = CASE id % 4 WHEN 0 THEN id % 9 * interval '1 day' ELSE interval '0' END,
    decided_at = CASE status WHEN 'closed' THEN submitted_at + (2 + id % 30) * interval '1 day' END,
    produced_at = CASE WHEN status = 'closed' AND id % 3 > 0 THEN submitted_at + (3 + id % 30) * interval '1 day' END,
    outcome = CASE WHEN status = 'closed' THEN (ARRAY['in_full','in_part','no_records'])[1 + id % 3] ELSE 'none' END
"""  # noqa: S608 - names of tables


def main(place: Place) -> int:
    """Fill, measure, print and write the table."""
    requests, rounds = int(os.environ.get("REQUESTS", "200000")), int(os.environ.get("ROUNDS", "5"))
    if place.own_database:
        migrate()
    provider, officer = people.ensure()
    begin = time.perf_counter()
    fill(provider, officer, requests)
    _spread()
    if place.own_database:
        _settle()
    sys.stderr.write(f"filled in {time.perf_counter() - begin:.0f} s\n")
    counts = [_seconds(lambda: figures.count(provider)) for _round in range(rounds)]
    whole = [_seconds(lambda: figures.read(provider)) for _round in range(rounds * 4)]
    month = figures.months(timezone.now())[-2]
    one = [
        _seconds(lambda: figures.read(provider, dimension="country", key="US", month=month)) for _ in range(rounds * 4)
    ]
    load = ", ".join(f"{value:.1f}" for value in os.getloadavg())
    text = (
        f"# Figures of the desk\n\n`make bench ARGS=figures` on {timezone.now():%Y-%m-%d %H:%M} UTC, {os.cpu_count()} "
        f"CPUs, load average {load}. {DataRequest.objects.count():,} requests, {RequestLine.objects.count():,} lines, "
        f"{EmergencyCase.objects.count():,} emergencies, {Figures.objects.count():,} slices counted. Seconds.\n\n"
        "| What | n | p50 | slowest |\n|---|---:|---:|---:|\n"
        + _line("Count everything anew", counts)
        + _line("Read the whole desk", whole)
        + _line("Read one country and month", one)
    )
    print(text)
    _RESULT.write_text(text)
    connection.close()
    return 0


def _spread() -> None:
    """Give the requests countries, channels, decisions, refused lines and emergencies."""
    with connection.cursor() as cursor:
        cursor.execute(_SPREAD)
        cursor.execute(
            f"""INSERT INTO {RequestLine._meta.db_table} (uid, data_request_id, target_id, category, period_from,
                period_to, decision, refusal_code, ground, assets, other_holders, counterparties)
            SELECT gen_random_uuid(), t.data_request_id, t.id, 'registration', '2026-01-01', '2026-02-01',
                CASE t.data_request_id % 3 WHEN 0 THEN 'refuse' ELSE 'produce' END, CASE t.data_request_id % 3 WHEN 0
                THEN (ARRAY['overbroad','dates','reach','language'])[1 + t.data_request_id % 4] ELSE '' END, '',
                '{{}}', false, false
            FROM {Target._meta.db_table} t"""  # noqa: S608
        )
    rows = DataRequest.objects.filter(kind=RequestKind.EMERGENCY).values_list("pk", "submitted_at")
    EmergencyCase.objects.bulk_create((_case(pk, at) for pk, at in rows.iterator()), batch_size=2000)


def _case(pk: int, at: datetime) -> EmergencyCase:
    taken, decided = at + timedelta(minutes=pk % 9), at + timedelta(minutes=pk % 50)
    times = {"filed_at": at, "take_by": at + timedelta(minutes=5), "decide_by": at + timedelta(minutes=30)}
    return EmergencyCase(data_request_id=pk, taken_at=taken, decided_at=decided, **times)


def _settle() -> None:
    """Let the owner of the tables do what autovacuum does in time."""
    line = cluster(settings.VAR_DIR).ensure().connect(OWNER)
    line.autocommit = True
    with line.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")
    line.close()


def _seconds(act: Callable[[], object]) -> float:
    begin = time.perf_counter()
    act()
    return time.perf_counter() - begin


def _line(what: str, took: list[float]) -> str:
    return f"| {what} | {len(took)} | {statistics.median(took):.3f} | {max(took):.3f} |\n"
