"""What is broken in a drill, each fault by itself: while messages are written, for about so many seconds."""

import os
import random
import signal
import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path

import redis

from lers.drill import files
from lers.drill.place import Place
from lers.drill.processes import Processes, broker_service, portal_services, second_beat
from lers.drill.sink import Mood, Sink
from lers.embedded.locks import held

HOUR = 3600.0


@dataclass
class Scene:
    """What a fault may lay hands on."""

    place: Place
    processes: Processes
    sink: Sink
    seconds: float
    notes: dict[str, str] = field(default_factory=dict)
    number: int = 0

    def wait(self, share: float) -> None:
        """Let a share of the fault's time go by."""
        time.sleep(self.seconds * share)

    def moments(self, count: int) -> None:
        """Let a random time go by, count of which make up the fault's time."""
        time.sleep(self.seconds / count * random.uniform(0.4, 1.4))  # noqa: S311 - only when


def nothing(scene: Scene) -> None:
    """Break nothing: what the portal does on a quiet day."""
    scene.wait(1)


def worker_killed(scene: Scene) -> None:
    """SIGKILL the worker at random moments, whole or one of its children."""
    for number in range(5):
        scene.moments(5)
        scene.processes.kill("worker", one_child=number % 2 == 1)


def urgent_killed(scene: Scene) -> None:
    """SIGKILL the urgent loop at random moments."""
    for _number in range(5):
        scene.moments(5)
        scene.processes.kill("urgent")


def two_beats(scene: Scene) -> None:
    """Start the schedule a second time, so that every sweep and every reminder runs twice."""
    scene.processes.start(second_beat(scene.place.var))
    scene.wait(1)
    time.sleep(25)  # one round of reminders at least
    scene.processes.stop("beat2")


def redis_gone(scene: Scene) -> None:
    """SIGKILL the broker, leave it away, start it again."""
    scene.wait(0.2)
    scene.processes.stop("broker", hard=True)
    scene.wait(0.6)
    scene.processes.start(broker_service(scene.place.broker_command))
    scene.wait(0.2)


def redis_flushed(scene: Scene) -> None:
    """Empty the broker: every task in it is gone."""
    client = redis.Redis(unix_socket_path=os.environ["REDIS_URL"].partition("://")[2])
    for _number in range(4):
        scene.moments(4)
        client.flushall()
    client.close()


def database_stopped(scene: Scene) -> None:
    """Stop PostgreSQL in the middle of whatever it does (immediate shutdown), keep it away, let it start again."""
    run = scene.place.var / "run"
    for _number in range(3):
        scene.moments(3)
        with held(run / "postgresql.start", timeout=30):
            for server in postmaster(run):
                os.kill(server, signal.SIGQUIT)
            time.sleep(3)


def mail_slow(scene: Scene) -> None:
    """Let the mail server take its time over each mail."""
    _in_mood(scene, Mood.SLOW)


def mail_refusing(scene: Scene) -> None:
    """Let the mail server refuse everybody for now."""
    _in_mood(scene, Mood.REFUSES)


def mail_silent(scene: Scene) -> None:
    """Let the mail server accept connections and never say a word: half open."""
    _in_mood(scene, Mood.SILENT)


def mail_cut(scene: Scene) -> None:
    """Let the mail server take mails and hang up instead of saying so: the only way to a second hand-over."""
    scene.wait(0.4)
    scene.sink.mood = Mood.CUTS
    scene.wait(0.2)
    scene.sink.mood = Mood.TAKES
    scene.wait(0.4)


def mail_gone(scene: Scene) -> None:
    """Close the mail server's port for a while."""
    scene.wait(0.2)
    scene.sink.stop()
    scene.wait(0.6)
    scene.sink.start()
    scene.wait(0.2)


def disk_full(scene: Scene) -> None:
    """Let no process write a file of more than a few kilobytes, while files are sent and checked."""
    before = files.send_beside(6)
    scene.processes.limit_files("worker", 0)
    during = files.send_beside(12, blocks=files.BLOCKS)
    scene.wait(1)
    scene.processes.limit_files("worker")
    after = files.send_beside(6)
    taken = before.taken + during.taken + after.taken
    scene.notes["disk full"] = f"{taken} files taken, {during.refused} refused while the disk was full"


def clock_jump(scene: Scene) -> None:
    """Let the time of worker and schedule jump an hour ahead, back, an hour behind, and back."""
    file = scene.place.var / "run" / "clock"
    _set(file, 0)
    normal = portal_services()
    moving = [replace(normal[name], environment={"DRILL_CLOCK": str(file)}) for name in ("worker", "beat")]
    scene.processes.stop("beat", "worker")
    scene.processes.start(*moving)
    for offset in (HOUR, 0, -HOUR, 0):
        scene.moments(4)
        _set(file, offset)
    scene.processes.stop("beat", "worker")
    scene.processes.start(normal["worker"], normal["beat"])


def everything(scene: Scene) -> None:
    """Kill worker, loop and broker at random while the mail server is slow, refuses and hangs up."""
    for number in range(6):
        scene.sink.mood = (Mood.SLOW, Mood.REFUSES, Mood.CUTS)[number % 3]
        scene.moments(6)
        scene.processes.kill(("worker", "urgent", "broker")[number % 3])
    scene.sink.mood = Mood.TAKES


@dataclass(frozen=True)
class Fault:
    """A row of the table."""

    name: str
    act: Callable[[Scene], None]
    needs_own_database: bool = False


FAULTS = (
    Fault("nothing", nothing),
    Fault("worker killed", worker_killed),
    Fault("urgent loop killed", urgent_killed),
    Fault("two beats", two_beats),
    Fault("Redis gone", redis_gone),
    Fault("Redis flushed", redis_flushed),
    Fault("PostgreSQL stopped hard", database_stopped, needs_own_database=True),
    Fault("SMTP slow", mail_slow),
    Fault("SMTP refusing", mail_refusing),
    Fault("SMTP half-open", mail_silent),
    Fault("SMTP hanging up", mail_cut),
    Fault("SMTP gone", mail_gone),
    Fault("disk full", disk_full),
    Fault("clock jump", clock_jump),
    Fault("several at once", everything),
)


def _in_mood(scene: Scene, mood: Mood) -> None:
    scene.sink.mood = mood
    scene.wait(1)
    scene.sink.mood = Mood.TAKES


def postmaster(run: Path) -> list[int]:
    """Return the server's process: the only child of its keeper, whose number the starter wrote down."""
    words = (run / "postgresql.json").read_text()
    keeper = words.partition('"keeper":')[2].strip(" }\n")
    return [int(pid) for pid in Path(f"/proc/{keeper}/task/{keeper}/children").read_text().split()]


def _set(file: Path, offset: float) -> None:
    """Replace the file in one go: nobody reads half a number."""
    draft = file.with_suffix(".new")
    draft.write_text(str(offset))
    draft.replace(file)
