"""A mail server on loopback that speaks IMAP over TLS: as much of RFC 9051 as a reader of one folder needs.

with ImapServer(tmp_path) as server:
    server.put(b"From: ...")
    server.port, server.ca_file
"""

import re
import socketserver
import ssl
import threading
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path
from typing import Any, Self

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

USER, PASSWORD = "requests@meridian.example", "kettle lantern"


class ImapServer:
    """Keeps mails by number, with their keywords; `keywords=False`: keeps none."""

    def __init__(self, folder: Path, *, keywords: bool = True) -> None:
        self.mails: list[bytes] = []
        self.flags: list[set[str]] = []
        self.keywords = keywords
        self.ca_file = str(folder / "ca.pem")
        _certificate(Path(self.ca_file))
        server = self

        class Handler(socketserver.StreamRequestHandler):
            def handle(self) -> None:
                _talk(server, self.rfile, self.wfile)

        class Listener(socketserver.ThreadingTCPServer):
            daemon_threads, allow_reuse_address = True, True

            def get_request(self) -> Any:
                sock, address = super().get_request()
                return context.wrap_socket(sock, server_side=True), address

            def handle_error(self, request: Any, client_address: Any) -> None:
                """A client that turns away is no news."""

        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.ca_file)
        self._listener = Listener(("127.0.0.1", 0), Handler)
        self.port = self._listener.server_address[1]

    def put(self, raw: bytes) -> None:
        self.mails.append(raw)
        self.flags.append(set())

    def __enter__(self) -> Self:
        threading.Thread(target=self._listener.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
        return self

    def __exit__(self, *_raised: object) -> None:
        self._listener.shutdown()
        self._listener.server_close()


def _talk(server: ImapServer, lines: Any, out: Any) -> None:  # noqa: C901 - one branch for each command
    def say(text: str) -> None:
        out.write(text.encode() + b"\r\n")
        out.flush()

    say("* OK IMAP4rev1 ready")
    for line in iter(lines.readline, b""):
        tag, _, rest = line.decode().strip().partition(" ")
        command = rest.upper()
        if command.startswith("CAPABILITY"):
            say("* CAPABILITY IMAP4rev1")
        elif command.startswith("LOGIN"):
            if f'"{PASSWORD}"' not in rest or USER not in rest:
                say(f"{tag} NO [AUTHENTICATIONFAILED] {rest}")  # a server that repeats what it was told
                continue
        elif command.startswith("SELECT"):
            say(f"* {len(server.mails)} EXISTS")
            any_keyword = " \\*" if server.keywords else ""
            say(f"* OK [PERMANENTFLAGS (\\Seen{any_keyword})] Limited")
        elif found := re.match(r"UID SEARCH UNKEYWORD (\S+) UNKEYWORD (\S+)", rest):
            numbers = [str(n) for n, flags in enumerate(server.flags, 1) if not flags & set(found.groups())]
            say(f"* SEARCH {' '.join(numbers)}")
        elif found := re.match(r"UID FETCH (\d+) \(RFC822.SIZE", rest):
            raw = server.mails[int(found[1]) - 1]
            say(f'* {found[1]} FETCH (UID {found[1]} RFC822.SIZE {len(raw)} INTERNALDATE "20-Nov-2026 08:30:00 +0000")')
        elif found := re.match(r"UID FETCH (\d+) \(BODY.PEEK\[\]\)", rest):
            raw = server.mails[int(found[1]) - 1]
            out.write(f"* {found[1]} FETCH (UID {found[1]} BODY[] {{{len(raw)}}}\r\n".encode() + raw)
            say(")")
        elif found := re.match(r"UID STORE (\d+) \+FLAGS.SILENT \((\S+)\)", rest):
            server.flags[int(found[1]) - 1].add(found[2])
        elif command.startswith("LOGOUT"):
            say("* BYE")
            say(f"{tag} OK done")
            return
        say(f"{tag} OK done")


def _certificate(path: Path) -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
        .serial_number(x509.random_serial_number()).not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(key.public_key()), critical=False)
        .sign(key, hashes.SHA256())
    )  # fmt: skip
    secret = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    path.write_bytes(secret + made.public_bytes(serialization.Encoding.PEM))
