"""A web server that is killed (kill -9) while an upload arrives: nothing of it stays behind the sweep."""

import os
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest
from django.conf import settings
from django.utils import timezone

from foundation.documents import services as documents
from foundation.documents.enums import DocumentState
from foundation.documents.models import ABANDONED_AFTER, Document
from tests.documents.test_kill import missing, orphans, wait_until
from tests.people import client_for, make_agency, make_officer

HEAD = (
    b'--cut\r\nContent-Disposition: form-data; name="uploads"; filename="order.pdf"\r\n'
    b"Content-Type: application/pdf\r\n\r\n%PDF-1.7\n"
)


@pytest.fixture
def server(committed_db, vault, tmp_path):
    """gunicorn as in production, on this test's database and folder; yields its port and its process."""
    with socket.create_server(("127.0.0.1", 0)) as found:
        port = found.getsockname()[1]
    env = committed_db.env | {
        "STORAGE_URL": f"file://{vault}",
        "REDIS_URL": "redis://127.0.0.1:1/0",
        "BIND": f"127.0.0.1:{port}",
        "WEB_WORKERS": "1",
    }
    command = [sys.executable, "-m", "gunicorn", "--config", "lers/gunicorn.py", "lers.wsgi"]
    with (tmp_path / "log").open("wb") as log:
        process = subprocess.Popen(
            command, env=env, cwd=settings.BASE_DIR, stdout=log, stderr=log, start_new_session=True
        )
    try:
        wait_until(lambda: answers(port))
        yield port, process
    finally:
        end(process)


def answers(port: int) -> bool:
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=5) as line:
            line.sendall(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
            return line.recv(20).startswith(b"HTTP/1.1 200")
    except OSError:
        return False


def end(process: subprocess.Popen) -> None:
    """Kill the server and its workers: all of the session that it leads, and no others."""
    if process.poll() is None:
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def test_killed_in_the_middle_of_an_upload(server, vault: Path):
    port, process = server
    officer = make_officer(make_agency())
    cookie = client_for(officer).cookies[settings.SESSION_COOKIE_NAME].value
    size = 20 * 1024 * 1024
    lines = (
        f"POST /drafts/00000000-0000-4000-8000-000000000000/documents/ HTTP/1.1\r\nHost: localhost\r\n"
        f"Cookie: {settings.SESSION_COOKIE_NAME}={cookie}\r\nContent-Length: {size}\r\n"
        f"Content-Type: multipart/form-data; boundary=cut\r\n\r\n"
    )
    with socket.create_connection(("127.0.0.1", port), timeout=30) as line:
        line.sendall(lines.encode() + HEAD + os.urandom(size // 2))
        wait_until(lambda: sum(path.stat().st_size for path in vault.rglob("*") if path.is_file()) > 2 * 1024 * 1024)
        document = Document.objects.get()
        assert (document.state, document.sha256) == (DocumentState.RECEIVING, "")
        end(process)
    assert (orphans(vault), missing(vault)) == (set(), set()), "what is stored has a row"
    assert documents.sweep(at=timezone.now()) == 0, "it may still come"
    assert documents.sweep(at=timezone.now() + ABANDONED_AFTER) == 1
    assert not Document.objects.exists()
    assert [path for path in vault.rglob("*") if path.is_file()] == []
