"""A real clamd for the tests: a process of its own with a folder of signatures made here, ended by its number."""

import hashlib
import io
import shutil
import socket
import subprocess
import tarfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from pytest_django.fixtures import Settings

from foundation.documents import scanner
from foundation.documents.errors import ScannerUnavailable

# Not on the path of people who are not root.
PROGRAM = shutil.which("clamd") or shutil.which("clamd", path="/usr/sbin:/usr/local/sbin:/opt/homebrew/sbin")
# In two halves, so that no scanner takes this file away.
EICAR = rb"X5O!P%@AP[4\PZX54(P^)7CC)7}$EICAR-STANDARD-" + b"ANTIVIRUS-TEST-FILE!$H+H*"
# What StreamMaxLength, MaxFileSize and MaxScanSize are here.
MAX_BYTES = 8 * 1024 * 1024
FIRST_NUMBER = 27500


class Clamd:
    """One clamd, on a unix socket and on a port of this machine."""

    def __init__(self, folder: Path, *, honest: bool = True) -> None:
        self.folder = folder
        self.number = FIRST_NUMBER
        self.honest = honest
        self.signatures: dict[str, bytes] = {"Local.Eicar": EICAR}
        self.port = _free_port()
        self.unix = f"unix:{folder / 's'}"
        self.address = f"127.0.0.1:{self.port}"
        self._process: subprocess.Popen[bytes] | None = None
        (folder / "signatures").mkdir()
        (folder / "tmp").mkdir()
        self._write()

    def start(self) -> None:
        """Start it and wait until it answers on both."""
        config = self.folder / "clamd.conf"
        config.write_text(self._config())
        log = (self.folder / "log").open("ab")
        with log:
            self._process = subprocess.Popen(
                [str(PROGRAM), f"--config-file={config}"], stdout=log, stderr=log, stdin=subprocess.DEVNULL
            )
        for address in (self.unix, self.address):
            self._wait(lambda where=address: scanner.Scanner(where).version())

    def stop(self) -> None:
        """End this process and no other."""
        if self._process is not None:
            self._process.terminate()
            try:
                self._process.wait(timeout=10)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()
            self._process = None
        scanner.forget()

    def learn(self, name: str, pattern: bytes) -> None:
        """Have it load one more signature, with the number of a new day."""
        self.signatures[name] = pattern
        self._reload(self.number + 1)

    def reset(self) -> None:
        """Start it where a test stopped it, and have it forget what a test taught it."""
        if self._process is None:
            self.start()
        if len(self.signatures) > 1:
            self.signatures = {"Local.Eicar": EICAR}
            self._reload(self.number + 1)

    def _reload(self, number: int) -> None:
        self.number = number
        self._write()
        with socket.create_connection(("127.0.0.1", self.port), timeout=10) as connection:
            connection.sendall(b"zRELOAD\0")
            connection.recv(100)
        self._wait(lambda: scanner.Scanner(self.address).version(), f"/{number}/")
        scanner.forget()

    def _wait(self, ask, expected: str = "ClamAV") -> None:
        said: object = None
        for _try in range(600):
            try:
                said = ask()
            except ScannerUnavailable as error:
                said = error
            if isinstance(said, str) and expected in said:
                return
            time.sleep(0.05)
        raise AssertionError(f"clamd: {said}\n{(self.folder / 'log').read_text()[-3000:]}")

    def _config(self) -> str:
        limit = MAX_BYTES
        return (
            f"LocalSocket {self.folder / 's'}\nTCPSocket {self.port}\nTCPAddr 127.0.0.1\nForeground true\n"
            f"DatabaseDirectory {self.folder / 'signatures'}\nTemporaryDirectory {self.folder / 'tmp'}\n"
            f"StreamMaxLength {limit}\nMaxFileSize {limit}\nMaxScanSize {limit}\n"
            f"AlertExceedsMax {'true' if self.honest else 'false'}\nAlertEncrypted true\nMaxThreads 4\n"
        )

    def _write(self) -> None:
        """Write the signatures as one local database that has, as the daily one, a number and a time."""
        lines = "".join(f"{name}:0:*:{pattern.hex()}\n" for name, pattern in self.signatures.items()).encode()
        count = len(self.signatures)
        head = f"ClamAV-VDB:20 Nov 2026 08-00 +0000:{self.number}:{count}:60:{'0' * 32}:X:tests:1795161600"
        info = f"{head}\ndaily.ndb:{len(lines)}:{hashlib.sha256(lines).hexdigest()}\n".encode()
        packed = io.BytesIO()
        with tarfile.open(fileobj=packed, mode="w:gz", format=tarfile.USTAR_FORMAT) as archive:
            for name, content in (("daily.info", info), ("daily.ndb", lines)):
                entry = tarfile.TarInfo(name)
                entry.size = len(content)
                archive.addfile(entry, io.BytesIO(content))
        target = self.folder / "signatures" / "daily.cud"
        draft = self.folder / "draft"
        draft.write_bytes(head.ljust(512).encode() + packed.getvalue())
        draft.replace(target)


@contextmanager
def running(*, honest: bool = True) -> Iterator[Clamd]:
    """Run a clamd; the folder is short, because the path of a socket may have 107 bytes only."""
    if PROGRAM is None:
        pytest.skip("clamd is missing: apt-get install clamav-daemon")
    with TemporaryDirectory(prefix="clamd-") as folder:
        server = Clamd(Path(folder), honest=honest)
        try:
            server.start()
            yield server
        finally:
            server.stop()


@pytest.fixture(scope="session")
def clamd_process() -> Iterator[Clamd]:
    """One clamd for all tests of this process."""
    with running() as server:
        yield server


@pytest.fixture
def clamd(clamd_process: Clamd, settings: Settings) -> Clamd:
    """A clamd that knows EICAR and nothing else, and the settings that lead to it."""
    clamd_process.reset()
    settings.CLAMD_ADDRESS = clamd_process.address
    settings.CLAMD_MAX_BYTES = MAX_BYTES
    scanner.forget()
    return clamd_process


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        return int(server.getsockname()[1])
