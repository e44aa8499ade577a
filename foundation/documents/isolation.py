"""The portal's side of the sandbox: start it, feed it, believe little of what it says, and never wait for ever."""

import json
import subprocess
import sys
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, Protocol

from foundation.documents.errors import DocumentRefused, SandboxFailed

EXAMINE_SECONDS = 60.0
RENDER_SECONDS = 30.0
# Text is read to its end, however long it is.
BYTES_PER_SECOND = 20_000_000
CHUNK = 1024 * 1024
LINE_BYTES = 1024 * 1024
PAGES = 50
PNG_BYTES = 32 * 1024 * 1024
SIDE = 5000
MARKS, MARK_NAME, MARK_VALUE = 30, 40, 200
_PNG = b"\x89PNG\r\n\x1a\n"
_ROOT = Path(__file__).resolve().parents[2]
SANDBOX = "foundation.documents.sandbox"


class Readable(Protocol):
    """Anything that gives bytes."""

    def read(self, size: int, /) -> bytes:
        """Return the next bytes, none at the end."""


@dataclass(frozen=True, slots=True)
class RenderedPage:
    """A page as the sandbox gave it, checked for form; `total` is how many pages the file has."""

    number: int
    total: int
    width: int
    height: int
    png: bytes
    text: str


def examine(source: Readable, media_type: str, *, seconds: float = EXAMINE_SECONDS) -> int | None:
    """Return the page count of a file that is what it claims; raise DocumentRefused, or SandboxFailed."""
    more = getattr(source, "size", 0) / BYTES_PER_SECOND
    cpu_seconds = str(round(seconds / 2 + more) + 1)
    with sandbox("examine", media_type, source, seconds + more, given=(cpu_seconds,)) as output:
        message = line_of(output)
    if refusal := message.get("refused"):
        raise DocumentRefused(str(refusal)[:300])
    pages = message.get("pages")
    return pages if isinstance(pages, int) and 0 < pages < 2**31 else None


def render(source: Readable, media_type: str, *, seconds: float = RENDER_SECONDS) -> Iterator[RenderedPage]:
    """Yield the pages of a file as pictures; raise SandboxFailed when the process dies or takes too long."""
    with sandbox("render", media_type, source, seconds) as output:
        for number in range(1, PAGES + 2):
            message = line_of(output)
            if message.get("done"):
                return
            yield _page(number, message, output)
    raise SandboxFailed("more pages than were asked for")


def read_marks(source: Readable, media_type: str, *, seconds: float = RENDER_SECONDS) -> dict[str, str | int | bool]:
    """Return what a file says of its origin: short plain values under known names; raise SandboxFailed."""
    with sandbox("marks", media_type, source, seconds) as output:
        marks = line_of(output).get("marks")
    if not isinstance(marks, dict) or len(marks) > MARKS:
        raise SandboxFailed("the process gave no sensible answer")
    return {
        str(name)[:MARK_NAME]: value[:MARK_VALUE] if isinstance(value, str) else value
        for name, value in marks.items()
        if isinstance(value, str | int | bool)
    }


@contextmanager
def sandbox(
    program: str, media_type: str, source: Readable, seconds: float, *, module: str = SANDBOX, given: Sequence[str] = ()
) -> Iterator[IO[bytes]]:
    """Run the process; kill it when the block ends or the time is over, whichever is first."""
    process = subprocess.Popen(
        [sys.executable, "-E", "-s", "-B", "-m", module, program, media_type, *given],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env={},
        cwd=_ROOT,
        start_new_session=True,
    )
    assert process.stdin is not None and process.stdout is not None  # noqa: S101, PT018 - both are pipes
    feeder = _Feeder(source, process.stdin)
    timer = threading.Timer(seconds, process.kill)
    feeder.start()
    timer.start()
    try:
        yield process.stdout
    finally:
        timer.cancel()
        process.kill()
        process.wait()
        feeder.join()
        process.stdout.close()
        # The reason why the sandbox saw too little comes before what it made of it.
        if feeder.error is not None:
            raise feeder.error


class _Feeder(threading.Thread):
    """Writes the plain text into the process, a chunk at a time, while the caller reads the answers."""

    def __init__(self, source: Readable, target: IO[bytes]) -> None:
        super().__init__(name="sandbox-feeder", daemon=True)
        self._source = source
        self._target = target
        self.error: Exception | None = None

    def run(self) -> None:
        """Write until the text ends or the process does not want more."""
        try:
            with self._target:
                while chunk := self._source.read(CHUNK):
                    self._target.write(chunk)
        except (BrokenPipeError, ConnectionResetError):
            pass
        except Exception as error:  # noqa: BLE001 - raised again in the caller's thread
            self.error = error


def line_of(output: IO[bytes]) -> dict[str, Any]:
    """Return the next line of an answer; raise SandboxFailed where there is none."""
    line = output.readline(LINE_BYTES)
    if not line.endswith(b"\n"):
        raise SandboxFailed("the process ended before its answer")
    try:
        message = json.loads(line)
    except ValueError as error:
        raise SandboxFailed("the process gave no sensible answer") from error
    if not isinstance(message, dict):
        raise SandboxFailed("the process gave no sensible answer")
    return message


def _page(number: int, message: dict[str, Any], output: IO[bytes]) -> RenderedPage:
    width, height, length, total = (message.get(name) for name in ("width", "height", "length", "total"))
    if (
        message.get("number") != number
        or not (isinstance(total, int) and number <= total < 2**31)
        or not (isinstance(width, int) and 0 < width <= SIDE)
        or not (isinstance(height, int) and 0 < height <= SIDE)
        or not (isinstance(length, int) and 0 < length <= PNG_BYTES)
    ):
        raise SandboxFailed("the process described a page that cannot be")
    png = output.read(length)
    if len(png) != length or not png.startswith(_PNG):
        raise SandboxFailed("the process ended inside a page")
    return RenderedPage(number, total, width, height, png, str(message.get("text", "")))
