"""How fast identifiers are answered: a pasted list, a file of 10,000 rows, and the command.

    python benchmarks/identifiers.py

The list is the worst honest one: every kind, every network, with and without the network, mistyped ones among them.
Writes benchmarks/results/identifiers.md.
"""

import io
import os
import platform
import statistics
import sys
import time
from collections.abc import Callable
from itertools import cycle, islice
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))
os.environ |= {"DJANGO_SETTINGS_MODULE": "lers.settings", "ENVIRONMENT": "test"}

import django  # noqa: E402 - after the settings are chosen

django.setup()

import openpyxl  # noqa: E402
from django.core.management import call_command  # noqa: E402

from foundation.core.identifier_files import read_rows  # noqa: E402
from foundation.core.identifier_lines import read_lines  # noqa: E402
from foundation.core.identifiers import Network  # noqa: E402
from foundation.providers.connectors.demo.addresses import NETWORKS, address  # noqa: E402

ROUNDS = 7
HASH = "9f3c61d0a7be42f5c8801b7d64e93fa2550e7c1b98d3f6a4472e0b51caad99"
OTHERS = (
    "addr1qx2fxv2umyhttkxyxp8x0dlpdt3k6cwng5pxj3jhsydzer3n0d3vllmyqwsx5wktcd8cc3sq835lu7drv2xwl2wywfgse35a3x",
    "44AFFq5kSiGBoZ4NMDwYtN18obc8AemS33DBLWs3H7otXft3XjrpDtQGv7SqSsaBYBb98uNbr2VBBEt7f2wfn3RVGQBEP3A",
    "GA7QYNF7SOWQ3GLR2BGMZEHXAVIRZA4KVWLTJJFC7MGXUA74P7UJVSGZ",
    "5GrwvaEF5zXb26Fz9rcQpDWS57CtERHpNehXCPcNoHGKutQY",
)


def lines(count: int) -> list[str]:
    """Return so many different lines of all kinds."""
    found: list[str] = []
    for n in range(count):
        network = NETWORKS[n % len(NETWORKS)]
        wallet = address(network, str(n))
        found += [
            f"{48_213_377 + n}", f"officer.{n}@mail.example", f"+44 7700 {900_000 + n}", wallet,
            f"wallet,{wallet},{Network(network)}", wallet[:-2] + "11", f"txid,{HASH}{n % 100:02d},bitcoin,out:1",
            f"203.0.113.{n % 250 + 1}:4431 2026-06-04T23:47:10+02:00", f"username;nordlys_{n}", OTHERS[n % 4],
            f"bank,GB 20-00-00 {55_000_000 + n}", f"word and word {n}",
        ]  # fmt: skip
        if len(found) >= count:
            break
    return found[:count]


def timed(work: Callable[[], int]) -> tuple[float, float, int]:
    """Return the median and the longest time of some rounds in seconds, and how many were answered."""
    times, answered = [], 0
    for _ in range(ROUNDS):
        started = time.perf_counter()
        answered = work()
        times.append(time.perf_counter() - started)
    return statistics.median(times), max(times), answered


def main() -> None:
    """Measure and write the table."""
    pasted = "\n".join(lines(500))
    many = list(islice(cycle(lines(2_000)), 10_000))
    book = openpyxl.Workbook()
    for line in many:
        book.active.append([line])
    workbook = io.BytesIO()
    book.save(workbook)
    plain = "\n".join(many).encode()
    work: dict[str, Callable[[], int]] = {
        "500 pasted lines": lambda: len(read_lines(pasted)),
        "10,000 rows of CSV": lambda: sum(1 for _ in read_rows(io.BytesIO(plain), filename="x.csv")),
        "10,000 rows of XLSX": lambda: sum(1 for _ in read_rows(workbook, filename="x.xlsx")),
        "10,000 lines to `check_identifiers`": lambda: _command(plain),
    }
    rows = [
        f"| {what} | {answered} | {median:.2f} | {longest:.2f} |"
        for what, (median, longest, answered) in ((what, timed(todo)) for what, todo in work.items())
    ]
    machine = f"{ROUNDS} rounds on {os.cpu_count()} cores, Python {platform.python_version()}"
    head = ["# Identifiers", "", f"Every kind, most of them without its name, some mistyped. {machine}.", ""]
    text = "\n".join([*head, "| What | Answered | Median, s | Longest, s |", "|---|---|---|---|", *rows, ""])
    (ROOT / "benchmarks" / "results" / "identifiers.md").write_text(text, encoding="utf-8")
    print(text)


def _command(content: bytes) -> int:
    out = io.StringIO()
    call_command("check_identifiers", stdin=io.BytesIO(content), stdout=out)
    return out.getvalue().count("\n")


if __name__ == "__main__":
    main()
