"""Which files are taken: by the ending of the name, the first bytes, two sniffers, and the parser of the format.

Read inside the sandbox too: nothing here may import Django.
"""

import re
import unicodedata
from dataclasses import dataclass, field
from enum import Enum
from pathlib import PurePosixPath

NAME_LENGTH = 200
# File systems take 255 bytes; a few are left for "(1)".
NAME_BYTES = 240
_UNSAFE = re.compile(r"[\\/:*?\"<>|\s]+")
# Names that Windows gives to devices, whatever ending they have.
_DEVICE = re.compile(r"(?:con|prn|aux|nul|com[0-9¹²³]|lpt[0-9¹²³])(?:\.|$)", re.IGNORECASE)


class Family(Enum):
    """Formats that are looked into in the same way."""

    PDF = "pdf"
    IMAGE = "image"
    TEXT = "text"
    TABLE = "table"
    MAIL = "mail"
    OFFICE = "office"


@dataclass(frozen=True, slots=True)
class FileType:
    """A format that the portal takes; `label` is also the name that Pillow has for a picture's format."""

    media_type: str
    label: str
    endings: tuple[str, ...]
    family: Family
    signatures: tuple[bytes, ...] = ()
    sniffed: frozenset[str] = field(default_factory=frozenset)

    @property
    def has_marks(self) -> bool:
        """Whether the file says something of its origin, or of its characters, that is worth reading."""
        return self.family is not Family.MAIL

    def begins(self, head: bytes) -> bool:
        """Say whether these first bytes may begin such a file; the sandbox finds the exact words for what is wrong."""
        if not self.signatures:
            return True
        return head.startswith(self.signatures) or (self.family is Family.OFFICE and head.startswith(OLE))


# The container of old and of password-protected office files.
OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_PLAIN = frozenset({"text/plain", "text/csv", "application/csv"})
_ZIP = frozenset({"application/zip", "application/octet-stream"})


def _image(label: str, endings: tuple[str, ...], *signatures: bytes) -> FileType:
    media_type = f"image/{label.lower()}"
    return FileType(media_type, label, endings, Family.IMAGE, signatures, frozenset({media_type}))


def _office(label: str, ending: str, media_type: str) -> FileType:
    return FileType(media_type, label, (ending,), Family.OFFICE, (b"PK\x03\x04",), _ZIP | {media_type})


_OPENXML = "application/vnd.openxmlformats-officedocument."
_ODF = "application/vnd.oasis.opendocument."

PDF = FileType("application/pdf", "PDF", ("pdf",), Family.PDF, (b"%PDF-",), frozenset({"application/pdf"}))
PNG = _image("PNG", ("png",), b"\x89PNG\r\n\x1a\n")
JPEG = _image("JPEG", ("jpg", "jpeg", "jfif"), b"\xff\xd8\xff")
TIFF = _image("TIFF", ("tif", "tiff"), b"II*\0", b"MM\0*")
WEBP = _image("WEBP", ("webp",), b"RIFF")
TEXT = FileType("text/plain", "text", ("txt", "log"), Family.TEXT, sniffed=_PLAIN)
CSV = FileType("text/csv", "CSV", ("csv",), Family.TABLE, sniffed=_PLAIN)
MAIL = FileType("message/rfc822", "mail", ("eml",), Family.MAIL, sniffed=_PLAIN | {"message/rfc822", "message/news"})
DOCX = _office("Word", "docx", f"{_OPENXML}wordprocessingml.document")
XLSX = _office("Excel", "xlsx", f"{_OPENXML}spreadsheetml.sheet")
PPTX = _office("PowerPoint", "pptx", f"{_OPENXML}presentationml.presentation")
ODT = _office("OpenDocument text", "odt", f"{_ODF}text")
ODS = _office("OpenDocument spreadsheet", "ods", f"{_ODF}spreadsheet")
ODP = _office("OpenDocument presentation", "odp", f"{_ODF}presentation")

ACCEPTED = (PDF, PNG, JPEG, TIFF, WEBP, TEXT, CSV, MAIL, DOCX, XLSX, PPTX, ODT, ODS, ODP)
# Only where lists of other systems are read: an upload field names it, and no other one takes it.
JSON = FileType("application/json", "JSON", ("json",), Family.TEXT, sniffed=_PLAIN | {"application/json"})
_KNOWN = (*ACCEPTED, JSON)
# What a file chooser offers (the accept attribute of an upload field).
ACCEPT_ATTRIBUTE = ",".join(f".{ending}" for kind in ACCEPTED for ending in kind.endings)
ACCEPTED_LABELS = (
    "PDF, pictures (JPEG, PNG, TIFF, WebP), text, CSV, Word, Excel, PowerPoint, OpenDocument, e-mail (.eml)"
)

