"""Is the file what its name says? Two sniffers and the parser of the format must agree."""

import codecs
import io
import warnings
from collections.abc import Callable
from typing import IO

import magic
import pikepdf
import puremagic
from PIL import Image, UnidentifiedImageError

from foundation.documents import filetypes
from foundation.documents.filetypes import FileType
from foundation.documents.sandbox.limits import INPUT_LIMIT

HEAD = 64 * 1024
CHUNK = 1024 * 1024
IMAGE_PIXELS = 50_000_000
SURE = 0.8

# libmagic reads its database once, before the limits are set.
_libmagic = magic.Magic(mime=True)

# The control characters that text may hold.
_TEXT_CONTROLS = frozenset("\t\n\r\f\x1b")


class Refused(Exception):
    """The file is not taken; the message is a sentence for the person who sent it."""


def examine(source: IO[bytes], kind: FileType) -> int | None:
    """Return the number of pages where the format has pages; raise Refused when anything disagrees."""
    head = source.read(HEAD)
    if not head:
        raise Refused("The file is empty.")
    if not head.startswith(kind.signature) or not _sniffers_agree(head, kind):
        raise Refused(f"The file is named as {kind.label}, but its content is something else.")
    return _PARSERS[kind.media_type](head, source, kind)


def _sniffers_agree(head: bytes, kind: FileType) -> bool:
    # libmagic calls a text that is cut inside a character binary.
    sample = head if kind.signature else head.decode("utf-8", "ignore").encode()
    if _libmagic.from_buffer(sample) not in kind.sniffed:
        return False
    try:
        matches = puremagic.magic_string(head)
    except (puremagic.PureError, ValueError):
        matches = []
    if kind.signature:
        return any(match.mime_type in kind.sniffed for match in matches)
    # Text has no signature: it is enough that no other format is recognised with certainty.
    return not any(match.confidence >= SURE and not match.mime_type.startswith("text/") for match in matches)


def _whole(head: bytes, source: IO[bytes], kind: FileType) -> io.BytesIO:
    rest = source.read(INPUT_LIMIT - len(head) + 1)
    if len(head) + len(rest) > INPUT_LIMIT:
        raise Refused(f"A {kind.label} file may have {INPUT_LIMIT // 1024**2} MB at most. Split it and try again.")
    return io.BytesIO(head + rest)


def _parse_pdf(head: bytes, source: IO[bytes], kind: FileType) -> int:
    try:
        with pikepdf.open(_whole(head, source, kind)) as pdf:
            if pdf.is_encrypted:
                raise Refused(_LOCKED)
            pages = len(pdf.pages)
    except pikepdf.PasswordError as error:
        raise Refused(_LOCKED) from error
    except (pikepdf.PdfError, ValueError, TypeError, KeyError, RuntimeError) as error:
        raise Refused("The PDF is damaged and cannot be opened. Make it again and try once more.") from error
    if not pages:
        raise Refused("The PDF has no pages.")
    return pages


_LOCKED = "The PDF is protected with a password. Save a copy without protection and upload that."


def _parse_image(head: bytes, source: IO[bytes], kind: FileType) -> int:
    Image.MAX_IMAGE_PIXELS = IMAGE_PIXELS
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            with Image.open(_whole(head, source, kind), formats=[kind.label]) as image:
                image.load()
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise Refused("The picture is too large: it may have 50 million pixels at most.") from error
    except (UnidentifiedImageError, OSError, ValueError, SyntaxError, EOFError) as error:
        raise Refused("The picture is damaged and cannot be opened.") from error
    return 1


def _parse_text(head: bytes, source: IO[bytes], kind: FileType) -> None:
    decoder = codecs.getincrementaldecoder("utf-8-sig")()
    chunk = head
    try:
        while chunk:
            _check_characters(decoder.decode(chunk), kind)
            chunk = source.read(CHUNK)
        decoder.decode(b"", final=True)
    except UnicodeDecodeError as error:
        raise Refused(f"The {kind.label} file is not in UTF-8. Save it as UTF-8 and try again.") from error


def _check_characters(text: str, kind: FileType) -> None:
    if text.isprintable():
        return
    if any(character < " " and character not in _TEXT_CONTROLS for character in set(text)):
        raise Refused(f"The file is named as {kind.label}, but its content is something else.")


_PARSERS: dict[str, Callable[[bytes, IO[bytes], FileType], int | None]] = {
    filetypes.PDF.media_type: _parse_pdf,
    filetypes.PNG.media_type: _parse_image,
    filetypes.JPEG.media_type: _parse_image,
    filetypes.TEXT.media_type: _parse_text,
    filetypes.CSV.media_type: _parse_text,
}
