"""Measures how long the desk's search takes among 200,000 requests with 400,000 identifiers, in each way of asking.

    make bench ARGS=search           REQUESTS=200000 ROUNDS=40 for other numbers

On an embedded PostgreSQL of its own, through the service: the search as it is sent (with its entry in the trail) and
the page of what was found. Facts are 80 words each, some in nearly every request and most in very few, as languages
are. One request in fifty is restricted, so that what is hidden is left out while it is measured.
"""

import os
import random
import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path

from django.conf import settings
from django.db import connection
from django.utils import timezone

from accounts.models import Agency, Throttle, User
from benchmarks.search_rows import fill
from lers.demo import people as demo
from lers.drill import people
from lers.drill.place import Place
from lers.drill.run import migrate
from lers.embedded.postgresql import OWNER, cluster
from requests_app import search_terms
from requests_app.models import Clarification, DataRequest, LegalProcess, StoredSearch, Target
from requests_app.services import search_groups, searching
from requests_app.services.search_results import overview

_RESULT = Path(__file__).parent / "results" / "search.md"


def main(place: Place) -> int:
    """Fill, measure, print and write the table."""
    requests, rounds = int(os.environ.get("REQUESTS", "200000")), int(os.environ.get("ROUNDS", "40"))
    if place.own_database:
        migrate()
    provider, officer = people.ensure()
    begin = time.perf_counter()
    fill(provider, officer, requests)
    if place.own_database:
        _settle()
    sys.stderr.write(f"filled in {time.perf_counter() - begin:.0f} s\n")
    analyst = demo.who("analyst")
    lines = [_measured(name, ask, analyst, rounds) for name, ask in _ways().items()]
    load = ", ".join(f"{value:.1f}" for value in os.getloadavg())
    rows = f"{DataRequest.objects.count():,} requests, {Target.objects.count():,} identifiers, "
    rows += f"{Clarification.objects.count():,} questions, {User.objects.count():,} people, "
    rows += f"{Agency.objects.count():,} agencies"
    text = (
        f"# Search\n\n`make bench ARGS=search` on {timezone.now():%Y-%m-%d %H:%M} UTC, {os.cpu_count()} CPUs, load "
        f"average {load}. {rows}. Milliseconds; found is the median number of ways times rows, counted to 100 each.\n\n"
        "| Way | n | found | search: p50 | p95 | page: p50 | p95 |\n|---|---:|---:|---:|---:|---:|---:|\n"
        + "\n".join(lines) + "\n"
    )  # fmt: skip
    print(text)
    _RESULT.write_text(text)
    connection.close()
    return 0


def _settle() -> None:
    """Let the owner of the tables do what autovacuum does in time."""
    line = cluster(settings.VAR_DIR).ensure().connect(OWNER)
    line.autocommit = True
    with line.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")
    line.close()


def _ways() -> dict[str, Callable[[], str]]:
    """Return how a text of each kind is made; each call takes another row."""
    keys = list(DataRequest.objects.filter(restricted=False).order_by("?").values_list("pk", flat=True)[:500])
    chosen = random.Random(8)  # noqa: S311 - the same rows in each run

    def row() -> DataRequest:
        found: DataRequest = DataRequest.objects.get(pk=chosen.choice(keys))
        return found

    def target(kind: str) -> str:
        return Target.objects.get(data_request_id=chosen.choice(keys), kind=kind).normalised

    def wallet() -> str:
        return target("wallet")

    def docket() -> str:
        return str(LegalProcess.objects.exclude(docket="").order_by("?").values_list("docket", flat=True)[0])

    return {
        "nothing that is there": lambda: f"0x{chosen.getrandbits(160):040x}",
        "beginning of a reference": lambda: str(row().reference)[:10],
        "wallet, another writing": lambda: wallet().upper().replace("0X", "0x"),
        "beginning of a wallet": lambda: wallet()[:9],
        "end of a wallet": lambda: wallet()[-7:],
        "both ends of a wallet": lambda: (one := wallet())[:6] + "…" + one[-4:],
        "e-mail address": lambda: target("email").upper(),
        "case number": lambda: row().case_number,
        "number of an order": docket,
        "officer by name": lambda: row().officer.full_name,
        "officer by address": lambda: row().officer.email,
        "agency by name": lambda: row().agency.name,
        "word in nearly all": lambda: "money",
        "word in one of three": lambda: "bitcoin",
        "rare word": lambda: f"w{chosen.randrange(15000, 20000)}",
        "two ordinary words": lambda: f"w{chosen.randrange(20, 200)} w{chosen.randrange(20, 200)}",
        "words in quotation marks": lambda: '"money bitcoin"',
        "word that is only hidden": lambda: "sealedword",
    }


def _measured(name: str, make: Callable[[], str], analyst: User, rounds: int) -> str:
    searches, pages, found = [], [], []
    for number in range(rounds + 2):
        text = make()
        Throttle.objects.filter(scope=searching.LIMIT.scope).delete()
        begin = time.perf_counter()
        asked = searching.ask(text, by=analyst)
        middle = time.perf_counter()
        if isinstance(asked, StoredSearch):
            groups = overview(search_terms.read(asked.text), search_groups.seen_by(analyst))
            found.append(sum(group.count for group in groups))
            if any(group.late for group in groups):
                sys.stderr.write(f"{name}: took too long\n")
        if number > 1:  # the first two warm up
            searches.append((middle - begin) * 1000)
            pages.append((time.perf_counter() - middle) * 1000)
    line = f"| {name} | {rounds} | {statistics.median(found or [1]):.0f} | {_numbers(searches)} | {_numbers(pages)} |"
    sys.stderr.write(f"{line}\n")
    return line


def _numbers(taken: list[float]) -> str:
    return f"{statistics.median(taken):.0f} | {sorted(taken)[int(len(taken) * 0.95) - 1]:.0f}"
