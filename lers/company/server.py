"""The company's web server: believes only signed calls, signs every answer, and can be told to misbehave."""

import json
import logging
import re
import socket
import time
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from foundation.providers.connectors.http import codec, signing, wire
from foundation.providers.connectors.http.wire import ErrorCode, ExportAnswer, ExportState
from lers.company.company import Company
from lers.company.doors import Doors
from lers.company.errors import Refused
from lers.company.faults import Faults, Kind

logger = logging.getLogger(__name__)

LARGEST_BODY = 1024 * 1024
FAULTS = "/faults"
_CHUNK = 64 * 1024
# So long a connection may say nothing.
_SILENCE_SECONDS = 60
_RANGE = re.compile(r"bytes=(\d{1,18})-(\d{0,18})")
_BEFORE = (Kind.SLOW, Kind.BROKEN, Kind.BUSY, Kind.LIMITED)
_AFTER = (Kind.CUT, Kind.DUPLICATE, Kind.WRONG_SIGNATURE, Kind.UNSIGNED, Kind.NOT_JSON, Kind.OTHER_CONTENTS)


@dataclass
class Answer:
    """What goes back: a JSON body, or the bytes of a file from `first` on."""

    status: int
    body: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)
    file: Path | None = None
    sha256: str = ""
    first: int = 0
    length: int = 0


class Server(ThreadingHTTPServer):
    """The server, and what its handlers need."""

    daemon_threads = True
    allow_reuse_address = True
    request_queue_size = 64

    def __init__(
        self, address: tuple[str, int], company: Company, doors: Doors, faults: Faults, *, faulty: bool
    ) -> None:
        """`faulty`: whether faults can be set over /faults, from this machine only."""
        self.company, self.doors, self.faults, self.faulty = company, doors, faults, faulty
        # The last good answer of each address, for the fault that sends it twice.
        self.last: dict[str, Answer] = {}
        super().__init__(address, Handler)


