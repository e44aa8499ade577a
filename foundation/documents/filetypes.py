"""Which files are taken: by the ending of the name, the first bytes, two sniffers, and the parser of the format."""

import re
import unicodedata
from dataclasses import dataclass, field
from pathlib import PurePosixPath

NAME_LENGTH = 200
_UNSAFE = re.compile(r"[\\/:*?\"<>|\s]+")


@dataclass(frozen=True, slots=True)
class FileType:
    """A format that the portal takes."""

    media_type: str
    label: str
    endings: tuple[str, ...]
    signature: bytes = b""
    sniffed: frozenset[str] = field(default_factory=frozenset)
    previewed: bool = False


PDF = FileType("application/pdf", "PDF", ("pdf",), b"%PDF-", frozenset({"application/pdf"}), previewed=True)
PNG = FileType("image/png", "PNG", ("png",), b"\x89PNG\r\n\x1a\n", frozenset({"image/png"}), previewed=True)
JPEG = FileType("image/jpeg", "JPEG", ("jpg", "jpeg"), b"\xff\xd8\xff", frozenset({"image/jpeg"}), previewed=True)
TEXT = FileType("text/plain", "text", ("txt",), sniffed=frozenset({"text/plain", "text/csv", "application/csv"}))
CSV = FileType("text/csv", "CSV", ("csv",), sniffed=frozenset({"text/plain", "text/csv", "application/csv"}))

ACCEPTED = (PDF, PNG, JPEG, TEXT, CSV)
# What a file chooser offers (the accept attribute of an upload field).
ACCEPT_ATTRIBUTE = ",".join(f".{ending}" for kind in ACCEPTED for ending in kind.endings)
ACCEPTED_LABELS = "PDF, PNG, JPEG, text (.txt) or CSV"


def by_media_type(media_type: str) -> FileType | None:
    """Return the accepted format of this media type."""
    return next((kind for kind in ACCEPTED if kind.media_type == media_type), None)


def by_filename(filename: str) -> FileType | None:
    """Return the accepted format that the ending of the name claims."""
    ending = PurePosixPath(filename).suffix.lower().removeprefix(".")
    return next((kind for kind in ACCEPTED if ending in kind.endings), None)


def display_name(filename: str) -> str:
    """Return the name as it may be shown and saved: no folders, no control or direction characters, not too long."""
    name = unicodedata.normalize("NFC", filename.replace("\\", "/").rsplit("/", maxsplit=1)[-1])
    name = "".join(character for character in name if unicodedata.category(character)[0] != "C")
    name = _UNSAFE.sub(" ", name).strip(" .") or "document"
    stem, dot, ending = name.rpartition(".")
    if len(name) > NAME_LENGTH:
        name = f"{stem[: NAME_LENGTH - len(ending) - 1]}.{ending}" if dot and len(ending) < 20 else name[:NAME_LENGTH]
    return name
