"""A storage folder for each test, and a scanner that does what a real one does not (the real one: tests/harness)."""

import socketserver
import struct
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from foundation.documents import scanner
from tests.documents.files import make_pdf

LIMIT = 5 * 1024 * 1024


@pytest.fixture(autouse=True)
def vault(tmp_path: Path, settings) -> Path:
    folder = tmp_path / "vault"
    settings.STORAGES = settings.STORAGES | {
        "documents": {
            "BACKEND": "foundation.documents.storage.PrivateFileStorage",
            "OPTIONS": {"location": str(folder)},
        }
    }
    settings.CLAMD_ADDRESS = ""
    settings.CLAMD_STRICT = False
    scanner.forget()
    settings.PRODUCTION = False
    return folder


@pytest.fixture
def receive(db):
    """Receive a file and hand back its row."""
    from foundation.documents import services as documents  # noqa: PLC0415 - conftests are read before the apps are loaded

    def _receive(content: bytes = b"", *, filename: str = "order.pdf", limit: int = LIMIT, **kwargs):
        content = content or make_pdf()
        return documents.receive([content], filename=filename, purpose="order", by=None, limit=limit, **kwargs)

    return _receive


class FakeClamd(socketserver.ThreadingTCPServer):
    """What a real clamd cannot be made to show: wrong answers, cut lines, one that is too slow."""

    allow_reuse_address = True
    daemon_threads = True
    version = b"ClamAV 1.0.9/27500/Fri Nov 20 09:00:00 2026\0"
    answer = b"stream: OK\0"
    # Bytes in a second that it reads; None: as fast as they come.
    pace: int | None = None

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Clamd)
        # Set when the first bytes of a file came.
        self.began = threading.Event()
        self.streams = 0
        self.hold = threading.Event()
        self.hold.set()

    @property
    def address(self) -> str:
        return f"127.0.0.1:{self.server_address[1]}"


class _Clamd(socketserver.StreamRequestHandler):
    server: FakeClamd

    def handle(self) -> None:
        command = b""
        while not command.endswith(b"\0"):
            byte = self.rfile.read(1)
            if not byte:
                return
            command += byte
        if command == b"zVERSION\0":
            self.wfile.write(self.server.version)
        elif command == b"zINSTREAM\0":
            self.server.streams += 1
            while length := struct.unpack(">I", self.rfile.read(4))[0]:
                self.rfile.read(length)
                self.server.began.set()
                if self.server.pace:
                    time.sleep(length / self.server.pace)
            self.server.hold.wait(30)
            self.wfile.write(self.server.answer)


@pytest.fixture
def fake_clamd(settings) -> Iterator[FakeClamd]:
    with FakeClamd() as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        thread.start()
        settings.CLAMD_ADDRESS = server.address
        yield server
        server.hold.set()
        server.shutdown()
        thread.join()
