"""What is broken while holds are reminded of and end."""

import time
from collections.abc import Callable
from dataclasses import dataclass, replace

from lers.drill import faults
from lers.drill.faults import HOUR, Scene
from lers.drill.holds_clock import Clock
from lers.drill.processes import portal_services, second_beat
from lers.runner.services import Service

# Two workers with two processes each take the same sweep from a schedule that comes this often.
SWEEP_SECONDS = 2.0


def services(clock: Clock) -> list[Service]:
    """Return worker and schedule, which follow the clock of the drill."""
    normal = portal_services()
    return [replace(normal[name], environment=_environment(clock)) for name in ("worker", "beat")]


def _environment(clock: Clock) -> dict[str, str]:
    return {"DRILL_CLOCK": str(clock.file), "DRILL_HOLD_SWEEPS": str(SWEEP_SECONDS)}


def two_beats(scene: Scene, clock: Clock) -> None:
    """Start the schedule a second time, so that every sweep comes twice."""
    scene.processes.start(replace(second_beat(scene.place.var), environment=_environment(clock)))
    scene.wait(1)
    scene.processes.stop("beat2")


def clock_jump(scene: Scene, clock: Clock) -> None:
    """Let the time jump an hour ahead and behind before reminders are due, and an hour behind around the end.

    A clock that is ahead at the end is not tried: whoever trusts it ends holds early by as much.
    """
    for seconds in (HOUR, 0, -HOUR, 0):
        time.sleep(scene.seconds / 10)
        clock.jump(seconds)
    time.sleep(scene.seconds / 5)
    for seconds in (-HOUR, 0, -HOUR, 0):
        time.sleep(scene.seconds / 10)
        clock.jump(seconds)


def everything(scene: Scene, clock: Clock) -> None:
    """Two schedules, the worker and the broker killed and the broker emptied, in turns."""
    scene.processes.start(replace(second_beat(scene.place.var), environment=_environment(clock)))
    for number in range(6):
        scene.moments(6)
        scene.processes.kill(("worker", "broker")[number % 2], one_child=number == 2)
    scene.processes.stop("beat2")


def _of(act: Callable[[Scene], None]) -> Callable[[Scene, Clock], None]:
    def with_clock(scene: Scene, _clock: Clock) -> None:
        act(scene)

    return with_clock


@dataclass(frozen=True)
class Fault:
    """A row of the table."""

    name: str
    act: Callable[[Scene, Clock], None]
    needs_own_database: bool = False
    # So many times as long as the others: a worker that was killed must come to its work before it is killed again.
    longer: float = 1


FAULTS = (
    Fault("nothing", _of(faults.nothing)),
    Fault("worker killed", _of(faults.worker_killed), longer=2.5),
    Fault("two beats", two_beats),
    Fault("Redis flushed", _of(faults.redis_flushed)),
    Fault("PostgreSQL stopped hard", _of(faults.database_stopped), needs_own_database=True),
    Fault("clock jump", clock_jump),
    Fault("several at once", everything, longer=2.5),
)
