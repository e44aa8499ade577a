"""Slow clients: sixty of them send at once, and everybody else still gets pages."""

import base64
import http.client
import os
import socket
from collections.abc import Iterator

import pytest
from django.conf import settings
from django.test import Client

from foundation.documents.models import Document, Upload
from tests.documents.front import NGINX, Front, configuration, front, require_nginx, serving
from tests.people import client_for, make_officer

pytestmark = pytest.mark.xdist_group("front")
SLOW = 60
LENGTH = 200_000


@pytest.fixture
def portal(committed_db, tmp_path) -> Iterator[Front]:
    require_nginx()
    folder = tmp_path / "front"
    folder.mkdir()
    storage = f"file://{tmp_path / 'vault'}"
    env = os.environ | committed_db.env | {"ENVIRONMENT": "test", "STORAGE_URL": storage, "BEHIND_PROXY": "0"}
    with front(folder, env, threads=4) as running:
        yield running


class Sender:
    """An officer's browser that sends one file as slowly as it is told to."""

    def __init__(self, portal: Front, client: Client) -> None:
        self._port = portal.port
        cookies = {name: morsel.value for name, morsel in client.cookies.items()}
        cookies[settings.CSRF_COOKIE_NAME] = "a" * 32
        self._headers = {
            "Cookie": "; ".join(f"{name}={value}" for name, value in cookies.items()),
            "X-CSRFToken": "a" * 32,
            "Tus-Resumable": "1.0.0",
        }
        self._line: socket.socket | None = None
        self._path = ""

    def begin(self) -> None:
        """Announce the file."""
        name = base64.b64encode(b"order.pdf").decode()
        ask = {"Upload-Length": str(LENGTH), "Upload-Metadata": f"filename {name}", "Content-Length": "0"}
        connection = http.client.HTTPConnection("127.0.0.1", self._port, timeout=60)
        connection.request("POST", "/uploads/", headers=self._headers | ask)
        answer = connection.getresponse()
        said = answer.read()
        assert answer.status == 201, said
        self._path = answer.headers["Location"]
        connection.close()

    def open(self) -> None:
        """Send the head of the piece and its first bytes, and then nothing."""
        headers = self._headers | {
            "Host": f"127.0.0.1:{self._port}",
            "Content-Type": "application/offset+octet-stream",
            "Upload-Offset": "0",
            "Content-Length": str(LENGTH),
        }
        head = f"PATCH {self._path} HTTP/1.1\r\n" + "".join(f"{name}: {value}\r\n" for name, value in headers.items())
        self._line = socket.create_connection(("127.0.0.1", self._port), timeout=60)
        self._line.sendall(head.encode() + b"\r\n" + b"%PDF-1.7\n")

    def send(self, part: bytes) -> None:
        assert self._line
        self._line.sendall(part)

    def answer(self) -> int:
        """Read the status of the answer."""
        assert self._line
        with self._line, self._line.makefile("rb") as lines:
            return int(lines.readline().split()[1])


def test_sixty_slow_uploads_leave_the_pages_to_everybody_else(portal):
    client = client_for(make_officer())
    senders = [Sender(portal, client) for _ in range(SLOW)]
    for sender in senders:
        sender.begin()
        sender.open()
    rest = LENGTH - len(b"%PDF-1.7\n")
    for sender in senders:
        sender.send(b"x" * (rest // 2))
    for path in ("/sign-in/", "/", "/healthz"):
        status, page = portal.get(path)
        assert status == 200
        assert page
    assert portal.spilled() == [], "nothing of a piece is on a disk"
    assert not Upload.objects.exclude(offset=0).exists(), "the portal has not seen a byte yet"
    for sender in senders:
        sender.send(b"x" * (rest - rest // 2))
    assert [sender.answer() for sender in senders] == [204] * SLOW
    assert Document.objects.exclude(sha256="").count() == SLOW
    assert Upload.objects.filter(offset=LENGTH).count() == SLOW


def test_what_is_too_large_for_a_route_is_refused_with_a_sentence(portal):
    for path, length, words in (
        ("/sign-in/", 200 * 1024**2, b"too large to send at once"),
        ("/uploads/", 20_000, b"too large"),
        ("/uploads/00000000-0000-0000-0000-000000000000/", 10 * 1024**2, b"too large"),
    ):
        connection = http.client.HTTPConnection("127.0.0.1", portal.port, timeout=60)
        connection.putrequest("POST", path)
        connection.putheader("Content-Length", str(length))
        connection.endheaders()
        answer = connection.getresponse()
        assert (answer.status, words in answer.read()) == (413, True), path
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        connection.close()


def test_what_a_client_says_of_itself_does_not_reach_the_portal(portal):
    connection = http.client.HTTPConnection("127.0.0.1", portal.port, timeout=60)
    connection.request("GET", "/sign-in/?token=secret", headers={"X-Forwarded-For": "203.0.113.9"})
    answer = connection.getresponse()
    answer.read()
    assert answer.status == 200
    assert answer.headers["Server"] == "nginx", "no version"
    connection.close()
    assert "secret" not in (portal.folder / "access.log").read_text()
    assert "203.0.113.9" not in (portal.folder / "pages.log").read_text()


def test_a_portal_that_is_away_is_said_in_words(tmp_path):
    require_nginx()
    from_nowhere = Front(tmp_path)
    (tmp_path / "front.d").mkdir()
    text = configuration(tmp_path, port=from_nowhere.port, pages=9, transfers=9)
    (tmp_path / "nginx.conf").write_text(text)
    command = [NGINX, "-c", str(tmp_path / "nginx.conf"), "-p", str(tmp_path)]
    with serving(command, from_nowhere.port, tmp_path / "nginx.log"):
        connection = http.client.HTTPConnection("127.0.0.1", from_nowhere.port, timeout=60)
        connection.request("GET", "/")
        answer = connection.getresponse()
        assert (answer.status, b"Drafts that were saved are kept" in answer.read()) == (503, True)
        connection.close()
