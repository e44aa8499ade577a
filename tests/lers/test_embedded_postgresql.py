"""The embedded PostgreSQL, for real: made, started, shared, stopped, and found in every half-finished state."""

import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import psycopg2
import psycopg2.errors
import pytest
from django.conf import settings

from lers.embedded import identity, places
from lers.embedded.errors import EmbeddedError
from lers.embedded.postgresql import APP, OWNER, Cluster, Server

USER = """
import sys
from pathlib import Path
from lers.embedded.postgresql import Cluster
cluster = Cluster(Path(sys.argv[1]))
print(cluster.ensure().socket_dir, flush=True)
sys.stdin.readline()
"""


def process(var: Path) -> "subprocess.Popen[str]":
    """Start a process that uses the server until its standard input ends."""
    return subprocess.Popen(
        [sys.executable, "-c", USER, str(var)],
        cwd=settings.BASE_DIR,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )


def line(user: "subprocess.Popen[str]") -> str:
    """Return what the process says first: where the server is."""
    assert user.stdout is not None
    return user.stdout.readline().strip()


def finish(user: "subprocess.Popen[str]") -> None:
    """Let the process end by itself."""
    with user:
        user.communicate(timeout=60)


def eventually(condition: Callable[[], bool], seconds: float = 15) -> bool:
    """Wait for something that another process does."""
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.05)
    return True


def query(server: Server, role: str, statement: str) -> Any:
    """Return the first value of a query asked as the role."""
    with closing(psycopg2.connect(**server.parameters(role))) as connection, connection.cursor() as cursor:
        cursor.execute(statement)
        return cursor.fetchone()[0]


def server_pids(var: Path) -> list[int]:
    """Return the processes that work on VAR's data."""
    found = []
    for entry in Path("/proc").iterdir():
        try:
            words = (entry / "cmdline").read_bytes().split(b"\0")
        except OSError:
            continue
        if words[0].endswith(b"postgres") and str(var / "pg18").encode() in words:
            found.append(int(entry.name))
    return found


@pytest.fixture
def var(tmp_path: Path) -> Iterator[Path]:
    """A VAR of its own, with nothing left running on it afterwards."""
    yield tmp_path / "var"
    assert eventually(lambda: not server_pids(tmp_path / "var")), "a server was left running"


@pytest.fixture
def cluster(var: Path) -> Iterator[Cluster]:
    """A handle that is let go of."""
    one = Cluster(var)
    yield one
    one.release()


def test_first_use_makes_roles_and_database(cluster: Cluster, var: Path) -> None:
    server = cluster.ensure()
    assert query(server, APP, "SELECT current_user") == APP
    assert query(server, OWNER, "SELECT rolcreatedb AND NOT rolsuper FROM pg_roles WHERE rolname = current_user")
    assert query(server, OWNER, "SELECT pg_get_userbyid(datdba) FROM pg_database WHERE datname = 'lers'") == OWNER
    for statement in ("SELECT lo_create(0)", "SELECT lo_creat(0)", "SELECT lo_from_bytea(0, 'x')"):
        with pytest.raises(psycopg2.errors.InsufficientPrivilege):
            query(server, APP, statement)
    assert query(server, APP, "SHOW listen_addresses") == ""
    assert query(server, APP, "SHOW server_encoding") == "UTF8"
    assert (var / "secrets").stat().st_mode & 0o777 == 0o700
    assert {path.stat().st_mode & 0o777 for path in (var / "secrets").iterdir()} == {0o600}
    assert Path(server.socket_dir).stat().st_mode & 0o777 == 0o700


def test_needs_the_password(cluster: Cluster) -> None:
    server = cluster.ensure()
    with pytest.raises(psycopg2.OperationalError, match="password authentication failed"):
        psycopg2.connect(**server.parameters(APP) | {"password": "guessed"})


def test_data_outlives_the_server(cluster: Cluster) -> None:
    server = cluster.ensure()
    with closing(psycopg2.connect(**server.parameters(OWNER))) as connection, connection, connection.cursor() as cursor:
        cursor.execute("CREATE TABLE kept AS SELECT 42 AS answer")
    cluster.release()
    assert not cluster.is_running()
    assert not Path(server.socket_dir).exists()
    assert query(cluster.ensure(), OWNER, "SELECT answer FROM kept") == 42


def test_last_one_out_stops_it(var: Path) -> None:
    first, second = process(var), process(var)
    assert line(first) == line(second) != ""
    finish(first)
    assert Cluster(var).is_running()
    finish(second)
    assert not Cluster(var).is_running()


def test_two_starters_at_once_make_one_server(var: Path) -> None:
    users = [process(var) for _ in range(4)]
    try:
        assert len({line(user) for user in users}) == 1
        assert len({pid for pid in server_pids(var) if _parent(pid) not in server_pids(var)}) == 1
    finally:
        for user in users:
            finish(user)


def _parent(pid: int) -> int:
    return int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])


def test_killed_user_leaves_no_server(var: Path) -> None:
    user = process(var)
    assert line(user)
    user.kill()
    finish(user)
    assert eventually(lambda: not Cluster(var).is_running())


