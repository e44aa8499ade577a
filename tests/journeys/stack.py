"""The real portal for a journey: `python -m lers.runner` with its own PostgreSQL, Valkey, worker, beat and mail."""

import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar
from urllib.request import Request, urlopen

from django.conf import settings
from redis import Redis

from lers.embedded.locks import held
from lers.embedded.postgresql import Server
from lers.mail_catcher import CaughtMail, newest
from tests.completeness import watching
from tests.completeness.comparing import BY_HAND

T = TypeVar("T")

# What a person's shell would hand on; nothing that this test session says of databases and settings.
_INHERITED = {"PATH", "HOME", "LANG", "TMPDIR"}
# Short, so that the journey meets the question for a fresh second factor.
STEP_UP_SECONDS = 30
_STALE = """
from datetime import datetime, timedelta
from django.conf import settings
from accounts.access import FACTOR_AT
from accounts.models import UserSession
from accounts.session_store import SessionStore
for row in UserSession.objects.filter(user__email="{email}", ended_at=None, verified=True):
    data = SessionStore().decode(row.session_data)
    shown = datetime.fromisoformat(data[FACTOR_AT]) - timedelta(seconds=settings.STEP_UP_SECONDS)
    data[FACTOR_AT] = shown.isoformat()
    UserSession.objects.filter(pk=row.pk).update(session_data=SessionStore().encode(data))
"""
_SIGN_INS: dict[str, dict[str, str]] = {}
# What belongs to a run that is over: sockets, pids, logs.
_OF_THE_RUN = ("run", "log")


def _nothing_more(_url: str) -> dict[str, str]:
    return {}


@contextmanager
def portal(more: Callable[[str], dict[str, str]] = _nothing_more) -> "Iterator[Stack]":
    """Run a portal of its own, with a copy of the demo's data: loading them takes much longer than starting."""
    folder = _open_folder("lers-portal-")
    try:
        subprocess.run(["cp", "-a", str(_demo_data()), str(folder / "var")], check=True)
        running = Stack(folder / "var", more)
        try:
            yield running.await_ready()
        finally:
            running.stop()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _demo_data() -> Path:
    """Return the VAR of a portal that loaded the demo and stopped; one process of the test session makes it."""
    session = Path(os.environ["TEST_SESSION"])
    with held(session / "demo.lock", timeout=600):
        place = session / "demo.path"
        if not place.exists():
            folder = _open_folder("lers-demo-")
            watching.prepare(folder / "var", _environment(folder / "var"))
            first = Stack(folder / "var")
            try:
                first.await_ready().work_off()
                untold = {"gaps": watching.gaps(first.var), "newest": watching.newest(first.var)}
                (session / "demo-untold.json").write_text(json.dumps(untold))
            finally:
                first.stop()
            for name in _OF_THE_RUN:
                shutil.rmtree(folder / "var" / name)
            place.write_text(str(folder))
        return Path(place.read_text()) / "var"


def untold_of_the_demo() -> dict[str, Any]:
    """Return what loading the demo changed without an entry, and the number of its last change."""
    _demo_data()
    found: dict[str, Any] = json.loads((Path(os.environ["TEST_SESSION"]) / "demo-untold.json").read_text())
    return found


def _environment(var: Path) -> dict[str, str]:
    """Return what every process of a portal is started with."""
    inherited = {key: value for key, value in os.environ.items() if key in _INHERITED}
    return inherited | {"ENVIRONMENT": "local", "DEMO": "1", "VAR": str(var), "EMBEDDED_THROWAWAY": "1"}


def _open_folder(prefix: str) -> Path:
    """Make a folder that the database's account can pass through, unlike pytest's own."""
    folder = Path(tempfile.mkdtemp(prefix=prefix, dir=os.environ.get("TEST_MEMORY")))
    folder.chmod(0o711)
    return folder


