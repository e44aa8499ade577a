"""A real server that speaks S3, on loopback (`rclone serve s3` over a folder), and a line to it that can be bad."""

import http.client
import secrets
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

RCLONE = Path(sys.executable).with_name("rclone")
_HOP = {"connection", "expect", "transfer-encoding", "keep-alive"}


class S3Server:
    """The server, its folder and the accounts' key."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.key, self.secret = "portal", secrets.token_hex(16)
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        command = [str(RCLONE), "serve", "s3", "--config", "/dev/null", "--addr", f"127.0.0.1:{self.port}"]
        with (folder.parent / "rclone.log").open("wb") as log:
            self._process = subprocess.Popen(
                [*command, "--auth-key", f"{self.key},{self.secret}", str(folder)],
                stdout=subprocess.DEVNULL,
                stderr=log,
                env={"PATH": "/usr/bin:/bin", "HOME": str(folder.parent)},
            )
        deadline = time.monotonic() + 30
        while True:
            with socket.socket() as attempt:
                if attempt.connect_ex(("127.0.0.1", self.port)) == 0:
                    return
            assert time.monotonic() < deadline, (folder.parent / "rclone.log").read_text()
            time.sleep(0.05)

    def url(self, *, port: int = 0, secret: str = "", prefix: str = "portal") -> str:
        """Return the STORAGE_URL of the bucket documents; port: of a line in between."""
        login = f"{self.key}:{secret or self.secret}"
        return f"s3://{login}@documents/{prefix}?endpoint=http://127.0.0.1:{port or self.port}&region=us-east-1"

    def stored(self) -> list[str]:
        """Return what lies in the bucket, as the server keeps it on its disk, temporary files included."""
        bucket = self.folder / "documents"
        return sorted(path.relative_to(bucket).as_posix() for path in bucket.rglob("*") if path.is_file())

    def stop(self) -> None:
        """Stop the server."""
        self._process.terminate()
        self._process.wait(20)


class BadLine(ThreadingHTTPServer):
    """Passes requests on to the server, except where `faults` says what happens to the next one.

    403, 500, 503: that answer; "cut": the connection breaks in the middle of the answer; "refused": before any answer;
    "silent": no answer for `silence` seconds; 0: passed on. `only` limits faults to one method.
    """

    daemon_threads = True

    def __init__(self, server: S3Server) -> None:
        super().__init__(("127.0.0.1", 0), _Line)
        self.upstream = server.port
        self.faults: list[int | str] = []
        self.only = ""
        self.silence = 3.0
        self.asked: list[str] = []
        self.parts: list[int] = []

    @property
    def port(self) -> int:
        return int(self.server_address[1])

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say nothing of clients that went away."""


class _Line(BaseHTTPRequestHandler):
    server: BadLine
    protocol_version = "HTTP/1.1"

    def _relay(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        self.server.asked.append(f"{self.command} {urlsplit(self.path).path}")
        if "partNumber=" in self.path:
            self.server.parts.append(len(body))
        fault: int | str = 0
        if self.server.faults and self.server.only in {"", self.command}:
            fault = self.server.faults.pop(0)
        if fault == "silent":
            time.sleep(self.server.silence)
        if fault in {"silent", "refused"}:
            self.close_connection = True
            self.connection.shutdown(socket.SHUT_RDWR)
            return
        if isinstance(fault, int) and fault:
            code = {403: "AccessDenied", 503: "SlowDown"}.get(fault, "InternalError")
            words = b"" if self.command == "HEAD" else b"<Error><Code>%s</Code></Error>" % code.encode()
            self._answer(fault, words, {"Content-Type": "application/xml"})
            return
        upstream = http.client.HTTPConnection("127.0.0.1", self.server.upstream, timeout=60)
        headers = {name: value for name, value in self.headers.items() if name.lower() not in _HOP}
        upstream.request(self.command, self.path, body, headers)
        answer = upstream.getresponse()
        content = b"" if self.command == "HEAD" else answer.read()
        kept = {name: value for name, value in answer.getheaders() if name.lower() not in _HOP}
        if self.command != "HEAD":
            kept["Content-Length"] = str(len(content))
        self._answer(answer.status, content[: len(content) // 2] if fault == "cut" else content, kept)
        if fault == "cut":
            self.close_connection = True
            self.connection.shutdown(socket.SHUT_RDWR)
        upstream.close()

    def __getattr__(self, name: str) -> Any:
        """Treat every method alike."""
        if name.startswith("do_"):
            return self._relay
        raise AttributeError(name)

    def _answer(self, status: int, content: bytes, headers: dict[str, str]) -> None:
        self.send_response_only(status)
        for name, value in ({"Content-Length": str(len(content))} | headers).items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *args: object) -> None:
        """Be quiet."""


@contextmanager
def bad_line(server: S3Server) -> Iterator[BadLine]:
    """Run a line to the server."""
    with BadLine(server) as line:
        thread = threading.Thread(target=line.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        thread.start()
        yield line
        line.shutdown()
        thread.join()
