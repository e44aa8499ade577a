"""A name server on loopback, UDP and TCP on one port: zones of the test's own, and every way of not answering.

    with DnsServer() as server:
        server.add("nordvik.example", "MX", "10 mx.nordvik.example.")
        server.settings_value            # for VETTING_DNS
        server.say("slow.example", SILENT)

What has no record but whose name was added answers "no data"; any other name does not exist, unless the server was
told to know every name (`DnsServer(known_zone="example")`: all of them are run as an agency runs its mail).
"""

import contextlib
import socket
import socketserver
import threading
from collections import defaultdict
from typing import Any, Self

import dns.flags
import dns.message
import dns.rcode
import dns.rdatatype
import dns.rrset

SILENT, TRUNCATED = "silent", "truncated"
SERVFAIL, REFUSED = dns.rcode.SERVFAIL, dns.rcode.REFUSED
GOOD = {
    "MX": ["10 mx.{name}."],
    "TXT": ['"v=spf1 mx -all"'],
}


class DnsServer:
    """Zones, and how to misbehave, by name; `asked` counts the questions by (name, kind, "udp" or "tcp")."""

    def __init__(self, known_zone: str = "") -> None:
        self.known_zone = known_zone
        self._records: dict[tuple[str, str], list[str]] = {}
        self._manners: dict[str, Any] = {}
        self.asked: dict[tuple[str, str, str], int] = defaultdict(int)
        self._udp, self._tcp = _pair(self)
        self._threads = [
            threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
            for server in (self._udp, self._tcp)
        ]

    def __enter__(self) -> Self:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_error: object) -> None:
        for server in (self._udp, self._tcp):
            server.shutdown()
            server.server_close()

    @property
    def settings_value(self) -> str:
        return f"127.0.0.1:{self._udp.server_address[1]}"

    def add(self, name: str, kind: str, *values: str) -> None:
        self._records[name.rstrip(".").lower(), kind] = list(values)

    def say(self, name: str, manner: Any) -> None:
        """Be silent about a name, cut its UDP answers off, or answer with an error."""
        self._manners[name] = manner

    def clear(self) -> None:
        self._records.clear()
        self._manners.clear()
        self.asked.clear()

    def answer(self, wire: bytes, way: str) -> bytes | None:
        query = dns.message.from_wire(wire)
        question = query.question[0]
        name, kind = question.name.to_text(omit_final_dot=True).lower(), dns.rdatatype.to_text(question.rdtype)
        self.asked[name, kind, way] += 1
        manner = self._manners.get(name)
        if manner == SILENT:
            return None
        response = dns.message.make_response(query)
        if isinstance(manner, dns.rcode.Rcode):
            response.set_rcode(manner)
        elif manner == TRUNCATED and way == "udp":
            response.flags |= dns.flags.TC
        else:
            values = self._values(name, kind)
            if values is None:
                response.set_rcode(dns.rcode.NXDOMAIN)
            elif values:
                response.answer.append(dns.rrset.from_text(question.name, 60, "IN", kind, *values))
        return response.to_wire()

    def _values(self, name: str, kind: str) -> list[str] | None:
        if any(known == name for known, _kind in self._records):
            return self._records.get((name, kind), [])
        if self.known_zone and name.endswith(f".{self.known_zone}"):
            if name.startswith("_dmarc."):
                return ['"v=DMARC1; p=reject"'] if kind == "TXT" else []
            return [value.format(name=name) for value in GOOD.get(kind, [])]
        return None


def _pair(owner: DnsServer) -> tuple[socketserver.UDPServer, socketserver.TCPServer]:
    """Bind UDP and TCP to the same free port."""
    for _try in range(50):
        udp = socketserver.ThreadingUDPServer(("127.0.0.1", 0), _Udp)
        try:
            tcp = socketserver.ThreadingTCPServer(udp.server_address, _Tcp)
        except OSError:
            udp.server_close()
            continue
        udp.owner = tcp.owner = owner
        udp.daemon_threads = tcp.daemon_threads = True
        return udp, tcp
    raise OSError("No port was free for UDP and TCP.")


class _Udp(socketserver.BaseRequestHandler):
    def handle(self) -> None:
        wire, target = self.request
        if (answer := self.server.owner.answer(wire, "udp")) is not None:
            target.sendto(answer, self.client_address)


class _Tcp(socketserver.BaseRequestHandler):
    def handle(self) -> None:
        with contextlib.suppress(OSError):
            length = int.from_bytes(_exactly(self.request, 2))
            answer = self.server.owner.answer(_exactly(self.request, length), "tcp")
            if answer is None:
                self.request.settimeout(10)
                self.request.recv(1)  # until the other side has had enough
            else:
                self.request.sendall(len(answer).to_bytes(2) + answer)


def _exactly(stream: socket.socket, length: int) -> bytes:
    found = b""
    while len(found) < length:
        chunk = stream.recv(length - len(found))
        if not chunk:
            raise OSError("closed")
        found += chunk
    return found
