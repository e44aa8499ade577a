"""Measures the way of a file in: plain, encrypting in a form, encrypting in pieces; and the memory of a very long one.

Run it where the environment names a database that may be written to, such as that of a demo (never production):

    VAR=var .venv/bin/python manage.py shell -c "from benchmarks.uploads import main; main()"
    VAR=var .venv/bin/python manage.py shell -c "from benchmarks.uploads import memory; memory(gigabytes=10)"

Everything is sent over loopback to a server of its own (gunicorn, 1 process, 8 threads, as in production) that is ended
afterwards; the files are removed. The ways take turns, so that load on the machine hits all alike. "plain" is Django's
own way: a temporary file, unencrypted, without a hash, without waiting for the disk.
"""

import http.client
import os
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from base64 import b64encode
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from django.conf import settings
from django.test import Client

from accounts.models import AuthenticatorApp, User
from foundation.documents.models import Document
from foundation.documents.vault import discard

MIB = 1024 * 1024
PIECE = 8 * MIB
SIZE = 25 * 1000 * 1000
ROUNDS = 12
PORT = 8190


def main(rounds: int = ROUNDS, size: int = SIZE) -> None:
    """Print the throughput of each way, and how it compares with the plain one."""
    user = _officer()
    with _server(PORT) as encrypting, _server(PORT + 1, plain=True) as plain:
        browser = _Browser(user)
        ways: dict[str, tuple[_Server, Callable[[int, int], None]]] = {
            "form, plain": (plain, browser.form),
            "form, encrypting": (encrypting, browser.form),
            "pieces, encrypting": (encrypting, browser.pieces),
        }
        taken: dict[str, list[float]] = {name: [] for name in ways}
        worked: dict[str, list[float]] = {name: [] for name in ways}
        for number in range(rounds + 1):
            for name in sorted(ways, reverse=bool(number % 2)):
                server, send = ways[name]
                begin, before = time.perf_counter(), server.cpu()
                send(server.port, size)
                if number:  # the first warms up
                    taken[name].append(size / 1e6 / (time.perf_counter() - begin))
                    worked[name].append((server.cpu() - before) * 1000 / (size / 1e6))
            _clear(user)
    base = statistics.median(taken["form, plain"])
    for name, speeds in taken.items():
        low, middle, high = statistics.quantiles(speeds, n=4)
        cpu = statistics.mean(worked[name])
        print(f"{name:20} {middle:4.0f} MB/s ({low:.0f} to {high:.0f}), {100 * middle / base:3.0f} % of plain, "
              f"{cpu:.2f} ms of the server's CPU a MB")  # fmt: skip


