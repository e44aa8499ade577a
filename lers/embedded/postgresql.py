"""The embedded PostgreSQL: made on first use, started when somebody needs it, stopped when nobody does."""

import atexit
import json
import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import psycopg2
from psycopg2 import sql

from lers.embedded import keeper, places
from lers.embedded.errors import EmbeddedError
from lers.embedded.identity import Identity, choose_identity
from lers.embedded.locks import held, is_locked, try_lock, wait_lock
from lers.secrets import read_secret

MAJOR = 18
DATABASE = "lers"
OWNER, APP, _ADMIN = "lers_owner", "lers_app", "postgres"

_NOTHING = "NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS"
# Large objects lie in no table, so no right on a table bounds them; each database has these functions of its own.
_NO_LARGE_OBJECTS = (
    "REVOKE EXECUTE ON FUNCTION lo_create(oid), lo_creat(integer), lo_from_bytea(oid, bytea) FROM PUBLIC"
)
_PORT = 5432  # only part of the socket's name: there is no TCP
_SOCKET_NAME = f".s.PGSQL.{_PORT}.lock"
_START_SECONDS = 60.0
_STOP_SECONDS = 40.0


@dataclass(frozen=True)
class Server:
    """A running embedded server, as seen by one who wants to connect."""

    socket_dir: str
    passwords: dict[str, str]

    def parameters(self, role: str, database: str = DATABASE) -> dict[str, str]:
        """Return what libpq needs to connect as the role."""
        return {
            "host": self.socket_dir,
            "port": str(_PORT),
            "user": role,
            "password": self.passwords[role],
            "dbname": database,
        }

    def connect(self, role: str, database: str = DATABASE) -> "psycopg2.extensions.connection":
        """Open a connection as the role."""
        words = self.parameters(role, database)
        return psycopg2.connect(" ".join(f"{name}='{value}'" for name, value in words.items()))


