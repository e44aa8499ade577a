"""Slow clients: sixty of them send at once, and everybody else still gets pages."""

import base64
import http.client
import os
import socket
import ssl
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from django.conf import settings
from django.test import Client

from foundation.documents.models import Document, Upload
from lers.headers import BARE_POLICY, NO_POWERS
from tests.documents.front import NGINX, Front, configuration, free_port, front, require_nginx, serving
from tests.notifications.hook_receiver import certificate
from tests.people import client_for, make_officer
from tests.url_inventory.heading import head_complaints

pytestmark = pytest.mark.xdist_group("front")
SLOW = 60
LENGTH = 200_000
# Of what nginx answers itself over TLS, where HSTS_SECONDS is 600.
WANTED = {
    "Content-Security-Policy": BARE_POLICY,
    "Permissions-Policy": NO_POWERS,
    "Strict-Transport-Security": "max-age=600; includeSubDomains; preload",
    "X-Frame-Options": "DENY",
}


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


def asked(line: http.client.HTTPConnection, path: str, *, method: str = "GET", **headers: str):
    """Return the answer to one request on a line of its own, and its body."""
    line.request(method, path, headers=headers)
    answer = line.getresponse()
    body = answer.read().decode()
    line.close()
    return answer, body


def test_a_portal_that_is_away_is_said_in_words(tmp_path):
    """Also where nobody told nginx the number."""
    require_nginx()
    from_nowhere = Front(tmp_path)
    (tmp_path / "front.d").mkdir()
    text = configuration(tmp_path, port=from_nowhere.port, pages=9, transfers=9)
    (tmp_path / "nginx.conf").write_text(text)
    command = [NGINX, "-c", str(tmp_path / "nginx.conf"), "-p", str(tmp_path)]
    with serving(command, from_nowhere.port, tmp_path / "nginx.log"):
        answer, body = asked(http.client.HTTPConnection("127.0.0.1", from_nowhere.port, timeout=60), "/")
    assert (answer.status, answer.headers["Strict-Transport-Security"]) == (503, None)
    assert "Drafts that were saved are kept" in body
    assert "Do not wait: call the number for a threat to life." in body


class Echo(BaseHTTPRequestHandler):
    """Says how a request arrived."""

    def do_GET(self) -> None:
        names = ("Host", "X-Forwarded-For", "X-Forwarded-Proto")
        body = " ".join(self.headers[name] for name in names).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


@pytest.fixture
def over_tls(tmp_path):
    """nginx as docker/front.d/tls.conf.example sets it: no pages behind it, and an echo in the place of transfers."""
    require_nginx()
    inner, outer = free_port(), free_port()
    echo = ThreadingHTTPServer(("127.0.0.1", 0), Echo)
    threading.Thread(target=echo.serve_forever, daemon=True).start()
    docker = settings.BASE_DIR / "docker"
    (tmp_path / "front.d").mkdir()
    text = configuration(tmp_path, port=inner, pages=9, transfers=echo.server_address[1])
    (tmp_path / "nginx.conf").write_text(text.replace("rate=30r/s", "rate=1r/s").replace("burst=240", "burst=9"))
    told = (docker / "front" / "told.conf.template").read_text()
    told = told.replace("${EMERGENCY_PHONE}", "+44 20 7946 0112").replace("${HSTS_SECONDS}", "600")
    (tmp_path / "told.conf").write_text(told)
    tls = (docker / "front.d" / "tls.conf.example").read_text()
    for old in ("/etc/nginx/tls/certificate.pem", "/etc/nginx/tls/key.pem"):
        tls = tls.replace(old, str(certificate(tmp_path)))
    tls = tls.replace("listen 8443", f"listen 127.0.0.1:{outer}").replace("127.0.0.1:8080", f"127.0.0.1:{inner}")
    (tmp_path / "front.d" / "tls.conf").write_text(tls)
    context = ssl.create_default_context(cafile=str(tmp_path / "pager.pem"))
    command = [NGINX, "-c", str(tmp_path / "nginx.conf"), "-p", str(tmp_path)]
    with serving(command, outer, tmp_path / "nginx.log"):
        yield lambda: http.client.HTTPSConnection("127.0.0.1", outer, timeout=60, context=context)
    echo.shutdown()
    echo.server_close()


def test_sec_18_what_nginx_says_itself_has_the_number_and_the_headers(over_tls):
    _, body = asked(over_tls(), "/uploads/", Host="requests.meridian.example")
    assert body == "requests.meridian.example 127.0.0.1 https"
    answers = {
        503: asked(over_tls(), "/"),
        413: asked(over_tls(), "/sign-in/", method="POST", **{"Content-Length": str(200 * 1024**2)}),
        405: asked(over_tls(), "/", method="TRACE"),
        400: asked(over_tls(), "/%00"),
        "400, beyond the root": asked(over_tls(), "/static/../../"),
        "400, headers": asked(over_tls(), "/", Cookie="a" * 20_000),
    }
    for _ in range(20):
        answer = asked(over_tls(), "/")
        answers[answer[0].status] = answer
    assert set(answers) >= {429, 503}
    for name, (answer, body) in answers.items():
        assert answer.status == int(str(name)[:3])
        assert "<strong>Is somebody in danger? Do not wait: call +44 20 7946 0112.</strong>" in body, name
        assert head_complaints(answer.headers, signed_in=True, public=False) in ([], ["has Server"]), name
        said = {key: value for key, value in answer.headers.items() if key in WANTED}
        assert said == WANTED, name
