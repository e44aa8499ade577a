"""Office files as PDF, made by LibreOffice where it is installed; the PDF goes into the same sandbox as every other.

LibreOffice is a large program that reads hostile files, so it gets nothing: a home and a working folder of its own in
memory (nothing in plain text is ever on a disk), no network, no file of the portal's, limits on time and memory, and
one file at a time. `foundation/documents/sandbox/office.py` sets the limits.
"""

import ctypes
import fcntl
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO

from django.conf import settings

from foundation.documents.errors import SandboxFailed
from foundation.documents.filetypes import FileType
from foundation.documents.isolation import CHUNK, Readable

SECONDS = 90.0
# How long a worker waits for another one of this machine before it does something else.
PATIENCE = 5.0
PDF_BYTES = 256 * 1024 * 1024
PLACES = ("/dev/shm", "/run/shm", "/tmp")  # noqa: S108 - taken only where they are in memory
# tmpfs and ramfs, by their numbers in statfs(2).
_IN_MEMORY = frozenset({0x01021994, 0x858458F6})
_PREFIX = f"lers-office-{os.getuid()}"
_PROGRAMS = ("soffice", "libreoffice")
# What LibreOffice ends with when it has set itself up and wants to begin again.
_AGAIN = 81
_ROOT = Path(__file__).resolve().parents[2]


class NotHere(Exception):
    """Page images of office files are not made on this machine; the message says why, for the operator."""


class Busy(Exception):
    """Another file is being converted on this machine."""


@contextmanager
def as_pdf(source: Readable, kind: FileType, *, seconds: float = SECONDS) -> Iterator[IO[bytes]]:
    """Give the file as a PDF, still unchecked; raise NotHere, Busy, or SandboxFailed where LibreOffice failed."""
    program, place = find_program(), memory_place()
    with _turn(place), _workspace(place) as folder:
        paper = folder / f"paper.{kind.endings[0]}"
        with paper.open("xb") as target:
            while chunk := source.read(CHUNK):
                target.write(chunk)
        _convert(program, paper, seconds)
        result = folder / "out" / "paper.pdf"
        if result.is_symlink() or not result.is_file() or not 0 < result.stat().st_size <= PDF_BYTES:
            raise SandboxFailed("LibreOffice made no PDF")
        with result.open("rb") as pdf:
            yield pdf


def find_program() -> Path:
    """Return the program of LibreOffice itself, without the script that starts it; raise NotHere."""
    if settings.OFFICE_PREVIEWS == "off":
        raise NotHere("OFFICE_PREVIEWS is off")
    found = next((path for path in map(shutil.which, _PROGRAMS) if path), None)
    if found is None:
        raise NotHere("LibreOffice is not installed")
    program = Path(found).resolve().with_name("soffice.bin")
    if not program.is_file():
        raise NotHere(f"{program} is missing")
    return program


def memory_place() -> Path:
    """Return a folder that is in memory and never on a disk; raise NotHere."""
    for name in PLACES:
        place = Path(name)
        if place.is_dir() and os.access(place, os.W_OK | os.X_OK) and _kind_of_file_system(place) in _IN_MEMORY:
            return place
    raise NotHere("no folder in memory (/dev/shm) to work in, and nothing is written to a disk in plain text")


def _kind_of_file_system(place: Path) -> int:
    answer = ctypes.create_string_buffer(512)
    libc = ctypes.CDLL(None)
    if not hasattr(libc, "statfs") or libc.statfs(os.fsencode(place), answer) != 0:
        return 0
    return int.from_bytes(answer.raw[: ctypes.sizeof(ctypes.c_long)], sys.byteorder) if sys.platform == "linux" else 0


@contextmanager
def _turn(place: Path) -> Iterator[None]:
    """Wait for the turn of this worker: one conversion at a time on a machine; remove what a dead one left."""
    lock = os.open(place / f"{_PREFIX}.lock", os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
    try:
        stop = time.monotonic() + PATIENCE
        while True:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError as error:
                if time.monotonic() > stop:
                    raise Busy("another office file is being converted") from error
                time.sleep(0.1)
        for left in place.glob(f"{_PREFIX}-*"):
            shutil.rmtree(left, ignore_errors=True)
        yield
    finally:
        os.close(lock)


@contextmanager
def _workspace(place: Path) -> Iterator[Path]:
    folder = Path(tempfile.mkdtemp(prefix=f"{_PREFIX}-", dir=place))
    try:
        for name in ("out", "tmp", "profile/user"):
            (folder / name).mkdir(parents=True)
        (folder / "profile" / "user" / "registrymodifications.xcu").write_text(_SETTINGS)
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _convert(program: Path, paper: Path, seconds: float) -> None:
    """Run LibreOffice, again when it asks for that; kill it and all that it started when the time is over."""
    stop = time.monotonic() + seconds
    for _attempt in range(3):
        code = _run(program, paper, stop - time.monotonic())
        if code != _AGAIN:
            break
    if code:
        raise SandboxFailed(f"LibreOffice ended with {code}")


def _run(program: Path, paper: Path, seconds: float) -> int:
    process = subprocess.Popen(
        [sys.executable, "-E", "-s", "-B", "-m", "foundation.documents.sandbox.office", str(program), str(paper)],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        env={},
        cwd=_ROOT,
        start_new_session=True,
    )
    try:
        return process.wait(max(seconds, 0.0))
    except subprocess.TimeoutExpired as error:
        raise SandboxFailed("LibreOffice took too long") from error
    finally:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def _setting(path: str, name: str, value: str) -> str:
    return (
        f'<item oor:path="/org.openoffice.{path}"><prop oor:name="{name}" oor:op="fuse">'
        f"<value>{value}</value></prop></item>"
    )


# No macros, no links, no updates, nothing that asks.
_SETTINGS = (
    '<?xml version="1.0" encoding="UTF-8"?>\n'
    '<oor:items xmlns:oor="http://openoffice.org/2001/registry" xmlns:xs="http://www.w3.org/2001/XMLSchema" '
    'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">'
    + _setting("Office.Common/Security/Scripting", "MacroSecurityLevel", "3")
    + _setting("Office.Common/Security/Scripting", "DisableMacrosExecution", "true")
    + _setting("Office.Common/Security/Scripting", "BlockUntrustedRefererLinks", "true")
    + _setting("Office.Common/Security/Scripting", "CheckDocumentEvents", "true")
    + _setting("Office.Writer/Content/Update", "Link", "0")
    + _setting("Office.Calc/Content/Update", "Link", "1")
    + _setting("Office.Common/Misc", "FirstRun", "false")
    + _setting("Office.Common/Load", "UserDefinedSettings", "false")
    + _setting("Office.Jobs/Jobs/org.openoffice.Office.Jobs:Job['UpdateCheck']/Arguments", "AutoCheckEnabled", "false")
    + _setting("Office.Java/VirtualMachine", "Enable", "false")
    + "</oor:items>\n"
)
