"""`make run` without make: everything starts, says where it is, stops on request, and dies with its runner."""

import json
import os
import re
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from django.conf import settings

READY = "The portal is at"


class Run:
    """One runner in a process of its own, and what it said."""

    def __init__(self, var: Path, port: int, **extra: str) -> None:
        self.var, self.port = var, port
        self.process = subprocess.Popen(
            [sys.executable, "-m", "lers.runner"],
            cwd=settings.BASE_DIR,
            env=environment(var, port) | extra,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )
        self.lines: list[str] = []
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self) -> None:
        assert self.process.stdout is not None
        with self.process.stdout as output:
            self.lines.extend(line.rstrip() for line in iter(output.readline, ""))

    @property
    def said(self) -> str:
        """Everything so far, for a message."""
        return "\n".join(self.lines)

    def await_line(self, part: str, seconds: float = 300) -> None:
        """Wait until the runner says it; loading the demo takes minutes on a busy machine."""
        deadline = time.monotonic() + seconds
        while not any(part in line for line in list(self.lines)):
            assert self.process.poll() is None, self.said
            assert time.monotonic() < deadline, self.said
            time.sleep(0.1)

    def finish(self, signum: int | None = None) -> int:
        """Send a signal if there is one, and wait for the end."""
        if signum is not None:
            self.process.send_signal(signum)
        code = self.process.wait(90)
        self._reader.join(10)
        return code


def environment(var: Path, port: int) -> dict[str, str]:
    """What a person's shell would hand to make run."""
    kept = {name: value for name, value in os.environ.items() if name in {"PATH", "HOME", "LANG", "TMPDIR"}}
    return kept | {"VAR": str(var), "PORT": str(port)}


def processes_on(var: Path) -> list[str]:
    """Return the command lines of the processes that have this VAR in their environment or their words."""
    found = []
    for entry in Path("/proc").iterdir():
        if not entry.name.isdecimal() or int(entry.name) == os.getpid():
            continue
        try:
            words = (entry / "cmdline").read_bytes().replace(b"\0", b" ").decode()
            around = (entry / "environ").read_bytes()
        except OSError:
            continue
        if words and (f"VAR={var}".encode() in around.split(b"\0") or str(var) in words):
            found.append(words)
    return found


def eventually(condition: Callable[[], bool], seconds: float = 30) -> bool:
    """Wait for what other processes do."""
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.1)
    return True


def free_port() -> int:
    """Return a port that nobody uses now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture
def var(tmp_path: Path) -> Iterator[Path]:
    """A VAR of its own, with nothing left running on it afterwards."""
    yield tmp_path / "var"
    left = eventually(lambda: not processes_on(tmp_path / "var"))
    assert left, processes_on(tmp_path / "var")


@pytest.mark.slow
def test_starts_stops_starts_again_and_leaves_nothing_when_killed(var: Path) -> None:
    first = Run(var, free_port())
    first.await_line(READY)
    with urllib.request.urlopen(f"http://127.0.0.1:{first.port}/readyz", timeout=10) as answer:
        ready = {"status": "ok", "database": "ok", "broker": "ok", "storage": "ok", "scanner": "none"}
        said = json.load(answer)
        assert said.pop("trail") in {"ok", "late", "unwatched"}  # what the demo wrote may not be sealed yet
        assert said == ready
    assert re.search(r"^officer +\S+@\S+ +\S+ +\S+$", first.said, re.MULTILINE), first.said

    second = Run(var, free_port())
    assert second.finish() == 2
    assert "Another `make run`" in second.said

    assert first.finish(signal.SIGINT) == 0
    assert first.lines[-1] == "Stopped."
    assert not processes_on(var)

    again = Run(var, first.port)
    started = time.monotonic()
    again.await_line(READY)
    assert time.monotonic() - started < 60
    _a_child_that_dies_is_started_again(again)
    again.finish(signal.SIGKILL)
    assert eventually(lambda: not processes_on(var)), processes_on(var)


def _a_child_that_dies_is_started_again(run: Run) -> None:
    children = Path(f"/proc/{run.process.pid}/task/{run.process.pid}/children").read_text().split()
    (beat,) = [pid for pid in children if b"beat" in Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")]
    os.kill(int(beat), signal.SIGKILL)
    run.await_line("beat stopped by itself (code -9). It starts again in 1 s.", 10)
    assert eventually(lambda: sum("celery" in words and " beat" in words for words in processes_on(run.var)) == 1)


def test_stopped_while_starting_leaves_nothing_and_the_next_run_is_not_disturbed(var: Path) -> None:
    run = Run(var, free_port())
    run.await_line("Starting PostgreSQL")
    assert run.finish(signal.SIGTERM) in {0, -signal.SIGTERM}
    assert eventually(lambda: not processes_on(var)), processes_on(var)


def test_taken_port_is_said(var: Path) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        run = Run(var, other.getsockname()[1])
        assert run.finish() == 2
    assert re.fullmatch(
        r"make run: Port \d+ is taken by another program. Stop that, or choose another: make run PORT=\d+", run.said
    )


@pytest.mark.parametrize("port", ["0", "70000", "http"])
def test_port_that_is_none_is_said(var: Path, port: str) -> None:
    run = Run(var, 0, PORT=port)
    assert run.finish() == 2
    assert f"PORT={port} is not a port number" in run.said


def test_var_that_cannot_be_written_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    run = Run(tmp_path / "file" / "var", free_port())
    assert run.finish() == 2
    assert "Set VAR to another folder." in run.said


def test_production_is_refused(var: Path) -> None:
    run = Run(var, free_port(), ENVIRONMENT="production")
    assert run.finish() == 2
    assert "For production see" in run.said
