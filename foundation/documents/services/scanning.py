"""What the scanner says of a stored file: in one piece, in parts, or not at all."""

from collections.abc import Callable

from django.conf import settings

from foundation.documents.errors import ScannerUnavailable
from foundation.documents.filetypes import Family, by_media_type
from foundation.documents.models import Document
from foundation.documents.scanner import ANSWER_SECONDS, TOO_LARGE, Scanner, Seekable, Verdict, current, scan_parts
from foundation.documents.vault import open_plain

INFECTED = "A virus was found in this file. Nobody can open it here."
# How the row remembers that it waits for the scanner and for nothing else (Document.waits reads it).
WAITS_FOR_SCANNER = "scanner: "

# Formats that hold nothing packed: cut in parts, a scanner still sees everything.
_PLAIN = frozenset({Family.TEXT, Family.TABLE})


def scan(
    document: Document, *, beat: Callable[[], None] | None = None, seconds: float = ANSWER_SECONDS
) -> tuple[str, Verdict]:
    """Return the scanner's version and its verdict on a file; raises ScannerUnavailable where there is none.

    beat is called while the file is read, so that whoever scans can say that he is still at it. The version is asked
    before: where the signatures change meanwhile, the file is taken as seen by the older ones.
    """
    if settings.CLAMD_STRICT and not current(settings.CLAMD_ADDRESS).honest:
        raise ScannerUnavailable(
            "The virus scanner calls clean what it did not look at. Set AlertExceedsMax yes in its clamd.conf."
        )
    scanner = Scanner(settings.CLAMD_ADDRESS, answer_seconds=seconds)
    version = scanner.version()
    size, most = document.size or 0, settings.CLAMD_MAX_BYTES
    kind = by_media_type(document.media_type)
    if size > most and (kind is None or kind.family not in _PLAIN):
        return version, Verdict(clean=False, refusal=TOO_LARGE)
    with open_plain(document) as content:
        return version, scan_parts(scanner, _Watched(content, beat), size=size, part=most)


class _Watched:
    """A file that tells with every chunk that it is still read."""

    def __init__(self, content: Seekable, beat: Callable[[], None] | None) -> None:
        self._content = content
        self._beat = beat

    def read(self, size: int, /) -> bytes:
        """Return the next bytes."""
        if self._beat is not None:
            self._beat()
        return self._content.read(size)

    def seek(self, offset: int, /) -> int:
        """Move to a place."""
        return self._content.seek(offset)
