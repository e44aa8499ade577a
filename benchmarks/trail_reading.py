"""Measures how auditors read a long trail: the plan and the time of each usual filter.

    make bench ARGS=trail_reading            SIZE=200000 for another number of entries

On an embedded PostgreSQL of its own. The entries are made by PostgreSQL itself: for reading, their bytes do not matter.
"""

import json
import os
import statistics
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import connection
from django.utils import timezone

from accounts.services import trail
from accounts.trail_filter import Filter, kinds
from foundation.audit.models import AuditEvent
from lers.drill.place import Place
from lers.drill.run import migrate

PAGE = 51
_TIMES = 7
_RESULT = Path(__file__).parent / "results" / "trail_reading.md"
# A thousand people, 40 entries in a session, 4 in a web request, 20 about an object; one in 50 tells of a refusal.
_FILL = """
    INSERT INTO audit_auditevent (occurred_at, action, actor_kind, actor_id, actor_label, ip, session, request_id,
                                  object_type, object_id, object_label, outcome, reason, payload, digest)
    SELECT timestamptz '2026-01-01 00:00Z' + n * interval '31 seconds',
           (ARRAY['request.viewed', 'request.viewed', 'request.viewed', 'request.document_viewed', 'package.downloaded',
                  'sign_in.password_accepted', 'trail.read', 'hold.viewed', 'request.checked',
                  'message.sent'])[1 + n %% 10],
           'accounts.user', (n / 40 %% 1000)::text,
           'person' || (n / 40 %% 1000) || '@agency.example',
           '192.0.' || (n / 40 %% 200) || '.' || (n / 8000 %% 250), sha256(('s' || n / 40)::bytea)::text,
           md5('r' || n / 4), 'requests_app.datarequest', (n / 20)::text, 'MX-26-' || n / 20,
           CASE WHEN n %% 50 = 0 THEN 'refused' ELSE 'ok' END, '', convert_to(repeat('x', 450), 'UTF8'),
           sha256('x')
    FROM generate_series(%s, %s) AS n
"""


def main(place: Place) -> int:
    """Fill, ask each filter several times, print and write the table."""
    size = int(os.environ.get("SIZE", "1000000"))
    if place.own_database:
        migrate()
    with connection.cursor() as cursor:
        for start in range(1, size + 1, 100_000):
            cursor.execute(_FILL, [start, min(size, start + 99_999)])
    _vacuum()
    rows = [_row(words, wanted, before) for words, (wanted, before) in _filters(size).items()]
    _write([*rows, _kinds()], size)
    connection.close()
    return 0


def _vacuum() -> None:
    """Do what autovacuum does in the days in which a trail grows so long; as the owner of the table."""
    words = "from django.db import connection as c; c.cursor().execute('VACUUM ANALYZE audit_auditevent')"
    command = [sys.executable, "manage.py", "shell", "--verbosity=0", "-c", words]
    subprocess.run(command, cwd=settings.BASE_DIR, env=dict(os.environ) | {"DATABASE_ROLE": "owner"}, check=True)


def _filters(size: int) -> dict[str, tuple[Filter, int | None]]:
    """Return the usual filters, at an entry in the middle of the trail."""
    some: Any = AuditEvent.objects.get(pk=size // 2 - size // 2 % 50)
    day = some.occurred_at.date().isoformat()
    return {
        "Nothing, newest": (Filter(), None),
        "Nothing, from the middle on": (Filter(), some.pk),
        "A day": (Filter(since=day, until=day), None),
        "Until a day, all before": (Filter(until=day), None),
        "A person": (Filter(actor=some.actor_label), None),
        "A person on a day": (Filter(actor=some.actor_label, since=day, until=day), None),
        "An act": (Filter(action="package.downloaded"), None),
        "An act that is rare": (Filter(action="staff.role_granted"), None),
        "Acts that begin alike": (Filter(action="hold."), None),
        "A group of acts": (Filter(group="exports"), None),
        "A group that is rare": (Filter(group="settings"), None),
        "What was refused": (Filter(outcome="not_ok"), None),
        "A reference": (Filter(reference=some.object_label), None),
        "A kind of object": (Filter(kind="requests_app.datarequest"), None),
        "A kind that is rare": (Filter(kind="accounts.agency"), None),
        "A session": (Filter(session=some.session), None),
        "A web request": (Filter(request=some.request_id), None),
        "A network address": (Filter(ip=some.ip), None),
    }


def _row(words: str, wanted: Filter, before: int | None) -> str:
    rows = trail.newest(wanted, before=before)[:PAGE]
    plan = json.loads(rows.explain(format="json", analyze=True))[0]["Plan"]
    waited = []
    for _time in range(_TIMES):
        begin = time.perf_counter()
        found = len(rows.all())
        waited.append((time.perf_counter() - begin) * 1000)
    used = ", ".join(sorted(set(_scans(plan))))
    return f"| {words} | {found} | {statistics.median(waited):.1f} | {max(waited):.1f} | {used} |"


def _scans(plan: dict[str, Any]) -> list[str]:
    own = plan.get("Index Name") or (plan["Node Type"] if plan["Node Type"].endswith("Seq Scan") else "")
    return [
        *([own.removeprefix("audit_event_")] if own else []),
        *(s for p in plan.get("Plans", ()) for s in _scans(p)),
    ]


def _kinds() -> str:
    begin = time.perf_counter()
    found = kinds()
    return (
        f"| Which kinds of objects there are | {len(found)} | {(time.perf_counter() - begin) * 1000:.1f} | | object |"
    )


def _write(rows: list[str], size: int) -> None:
    load = ", ".join(f"{value:.1f}" for value in os.getloadavg())
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_size_pretty(pg_table_size(%s)), pg_size_pretty(pg_indexes_size(%s))",
                       ["audit_auditevent"] * 2)  # fmt: skip
        table, indexes = cursor.fetchone()
    text = (
        f"# Reading the trail\n\n`make bench ARGS=trail_reading` on {timezone.now():%Y-%m-%d %H:%M} UTC, "
        f"{os.cpu_count()} CPUs, load average {load}: {size:,} entries, table {table}, indexes {indexes}. A page of "
        f"{PAGE} entries, milliseconds of {_TIMES} times each, and the index that PostgreSQL chose.\n\n"
        "| Filter | found | p50 | slowest | index |\n|---|---:|---:|---:|---|\n" + "\n".join(rows) + "\n"
    )
    print(text)
    _RESULT.write_text(text)
