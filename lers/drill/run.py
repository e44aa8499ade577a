"""A whole drill: build the place, break things one after the other, heal, count."""

import os
import random
import subprocess
import sys
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TextIO

from django.conf import settings
from django.db import connection
from django.db.models import Max
from django.utils import timezone

from accounts.models import User
from foundation.notifications.models import OutboundMessage
from foundation.notifications.running_clocks import running_clock
from foundation.providers.models import Provider
from lers.drill import deadlines, files, nights, people, report
from lers.drill.clock import CLOCK
from lers.drill.faults import FAULTS, Fault, Scene
from lers.drill.place import Place
from lers.drill.processes import Processes, broker_service, portal_services
from lers.drill.settling import settle
from lers.drill.sink import Sink
from lers.drill.writing import Writer

_RESULT = settings.BASE_DIR / "benchmarks" / "results" / "drill.md"


@dataclass(frozen=True)
class Plan:
    """How much of a drill."""

    messages: int
    faults: Sequence[Fault]
    nights: bool
    seed: int

    @classmethod
    def from_environment(cls) -> "Plan":
        """Read DRILL_MESSAGES, DRILL_FAULTS (names with commas), DRILL_NIGHTS and DRILL_SEED."""
        names = [name.strip() for name in os.environ.get("DRILL_FAULTS", "").split(",") if name.strip()]
        unknown = set(names) - {fault.name for fault in FAULTS}
        if unknown:
            raise SystemExit(f"No such fault: {', '.join(unknown)}. There are: {', '.join(f.name for f in FAULTS)}.")
        chosen = [fault for fault in FAULTS if not names or fault.name in names]
        seed = int(os.environ.get("DRILL_SEED") or random.SystemRandom().randrange(10**6))
        nights_too = os.environ.get("DRILL_NIGHTS", "0" if names else "1") == "1"
        return cls(int(os.environ.get("DRILL_MESSAGES") or 10_500), chosen, nights_too, seed)


class Drill:
    """One drill, from empty folder to table."""

    def __init__(self, place: Place, plan: Plan, out: TextIO = sys.stdout) -> None:
        """Start nothing yet."""
        self.place, self.plan, self.out = place, plan, out
        self.sink = Sink(place.mail_port)
        self.processes = Processes(place.var / "log")
        self.notes: dict[str, str] = {}
        self.began = time.monotonic()
        # Begins every key: a database that lived through a drill before tells the two apart.
        self.name = f"drill {int(time.time())}"

    def run(self) -> bool:
        """Run all of it; whether nothing was lost, missed, or doubled without our knowing."""
        random.seed(self.plan.seed)
        self.say(f"Drill with seed {self.plan.seed}: {self.plan.messages} messages, {len(self.plan.faults)} faults.")
        try:
            return self._run()
        finally:
            self.processes.stop_all(hard=True)
            self.sink.stop()
            connection.close()

    def say(self, words: str) -> None:
        """Say where we are."""
        print(f"{time.monotonic() - self.began:6.0f} s  {words}", file=self.out, flush=True)

    def _run(self) -> bool:
        provider, officer = people.ensure()
        deadlines.close(at=timezone.now())
        first = OutboundMessage.objects.aggregate(last=Max("pk"))["last"] or 0
        lines = self._nights(provider, officer) if self.plan.nights else []
        self.sink.start()
        services = list(portal_services().values())
        self.processes.start(broker_service(self.place.broker_command))
        self.processes.start(*services)
        for fault in self.plan.faults:
            self._part(fault, provider, officer)
        self.say("Everything is mended. What waits for a later try gets it now.")
        settled = settle(self.processes, services)
        self.processes.stop(*(service.name for service in services))
        accepted = self.sink.accepted
        lines += [report.line_of(fault.name, self._name_of(fault.name), accepted) for fault in self.plan.faults]
        lines.append(report.line_of_the_rest(self.name, first, accepted))
        return self._tell(lines, settled=settled)

    def _nights(self, provider: Provider, officer: User) -> list[report.Line]:
        found = []
        for zone in nights.ZONES:
            for change in nights.changes(zone, at=timezone.now()):
                self.say(f"The night of {change:%d %b %Y} in {zone}")
                name = f"night of {change:%d %b %Y}, {zone}"
                wrong = nights.live_through(zone, change, provider, officer, part=self._name_of(name))
                line = report.line_of(name, self._name_of(name), self.sink.accepted)
                found.append(replace(line, missed=line.missed + wrong))
        return found

    def _name_of(self, part: str) -> str:
        return f"{self.name} {part}"

    def _part(self, fault: Fault, provider: Provider, officer: User) -> None:
        if fault.needs_own_database and not self.place.own_database:
            self.notes[fault.name] = "left out: the database is not ours to stop"
            return
        count = self.plan.messages // len(self.plan.faults)
        seconds = max(6.0, count / 50)
        scene = Scene(self.place, self.processes, self.sink, seconds, self.notes)
        self.say(f"{fault.name}: {count} messages in {seconds:.0f} s")
        now = timezone.now()
        due = deadlines.soon(max(count // 20, 5), at=now, within=seconds + 15)
        deadlines.make(self._name_of(fault.name), due, provider, officer, began=now)
        writer = Writer(self._name_of(fault.name), count, seconds=seconds)
        thread = threading.Thread(target=writer.run, name="writer")
        connection.close()  # its server may go away meanwhile
        thread.start()
        fault.act(scene)
        thread.join()
        if writer.retried:
            self.notes[fault.name] = f"{writer.retried} times the database refused and the writer tried again"

    def _tell(self, lines: list[report.Line], *, settled: bool) -> bool:
        taken, whole = files.count_whole()
        phantoms = report.without_row(self.sink.accepted)
        good = settled and taken == whole and not phantoms and all(line.is_good for line in lines)
        words = [report.table(lines), "", f"Mails of messages that were taken back before their commit: {phantoms}."]
        if taken:
            words.append(f"Files that were taken: {taken}; of these whole and checked: {whole}.")
        words += [f"{name}: {note}." for name, note in self.notes.items()]
        if not settled:
            words.append(f"Not settled: {report.unfinished()}; deadlines untold.")
        words.append("Good." if good else "NOT GOOD.")
        self.say("\n\n" + "\n".join(words) + "\n")
        whole_drill = len(self.plan.faults) == len(FAULTS) and self.plan.nights
        if written := os.environ.get("DRILL_RESULT") or (_RESULT if whole_drill else ""):
            self._write(Path(written), words)
        return good

    def _write(self, path: Path, words: list[str]) -> None:
        minutes = (time.monotonic() - self.began) / 60
        load = ", ".join(f"{value:.1f}" for value in os.getloadavg())
        head = (
            f"# Drill\n\n`make drill` on {timezone.now():%Y-%m-%d %H:%M} UTC, seed {self.plan.seed}, {minutes:.0f} "
            f"minutes. {os.cpu_count()} CPUs, load average at the end {load}. What each fault is: docs/drill.md.\n\n"
        )
        path.write_text(head + "\n".join(words) + "\n")


def main(place: Place) -> int:
    """Run a drill by the environment; return the exit code."""
    plan = Plan.from_environment()
    running_clock(CLOCK)
    if place.own_database:
        migrate()
    return 0 if Drill(place, plan).run() else 1


def migrate() -> None:
    """Bring the schema up to date, as its owner and in a process of its own."""
    command = [sys.executable, "manage.py", "migrate", "--verbosity=0"]
    done = subprocess.run(command, cwd=settings.BASE_DIR, env=dict(os.environ), check=False)
    if done.returncode:
        raise SystemExit("The database could not be migrated (see above).")
