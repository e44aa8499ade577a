"""The virus scanner: clamd's INSTREAM over a socket. Whatever is not a clear "OK" is not clean."""

import io
import os
import re
import socket
import struct
import time
import zipfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Protocol

from foundation.documents.errors import ScannerUnavailable

CONNECT_SECONDS = 5.0
# For a question that needs no scan.
ASK_SECONDS = 3.0
# Longer than MaxScanTime in clamd.conf: what takes too long is said by clamd itself.
ANSWER_SECONDS = 120.0
ANSWER_BYTES = 4096
CHUNK = 128 * 1024
# Parts of a large text overlap, so that nothing is hidden across the cut.
OVERLAP = 1024 * 1024
# What was learnt about the scanner is believed for so long, in seconds; that it does not answer, for less.
BELIEVED, BELIEVED_DOWN = 60.0, 10.0
# clamd goes into at most 100 archives in one another.
NESTED = 110

TOO_LARGE = "This file is too large for the virus scanner. Split it into several files."
NOT_READ = (
    "The virus scanner could not look at all of this file: it is packed too deeply or holds too much. "
    "Make it again without other files inside it, or as a PDF, and send that."
)
LOCKED = "A part of this file is protected with a password, so the virus scanner cannot look into it. Remove it."

_VERSION = re.compile(r"ClamAV [^/]+(?:/([0-9]+)/(.+))?", re.ASCII)
_NO_SIGNATURES = 2**32 - 1


class Seekable(Protocol):
    """Anything that gives bytes from any place."""

    def read(self, size: int, /) -> bytes:
        """Return the next bytes, none at the end."""

    def seek(self, offset: int, /) -> int:
        """Move to a place."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the scanner said: clean, or what was found, or why it could not look at all of the file."""

    clean: bool
    found: str = ""
    refusal: str = ""


@dataclass(frozen=True, slots=True)
class Facts:
    """What is known of a scanner that answers.

    number and signed_at are of its signatures, None where it has only local ones: then nobody can see them change.
    honest says whether it admits that it did not look at all of a file (AlertExceedsMax in clamd.conf).
    """

    version: str
    number: int | None
    signed_at: datetime | None
    honest: bool


class Scanner:
    """A clamd at unix:/path or host:port."""

    def __init__(self, address: str, *, answer_seconds: float = ANSWER_SECONDS) -> None:
        self._address = address
        self._answer_seconds = answer_seconds

    def version(self) -> str:
        """Return the scanner's version with that of its signatures; raises ScannerUnavailable."""
        with self._connected(min(ASK_SECONDS, self._answer_seconds)) as connection:
            connection.sendall(b"zVERSION\0")
            answer = _answer(connection)[:200]
        number, _signed_at = signatures_of(answer)
        # After a reload that failed clamd has no signatures at all, and says so in this way only.
        if not answer.startswith("ClamAV") or number == _NO_SIGNATURES:
            raise ScannerUnavailable(f"The virus scanner said {answer!r} as its version.")
        return answer

    def scan(self, chunks: Iterable[bytes]) -> Verdict:
        """Send a file to the scanner and return its verdict; raises ScannerUnavailable when there is none."""
        with self._connected(self._answer_seconds) as connection:
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

    def facts(self) -> Facts:
        """Ask for the version, and try whether it admits what it did not look at; raises ScannerUnavailable."""
        version = self.version()
        number, signed_at = signatures_of(version)
        return Facts(version, number, signed_at, honest=not self.scan([_matryoshka()]).clean)

    @contextmanager
    def _connected(self, seconds: float) -> "Iterator[socket.socket]":
        try:
            with _connect(self._address, min(CONNECT_SECONDS, seconds)) as connection:
                connection.settimeout(seconds)
                yield connection
        except OSError as error:
            raise ScannerUnavailable(f"The virus scanner does not answer: {error}") from error


