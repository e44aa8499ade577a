"""The portal's side of what the sandbox does to PDFs alone: signatures, copies with nothing in them that acts."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import IO, Any

from foundation.documents.errors import SandboxFailed
from foundation.documents.filetypes import PDF
from foundation.documents.isolation import CHUNK, Readable, line_of, sandbox

SECONDS = 45.0
COPY_SECONDS = 60.0
COPY_BYTES = 512 * 1024 * 1024
SIGNATURES, FACTS, NAME, VALUE = 20, 30, 40, 200
_SIGNATURES = "foundation.documents.sandbox.pdf"
_COPIES = "foundation.documents.sandbox.copies"

SignatureFacts = dict[str, str | bool]


@dataclass(frozen=True, slots=True)
class Signatures:
    """What was found: facts of each signature, oldest first, and how many places for one are empty."""

    found: list[SignatureFacts]
    empty: int
    unread: bool = False


def read_signatures(source: Readable, *, trust: str, at: datetime, seconds: float = SECONDS) -> Signatures:
    """Judge the signatures of a PDF as of `at`, with the anchors in the folder trust; raise SandboxFailed."""
    given = (trust, at.isoformat())
    with sandbox("signatures", PDF.media_type, source, seconds, module=_SIGNATURES, given=given) as output:
        answer = line_of(output)
    if answer.get("unread") is True:
        return Signatures([], 0, unread=True)
    found, empty = answer.get("signatures"), answer.get("empty")
    if not isinstance(found, list) or len(found) > SIGNATURES or not isinstance(empty, int):
        raise SandboxFailed("the process gave no sensible answer")
    return Signatures([_facts(one) for one in found], min(max(empty, 0), 1000))


@contextmanager
def making_copy(source: Readable, *, seconds: float = COPY_SECONDS) -> Iterator[Iterator[bytes]]:
    """Give the bytes of a copy with nothing in it that acts; raise SandboxFailed where there is none."""
    with sandbox("sanitise", PDF.media_type, source, seconds, module=_COPIES) as output:
        answer = line_of(output)
        length = answer.get("length")
        if not isinstance(length, int) or not 0 < length <= COPY_BYTES:
            raise SandboxFailed(f"no copy: {str(answer.get('none', 'no sensible answer'))[:VALUE]}")
        yield _chunks(output, length)


def check_copy(source: Readable, pages: int, *, seconds: float = COPY_SECONDS) -> None:
    """Raise SandboxFailed unless another process finds so many pages in a copy, and nothing but pages."""
    with sandbox("check", PDF.media_type, source, seconds, module=_COPIES, given=(str(pages),)) as output:
        answer = line_of(output)
    if answer.get("fit") is not True:
        raise SandboxFailed(f"unfit copy: {str(answer.get('none', 'no sensible answer'))[:VALUE]}")


def _chunks(output: IO[bytes], length: int) -> Iterator[bytes]:
    left = length
    while left:
        chunk = output.read(min(left, CHUNK))
        if not chunk:
            raise SandboxFailed("the process ended inside the copy")
        left -= len(chunk)
        yield chunk


def _facts(one: Any) -> SignatureFacts:
    if not isinstance(one, dict) or len(one) > FACTS:
        raise SandboxFailed("the process described a signature that cannot be")
    return {
        str(name)[:NAME]: value[:VALUE] if isinstance(value, str) else value
        for name, value in one.items()
        if isinstance(value, str | bool)
    }