def test_killed_keeper_takes_the_server_with_it_and_the_next_user_starts_again(cluster: Cluster, var: Path) -> None:
    cluster.ensure()
    keeper = int(cluster._state()["keeper"])
    os.kill(keeper, signal.SIGKILL)
    assert eventually(lambda: not cluster.is_running())
    assert query(cluster.ensure(), APP, "SELECT 1") == 1


def test_crashed_server_starts_again(cluster: Cluster, var: Path) -> None:
    cluster.ensure()
    pid = int((var / "pg18" / "postmaster.pid").read_text().split()[0])
    os.kill(pid, signal.SIGKILL)
    assert eventually(lambda: not cluster.is_running())
    assert query(cluster.ensure(), APP, "SELECT 1") == 1


def test_stale_pid_of_another_program_is_no_obstacle(cluster: Cluster, var: Path) -> None:
    cluster.ensure()
    cluster.release()
    # As after a power cut: the number now belongs to this test.
    (var / "pg18" / "postmaster.pid").write_text(f"{os.getpid()}\n{var / 'pg18'}\n")
    assert query(cluster.ensure(), APP, "SELECT 1") == 1


def test_half_finished_making_is_done_again(cluster: Cluster, var: Path) -> None:
    draft = var / "pg18.new"
    (draft / "base").mkdir(parents=True)
    (draft / "PG_VERSION").write_text("18")
    (var / "pg18.password").write_text("old")
    assert query(cluster.ensure(), APP, "SELECT 1") == 1
    assert not draft.exists()
    assert not (var / "pg18.password").exists()


def test_roles_missing_from_a_half_finished_first_run_are_made(cluster: Cluster) -> None:
    server = cluster.ensure()
    admin = server.parameters("postgres", "postgres")
    with closing(psycopg2.connect(**admin)) as connection, connection.cursor() as cursor:
        connection.autocommit = True
        cursor.execute("DROP DATABASE lers")
        cursor.execute("DROP ROLE lers_app")
    cluster.release()
    assert query(cluster.ensure(), APP, "SELECT current_database()") == "lers"


def test_strange_data_folder_is_named_and_left_alone(var: Path) -> None:
    (var / "pg18").mkdir(parents=True)
    (var / "pg18" / "mine.txt").write_text("precious")
    cluster = Cluster(var)
    with pytest.raises(EmbeddedError, match="not a PostgreSQL data folder"):
        cluster.ensure()
    cluster.release()
    assert (var / "pg18" / "mine.txt").read_text() == "precious"


def test_lost_passwords_are_said(cluster: Cluster, var: Path) -> None:
    cluster.ensure()
    cluster.release()
    for path in (var / "secrets").iterdir():
        path.unlink()
    with pytest.raises(EmbeddedError, match=r"passwords in .* are not those"):
        cluster.ensure()


def test_server_that_cannot_start_says_why(cluster: Cluster, var: Path) -> None:
    cluster.ensure()
    cluster.release()
    (var / "pg18" / "postgresql.conf").write_text("no_such_setting = 1\n")
    with pytest.raises(EmbeddedError, match=r"did not start: .*See .*postgresql\.log"):
        cluster.ensure()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become another account")
def test_root_without_namespaces_uses_an_account_and_opens_no_folder(
    var: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # pytest's folders are 0700: the account cannot come to VAR, so its data goes under the system's state folder.
    with tempfile.TemporaryDirectory(prefix="state-", dir="/var/tmp") as state:
        Path(state).chmod(0o711)
        monkeypatch.setattr(places, "_SYSTEM_STATE", Path(state))
        before = {path: path.stat().st_mode for path in (var.parent, *var.parent.parents)}
        cluster = Cluster(var, identity.choose_identity(var / "pg18", namespaces=False))
        try:
            server = cluster.ensure()
            assert query(server, APP, "SELECT 1") == 1
            assert Path(server.socket_dir).stat().st_uid != 0
            (data,) = Path(state).glob("lers-*/pg18")
            assert data.stat().st_uid != 0
            assert not (var / "pg18").exists()
            assert before == {path: path.stat().st_mode for path in before}
        finally:
            cluster.release()


def test_any_management_command_starts_and_stops_it(var: Path) -> None:
    environment = os.environ | {"VAR": str(var), "ENVIRONMENT": "test", "DJANGO_SETTINGS_MODULE": "lers.settings"}
    for name in ("DATABASE_URL", "DATABASE_OWNER_URL"):
        environment.pop(name, None)
    code = (
        "import django; django.setup()\n"
        "from django.db import connection\n"
        "cursor = connection.cursor(); cursor.execute('SELECT current_user'); print(cursor.fetchone()[0])"
    )
    for role, user in (("app", APP), ("owner", OWNER)):
        done = subprocess.run(
            [sys.executable, "-c", code],
            cwd=settings.BASE_DIR,
            env=environment | {"DATABASE_ROLE": role},
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.stdout.strip() == user, done.stderr
        assert not Cluster(var).is_running()