# Of text the beginning is laid out as pages; that is thousands of them.
TEXT_LAID_OUT = 8 * 1024 * 1024

# What to do with a format that people often have and that is not taken.
_ARCHIVE = "Unpack it and send the files in it one by one."
_OLD = "Save it as {} or as PDF and send that."
_MACROS = "Files that hold macros are not taken: save it as {} or as PDF and send that."
_PICTURE = "Save the picture as PNG or JPEG and send that."
_PHONE = "Save the picture as JPEG and send that. On an iPhone: Settings, Camera, Formats, Most Compatible."
_EXPORT = "Export it as PDF and send that."
_SIGNED = "Send the signed PDF itself, with the signature inside it."
INSTEAD = {
    **dict.fromkeys(("zip", "rar", "7z", "gz", "tgz", "tar", "bz2", "xz", "cab", "iso"), _ARCHIVE),
    **dict.fromkeys(("doc", "dot", "dotx", "rtf", "wps"), _OLD.format(".docx")),
    **dict.fromkeys(("xls", "xlt", "xltx", "xlsb"), _OLD.format(".xlsx")),
    **dict.fromkeys(("ppt", "pps", "pot", "potx", "ppsx"), _OLD.format(".pptx")),
    **dict.fromkeys(("docm", "dotm"), _MACROS.format(".docx")),
    **dict.fromkeys(("xlsm", "xltm", "xlam"), _MACROS.format(".xlsx")),
    **dict.fromkeys(("pptm", "potm", "ppsm"), _MACROS.format(".pptx")),
    "msg": "Save the mail as .eml, or print it to a PDF, and send that.",
    **dict.fromkeys(("heic", "heif", "avif"), _PHONE),
    **dict.fromkeys(("gif", "bmp", "svg", "psd", "ico", "jp2"), _PICTURE),
    **dict.fromkeys(("pages", "numbers", "key", "vsd", "vsdx", "pub", "xps", "oxps"), _EXPORT),
    **dict.fromkeys(("html", "htm", "mht", "mhtml", "xml", "json"), "Print it to a PDF, or save it as text (.txt)."),
    **dict.fromkeys(("p7m", "p7s", "asice", "asics", "bdoc"), _SIGNED),
}


def by_media_type(media_type: str) -> FileType | None:
    """Return the accepted format of this media type."""
    return next((kind for kind in _KNOWN if kind.media_type == media_type), None)


def by_filename(filename: str) -> FileType | None:
    """Return the accepted format that the ending of the name claims."""
    ending = ending_of(filename)
    return next((kind for kind in _KNOWN if ending in kind.endings), None)


def ending_of(filename: str) -> str:
    """Return the ending of a name in small letters, without its dot."""
    return PurePosixPath(filename).suffix.lower().removeprefix(".")


def wrong_ending(filename: str) -> str:
    """Return the sentence for a format that is not taken, and what to send instead."""
    name = filename if len(filename) <= 80 else f"…{filename[-79:]}"
    if not ending_of(filename):
        return f"{name} is not a kind of file we take. Give the file a name with an ending, like order.pdf."
    return f"{name} is not a kind of file we take. {INSTEAD.get(ending_of(filename), f'Send {ACCEPTED_LABELS}.')}"


def one_file(refusal: str) -> str:
    """Return the refusal of a file where one is all we take: no advice to split it."""
    return refusal.replace(", or split it into several files", "").replace(
        "Split it into several files.", "Make it smaller."
    )


def wrong_content(kind: FileType) -> str:
    """Return the sentence for a file that is not what its name says."""
    return (
        f"The file is named as {kind.label}, but its content is something else. "
        "Open it in its program, save it once more in the right format, and send that."
    )


def display_name(filename: str) -> str:
    """Return the name as it may be shown and saved: no folders, no control or direction characters, not too long."""
    name = unicodedata.normalize("NFC", filename.replace("\\", "/").rsplit("/", maxsplit=1)[-1])
    name = "".join(character for character in name if unicodedata.category(character)[0] != "C")
    name = _UNSAFE.sub(" ", name).strip(" .") or "document"
    if _DEVICE.match(name):
        name = f"file {name}"
    stem, dot, ending = name.rpartition(".")
    if not dot or len(ending.encode()) >= 20:
        stem, dot, ending = name, "", ""
    short = stem[: NAME_LENGTH - len(dot + ending)].encode()[: NAME_BYTES - len((dot + ending).encode())]
    return f"{short.decode(errors='ignore')}{dot}{ending}"
