"""The portal's processes in a drill: started as `make run` starts them, killed on purpose, started again."""

import contextlib
import os
import re
import resource
import signal
import sys
import threading
import time
from dataclasses import replace
from pathlib import Path

from lers.runner import services
from lers.runner.services import Service
from lers.runner.supervisor import Process

_RESTART_AFTER = 1.0
_READY_SECONDS = 90.0
_APP = "--app lers.drill.portal"


def portal_services() -> dict[str, Service]:
    """Return the services that deliver, by name; they are the portal's own, with the drill's clock besides."""
    found = {one.name: one for one in services.portal_services() if one.name != "web"}
    for name in ("worker", "beat"):
        words = " ".join(found[name].command).replace("--app lers", _APP).split()
        found[name] = replace(found[name], command=words)
    return found


def broker_service(command: list[str]) -> Service:
    """Return the broker, which is ready when it answers."""
    return services.broker_service(command)


def second_beat(var: Path) -> Service:
    """Return one more beat, as if somebody had started it on a second machine."""
    beat = portal_services()["beat"]
    return replace(beat, name="beat2", command=[*beat.command, "--schedule", str(var / "beat-schedule-2")])


def mail_counter(port: int, file: Path) -> Service:
    """Return the counting mail server as a process of its own."""
    return Service("mail", [sys.executable, "-m", "lers.drill.sink", str(port), str(file)])


def more_workers(count: int) -> list[Service]:
    """Return so many workers, each with its own name."""
    worker = portal_services()["worker"]
    return [
        replace(
            worker,
            name=f"worker{n}",
            command=[*worker.command, "--hostname", f"w{n}@%h"],
            ready=re.compile(rf"w{n}@.* ready\."),
        )
        for n in range(count)
    ]


class Processes:
    """Keeps services running; whatever dies by itself or by our hand is started again after a second."""

    def __init__(self, log_folder: Path) -> None:
        """Start nothing yet."""
        self._folder = log_folder
        self._wanted: dict[str, Service] = {}
        self._running: dict[str, Process] = {}
        self._dead_since: dict[str, float] = {}
        self._guard = threading.RLock()
        self._over = threading.Event()
        threading.Thread(target=self._watch, name="processes", daemon=True).start()

    def start(self, *wanted: Service) -> None:
        """Start services and wait until each says that it is ready. Raises TimeoutError where one does not."""
        with self._guard:
            for service in wanted:
                self._wanted[service.name] = service
                self._running[service.name] = self._process(service)
            started = [self._running[service.name] for service in wanted]
        end = time.monotonic() + _READY_SECONDS
        for process in started:
            if not process.ready.wait(max(0.0, end - time.monotonic())):
                raise TimeoutError(f"{process.service.name} is not ready; see {self._folder}.")

    def stop(self, *names: str, hard: bool = False) -> None:
        """End services and leave them ended; in order, so that nobody holds a row afterwards unless hard."""
        for name in names:
            with self._guard:
                self._wanted.pop(name, None)
                process = self._running.pop(name, None)
            if process:
                process.stop(hard=hard)

    def stop_all(self, *, hard: bool = False) -> None:
        """End everything, the broker last."""
        self._over.set()
        self.stop(*sorted(self._running, key=lambda name: name in {"broker", "mail"}), hard=hard)

    def pid(self, name: str) -> int:
        """Return the process of a running service; its workers are its children."""
        with self._guard:
            return self._running[name].process.pid

    def kill(self, name: str, *, one_child: bool = False) -> None:
        """SIGKILL a service with all it started, or one of its children only."""
        with self._guard:
            process = self._running.get(name)
        if process is None:
            return
        pid = process.process.pid
        with contextlib.suppress(ProcessLookupError, PermissionError):
            if one_child and (children := _children(pid)):
                os.kill(children[-1], signal.SIGKILL)
            else:
                os.killpg(pid, signal.SIGKILL)

    def limit_files(self, name: str, size: int = resource.RLIM_INFINITY) -> None:
        """Let a running service write no file longer than so many bytes, as on a full disk; without a size, any."""
        with self._guard:
            pid = self._running[name].process.pid
            for one in [pid, *_children(pid)]:
                with contextlib.suppress(ProcessLookupError):
                    resource.prlimit(one, resource.RLIMIT_FSIZE, (size, resource.RLIM_INFINITY))

    def _process(self, service: Service) -> Process:
        # Told by the kernel to end with us; what they say goes into their log.
        return Process(service, dict(os.environ), self._folder / f"{service.name}.log", _say_nothing)

    def _watch(self) -> None:
        while not self._over.wait(0.1):
            with self._guard:
                for name, service in self._wanted.items():
                    if self._running[name].process.poll() is None:
                        self._dead_since.pop(name, None)
                    elif time.monotonic() - self._dead_since.setdefault(name, time.monotonic()) > _RESTART_AFTER:
                        self._running[name].stop(hard=True)
                        self._running[name] = self._process(service)


def _say_nothing(line: str) -> None:
    """Leave a line to the log."""


def _children(pid: int) -> list[int]:
    try:
        words = Path(f"/proc/{pid}/task/{pid}/children").read_text()
    except OSError:
        return []
    return [int(word) for word in re.findall(r"\d+", words)]
