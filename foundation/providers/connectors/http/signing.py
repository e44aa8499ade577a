"""Signatures of calls and answers between the portal and the company's own systems: pure functions for both sides.

Whoever calls signs the call; whoever answers signs the answer under the same secret, together with the id of the call.
So an answer cannot be used for another call, and a call cannot be sent again: ids are new at every try, and whoever
takes calls remembers them for as long as their time stamps are believed.
"""

import base64
import hashlib
import hmac
import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Protocol

KEY, ID, TIMESTAMP, SIGNATURE = "Connector-Key", "Connector-Id", "Connector-Timestamp", "Connector-Signature"
IDEMPOTENCY_KEY, RANGE, CONTENT_RANGE, DIGEST = "Idempotency-Key", "Range", "Content-Range", "Repr-Digest"
# Seconds by which the clocks may differ; an id is remembered for twice as long.
TOLERANCE = 300
REMEMBERED = 2 * TOLERANCE
VERSION = "v1"
PREFIX = "consec_"
SECRET_BYTES = 32
LONGEST_HEADER = 200


class BadSignature(ValueError):
    """The signature is missing, wrong, too old, or of another call; str() says which and nothing of the content."""


class Headers(Protocol):
    """Headers of a call or an answer: names in any case."""

    def get(self, name: str, /) -> str | None:
        """Return the value of a header, None where there is none."""


@dataclass(frozen=True)
class Call:
    """What is signed of a call. The path as the description has it, without what stands before it in the address."""

    path: str
    # Not in any log: it names who is asked about.
    body: bytes = field(repr=False)
    id: str
    timestamp: int
    method: str = "POST"
    idempotency_key: str = ""
    range: str = ""

    def __post_init__(self) -> None:
        for text in (self.path, self.id, self.method, self.idempotency_key, self.range):
            if len(text) > LONGEST_HEADER or not text.isascii() or not text.isprintable():
                raise BadSignature("A header is too long or has characters that may not stand in it.")
        if not self.id:
            raise BadSignature(f"{ID} is missing.")

    @property
    def text(self) -> bytes:
        """The bytes that are signed."""
        lines = ("v1.request", self.id, str(self.timestamp), self.method, self.path, self.idempotency_key, self.range,
                 hashlib.sha256(self.body).hexdigest())  # fmt: skip
        return "\n".join(lines).encode()


def new_secret() -> str:
    """Return a secret as it is given to the company: "consec_" and 32 random bytes in Base64."""
    return PREFIX + base64.b64encode(secrets.token_bytes(SECRET_BYTES)).decode()


def is_secret(text: str) -> bool:
    """Say whether a text is a secret: the prefix, and at least 32 bytes in Base64."""
    try:
        return text.startswith(PREFIX) and len(_key(text)) >= SECRET_BYTES
    except ValueError:
        return False


def new_call(path: str, body: bytes, *, idempotency_key: str = "", range_: str = "", now: float | None = None) -> Call:
    """Return a call with an id of its own, made now: one for every try."""
    moment = int(time.time() if now is None else now)
    return Call(path, body, secrets.token_urlsafe(18), moment, idempotency_key=idempotency_key, range=range_)


def call_headers(call: Call, *, key_id: str, secret: str) -> dict[str, str]:
    """Return the headers that go with a call, its idempotency key and range among them."""
    headers = {KEY: key_id, ID: call.id, TIMESTAMP: str(call.timestamp), SIGNATURE: _signed(secret, call.text)}
    if call.idempotency_key:
        headers[IDEMPOTENCY_KEY] = call.idempotency_key
    if call.range:
        headers[RANGE] = call.range
    return headers


