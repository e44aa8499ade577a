"""Vault's Transit API on loopback, with real AES-GCM, versions of its key, and faults on demand."""

import base64
import json
import os
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

TOKEN = "s.portal"


class TransitServer(ThreadingHTTPServer):
    """One key with versions; `faults` are taken before each answer."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.versions = [os.urandom(32)]
        self.oldest = 1
        self.faults: list[int | str] = []
        self.asked: list[str] = []
        self.heard: list[bytes] = []
        self.ignores_context = False
        self.namespace = ""

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"

    def rotate(self) -> None:
        self.versions.append(os.urandom(32))

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say nothing of clients that went away."""


class _Handler(BaseHTTPRequestHandler):
    server: TransitServer
    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        content = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.asked.append(self.path)
        self.server.heard.append(content)
        fault = self.server.faults.pop(0) if self.server.faults else 0
        if fault == "cut":
            self.close_connection = True
            self.connection.close()
            return
        if fault == "silent":
            time.sleep(2)
            self.close_connection = True
            return
        if fault == "elsewhere":
            self._answer(307, {}, Location="http://127.0.0.1:9/v1/transit/encrypt/k")
            return
        if fault == "nonsense":
            self._answer(200, {"data": {}})
            return
        self._answer(*((int(fault), {"errors": ["fault"]}) if fault else self._transit(json.loads(content))))

    def _transit(self, body: dict[str, str]) -> tuple[int, dict[str, Any]]:
        if self.headers["X-Vault-Token"] != TOKEN or self.headers.get("X-Vault-Namespace", "") != self.server.namespace:
            return 403, {"errors": ["permission denied"]}
        _, _, mount, verb, key = self.path.split("/")
        if (mount, key) != ("transit", "lers-documents"):
            return 400, {"errors": ["encryption key not found"]}
        context = b"" if self.server.ignores_context else base64.b64decode(body["associated_data"])
        if verb == "encrypt":
            nonce, version = os.urandom(12), len(self.server.versions)
            sealed = AESGCM(self.server.versions[-1]).encrypt(nonce, base64.b64decode(body["plaintext"]), context)
            text = f"vault:v{version}:{base64.b64encode(nonce + sealed).decode()}"
            return 200, {"data": {"ciphertext": text, "key_version": version}}
        try:
            _, version_text, text = body["ciphertext"].split(":")
            number = int(version_text[1:])
            if number < self.server.oldest:
                return 400, {"errors": ["ciphertext or signature version is disallowed by policy (too old)"]}
            raw = base64.b64decode(text)
            plain = AESGCM(self.server.versions[number - 1]).decrypt(raw[:12], raw[12:], context)
        except (InvalidTag, ValueError, IndexError):
            return 400, {"errors": ["cipher: message authentication failed"]}
        return 200, {"data": {"plaintext": base64.b64encode(plain).decode()}}

    def _answer(self, status: int, content: dict[str, Any], **headers: str) -> None:
        body = json.dumps(content).encode()
        self.send_response(status)
        for name, value in (headers | {"Content-Type": "application/json", "Content-Length": str(len(body))}).items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *args: object) -> None:
        """Be quiet."""


@contextmanager
def transit_server() -> Iterator[TransitServer]:
    """Run one."""
    with TransitServer() as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        thread.start()
        yield server
        server.shutdown()
        thread.join()
