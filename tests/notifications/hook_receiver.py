"""A receiver of hooks on loopback, which checks signatures by itself and can misbehave.

with Receiver() as receiver:
    receiver.manner = "gone"          # ok, busy, gone, redirect, hang, drip, echo
    receiver.calls                    # what arrived: path, headers, body
"""

import base64
import hmac
import json
import ssl
import threading
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ipaddress import ip_address
from pathlib import Path
from typing import Any, NamedTuple, Self

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec


class Arrived(NamedTuple):
    path: str
    headers: dict[str, str]
    body: bytes

    @property
    def payload(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(self.body)
        return found


def signed_by(arrived: Arrived, secret: str) -> bool:
    """Verify as www.standardwebhooks.com tells receivers to, without a line of the portal's own code."""
    key = base64.b64decode(secret.split("_", 1)[1])
    said = f"{arrived.headers['webhook-id']}.{arrived.headers['webhook-timestamp']}.".encode() + arrived.body
    wanted = base64.b64encode(hmac.digest(key, said, "sha256")).decode()
    return f"v1,{wanted}" in arrived.headers["webhook-signature"].split(" ")


def certificate(folder: Path) -> Path:
    """A file with a key and a certificate for 127.0.0.1 that signed itself."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "pager")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    file = folder / "pager.pem"
    file.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
        + made.public_bytes(serialization.Encoding.PEM)
    )
    return file


class Receiver:
    """The server; `calls` is what arrived, `manner` how it answers."""

    def __init__(self, *, pem: Path | None = None) -> None:
        self.manner = "ok"
        self.calls: list[Arrived] = []
        self.released = threading.Event()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        self._server.daemon_threads = True
        self._scheme = "http"
        if pem:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(pem)
            self._server.socket = context.wrap_socket(self._server.socket, server_side=True)
            self._scheme = "https"
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)

    @property
    def url(self) -> str:
        return f"{self._scheme}://127.0.0.1:{self._server.server_address[1]}/hook?to=night"

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_error: object) -> None:
        self.released.set()
        self._server.shutdown()
        self._server.server_close()


def _handler(receiver: Receiver) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            receiver.calls.append(Arrived(self.path, {k.lower(): v for k, v in self.headers.items()}, body))
            manner = receiver.manner
            if manner == "hang":
                receiver.released.wait(20)
                return
            if manner == "drip":
                # A byte now and then: no single read ever waits long.
                for letter in b"HTTP/1.1 200 OK\r\nX-Slow: " + b"a" * 1000:
                    if receiver.released.wait(0.05):
                        return
                    self.wfile.write(bytes([letter]))
            self.send_response({"busy": 503, "gone": 410, "redirect": 302, "echo": 500}.get(manner, 204))
            if manner == "redirect":
                self.send_header("Location", "/elsewhere")
            self.send_header("Content-Type", "text/plain")
            self.end_headers()
            said = {"busy": b"Come back later", "echo": b"I got " + body}.get(manner, b"")
            if said:
                self.wfile.write(said)

        def log_message(self, *_args: Any) -> None:
            pass

    return Handler
