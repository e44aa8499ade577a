"""The broker and the database go away and come back: a worker goes on by itself, and no file is forgotten."""

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
app.worker_main(["worker", "--beat", "--pool", "threads", "--concurrency", "2", "--loglevel", "INFO",
                 "--without-gossip", "--without-mingle"])
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
        cursor.execute(switch + "false")
        with closing(server.connect(server.app)) as app, app.cursor() as thrower:
            thrower.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s AND usename = current_user",
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


@pytest.mark.slow
def test_a_worker_goes_on_when_broker_and_database_are_back(receive, committed_db, vault, clamd, tmp_path):
    log = tmp_path / "log"
    with broker(tmp_path) as url:
        env = committed_db.env | {
            "STORAGE_URL": f"file://{vault}", "CLAMD_ADDRESS": clamd.address, "REDIS_URL": url, "VAR": str(tmp_path),
            "DOCUMENT_MASTER_KEYS": settings.DOCUMENT_MASTER_KEYS,
        }  # fmt: skip
        with log.open("wb") as said:
            worker = subprocess.Popen(
                [sys.executable, "-c", _WORKER], env=env, cwd=settings.BASE_DIR, stdout=said, stderr=said
            )
        first = receive("red")
        # Nobody hurried it: the test has no broker of its own.
        wait_until(lambda: is_done(first), log=log)
    try:
        second = receive("green")
        wait_until(lambda: "Connection to broker lost" in log.read_text() or "Cannot connect to" in log.read_text())
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
            assert worker.poll() is None, "it is still the same worker"
    finally:
        worker.kill()
        worker.wait()
        valkey.forget(tmp_path)
