"""The embedded Valkey, for real: Celery's broker keeps what it was given, on a socket that only we can reach."""

import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from celery import Celery
from kombu.exceptions import OperationalError

from lers.embedded import places, valkey
from lers.embedded.errors import EmbeddedError


@contextmanager
def running(var: Path) -> Iterator[Celery]:
    """Start the server as the runner does, and an app of Celery on it."""
    command, url = valkey.prepare(var)
    with subprocess.Popen(command, stdout=subprocess.DEVNULL) as server, Celery(set_as_current=False) as app:
        app.conf.update(broker_url=url, broker_transport_options={"socket_timeout": 3})
        try:
            _await(app)
            yield app
        finally:
            server.terminate()


def _await(app: Celery) -> None:
    deadline = time.monotonic() + 15
    while True:
        try:
            with app.connection_for_write() as connection:
                connection.ensure_connection(max_retries=1, interval_start=0, interval_step=0)
        except OperationalError:
            assert time.monotonic() < deadline
            time.sleep(0.05)
        else:
            return


def waiting(app: Celery) -> int:
    """Return how many tasks wait in the queue."""
    with app.connection_for_write() as connection, connection.SimpleQueue("celery") as queue:
        return int(queue.qsize())


def test_broker_keeps_tasks_over_a_restart(tmp_path: Path) -> None:
    with running(tmp_path) as app:
        app.send_task("anything", args=[1])
        assert waiting(app) == 1
    with running(tmp_path) as app:
        assert waiting(app) == 1
    valkey.forget(tmp_path)


def test_broker_has_a_private_socket_and_no_port(tmp_path: Path) -> None:
    with running(tmp_path):
        socket = Path(valkey.broker_url(tmp_path).removeprefix("redis+socket://"))
        assert socket.is_socket()
        assert socket.stat().st_mode & 0o777 == 0o600
        assert socket.parent.stat().st_mode & 0o777 == 0o700
        assert "port 0" in (tmp_path / "valkey" / "valkey.conf").read_text().splitlines()
    valkey.forget(tmp_path)
    assert not socket.parent.exists()
    assert valkey.broker_url(tmp_path) == valkey.NO_BROKER


def test_platform_without_a_broker_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(places.importlib.util, "find_spec", lambda name: None)
    monkeypatch.setattr(places.shutil, "which", lambda name: None)
    with pytest.raises(EmbeddedError, match="apt-get install redis-server"):
        places.broker_program()
    with pytest.raises(EmbeddedError, match="set DATABASE_URL"):
        places.postgresql_programs()


def test_machines_own_redis_is_the_second_choice(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(places.importlib.util, "find_spec", lambda name: None)
    monkeypatch.setattr(places.shutil, "which", lambda name: f"/usr/bin/{name}" if name == "redis-server" else None)
    assert places.broker_program() == Path("/usr/bin/redis-server")
