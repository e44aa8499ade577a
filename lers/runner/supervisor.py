"""Starts processes, shows and keeps what they say, starts them again when they die, stops them in order."""

import contextlib
import os
import shutil
import signal
import subprocess
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import IO

from lers.runner.services import BASE_DIR, Service

_FIRST_PAUSE, _LONGEST_PAUSE = 1.0, 30.0
_STEADY_SECONDS = 60.0
_KEEP_LOG_BYTES = 10 * 1024 * 1024

Say = Callable[[str], None]


class Process:
    """One running service, and the thread that reads its output."""

    def __init__(self, service: Service, environment: dict[str, str], log: Path, say: Say) -> None:
        """Start it, in a group of its own, so that Ctrl-C reaches only the runner."""
        self.service = service
        self.ready = threading.Event()
        self.started = time.monotonic()
        self._log, self._say = log, say
        self.process = subprocess.Popen(
            [*_dies_with_runner(), *service.command],
            cwd=BASE_DIR,
            env=environment | service.environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        if service.ready is None:
            self.ready.set()
        self._reader = threading.Thread(target=self._read, name=f"output of {service.name}", daemon=True)
        self._reader.start()

    def _read(self) -> None:
        output = self.process.stdout
        if output is None:
            return
        with output, self._log.open("ab") as log:
            for raw in output:
                log.write(raw)
                log.flush()
                line = raw.decode(errors="replace").rstrip()
                if self.service.ready and self.service.ready.search(line):
                    self.ready.set()
                if line and not (self.service.routine and self.service.routine.search(line)):
                    self._say(f"{self.service.name:>7} | {line}")

    def stop(self, *, hard: bool) -> bool:
        """End the process and whatever it left in its group; tell whether it went by itself."""
        asked = not hard
        if asked and self.process.poll() is None:
            self.process.terminate()
            with contextlib.suppress(subprocess.TimeoutExpired):
                self.process.wait(self.service.stop_seconds)
        willing = self.process.poll() is not None
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()
        self._reader.join(1)
        return willing


class Supervisor:
    """The processes of one `make run`."""

    def __init__(self, environment: dict[str, str], log_folder: Path, say: Say) -> None:
        """Start nothing yet."""
        self.environment = environment
        self.stopping = threading.Event()
        self.in_a_hurry = threading.Event()
        self._log_folder, self._say = log_folder, say
        self._running: list[Process] = []
        self._pauses: dict[str, float] = {}
        self._due: dict[str, tuple[float, Service]] = {}

    def ask_to_stop(self, signum: int = signal.SIGTERM, frame: object = None) -> None:
        """Stop soon; asked a second time, stop at once. Fits as a signal handler."""
        if self.stopping.is_set():
            self.in_a_hurry.set()
        self.stopping.set()

    def start(self, service: Service) -> Process:
        """Start one service and look after it from now on."""
        log = self._log_folder / f"{service.name}.log"
        with contextlib.suppress(FileNotFoundError):
            if log.stat().st_size > _KEEP_LOG_BYTES:
                log.replace(log.with_suffix(".log.1"))
        process = Process(service, self.environment, log, self._say)
        self._running.append(process)
        return process

    def run_step(self, command: list[str], extra: dict[str, str] | None = None) -> tuple[int, str]:
        """Run a command that ends by itself; return its code and its output. Stopping ends it early."""
        log = self._log_folder / "prepare.log"
        with log.open("ab") as errors:
            process = subprocess.Popen(
                [*_dies_with_runner(), *command],
                cwd=BASE_DIR,
                env=self.environment | (extra or {}),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=errors,
                start_new_session=True,
            )
            reader = _Collector(process.stdout)
            while process.poll() is None:
                if self.stopping.wait(0.02):
                    process.terminate()
                    break
            output = reader.result()
            errors.write(output)
        return process.wait(), output.decode(errors="replace")

    def await_ready(self, processes: list[Process], *, seconds: float) -> str | None:
        """Wait until all are ready; return what is wrong, or None."""
        deadline = time.monotonic() + seconds
        for process in processes:
            name = process.service.name
            while not process.ready.wait(0.05):
                if self.stopping.is_set():
                    return None
                if process.process.poll() is not None:
                    return f"{name} stopped while starting. See {self._log_folder / name}.log."
                if time.monotonic() > deadline:
                    return f"{name} is not ready after {seconds:.0f} seconds. See {self._log_folder / name}.log."
        return None

    def watch(self) -> None:
        """Until asked to stop: start again what died, each time after a longer pause."""
        while not self.stopping.wait(0.2):
            now = time.monotonic()
            for process in [one for one in self._running if one.process.poll() is not None]:
                self._running.remove(process)
                self._plan_restart(process, now)
            for name, (due, service) in list(self._due.items()):
                if due <= now:
                    del self._due[name]
                    self.start(service)

    def _plan_restart(self, process: Process, now: float) -> None:
        name = process.service.name
        process.stop(hard=True)
        if now - process.started > _STEADY_SECONDS:
            self._pauses.pop(name, None)
        pause = self._pauses.get(name, _FIRST_PAUSE)
        self._pauses[name] = min(pause * 2, _LONGEST_PAUSE)
        self._due[name] = (now + pause, process.service)
        code = process.process.returncode
        self._say(f"{name} stopped by itself (code {code}). It starts again in {pause:.0f} s.")

    def stop(self) -> None:
        """Stop everything: who takes new work first, what the others lean on last."""
        order = ["web", "beat", "urgent", "worker", "company", "mail", "broker"]
        for process in sorted(self._running, key=lambda one: order.index(one.service.name)):
            if not process.stop(hard=self.in_a_hurry.is_set()):
                self._say(f"{process.service.name} did not stop in time and was ended.")
        self._running.clear()


class _Collector(threading.Thread):
    """Reads a pipe to its end beside us."""

    def __init__(self, pipe: IO[bytes] | None) -> None:
        super().__init__(daemon=True)
        self._pipe, self._read = pipe, b""
        self.start()

    def run(self) -> None:
        if self._pipe is not None:
            with self._pipe:
                self._read = self._pipe.read()

    def result(self) -> bytes:
        self.join(5)
        return self._read


def _dies_with_runner() -> list[str]:
    """The kernel then ends the process when the runner is killed so hard that it cannot do it."""
    setpriv = shutil.which("setpriv")
    return [setpriv, "--pdeathsig", "TERM", "--"] if setpriv else []