class Stack:
    """One running portal, its commands and its mailbox."""

    def __init__(self, var: Path, more: Callable[[str], dict[str, str]] = _nothing_more) -> None:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        self.var = var
        self.url = f"http://localhost:{self.port}"
        self.env = _environment(var) | {
            "PORT": str(self.port), "PUBLIC_URL": self.url, "STEP_UP_SECONDS": str(STEP_UP_SECONDS),
            "COMPANY_FAULTS": "1", **more(self.url),
        }  # fmt: skip
        self.lines: list[str] = []
        self._process = subprocess.Popen(
            [sys.executable, "-m", "lers.runner"], cwd=settings.BASE_DIR, env=self.env, stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, start_new_session=True,
        )  # fmt: skip
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self) -> None:
        assert self._process.stdout is not None
        with self._process.stdout as output:
            self.lines.extend(line.rstrip() for line in iter(output.readline, ""))

    @property
    def said(self) -> str:
        """The end of what the runner said, and of the log of what it prepared."""
        log = self.var / "log" / "prepare.log"
        return "\n".join(self.lines[-60:]) + ("\n" + log.read_text()[-4000:] if log.exists() else "")

    def await_ready(self) -> "Stack":
        """Wait until the portal is up."""
        self.until(lambda: any("The portal is at" in line for line in list(self.lines)), "the portal is up", 300)
        return self

    def work_off(self) -> None:
        """Wait until the worker has taken what loading the demo left: once here, or in every copy before its mails."""
        socket = json.loads((self.var / "run" / "valkey.json").read_text())["socket"]
        with Redis(unix_socket_path=socket) as broker:
            self.until(lambda: not broker.llen("celery"), "the worker has taken what the demo left", 600)

    def until(self, found: Callable[[], T | None], what: str, seconds: float = 120) -> T:
        """Ask again and again until there is an answer, and return it."""
        deadline = time.monotonic() + seconds
        while not (answer := found()):
            assert self._process.poll() is None, f"The portal stopped.\n{self.said}"
            assert time.monotonic() < deadline, f"Not within {seconds} s: {what}.\n{self.said}"
            time.sleep(0.25)
        return answer

    def mail(self, to: str, subject: str, seconds: float = 120) -> CaughtMail:
        """Return the newest mail to this address with these words in its subject, once it has arrived over SMTP."""

        def find() -> CaughtMail | None:
            return next((mail for mail in self.mails(to) if subject in mail.subject), None)

        return self.until(find, f"a mail to {to}: {subject}", seconds)

    def mails(self, to: str) -> list[CaughtMail]:
        """Return the mails to this address that have arrived, newest first."""
        return newest(self.var / "mail", to=to)

    def company_breaks(self, kind: str, **more: object) -> None:
        """Let the company's own systems do something wrong once (lers/company/faults.py)."""
        fault = json.dumps({"kind": kind, **more}).encode()
        with urlopen(Request(f"{(self.var / 'run' / 'company').read_text()}/faults", fault, method="POST"), timeout=10):
            pass

    def manage(self, *words: str) -> "subprocess.CompletedProcess[str]":
        """Run a management command of this portal; what a shell changes needs no entry, for no page can do it."""
        env = self.env | ({"PGAPPNAME": BY_HAND} if words[0] == "shell" else {})
        return subprocess.run(
            [sys.executable, "manage.py", *words], cwd=settings.BASE_DIR, env=env, capture_output=True, text=True,
            timeout=120, check=False,
        )  # fmt: skip

    def credentials(self) -> dict[str, dict[str, str]]:
        """Return the demo's sign-ins by role, as the command prints them: the same in every copy of the data."""
        if not _SIGN_INS:
            done = self.manage("demo_credentials")
            assert done.returncode == 0, done.stderr
            _SIGN_INS.update({person["role"]: person for person in json.loads(done.stdout)})
        return {role: dict(person) for role, person in _SIGN_INS.items()}

    def forgets_the_factor(self, email: str) -> None:
        """Let somebody's second factor be shown too long ago for what cannot be taken back."""
        done = self.manage("shell", "-c", _STALE.format(email=email))
        assert done.returncode == 0, done.stderr

    def by_hand(self, table: str, statement: str) -> None:
        """Change a row as the database's superuser, with its triggers off: what an intruder on the server could do."""
        state = json.loads((self.var / "run" / "postgresql.json").read_text())
        password = (self.var / "secrets" / "embedded_admin_password").read_text().strip()
        server = Server(state["socket_dir"], {"postgres": password})
        connection = server.connect("postgres")
        try:
            with connection, connection.cursor() as cursor:
                cursor.execute(f"ALTER TABLE {table} DISABLE TRIGGER ALL")
                cursor.execute(statement)
                assert cursor.rowcount == 1
                cursor.execute(f"ALTER TABLE {table} ENABLE TRIGGER ALL")
        finally:
            connection.close()

    def stop(self) -> int:
        """Press Ctrl-C, wait for the end, and return the exit code."""
        if self._process.poll() is None:
            self._process.send_signal(signal.SIGINT)
        try:
            return self._process.wait(60)
        except subprocess.TimeoutExpired:
            os.killpg(self._process.pid, signal.SIGKILL)
            raise


def links_in(mail: CaughtMail) -> list[str]:
    """Return the addresses in a mail's plain text."""
    return re.findall(r"https?://\S+", mail.text)
