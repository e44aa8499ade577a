"""The virus scanner: clamd's INSTREAM over a socket. Whatever is not a clear "OK" is not clean."""

import socket
import struct
from collections.abc import Iterable
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from foundation.documents.errors import ScannerUnavailable

if TYPE_CHECKING:
    from collections.abc import Iterator

CONNECT_SECONDS = 5.0
ANSWER_SECONDS = 120.0
ANSWER_BYTES = 4096
CHUNK = 128 * 1024


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the scanner said: clean, or what was found, or that the file is too large for it."""

    clean: bool
    found: str = ""
    too_large: bool = False


class Scanner:
    """A clamd at unix:/path or host:port."""

    def __init__(self, address: str, *, answer_seconds: float = ANSWER_SECONDS) -> None:
        self._address = address
        self._answer_seconds = answer_seconds

    def version(self) -> str:
        """Return the scanner's version with that of its signatures."""
        with self._connected() as connection:
            connection.sendall(b"zVERSION\0")
            return _answer(connection)[:200]

    def scan(self, chunks: Iterable[bytes]) -> Verdict:
        """Send a file to the scanner and return its verdict; raises ScannerUnavailable when there is none."""
        with self._connected() as connection:
            try:
                connection.sendall(b"zINSTREAM\0")
                for chunk in chunks:
                    for start in range(0, len(chunk), CHUNK):
                        piece = chunk[start : start + CHUNK]
                        connection.sendall(struct.pack(">I", len(piece)) + piece)
                connection.sendall(struct.pack(">I", 0))
            except (BrokenPipeError, ConnectionResetError):
                pass  # over its size limit clamd answers and closes before it has read everything
            return _verdict(_answer(connection))

    @contextmanager
    def _connected(self) -> "Iterator[socket.socket]":
        try:
            with _connect(self._address) as connection:
                connection.settimeout(self._answer_seconds)
                yield connection
        except OSError as error:
            raise ScannerUnavailable(f"The virus scanner does not answer: {error}") from error


def _connect(address: str) -> socket.socket:
    if address.startswith("unix:"):
        connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        connection.settimeout(CONNECT_SECONDS)
        try:
            connection.connect(address.removeprefix("unix:").replace("//", "/"))
        except OSError:
            connection.close()
            raise
        return connection
    host, _, port = address.removeprefix("tcp://").rpartition(":")
    if not host or not port.isdecimal():
        raise ScannerUnavailable("CLAMD_ADDRESS must be unix:/path or host:port.")
    return socket.create_connection((host.strip("[]"), int(port)), timeout=CONNECT_SECONDS)


def _answer(connection: socket.socket) -> str:
    answer = b""
    while b"\0" not in answer and len(answer) < ANSWER_BYTES:
        part = connection.recv(ANSWER_BYTES)
        if not part:
            break
        answer += part
    return answer.split(b"\0")[0].decode("utf-8", "replace").strip()


def _verdict(answer: str) -> Verdict:
    if answer == "stream: OK":
        return Verdict(clean=True)
    if answer.startswith("stream: ") and answer.endswith(" FOUND"):
        return Verdict(clean=False, found=answer.removeprefix("stream: ").removesuffix(" FOUND"))
    if "size limit exceeded" in answer:
        return Verdict(clean=False, too_large=True)
    raise ScannerUnavailable(f"The virus scanner said {answer!r}.")
