"""Uploads through the real web server: it is killed in the middle, the line falls silent, the line is cut."""

import hashlib
import http.client
import random
import socket
import time
from contextlib import closing

import pytest

from foundation.documents.frames import FRAME
from foundation.documents.models import Document, Upload
from foundation.documents.vault import open_plain
from tests.documents.pieces import PIECE, VERSION, begun
from tests.harness.gunicorn import Gunicorn, gunicorn
from tests.people import client_for, make_officer

pytestmark = pytest.mark.slow

DATA = b"%PDF-1.7\n" + b"MARKER-77aa-never-in-plain" + random.Random(7).randbytes(10 * FRAME + 4321)


@pytest.fixture
def vault(tmp_path, settings):
    folder = tmp_path / "vault"
    entry = {"BACKEND": "foundation.documents.storage.PrivateFileStorage", "OPTIONS": {"location": str(folder)}}
    settings.STORAGES = settings.STORAGES | {"documents": entry}
    return folder


@pytest.fixture
def server(committed_db, vault, tmp_path):
    env = committed_db.env | {"STORAGE_URL": f"file://{vault}", "UPLOAD_SILENCE_SECONDS": "6"}
    with gunicorn(env, log=tmp_path / "gunicorn.log") as running:
        yield running


@pytest.fixture
def officer(committed_db):
    return make_officer()


class Sender:
    """A browser that was signed in, on a line of its own."""

    def __init__(self, server: Gunicorn, officer) -> None:
        self.server = server
        client = client_for(officer, headers={"host": f"127.0.0.1:{server.port}"})
        self.path = begun(client, len(DATA))
        token = str(client.get("/requests/").context["csrf_token"])
        cookies = "; ".join(f"{name}={morsel.value}" for name, morsel in client.cookies.items())
        self.headers = {"Cookie": cookies, "X-CSRFToken": token, "Tus-Resumable": VERSION}

    def begins(self, offset: int, sent: int, *, announced: int | None = None) -> http.client.HTTPConnection:
        """Send the head of a piece that reaches to the end, and so many bytes of it."""
        announced = len(DATA) - offset if announced is None else announced
        line = self.server.line()
        line.putrequest("PATCH", self.path)
        own = {"Content-Type": PIECE, "Content-Length": str(announced), "Upload-Offset": str(offset)}
        for name, value in (self.headers | own).items():
            line.putheader(name, value)
        line.endheaders()
        line.send(DATA[offset : offset + sent])
        return line

    def offset(self) -> int:
        """Ask where to go on."""
        with closing(self.server.line()) as line:
            line.request("HEAD", self.path, headers=self.headers)
            return int(line.getresponse().headers["Upload-Offset"])

    def finishes(self, offset: int) -> int:
        """Send the rest and return the status."""
        with closing(self.begins(offset, len(DATA))) as line:
            return line.getresponse().status


def wait_until(found, seconds: float = 20):
    deadline = time.monotonic() + seconds
    while not (answer := found()):
        assert time.monotonic() < deadline
        time.sleep(0.05)
    return answer


def second_piece(sender) -> int:
    """Begin a piece beside the one that is on its way; what comes of it counts for nothing, below a frame."""
    with closing(sender.begins(0, 9, announced=9)) as line:
        return line.getresponse().status


def stored_bytes(vault) -> int:
    return sum(path.stat().st_size for path in vault.rglob("*") if path.is_file())


def is_whole(vault) -> None:
    document = Document.objects.get()
    assert document.sha256 == hashlib.sha256(DATA).hexdigest()
    with open_plain(document) as plain:
        assert plain.read() == DATA
    assert not [path for path in vault.rglob("*") if path.is_file() and b"MARKER-77aa" in path.read_bytes()]


def test_the_web_server_is_killed_in_the_middle_of_a_piece(server, officer, vault):
    sender = Sender(server, officer)
    with closing(sender.begins(0, 4 * FRAME)) as line:
        assert wait_until(lambda: stored_bytes(vault) >= 3 * FRAME), "frames are on the disk, not yet in the row"
        server.kill()
        with pytest.raises(ConnectionError):
            line.getresponse()
    assert Upload.objects.get().offset == 0
    server.start()
    offset = sender.offset()
    assert offset == 0, "the row says what counts; what lies on the disk beyond it is compared and gone over"
    assert sender.finishes(offset) == 204
    is_whole(vault)


def test_a_cut_line_loses_less_than_a_frame(server, officer, vault):
    sender = Sender(server, officer)
    line = sender.begins(0, 5 * FRAME + 1234)
    line.sock.shutdown(socket.SHUT_RDWR)
    line.close()
    assert wait_until(sender.offset) == 5 * FRAME
    server.kill()
    server.start()  # another process, which has not seen what came before: the hash is read back
    assert sender.finishes(sender.offset()) == 204
    is_whole(vault)


def test_a_line_that_falls_silent_counts_as_cut(server, officer, vault):
    """Nobody closes it: without an end it would hold the row, and nobody could go on."""
    sender = Sender(server, officer)
    with closing(sender.begins(0, 2 * FRAME + 99)):
        # Only once the server has begun with the first: whichever comes first holds the row and refuses the other.
        assert wait_until(lambda: stored_bytes(vault) >= FRAME)
        assert sender.offset() == 0
        assert second_piece(sender) == 423, "the row is held while the line may still bring something"
        assert wait_until(sender.offset) == 2 * FRAME
        assert sender.finishes(2 * FRAME) == 204
    is_whole(vault)
