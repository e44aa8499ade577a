"""A company's systems on loopback that answer what a test wrote down, and misbehave where it says so.

with Company() as company:
    company.answers(wire.CONTACT, Reply(manner="cut"), Reply(Contact(...)))     # the last one stays
    company.files[1] = b"..."                                                  # what /v1/exports/content sends
"""

import contextlib
import ssl
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, NamedTuple, Self

from foundation.providers.connectors.http import signing, wire
from foundation.providers.connectors.http.client import Client, Patience
from foundation.providers.connectors.http.codec import from_bytes, to_bytes
from foundation.providers.connectors.http.connector import HttpConnector
from foundation.providers.connectors.http.line import Wire

QUICK = Patience(total=10.0, idle=0.15, tries=3, pause=0.001, export=0.3)


@dataclass(frozen=True)
class Reply:
    """One answer, and how it is given: ok, hang, cut, unsigned, stranger, stale, gzip, silent."""

    message: Any = field(default_factory=wire.Nothing)
    status: int = 200
    manner: str = "ok"
    headers: Mapping[str, str] = field(default_factory=dict)


class Arrived(NamedTuple):
    path: str
    headers: dict[str, str]
    body: bytes
    call: signing.Call


class Company:
    """The server. Manners of contents, one a call: ok, whole, cut:N, other, part, long, lie, gone, digest, later."""

    def __init__(self, *, pem: Path | None = None) -> None:
        self.key_id, self.secret = "test-key", signing.new_secret()
        self.files: dict[int, bytes] = {}
        self.manners: list[str] = []
        self.calls: list[Arrived] = []
        self.slept: list[float] = []
        self.released = threading.Event()
        self._script: dict[str, list[Reply]] = {}
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), type("Handler", (_Handler,), {"company": self}))
        self._server.daemon_threads = True
        self._scheme = "https" if pem else "http"
        if pem:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(pem)
            self._server.socket = context.wrap_socket(self._server.socket, server_side=True)
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)

    @property
    def url(self) -> str:
        return f"{self._scheme}://127.0.0.1:{self._server.server_address[1]}/systems/"

    def connector(self, patience: Patience = QUICK, **changed: Any) -> HttpConnector:
        over = Wire(**{"url": self.url, "key_id": self.key_id, "secret": self.secret} | changed)
        return HttpConnector(Client(over, patience, sleep=self.slept.append))

    def answers(self, path: str, *replies: Reply | object) -> None:
        self._script[path] = [reply if isinstance(reply, Reply) else Reply(reply) for reply in replies]

    def next_reply(self, path: str) -> Reply:
        script = self._script[path]
        return script.pop(0) if len(script) > 1 else script[0]

    def calls_of(self, path: str) -> list[Arrived]:
        return [arrived for arrived in self.calls if arrived.path == path]

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_error: object) -> None:
        self.released.set()
        self._server.shutdown()
        self._server.server_close()


class _Handler(BaseHTTPRequestHandler):
    company: Company

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        path = self.path.removeprefix("/systems")
        known = {self.company.key_id: self.company.secret}
        call = signing.checked_call(self.headers, method="POST", path=path, body=body, secret_of=known.get)
        self.company.calls.append(Arrived(path, dict(self.headers.items()), body, call))
        # Whoever hung up is not answered: that is the test.
        with contextlib.suppress(OSError):
            if path == wire.CONTENT:
                self._content(call, from_bytes(wire.ContentCall, body))
            else:
                self._reply(call, self.company.next_reply(path))

    def _reply(self, call: signing.Call, reply: Reply) -> None:
        if reply.manner in ("silent", "hang"):
            self.company.released.wait(5 if reply.manner == "hang" else 0)
            return
        body = reply.message if isinstance(reply.message, bytes) else to_bytes(reply.message)
        secret = signing.new_secret() if reply.manner == "stranger" else self.company.secret
        of = "another-call" if reply.manner == "stale" else call.id
        sent = signing.answer_headers(secret, call_id=of, status=reply.status, body=body)
        if reply.manner == "unsigned":
            sent = {}
        if reply.manner == "gzip":
            sent["Content-Encoding"] = "gzip"
        part = body[: len(body) // 2] if reply.manner == "cut" else body
        self._send(reply.status, {**sent, **reply.headers}, len(body), part)

    def _content(self, call: signing.Call, asked: wire.ContentCall) -> None:
        manner = self.company.manners.pop(0) if self.company.manners else "ok"
        if manner == "gone":
            self._reply(call, Reply(wire.ErrorAnswer(wire.Problem("unknown_export")), 404))
            return
        if manner == "later":
            said = wire.Problem("busy", "81124-K is locked")
            self._reply(call, Reply(wire.ErrorAnswer(said), 503, headers={"Retry-After": "600"}))
            return
        whole = memoryview(self.company.files[asked.number])
        start = int(call.range.removeprefix("bytes=").removesuffix("-")) if call.range and manner != "whole" else 0
        shown = start + 1 if manner == "part" else start
        span = f"bytes {shown}-{len(whole) - 1}/{len(whole)}" if start else ""
        status = 206 if start else 200
        of = sha256(b"another" if manner == "other" else whole).hexdigest()
        headers = signing.content_headers(
            self.company.secret, call_id=call.id, status=status, sha256=of, content_range=span
        )
        if manner == "digest":
            headers[signing.DIGEST] = "sha-256=:\xe9:"
        body = {"lie": lambda: bytes(len(whole) - start), "long": lambda: bytes(whole) + b"more"}.get(
            manner, lambda: whole[start:]
        )()
        cut = int(manner.removeprefix("cut:")) if manner.startswith("cut:") else len(body)
        self._send(status, headers, len(body), body[:cut])

    def _send(self, status: int, headers: Mapping[str, str], length: int, body: bytes | memoryview) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(length))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_args: Any) -> None:
        pass
