"""The real web server on a test's own database, to be killed and started again."""

import http.client
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from django.conf import settings


class Gunicorn:
    """gunicorn as in production, in a process group of its own."""

    def __init__(self, env: dict[str, str], *, log: Path) -> None:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        self._env = env | {"BIND": f"127.0.0.1:{self.port}"}
        self._log = log
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start it and wait until it answers."""
        command = [sys.executable, "-m", "gunicorn", "--config", "lers/gunicorn.py", "lers.wsgi"]
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(
                command, cwd=settings.BASE_DIR, env=self._env, stdout=log, stderr=log, start_new_session=True
            )
        deadline = time.monotonic() + 60
        while not self._answers():
            assert time.monotonic() < deadline, self._log.read_text()[-3000:]
            time.sleep(0.2)

    def _answers(self) -> bool:
        line = self.line()
        try:
            line.request("GET", "/healthz")
            return line.getresponse().status == 200
        except OSError:
            return False
        finally:
            line.close()

    def line(self) -> http.client.HTTPConnection:
        """Return a connection."""
        return http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)

    def kill(self) -> None:
        """End every process of it at once, as the kernel does when memory runs out."""
        assert self._process is not None
        os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()


@contextmanager
def gunicorn(env: dict[str, str], *, log: Path) -> Iterator[Gunicorn]:
    """Run the web server for a test."""
    server = Gunicorn(env, log=log)
    server.start()
    try:
        yield server
    finally:
        server.kill()
