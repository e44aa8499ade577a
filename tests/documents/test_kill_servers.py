"""The broker and the database go away and come back: a worker goes on by itself, and no file is forgotten."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest
from django.conf import settings
from django.db import connections
from django.utils import timezone

from foundation.documents import services as documents
from foundation.documents.enums import DocumentState
from foundation.documents.models import Document
from lers.embedded import valkey
from tests.documents.files import make_image
from tests.documents.test_kill import wait_until

# Celery's worker with its beat, as in production but for the pace of the sweep.
_WORKER = """
from lers.celery import app
app.conf.beat_schedule = {"documents-sweep": {"task": "documents.sweep", "schedule": 1.0}}
app.worker_main(["worker", "--beat", "--concurrency", "1", "--loglevel", "INFO", "--without-gossip",
                 "--without-mingle"])
"""


@contextmanager
def broker(var: Path) -> Iterator[str]:
    """Run a broker with what an earlier one left."""
    command, url = valkey.prepare(var)
    with subprocess.Popen(command, stdout=subprocess.DEVNULL) as server:
        try:
            yield url
        finally:
            server.kill()


@contextmanager
def shut(database) -> Iterator[None]:
    """Let nobody into the database, and throw everybody out."""
    switch = f'ALTER DATABASE "{database.name}" WITH ALLOW_CONNECTIONS '
    server = database.server
    connections.close_all()
    with closing(server.connect(server.owner)) as session, session.cursor() as cursor:
        # Inside before the door is shut: the app's role reaches no other database of the server.
        with closing(server.connect(server.app, database.name)) as app, app.cursor() as thrower:
            cursor.execute(switch + "false")
            thrower.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE datname = %s AND usename = current_user AND pid <> pg_backend_pid()",
                [database.name],
            )
        yield
        cursor.execute(switch + "true")


@pytest.fixture
def receive(committed_db):
    def _receive(colour: str) -> Document:
        content = make_image(colour=colour)
        return documents.receive([content], filename="a.png", purpose="order", by=None, limit=10**6)

    return _receive


def is_done(document: Document) -> bool:
    found = Document.objects.get(pk=document.pk)
    return found.state == DocumentState.CLEAN and found.due_at is None


@contextmanager
def supervised(env: dict[str, str], log: Path) -> Iterator[None]:
    """Run the worker, and again when it ends, as compose and `make run` do: a broker that is lost may end it."""
    command = ["sh", "-c", 'while true; do "$0" -c "$1"; sleep 1; done', sys.executable, _WORKER]
    with log.open("wb") as said:
        shell = subprocess.Popen(
            command, env=env, cwd=settings.BASE_DIR, stdout=said, stderr=said, start_new_session=True
        )
    try:
        yield
    finally:
        os.killpg(shell.pid, signal.SIGKILL)  # the session that it leads, and no others
        shell.wait()


@pytest.mark.slow
def test_the_worker_goes_on_when_broker_and_database_are_back(receive, committed_db, vault, clamd, tmp_path):
    log, lost = tmp_path / "log", ("Connection to broker lost", "Cannot connect to", "Unrecoverable error")
    env = committed_db.env | {
        "STORAGE_URL": f"file://{vault}", "CLAMD_ADDRESS": clamd.address, "VAR": str(tmp_path),
        "DOCUMENT_MASTER_KEYS": settings.DOCUMENT_MASTER_KEYS, "REDIS_URL": valkey.prepare(tmp_path)[1],
    }  # fmt: skip
    with supervised(env, log):
        with broker(tmp_path):
            first = receive("red")
            # Nobody hurried it: the test has no broker of its own.
            wait_until(lambda: is_done(first), seconds=60, log=log)
        second = receive("green")
        wait_until(lambda: any(words in log.read_text() for words in lost), log=log)
        assert not is_done(second)
        with broker(tmp_path):
            wait_until(lambda: is_done(second), seconds=90, log=log)
            third = receive("blue")
            with shut(committed_db):
                before = log.read_text().count("not currently accepting connections")
                wait_until(lambda: log.read_text().count("not currently accepting connections") > before, log=log)
            # Where it was at the file just then, its claim ends after five minutes: they pass here.
            Document.objects.filter(pk=third.pk, claimed_until__isnull=False).update(claimed_until=timezone.now())
            wait_until(lambda: is_done(third), seconds=60, log=log)
    valkey.forget(tmp_path)
