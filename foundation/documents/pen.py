"""The portal's side of signing: keys and PINs go into a process of its own, and nothing of them comes back.

What is asked goes in as one line of JSON on standard input, so that no list of processes shows a secret.
"""

import base64
import json
import logging
import subprocess
import sys
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from foundation.core.errors import PortalError

logger = logging.getLogger(__name__)

OPEN_SECONDS = 20.0
SIGN_SECONDS = 60.0
# A key with its certificate and those above it; more is something else.
BUNDLE_BYTES = 64 * 1024
_ROOT = Path(__file__).resolve().parents[2]


class KeyNotTaken(PortalError):
    """The key or the paper is not taken; `code` says which kind of reason it is, "pin" where it did not open."""

    def __init__(self, code: str, words: str) -> None:
        super().__init__(words)
        self.code = code

    @property
    def is_wrong_pin(self) -> bool:
        """Whether the PIN or password did not open it."""
        return self.code == "pin"


@dataclass(frozen=True)
class OpenedKey:
    """A key as it is kept from now on, and what people are shown of it."""

    subject: str
    issuer: str
    serial: str
    fingerprint: str
    valid_from: datetime
    valid_until: datetime
    # The certificate and those above it as PEM, and whether they reach up to one that issued itself.
    chain: str
    whole: bool
    sealed: bytes = field(repr=False)


@dataclass(frozen=True)
class Pen:
    """What signs: a key under its PIN, with the certificates above it."""

    key: bytes = field(repr=False)
    pin: str = field(repr=False)
    chain: str
    name: str
    place: str = ""


@dataclass(frozen=True)
class Stamping:
    """Who says when: a server (RFC 3161), or the demo's own authority by its key; and which roots are believed."""

    url: str = ""
    key: str = field(default="", repr=False)
    roots: str = ""


@dataclass(frozen=True)
class Signed:
    """A signed PDF that was checked; without a time stamp the last two are empty."""

    content: bytes = field(repr=False)
    stamped_at: datetime | None
    stamped_by: str


def open_key(content: bytes, *, password: str, pin: str, at: datetime) -> OpenedKey:
    """Open a PKCS#12 file and put it under a PIN; raises KeyNotTaken where it is none, or not made for papers."""
    asked = {"key": _text(content[: BUNDLE_BYTES + 1]), "password": password, "pin": pin, "at": at.isoformat()}
    answer, _rest = _run("keys", asked, b"", OPEN_SECONDS)
    facts = answer["facts"]
    return OpenedKey(
        subject=facts["subject"],
        issuer=facts["issuer"],
        serial=facts["serial"],
        fingerprint=facts["fingerprint"],
        valid_from=datetime.fromisoformat(facts["valid_from"]),
        valid_until=datetime.fromisoformat(facts["valid_until"]),
        chain=facts["chain"],
        whole=bool(facts["whole"]),
        sealed=base64.b64decode(answer["key"]),
    )


def sign(content: bytes, pen: Pen, *, stamping: Stamping, at: datetime) -> Signed:
    """Return a PDF with a PAdES signature that holds; raises KeyNotTaken where the PIN is wrong or it does not hold."""
    asked = {
        "key": _text(pen.key), "pin": pen.pin, "chain": pen.chain, "name": pen.name, "place": pen.place,
        "stamp_url": stamping.url, "stamp_key": stamping.key, "stamp_roots": stamping.roots, "at": at.isoformat(),
    }  # fmt: skip
    answer, signed = _run("pen", asked, content, SIGN_SECONDS)
    facts = answer["facts"]
    if len(signed) != answer["length"] or not signed.startswith(content):
        raise KeyNotTaken("failed", "The signature could not be made. Nothing was signed.")
    stamped = facts["stamped_at"]
    return Signed(signed, datetime.fromisoformat(stamped) if stamped else None, facts["stamped_by"])


def _text(content: bytes) -> str:
    return base64.b64encode(content).decode()


def _run(program: str, asked: dict[str, str], content: bytes, seconds: float) -> tuple[dict[str, Any], bytes]:
    try:
        done = subprocess.run(
            [sys.executable, "-E", "-s", "-B", "-m", f"foundation.documents.sandbox.{program}"],
            input=json.dumps(asked).encode() + b"\n" + content,
            capture_output=True,
            cwd=_ROOT,
            env={"TZ": "UTC", "LANG": "C.UTF-8"},
            timeout=seconds,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise KeyNotTaken("failed", "Signing took too long. Nothing was signed. Try again.") from error
    line, _, rest = done.stdout.partition(b"\n")
    try:
        answer: dict[str, Any] = json.loads(line)
    except ValueError as error:
        # Where it broke, line by line; no value stands in that.
        logger.exception("The process of %s gave no answer: %s", program, done.stderr[-2000:].decode(errors="replace"))
        raise KeyNotTaken("failed", "The key could not be used. Nothing was signed. Try again.") from error
    if "refused" in answer:
        raise KeyNotTaken(str(answer["refused"]), str(answer["why"]))
    return answer, rest
