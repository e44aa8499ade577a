"""What libmagic and puremagic make of the first bytes.

A third opinion, magika, was weighed and left out: a model with 66 MB of native code in every worker and 97 files a
second. What it sees and these two miss (a program or a PDF behind a picture) `polyglots.py` finds by the structure.
"""

import magic
import puremagic

from foundation.documents.filetypes import OLE, Family, FileType
from foundation.documents.sandbox.encodings import UTF16_MARKS, WESTERN

SURE = 0.8
# libmagic reads its database once, before the limits are set.
_libmagic = magic.Magic(mime=True)

# Text that a program would carry out, or a browser show as a page.
_ACTS = frozenset(
    {
        "text/html",
        "text/xml",
        "text/javascript",
        "text/x-javascript",
        "text/x-msdos-batch",
        "text/x-perl",
        "text/x-php",
        "text/x-powershell",
        "text/x-python",
        "text/x-ruby",
        "text/x-shellscript",
        "text/x-script.python",
    }
)
_MARKUP = frozenset({"text/html", "text/xml"})
_WORDS = frozenset({"application/csv", "application/json", "application/x-ndjson", "message/rfc822", "message/news"})


def sniffers_agree(head: bytes, kind: FileType) -> bool:
    """Say whether both sniffers take these first bytes for the format, or, for text, for nothing else."""
    if head.startswith(OLE):
        return kind.family is Family.OFFICE  # the parser says which of two things is wrong
    found = _libmagic.from_buffer(_sample(head, kind))
    others = _puremagic(head)
    if not kind.signatures:
        return _is_text(found, kind, head) and not any(
            match.confidence >= SURE and not match.mime_type.startswith(("text/", "message/", "application/json"))
            for match in others
        )
    return found in kind.sniffed and any(match.mime_type in kind.sniffed for match in others)


def _sample(head: bytes, kind: FileType) -> bytes:
    """Return what libmagic is to see: it calls a text that is cut inside a character, or in an old set, binary."""
    if kind.signatures:
        return head
    if head.startswith(UTF16_MARKS):
        return head.decode("utf-16", "ignore").encode()
    try:
        return head[:-4].decode().encode() if len(head) > 4096 else head.decode().encode()
    except UnicodeDecodeError as error:
        cut = error.start > len(head) - 8
        return head[: error.start] if cut else head.decode(WESTERN, "ignore").encode()


def _is_text(found: str, kind: FileType, head: bytes) -> bool:
    if kind.family is Family.MAIL and found == "text/html":
        return True  # the body of a mail may be a page; the parser asks for the headers of a mail
    if found in _MARKUP and not _begins_as_markup(head):
        return True  # a message or a table that quotes a tag is text; what begins as a page is a page
    return found in kind.sniffed or found in _WORDS or (found.startswith("text/") and found not in _ACTS)


def _begins_as_markup(head: bytes) -> bool:
    start = head.removeprefix(b"\xef\xbb\xbf").lstrip()[:16].lower()
    return start.startswith((b"<!", b"<html", b"<head", b"<body", b"<script", b"<svg", b"<?"))


def _puremagic(head: bytes) -> list[puremagic.PureMagicWithConfidence]:
    try:
        return list(puremagic.magic_string(head))
    except (puremagic.PureError, ValueError):
        return []