def checked_call(
    headers: Headers,
    *,
    method: str,
    path: str,
    body: bytes,
    secret_of: Callable[[str], str | None],
    now: float | None = None,
) -> Call:
    """Return the call that these headers sign. Raises BadSignature.

    secret_of: from the id of a key to its secret, None where nothing signed with it is believed. Whether the id was
    used before (Call.id, within REMEMBERED seconds) is for the caller to look up, after this.
    """
    timestamp = headers.get(TIMESTAMP) or ""
    if not (timestamp.isascii() and timestamp.isdigit() and len(timestamp) <= 12):
        raise BadSignature(f"{TIMESTAMP} is missing or not a number of seconds.")
    call = Call(path, body, headers.get(ID) or "", int(timestamp), method, headers.get(IDEMPOTENCY_KEY) or "",
                headers.get(RANGE) or "")  # fmt: skip
    secret = secret_of(headers.get(KEY) or "")
    if secret is None:
        raise BadSignature(f"{KEY} names no key that is in force.")
    _check(headers, secret, call.text)
    if abs((time.time() if now is None else now) - call.timestamp) > TOLERANCE:
        raise BadSignature(f"{TIMESTAMP} is more than {TOLERANCE} seconds away from this clock.")
    return call


def answer_headers(secret: str, *, call_id: str, status: int, body: bytes) -> dict[str, str]:
    """Return the header that signs an answer in JSON, errors too."""
    return {SIGNATURE: _signed(secret, _answer_text(call_id, status, hashlib.sha256(body).hexdigest()))}


def check_answer(headers: Headers, secret: str, *, call_id: str, status: int, body: bytes) -> None:
    """Raise BadSignature unless this is the answer to this call."""
    _check(headers, secret, _answer_text(call_id, status, hashlib.sha256(body).hexdigest()))


def content_headers(secret: str, *, call_id: str, status: int, sha256: str, content_range: str = "") -> dict[str, str]:
    """Return the headers that sign the contents of a file before they are sent: the digest of the whole file, the part.

    sha256: of the whole file in hexadecimal digits, also where only a part is sent; content_range: of a 206.
    """
    digest = base64.b64encode(bytes.fromhex(sha256)).decode()
    signature = _signed(secret, _content_text(call_id, status, sha256, content_range))
    headers = {DIGEST: f"sha-256=:{digest}:", SIGNATURE: signature}
    return headers | ({CONTENT_RANGE: content_range} if content_range else {})


def checked_content(headers: Headers, secret: str, *, call_id: str, status: int) -> str:
    """Return the digest of the whole file that these headers promise, in hexadecimal digits. Raises BadSignature."""
    text = (headers.get(DIGEST) or "").strip()
    try:
        digest = base64.b64decode(text.removeprefix("sha-256=:").removesuffix(":"), validate=True)
    except ValueError as error:
        raise BadSignature(f"{DIGEST} cannot be read.") from error
    if len(digest) != 32 or not text.startswith("sha-256=:") or not text.endswith(":"):
        raise BadSignature(f"{DIGEST} is missing or not of SHA-256.")
    _check(headers, secret, _content_text(call_id, status, digest.hex(), headers.get(CONTENT_RANGE) or ""))
    return digest.hex()


def _answer_text(call_id: str, status: int, digest: str) -> bytes:
    return f"v1.answer\n{call_id}\n{status}\n{digest}".encode()


def _content_text(call_id: str, status: int, digest: str, content_range: str) -> bytes:
    return f"v1.content\n{call_id}\n{status}\n{digest}\n{content_range}".encode()


def _check(headers: Headers, secret: str, text: bytes) -> None:
    given = headers.get(SIGNATURE)
    if not given:
        raise BadSignature(f"{SIGNATURE} is missing.")
    if not hmac.compare_digest(given.encode("utf-8", "replace"), _signed(secret, text).encode()):
        raise BadSignature(f"{SIGNATURE} is wrong.")


def _signed(secret: str, text: bytes) -> str:
    return f"{VERSION},{base64.b64encode(hmac.new(_key(secret), text, hashlib.sha256).digest()).decode()}"


def _key(secret: str) -> bytes:
    try:
        return base64.b64decode(secret.removeprefix(PREFIX), validate=True)
    except ValueError as error:
        raise ValueError("The secret is not one: consec_ and Base64.") from error