def memory(gigabytes: float = 10) -> None:
    """Send one very long file in pieces, made on the way, and print what the server's process held meanwhile."""
    folder = Path(settings.VAR_DIR)
    free = shutil.disk_usage(folder).free
    wanted = int(gigabytes * 1000**3)
    if wanted > free - 5 * 1000**3:
        wanted = max(int(free - 5 * 1000**3), 10**8)
        print(f"Only {free / 1e9:.1f} GB are free, so {wanted / 1e9:.1f} GB are sent.")
    user = _officer()
    with _server(PORT) as server:
        browser, seen = _Browser(user), [server.rss()]
        begin = time.perf_counter()
        browser.pieces(server.port, wanted, lambda: seen.append(server.rss()))
        seconds = time.perf_counter() - begin
    document = Document.objects.filter(uploaded_by=user, filename="long.pdf").latest("pk")
    print(
        f"{wanted / 1e9:.1f} GB in {seconds:.0f} s, {wanted / 1e6 / seconds:.0f} MB/s, SHA-256 {document.sha256[:16]}…"
    )
    tenth = seen[len(seen) // 10]
    print(f"resident: {seen[0]:.0f} MB before, {tenth:.0f} MB after a tenth, {seen[-1]:.0f} MB at the end, "
          f"{max(seen):.0f} MB at most")  # fmt: skip
    _clear(user)


class _Browser:
    """Somebody signed in, who sends over one line."""

    def __init__(self, user: User) -> None:
        client = Client(headers={"host": "localhost"})
        client.force_login(user, backend=settings.AUTHENTICATION_BACKENDS[0])
        session = client.session
        session["otp_device_id"] = _device(user).persistent_id
        session.save()
        token = re.search(r'csrfmiddlewaretoken" value="(\w+)"', client.get("/account/").content.decode())
        if token is None:
            raise SystemExit("The page of the account has no form.")
        cookies = "; ".join(f"{name}={morsel.value}" for name, morsel in client.cookies.items())
        self._headers = {"Cookie": cookies, "X-CSRFToken": token[1], "Tus-Resumable": "1.0.0"}
        self._filler = os.urandom(MIB)

    def form(self, port: int, size: int) -> None:
        """Send a form with one file, to a page that draws it again."""
        head = (b'--b\r\nContent-Disposition: form-data; name="file"; filename="order.pdf"\r\n'
                b"Content-Type: application/pdf\r\n\r\n")  # fmt: skip
        body = head + next(self._parts(size, size)) + b"\r\n--b--\r\n"
        self._ask(port, "POST", "/account/", body, {"Content-Type": "multipart/form-data; boundary=b"})

    def pieces(self, port: int, size: int, after: Callable[[], object] = lambda: None) -> None:
        """Send one file in pieces."""
        name = b64encode(b"long.pdf").decode()
        said = self._ask(
            port, "POST", "/uploads/", b"", {"Upload-Length": str(size), "Upload-Metadata": f"filename {name}"}
        )
        path, offset = said.headers["Location"], 0
        line = http.client.HTTPConnection("127.0.0.1", port, timeout=600)
        for part in self._parts(size, PIECE):
            own = {"Content-Type": "application/offset+octet-stream", "Upload-Offset": str(offset)}
            offset += len(part)
            said = self._ask(port, "PATCH", path, part, own, line=line)
            if said.headers["Upload-Offset"] != str(offset):
                raise SystemExit(f"A piece was not taken: {said.status} at {offset}.")
            after()
        line.close()

    def _parts(self, size: int, length: int) -> Iterator[bytes]:
        filler, first = self._filler * (length // MIB + 1), b"%PDF-1.7\n"
        for start in range(0, size, length):
            part = min(length, size - start)
            yield first + filler[: part - len(first)] if not start else filler[:part]

    def _ask(
        self, port: int, method: str, path: str, body: bytes, own: dict[str, str],
        *, line: http.client.HTTPConnection | None = None,
    ) -> http.client.HTTPResponse:  # fmt: skip
        used = line or http.client.HTTPConnection("127.0.0.1", port, timeout=600)
        used.request(method, path, body, self._headers | {"Host": "localhost"} | own)
        answer = used.getresponse()
        answer.read()
        if line is None:
            used.close()
        if answer.status >= 500:
            raise SystemExit(f"{method} {path}: {answer.status}")
        return answer


class _Server:
    """gunicorn in a process of its own."""

    def __init__(self, port: int, process: "subprocess.Popen[bytes]") -> None:
        self.port, self._process = port, process

    def _worker(self) -> Path:
        children = Path(f"/proc/{self._process.pid}/task/{self._process.pid}/children").read_text().split()
        return Path("/proc", children[0])

    def cpu(self) -> float:
        """Return the seconds that its worker has worked, which other work on the machine hardly changes."""
        fields = (self._worker() / "stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def rss(self) -> float:
        """Return what its worker holds, in MB."""
        status = (self._worker() / "status").read_text()
        return int(status.partition("VmRSS:")[2].split()[0]) / 1000


@contextmanager
def _server(port: int, *, plain: bool = False) -> Iterator[_Server]:
    env = os.environ | {"BIND": f"127.0.0.1:{port}", "WEB_WORKERS": "1", "LOG_LEVEL": "ERROR"}
    env |= {"UPLOAD_LIMIT_OFFICER": str(11 * 1000**3)}
    module = "benchmarks.plain_uploads" if plain else "lers.wsgi"
    with tempfile.TemporaryFile() as log:
        command = [
            sys.executable,
            "-m",
            "gunicorn",
            "--config",
            "lers/gunicorn.py",
            "--access-logfile",
            "/dev/null",
            module,
        ]
        process = subprocess.Popen(command, env=env, cwd=settings.BASE_DIR, stdout=log, stderr=log)
        try:
            _wait(port)
            yield _Server(port, process)
        finally:
            process.terminate()
            process.wait(30)


def _wait(port: int) -> None:
    for _ in range(150):
        try:
            line = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
            line.request("GET", "/healthz")
            if line.getresponse().status == 200:
                return
        except OSError:
            time.sleep(0.2)
    raise SystemExit("The server does not answer.")


def _officer() -> User:
    user = (
        User.objects.filter(is_active=True, memberships__ended_at=None, memberships__isnull=False)
        .order_by("pk")
        .first()
    )
    if user is None:
        raise SystemExit("Load the demo first.")
    return user


def _device(user: User) -> AuthenticatorApp:
    return user.authenticator_apps.filter(confirmed=True)[0]


def _clear(user: User) -> None:
    for document in Document.objects.filter(uploaded_by=user, state="receiving"):
        discard(document)