def scan_parts(scanner: Scanner, source: Seekable, *, size: int, part: int) -> Verdict:
    """Scan a text that is larger than the scanner takes at once, part after part; the worst verdict counts.

    Every byte is looked at, and so is every run of up to OVERLAP bytes. Nothing is unpacked, so it is only for formats
    that hold nothing packed.
    """
    start = 0
    while True:
        source.seek(start)
        verdict = scanner.scan(_chunks(source, part))
        if not verdict.clean or start + part >= size:
            return verdict
        start += part - OVERLAP


def signatures_of(version: str) -> tuple[int | None, datetime | None]:
    """Return number and time of the signatures in a version; None where it names none."""
    match = _VERSION.fullmatch(version)
    if match is None or match[1] is None:
        return None, None
    try:
        signed_at = datetime.strptime(match[2], "%a %b %d %H:%M:%S %Y").replace(tzinfo=UTC)
    except ValueError:
        signed_at = None
    return int(match[1]), signed_at


# By address: when it was asked, and what was learnt (an error: that it does not answer).
_known: dict[str, tuple[float, Facts | ScannerUnavailable]] = {}


def current(address: str) -> Facts:
    """Return what is known of the scanner, asked anew once a minute in each process; raises ScannerUnavailable."""
    asked, learnt = _known.get(address, (0.0, None))
    believed = BELIEVED_DOWN if isinstance(learnt, ScannerUnavailable) else BELIEVED
    if learnt is None or time.monotonic() - asked > believed:
        try:
            learnt = Scanner(address, answer_seconds=ASK_SECONDS).facts()
        except ScannerUnavailable as error:
            learnt = error
        _known[address] = (time.monotonic(), learnt)
    if isinstance(learnt, ScannerUnavailable):
        raise ScannerUnavailable(str(learnt))
    return learnt


def forget() -> None:
    """Forget what was learnt about scanners."""
    _known.clear()


def _matryoshka() -> bytes:
    """Return harmless archives in one another, more than any scanner opens; new each time, for clamd's memory."""
    content = os.urandom(64)
    for _layer in range(NESTED):
        target = io.BytesIO()
        with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr("a", content)
        content = target.getvalue()
    return content


def _chunks(source: Seekable, length: int) -> Iterator[bytes]:
    left = length
    while left > 0 and (chunk := source.read(min(left, 1024 * 1024))):
        left -= len(chunk)
        yield chunk


def _connect(address: str, seconds: float) -> socket.socket:
    if address.startswith("unix:"):
        connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        connection.settimeout(seconds)
        try:
            connection.connect(address.removeprefix("unix:").replace("//", "/"))
        except OSError:
            connection.close()
            raise
        return connection
    host, _, port = address.removeprefix("tcp://").rpartition(":")
    if not host or not port.isdecimal():
        raise ScannerUnavailable("CLAMD_ADDRESS must be unix:/path or host:port.")
    return socket.create_connection((host.strip("[]"), int(port)), timeout=seconds)


def _answer(connection: socket.socket) -> str:
    answer = b""
    while b"\0" not in answer and len(answer) < ANSWER_BYTES:
        part = connection.recv(ANSWER_BYTES)
        if not part:
            break
        answer += part
    if b"\0" not in answer:
        raise ScannerUnavailable("The virus scanner ended the line before its answer.")
    return answer.split(b"\0")[0].decode("utf-8", "replace").strip()


def _verdict(answer: str) -> Verdict:
    if answer == "stream: OK":
        return Verdict(clean=True)
    if answer.startswith("stream: ") and answer.endswith(" FOUND"):
        found = answer.removeprefix("stream: ").removesuffix(" FOUND")
        if found.startswith("Heuristics.Limits.Exceeded"):
            return Verdict(clean=False, refusal=NOT_READ)
        if found.startswith("Heuristics.Encrypted"):
            return Verdict(clean=False, refusal=LOCKED)
        return Verdict(clean=False, found=found)
    if "size limit exceeded" in answer:
        return Verdict(clean=False, refusal=TOO_LARGE)
    raise ScannerUnavailable(f"The virus scanner said {answer!r}.")