class Cluster:
    """The data folder of one VAR and the server on it, shared by every process that uses that VAR."""

    def __init__(self, var: Path, identity: Identity | None = None) -> None:
        """Touch nothing yet; identity is for tests, otherwise it is chosen when a server must be started."""
        self.var = var
        self._run = var / "run"
        self._identity = identity
        self._guard = threading.Lock()
        self._use: int | None = None

    @property
    def log(self) -> Path:
        """Where the server writes what it has to say."""
        return self.var / "log" / "postgresql.log"

    def ensure(self) -> Server:
        """Return the running server, having made and started it if need be; it stays until this process ends."""
        with self._guard:
            try:
                for folder in (self._run, self.log.parent):
                    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
                with held(self._run / "postgresql.start", timeout=_START_SECONDS):
                    return self._ensure()
            except TimeoutError:
                raise EmbeddedError(
                    f"Another process has been starting the database in {self.var} for {_START_SECONDS:.0f} seconds. "
                    f"See {self.log}."
                ) from None
            except PermissionError as error:
                raise EmbeddedError(
                    f"{error.filename} belongs to somebody else. Run this as the user who made {self.var}, "
                    "or set VAR to a folder of your own."
                ) from error

    def release(self) -> None:
        """Stop using the server; the last one to do so stops it. Runs by itself when the process ends."""
        with self._guard:
            if self._use is None:
                return
            with suppress(TimeoutError), held(self._run / "postgresql.start", timeout=_START_SECONDS):
                os.close(self._use)
                self._use = None
                if (alone := try_lock(self._run / "postgresql.users")) is not None:
                    self._stop()
                    os.close(alone)

    def is_running(self) -> bool:
        """Tell whether some process keeps the server."""
        return self._run.exists() and is_locked(self._run / "postgresql.keeper")

    def _ensure(self) -> Server:
        if self._use is None:
            # Waits while the last user's keeper is stopping the server.
            self._use = wait_lock(self._run / "postgresql.users", timeout=_STOP_SECONDS, shared=True)
            if self._use is None:
                raise EmbeddedError(f"The database in {self.var} does not stop. See {self.log}.")
            atexit.register(self.release)
        passwords = self._passwords()
        if self.is_running():
            return Server(str(self._state()["socket_dir"]), passwords)
        return self._start(passwords)

    def _passwords(self) -> dict[str, str]:
        folder = self.var / "secrets"
        names = {_ADMIN: "EMBEDDED_ADMIN_PASSWORD", OWNER: "EMBEDDED_OWNER_PASSWORD", APP: "EMBEDDED_APP_PASSWORD"}
        return {role: read_secret(name, generate_in=folder) for role, name in names.items()}

    def _state(self) -> dict[str, object]:
        try:
            state: dict[str, object] = json.loads((self._run / "postgresql.json").read_text())
        except (OSError, ValueError):
            return {}
        return state

    def _start(self, passwords: dict[str, str]) -> Server:
        identity = self._identity or choose_identity(self.var / f"pg{MAJOR}")
        programs = places.reachable_programs(places.postgresql_programs(), self.var, identity)
        data = places.reachable_home(self.var, identity) / f"pg{MAJOR}"
        self._make(data, programs, identity, passwords[_ADMIN])
        _clear_stale_pid(data)
        _remove_socket_dir(self._state().get("socket_dir"))
        socket_dir = places.socket_directory(identity, longest_name=_SOCKET_NAME)
        self._launch(identity.server_command(*_server_arguments(programs, data, socket_dir)), socket_dir)
        server = Server(str(socket_dir), passwords)
        self._await(server)
        _prepare_roles(server)
        return server

    def _make(self, data: Path, programs: Path, identity: Identity, password: str) -> None:
        """Make the data folder under another name first: whatever is called pg18 is whole."""
        if (data / "PG_VERSION").exists():
            return
        if data.exists() and any(data.iterdir()):
            raise EmbeddedError(
                f"{data} is not a PostgreSQL data folder, and not empty. Move it away; the next run makes a new one."
            )
        draft, password_file = data.with_name(f"{data.name}.new"), data.with_name(f"{data.name}.password")
        shutil.rmtree(draft, ignore_errors=True)
        draft.mkdir(mode=0o700)
        password_file.unlink(missing_ok=True)
        password_file.touch(mode=0o600)
        password_file.write_text(password)
        identity.give(draft)
        identity.give(password_file)
        options = (
            *("--username", _ADMIN, "--auth", "scram-sha-256", "--pwfile", str(password_file)),
            *("--encoding", "UTF8", "--locale", "C", "--locale-provider", "builtin", "--builtin-locale", "C.UTF-8"),
            *("--no-instructions", "--pgdata", str(draft)),
        )
        try:
            self._run_logged(identity.command(str(programs / "initdb"), *options))
        finally:
            password_file.unlink()
        draft.replace(data)

    def _run_logged(self, command: list[str]) -> None:
        result = subprocess.run(command, capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL)
        with self.log.open("a") as log:
            log.write(result.stdout + result.stderr)
        if result.returncode != 0:
            raise EmbeddedError(f"The database could not be made: {_last_line(result.stderr)} See {self.log}.")

    def _launch(self, command: list[str], socket_dir: Path) -> None:
        """Start the keeper, which starts the server; the keeper's lock says that there is one."""
        keeper_lock = wait_lock(self._run / "postgresql.keeper", timeout=_STOP_SECONDS)
        if keeper_lock is None:
            raise EmbeddedError(f"The database in {self.var} does not stop. See {self.log}.")
        try:
            with self.log.open("a") as log:
                started = subprocess.Popen(
                    [
                        *(sys.executable, "-I", "-S", keeper.__file__),
                        *(str(self._run / "postgresql.users"), str(socket_dir), *command),
                    ],
                    stdin=subprocess.DEVNULL,
                    stdout=log,
                    stderr=log,
                    cwd="/",
                    start_new_session=True,
                    pass_fds=(keeper_lock,),
                )
        finally:
            os.close(keeper_lock)
        started.returncode = 0  # it outlives us on purpose: no ResourceWarning, no waiting
        state = {"socket_dir": str(socket_dir), "keeper": started.pid}
        (self._run / "postgresql.json").write_text(json.dumps(state))

    def _await(self, server: Server) -> None:
        deadline = time.monotonic() + _START_SECONDS
        while True:
            try:
                server.connect(_ADMIN, "postgres").close()
            except psycopg2.OperationalError as error:
                if "password authentication failed" in str(error):
                    self._stop()
                    raise EmbeddedError(
                        f"The passwords in {self.var / 'secrets'} are not those of the database in {self.var}. "
                        f"Put the right ones back, or move pg{MAJOR} away to begin anew."
                    ) from error
                if not self.is_running() or time.monotonic() > deadline:
                    self._stop()
                    raise EmbeddedError(
                        f"The database in {self.var} did not start: {_last_line(self.log.read_text())} See {self.log}."
                    ) from error
                time.sleep(0.02)
            else:
                return

    def _stop(self) -> None:
        """Tell the keeper to stop the server, and wait until it has."""
        deadline = time.monotonic() + _STOP_SECONDS
        pid = self._state().get("keeper")
        if self.is_running() and isinstance(pid, int):
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGTERM)
        while self.is_running() and time.monotonic() < deadline:
            time.sleep(0.02)
        if isinstance(pid, int) and not self.is_running():
            with suppress(ChildProcessError):
                os.waitpid(pid, 0)  # a zombie otherwise, where the keeper was a child of ours