class Handler(BaseHTTPRequestHandler):
    """One connection: POST only, one answer after the other."""

    protocol_version = "HTTP/1.1"
    server_version, sys_version = "company", ""
    timeout = _SILENCE_SECONDS
    server: Server

    def do_GET(self) -> None:
        """Show the faults that are set; everything else is posted."""
        if self._is_about_faults():
            self._send(_json(200, self.server.faults.as_json()))
        else:
            self._refuse_method()

    def do_DELETE(self) -> None:
        """Let everything work again."""
        if self._is_about_faults():
            self.server.faults.clear()
            self._send(_json(200, []))
        else:
            self._refuse_method()

    def do_POST(self) -> None:
        """Answer a call; one that is not signed gets an answer that is not signed."""
        secret, call_id = "", ""
        try:
            body = self._body()
            if self._is_about_faults():
                self._set_fault(body)
                return
            call, secret = self.server.doors.believed(self.headers, path=self.path, body=body)
            call_id = call.id
            self.server.doors.once(call)
            answer = self._injected() or self._answered(call)
        except Refused as error:
            answer = _refusal(error)
        except Exception:
            # Not what was asked: a company's log names no customer either.
            logger.exception("A call to %s failed", self.path)
            answer = _refusal(Refused(ErrorCode.FAILED, "Something went wrong here."))
        self._send_signed(answer, call_id, secret)

    def _body(self) -> bytes:
        length = self.headers.get("Content-Length", "")
        if not (length.isascii() and length.isdecimal()) or int(length) > LARGEST_BODY:
            self.close_connection = True
            raise Refused(ErrorCode.BAD_REQUEST, "Say how long the body is, a megabyte at most.")
        return self.rfile.read(int(length))

    def _answered(self, call: signing.Call) -> Answer:
        if call.path == wire.CONTENT:
            return self._content(call)
        told = self.server.company.answer(call.path, call.body, call.idempotency_key)
        running = isinstance(told, ExportAnswer) and told.state is ExportState.RUNNING
        return _json(202 if running else 200, codec.to_json(told))

    def _content(self, call: signing.Call) -> Answer:
        try:
            asked = codec.from_bytes(wire.ContentCall, call.body)
        except codec.BadMessage as error:
            raise Refused(ErrorCode.BAD_REQUEST, str(error)) from error
        place, told = self.server.company.exports.content(asked.id, asked.number)
        size, kind = place.stat().st_size, {"Content-Type": told.media_type}
        if not call.range:
            return Answer(200, b"", kind, place, told.sha256, 0, size)
        found = _RANGE.fullmatch(call.range)
        if found is None:
            raise Refused(ErrorCode.BAD_REQUEST, "The range is not bytes=from- or bytes=from-to.", status=416)
        first, last = int(found[1]), min(int(found[2] or size), size - 1)
        if first > last:
            raise Refused(ErrorCode.BAD_REQUEST, "The file does not have these bytes.", status=416)
        kind[signing.CONTENT_RANGE] = f"bytes {first}-{last}/{size}"
        return Answer(206, b"", kind, place, told.sha256, first, last - first + 1)

    def _send_signed(self, answer: Answer, call_id: str, secret: str) -> None:
        """Sign and send; with a fault set, something else than that."""
        fault = self.server.faults.take(self.path, *_AFTER) if call_id else None
        kind = fault.kind if fault else None
        if kind is Kind.DUPLICATE and self.path in self.server.last:
            self._send(self.server.last[self.path])
            return
        if kind is Kind.NOT_JSON:
            answer.body = b"<html>It works!</html>"
        if call_id and kind is not Kind.UNSIGNED:
            answer.headers |= _signed(answer, call_id, secret, spoilt=kind is Kind.WRONG_SIGNATURE)
        if answer.status == 200 and not answer.file:
            self.server.last[self.path] = answer
        self._send(answer, cut=kind is Kind.CUT, other=kind is Kind.OTHER_CONTENTS)

    def _send(self, answer: Answer, *, cut: bool = False, other: bool = False) -> None:
        length = answer.length if answer.file else len(answer.body)
        try:
            self.send_response(answer.status)
            for name, value in answer.headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(length))
            self.end_headers()
            if answer.file:
                self._send_file(answer, length // 2 if cut else length, other=other)
            else:
                self.wfile.write(answer.body[: length // 2] if cut else answer.body)
            if cut:
                self._hang_up()
        except (BrokenPipeError, ConnectionResetError, TimeoutError):
            self.close_connection = True

    def _send_file(self, answer: Answer, length: int, *, other: bool) -> None:
        if answer.file is None:
            return
        with answer.file.open("rb") as source:
            source.seek(answer.first)
            while length > 0 and (chunk := source.read(min(_CHUNK, length))):
                self.wfile.write(bytes(255 - byte for byte in chunk) if other else chunk)
                length -= len(chunk)

    def _hang_up(self) -> None:
        self.wfile.flush()
        self.close_connection = True
        self.connection.shutdown(socket.SHUT_RDWR)

    def _injected(self) -> Answer | None:
        """Be slow, or refuse, where a fault says so."""
        fault = self.server.faults.take(self.path, *_BEFORE)
        if fault is None:
            return None
        if fault.kind is Kind.SLOW:
            time.sleep(fault.seconds)
            return None
        code = ErrorCode.FAILED if fault.kind is Kind.BROKEN else ErrorCode.BUSY
        after = 0 if fault.kind is Kind.BROKEN else max(1, round(fault.seconds))
        return _refusal(Refused(code, "A fault was set here.", status=int(fault.kind), retry_after=after))

    def _is_about_faults(self) -> bool:
        return self.path == FAULTS and self.server.faulty and self.client_address[0] in {"127.0.0.1", "::1"}

    def _set_fault(self, body: bytes) -> None:
        try:
            self.server.faults.add(json.loads(body))
        except (TypeError, ValueError, AttributeError) as error:
            raise Refused(ErrorCode.BAD_REQUEST, f"There is no such fault: {error}") from error
        self._send(_json(200, self.server.faults.as_json()))

    def _refuse_method(self) -> None:
        self.close_connection = True
        self._send(_refusal(Refused(ErrorCode.BAD_REQUEST, "Every call is a POST.", status=405)))

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the name of the base class
        """Say which address was called and what came of it; bodies never."""
        logger.info(format, *args)


def _json(status: int, told: Any) -> Answer:
    return Answer(status, codec.to_bytes(told), {"Content-Type": "application/json"})


def _refusal(error: Refused) -> Answer:
    answer = _json(error.status, wire.ErrorAnswer(wire.Problem(error.code, error.message)))
    if error.retry_after:
        answer.headers["Retry-After"] = str(error.retry_after)
    return answer


def _signed(answer: Answer, call_id: str, secret: str, *, spoilt: bool) -> dict[str, str]:
    """Return the headers that sign an answer; spoilt: with another secret."""
    secret = signing.new_secret() if spoilt else secret
    if answer.file is None:
        return signing.answer_headers(secret, call_id=call_id, status=answer.status, body=answer.body)
    return signing.content_headers(secret, call_id=call_id, status=answer.status, sha256=answer.sha256,
                                   content_range=answer.headers.get(signing.CONTENT_RANGE, ""))  # fmt: skip
