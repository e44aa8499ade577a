"""A drill of holds: things break while they are reminded of, extended and end, each fault on a day of its own."""

import os
import random
import sys
import threading
import time
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from datetime import time as clock_time
from math import ceil
from pathlib import Path

from celery import current_app
from django.conf import settings
from django.db import connection
from django.utils import timezone

from foundation.core.jobs import JobState
from foundation.notifications.models import OutboundMessage
from lers.demo.people import who
from lers.drill import holds_rows, holds_sweeps, people
from lers.drill.faults import Scene
from lers.drill.holds_clock import LEFT_OUT, Clock
from lers.drill.holds_counting import Count, Line, Seen
from lers.drill.holds_faults import FAULTS, Fault, services
from lers.drill.holds_people import Deciders
from lers.drill.place import Place
from lers.drill.processes import Processes, broker_service
from lers.drill.run import migrate
from lers.drill.sink import Sink
from preservation.enums import ExtensionStatus, HoldStatus
from preservation.models import PreservationHold

_RESULT = settings.BASE_DIR / "benchmarks" / "results" / "drill-holds.md"
_MORNING, _NIGHT = clock_time(5, 59, 57), clock_time(23, 59, 55)
_LONGEST = 600.0
_HEAD = (
    "| Fault | Holds | Reminders | Ends | Extended | of these first | Messages | Lost | Doubled | Of an old date "
    "| In the air | Ended too early |\n|---|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|"
)


@dataclass(frozen=True)
class Plan:
    """How much of a drill."""

    holds: int
    due: float
    faults: Sequence[Fault]
    seed: int

    @classmethod
    def from_environment(cls) -> "Plan":
        """Read DRILL_HOLDS, DRILL_HOLDS_DUE (percent), DRILL_HOLD_FAULTS (names with commas) and DRILL_SEED.

        Raises SystemExit for a fault that there is not.
        """
        names = [name.strip() for name in os.environ.get("DRILL_HOLD_FAULTS", "").split(",") if name.strip()]
        if unknown := set(names) - {fault.name for fault in FAULTS}:
            raise SystemExit(f"No such fault: {', '.join(unknown)}. There are: {', '.join(f.name for f in FAULTS)}.")
        seed = int(os.environ.get("DRILL_SEED") or random.SystemRandom().randrange(10**6))
        chosen = [fault for fault in FAULTS if not names or fault.name in names]
        due = int(os.environ.get("DRILL_HOLDS_DUE") or 100) / 100
        return cls(int(os.environ.get("DRILL_HOLDS") or 10_000), due, chosen, seed)


