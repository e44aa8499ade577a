"""A storage folder for each test, and a scanner that speaks clamd's protocol."""

import socketserver
import struct
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

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
    """Answers INSTREAM by looking for a word, as clamd would for a signature."""

    allow_reuse_address = True
    daemon_threads = True
    size_limit = 2**31
    answer: bytes | None = None

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Clamd)
        self.received: list[bytes] = []

    @property
    def address(self) -> str:
        return f"127.0.0.1:{self.server_address[1]}"


class _Clamd(socketserver.StreamRequestHandler):
    server: FakeClamd

    def handle(self) -> None:
        command = b""
        while not command.endswith(b"\0"):
            command += self.rfile.read(1)
        if command == b"zVERSION\0":
            self.wfile.write(b"ClamAV 1.0.9/27500/Fri Nov 20 09:00:00 2026\0")
        elif command == b"zINSTREAM\0":
            self.wfile.write(self._stream())

    def _stream(self) -> bytes:
        content = b""
        while length := struct.unpack(">I", self.rfile.read(4))[0]:
            content += self.rfile.read(length)
            if len(content) > self.server.size_limit:
                return b"INSTREAM size limit exceeded. ERROR\0"
        self.server.received.append(content)
        if self.server.answer is not None:
            return self.server.answer
        return b"stream: Test.Marker FOUND\0" if b"WICKED" in content else b"stream: OK\0"


@pytest.fixture
def clamd(settings) -> Iterator[FakeClamd]:
    with FakeClamd() as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        thread.start()
        settings.CLAMD_ADDRESS = server.address
        yield server
        server.shutdown()
        thread.join()