def _server_arguments(programs: Path, data: Path, socket_dir: Path) -> list[str]:
    """No TCP: whoever wants in comes through the socket's 0700 folder, and needs a password even there."""
    settings = {
        "listen_addresses": "",
        "port": str(_PORT),
        "unix_socket_directories": str(socket_dir),
        "unix_socket_permissions": "0600",
        "password_encryption": "scram-sha-256",
        "timezone": "UTC",
        "log_timezone": "UTC",
        "log_min_messages": "warning",
    }
    if os.environ.get("EMBEDDED_THROWAWAY") == "1":
        # For test runs on data that nobody will miss.
        settings |= {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}
        # Workers of a test run share the server, and several may let fifty people act at once.
        settings |= {"max_connections": "300"}
    options = [word for name, value in settings.items() for word in ("-c", f"{name}={value}")]
    return [str(programs / "postgres"), "-D", str(data), *options]


def _clear_stale_pid(data: Path) -> None:
    """Remove a pid file whose process is gone, or whose number now belongs to another program.

    PostgreSQL itself gives up in the second case. A server left over after its keeper was killed is stopped first.
    """
    pid_file = data / "postmaster.pid"
    try:
        pid = int(pid_file.read_text().split()[0])
    except (OSError, ValueError, IndexError):
        pid_file.unlink(missing_ok=True)
        return
    deadline = time.monotonic() + _STOP_SECONDS
    while _is_server(pid, data):
        if time.monotonic() > deadline:
            raise EmbeddedError(f"A database server left over from before (process {pid}) does not stop.")
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGINT)
        time.sleep(0.1)
    pid_file.unlink(missing_ok=True)


def _is_server(pid: int, data: Path) -> bool:
    """Tell whether the process is a PostgreSQL on this data folder."""
    try:
        words = Path(f"/proc/{pid}/cmdline").read_bytes().decode(errors="replace").split("\0")
    except OSError:
        if Path("/proc/self").exists():
            return False
        listing = ["ps", "-ww", "-o", "command=", "-p", str(pid)]
        words = subprocess.run(listing, capture_output=True, text=True, check=False).stdout.split()
    return bool(words) and words[0].endswith("postgres") and str(data) in words


def _remove_socket_dir(path: object) -> None:
    """Remove the socket folder of a server whose keeper could not do it any more."""
    if isinstance(path, str) and Path(path).name.startswith("lers-"):
        shutil.rmtree(path, ignore_errors=True)


def _prepare_roles(server: Server) -> None:
    """Make roles and database, or only what is missing of them: a first run may have stopped half-way."""
    _without_large_objects(server, "template1")  # of which every later database is a copy
    connection = server.connect(_ADMIN, "postgres")
    connection.autocommit = True
    try:
        with connection.cursor() as cursor:
            for role, rights in ((OWNER, "NOSUPERUSER NOCREATEROLE CREATEDB"), (APP, _NOTHING)):
                cursor.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [role])
                verb = "ALTER" if cursor.fetchone() else "CREATE"
                statement = sql.SQL("{} ROLE {} LOGIN {} PASSWORD {}").format(
                    sql.SQL(verb), sql.Identifier(role), sql.SQL(rights), sql.Literal(server.passwords[role])
                )
                cursor.execute(statement)
            # So that the owner may end the app's sessions when a test database is dropped.
            cursor.execute("GRANT pg_signal_backend TO lers_owner")
            cursor.execute("SELECT 1 FROM pg_database WHERE datname = %s", [DATABASE])
            if not cursor.fetchone():
                cursor.execute(
                    sql.SQL("CREATE DATABASE {} OWNER {}").format(sql.Identifier(DATABASE), sql.Identifier(OWNER))
                )
            # The app belongs into one database; what it may do there is foundation.audit.grants's business.
            cursor.execute("REVOKE ALL ON DATABASE postgres, template1 FROM PUBLIC")
            cursor.execute("GRANT CONNECT ON DATABASE postgres TO lers_owner")
    finally:
        connection.close()
    _without_large_objects(server, DATABASE)


def _without_large_objects(server: Server, database: str) -> None:
    connection = server.connect(_ADMIN, database)
    try:
        with connection, connection.cursor() as cursor:
            cursor.execute(_NO_LARGE_OBJECTS)
    finally:
        connection.close()


def _last_line(text: str) -> str:
    lines = [line for line in text.splitlines() if line.strip()]
    return lines[-1] if lines else "it said nothing."


_clusters: dict[Path, Cluster] = {}


def cluster(var: Path) -> Cluster:
    """Return this process's handle on the embedded database of that VAR."""
    return _clusters.setdefault(var.resolve(), Cluster(var.resolve()))