class Drill:
    """One drill, from the first hold to the table."""

    def __init__(self, place: Place, plan: Plan) -> None:
        """Start nothing yet."""
        self.place, self.plan, self.began = place, plan, time.monotonic()
        self.taken: dict[str, list[float]] = defaultdict(list)
        self.sink = Sink(place.mail_port, lambda name: self.taken[name].append(time.monotonic()))
        self.processes = Processes(place.var / "log")
        self.clock = Clock(place.var / "run" / "hold-clock")
        self.clock.file.with_name(holds_sweeps.FILE).unlink(missing_ok=True)
        self.name = f"drill of holds {int(time.time())}"
        self.provider, self.officer = people.ensure()
        self.deciders = Deciders(self.officer, who("preservation_admin"), self.clock.now)
        self.services = services(self.clock)
        self.notes: dict[str, str] = {}
        self.loads = [os.getloadavg()[0]]

    def run(self) -> bool:
        """Run all of it; whether every number is as it must be."""
        random.seed(self.plan.seed)
        plan = self.plan
        self.say(f"Drill of holds with seed {plan.seed}: {plan.holds:,} holds, {len(plan.faults)} faults.")
        try:
            return self._run()
        finally:
            self.processes.stop_all(hard=True)
            self.sink.stop()
            connection.close()

    def say(self, words: str) -> None:
        """Say where we are."""
        print(f"{time.monotonic() - self.began:6.0f} s  {words}", file=sys.stdout, flush=True)

    def _run(self) -> bool:
        day, share = timezone.now().date() + timedelta(days=1), ceil(self.plan.holds / len(self.plan.faults))
        for number, fault in enumerate(self.plan.faults):
            on = day + timedelta(days=number)
            holds_rows.make(
                self._name_of(fault), share, on, self.provider, self.officer, who("lead"), due=self.plan.due
            )
        self.clock.turn_to(datetime.combine(day, _MORNING, UTC) - timedelta(hours=1))
        self.sink.start()
        self.processes.start(broker_service(self.place.broker_command))
        self.processes.start(*self.services)
        for number, fault in enumerate(self.plan.faults):
            self._part(fault, datetime.combine(day + timedelta(days=number), clock_time(), UTC), share)
        self.say("Everything is mended. What waits for a lease or a later try gets its time.")
        settled = self._settle()
        self.processes.stop(*(service.name for service in self.services))
        return self._tell(settled=settled)

    def _name_of(self, fault: Fault) -> str:
        return f"{self.name} {fault.name}"

    def _part(self, fault: Fault, day: datetime, share: int) -> None:
        """Live through the day of a fault: the morning with its reminders, and the night in which holds end."""
        if fault.needs_own_database and not self.place.own_database:
            self.notes[fault.name] = "left out: the database is not ours to stop"
            return
        seconds = max(60.0, share * self.plan.due / 20) * fault.longer
        self.loads.append(os.getloadavg()[0])
        self.say(f"{fault.name}: {share:,} holds in {seconds:.0f} s")
        part = self._name_of(fault)
        undecided = list(holds_rows.asked(part, at_once=False))
        at_once = list(holds_rows.asked(part, at_once=True))
        self.deciders.ask(undecided)
        retried = self.deciders.retried
        self.clock.turn_to(datetime.combine(day.date(), _MORNING, UTC))
        deciding = threading.Thread(target=self.deciders.grant, args=(at_once,), kwargs={"seconds": seconds / 2})
        night = threading.Timer(seconds / 2, self.clock.turn_to, [datetime.combine(day.date(), _NIGHT, UTC)])
        connection.close()  # its server may go away meanwhile
        deciding.start()
        night.start()
        fault.act(Scene(self.place, self.processes, self.sink, seconds, self.notes), self.clock)
        deciding.join()
        night.join()
        self._until_swept(part)
        self.deciders.decide(undecided)
        if self.deciders.retried > retried:
            times = self.deciders.retried - retried
            self.notes[fault.name] = f"{times} times the database refused, and who asked or decided tried again"

    def _until_swept(self, part: str = "") -> None:
        """Wait until nothing of a part is due any more, or nothing moves."""
        end, before, since = time.monotonic() + _LONGEST, -1, time.monotonic()
        while time.monotonic() < end and (left := self._due(part)) and time.monotonic() - since < 30:
            if left != before:
                before, since = left, time.monotonic()
            time.sleep(0.5)

    def _due(self, part: str = "") -> int:
        found = PreservationHold.objects.due(self.clock.now()).filter(status=HoldStatus.ACTIVE)
        return found.filter(title__startswith=part or self.name).count()

    def _unsent(self) -> int:
        mine = OutboundMessage.objects.filter(state__in=[JobState.PENDING, JobState.RUNNING], for_digest=False)
        return mine.filter(event__startswith="hold_").count()

    def _settle(self) -> bool:
        """Let everything that waits happen; whether all of it did. Leases end only while nobody can have a row."""
        for _round in range(8):
            end, before, since = time.monotonic() + _LONGEST, (-1, -1), time.monotonic()
            while time.monotonic() < end and time.monotonic() - since < 25:
                if not any(left := (self._due(), self._unsent())):
                    return True
                if left != before:
                    before, since = left, time.monotonic()
                time.sleep(0.5)
            self.processes.stop(*(service.name for service in self.services))
            now = self.clock.now()
            waiting = OutboundMessage.objects.filter(for_digest=False)
            waiting.filter(state=JobState.PENDING, due_at__gt=now).update(due_at=now)
            waiting.filter(state=JobState.RUNNING).update(claimed_until=now)
            self.processes.start(*self.services)
        return False

    def _tell(self, *, settled: bool) -> bool:
        lines: dict[str, Line] = {}
        sweeps = holds_sweeps.read(self.clock.file.with_name(holds_sweeps.FILE))
        seen = Seen(self.taken, self.deciders.asked, self.deciders.granted, sweeps)
        for fault in self.plan.faults:
            if not self.notes.get(fault.name, "").startswith("left out"):
                lines[fault.name] = Count(self._name_of(fault), self.clock.now(), seen).line()
        lines["**all**"] = sum(lines.values(), Line())
        undecided = PreservationHold.objects.filter(
            title__startswith=self.name, extensions__status=ExtensionStatus.REQUESTED
        ).count()  # fmt: skip
        good = settled and not (undecided or self.deciders.unhandled) and all(one.is_good for one in lines.values())
        died = sum(one.ended is None for one in sweeps)
        due = f"{self.plan.due:.0%} of the holds have something to do on the day of their fault; the others run on."
        due += f" {len(sweeps):,} sweeps began, {died:,} of them did not end."
        words = [due, "", _HEAD, *(f"| {name} | {line.cells()} |" for name, line in lines.items()), ""]
        words += [f"{name}: {note}." for name, note in self.notes.items()]
        if self.deciders.unhandled:
            words.append(f"Refused to who asked or decided: {sorted(set(self.deciders.unhandled))}.")
        if not settled:
            words.append(f"Not settled: {self._due()} holds are due and {self._unsent()} messages wait.")
        words.append("Good." if good else "NOT GOOD.")
        self.say("\n\n" + "\n".join(words) + "\n")
        whole = len(self.plan.faults) == len(FAULTS)
        if written := os.environ.get("DRILL_HOLDS_RESULT") or (_RESULT if whole else ""):
            self._write(Path(written), words)
        return good

    def _write(self, path: Path, words: list[str]) -> None:
        minutes = (time.monotonic() - self.began) / 60
        loads = [*self.loads, os.getloadavg()[0]]
        path.write_text(
            f"# Drill of holds\n\n`make drill ARGS=holds` on {timezone.now():%Y-%m-%d %H:%M} UTC, "
            f"seed {self.plan.seed}, {minutes:.0f} minutes. {os.cpu_count()} CPUs, load average "
            f"between {min(loads):.0f} and {max(loads):.0f}. "
            f"What each fault and each column is: docs/drill.md.\n\n" + "\n".join(words) + "\n"
        )


def main(place: Place) -> int:
    """Run a drill of holds by the environment; return the exit code."""
    plan = Plan.from_environment()
    current_app.conf.task_routes = LEFT_OUT
    if place.own_database:
        migrate()
    return 0 if Drill(place, plan).run() else 1
