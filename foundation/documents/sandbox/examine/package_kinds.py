"""What a package says it is: the content types of Office Open XML, the mimetype of OpenDocument."""

import re
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from urllib.parse import unquote
from xml.parsers import expat

from foundation.documents.filetypes import DOCX, ODP, ODS, ODT, PPTX, XLSX, FileType, wrong_content

_MAIN = {
    DOCX: f"{DOCX.media_type}.main+xml",
    XLSX: f"{XLSX.media_type}.main+xml",
    PPTX: f"{PPTX.media_type}.main+xml",
}
_OPEN = (ODT, ODS, ODP)
_DOCUMENT = "/officeDocument"
_BODY = {ODT: "text", ODS: "spreadsheet", ODP: "presentation"}
_OFFICE = "urn:oasis:names:tc:opendocument:xmlns:office:1.0"
_LISTENER = "urn:oasis:names:tc:opendocument:xmlns:script:1.0 event-listener"
MOST = 50_000

ACTS = "The {} file holds macros. Save it without macros, or as PDF, and send that."
LOCKED = "The {} file is protected with a password. Save it without a password, or as PDF, and send that."

LOADS = "It loads a template from elsewhere. Save it as PDF and send that."
LINKS = "It loads a part of itself from elsewhere. Save it as PDF and send that."
# What a program loads or starts when it opens the file, by the last word of the relation's type.
_PARTS = frozenset({"oleobject", "frame", "subdocument", "package", "control", "afchunk", "externaloleobject"})
_TEMPLATE = "attachedtemplate"
# Word notes the template that a letter was written with, on the writer's own disk: it reaches nobody.
_OWN_DISK = re.compile(r"(?:file:/{0,3})?[a-z]:/[^/]|[^/:][^:]*\Z", re.IGNORECASE)

Attributes = dict[str, str]


def check_kind(parts: Mapping[str, bytes], names: Sequence[str], kind: FileType) -> str:
    """Return what is wrong with the package as a file of this kind, as a sentence, or nothing."""
    if kind in _OPEN:
        return _check_open_document(parts, kind)
    return _check_open_xml(parts, names, kind)


def check_outside(relations: bytes) -> str:
    """Return what is wrong with what a part of Office Open XML loads from elsewhere, as a sentence, or nothing."""
    found: set[str] = set()

    def look(_tag: str, values: Attributes) -> None:
        what = values.get("Type", "").rsplit("/", maxsplit=1)[-1].lower()
        target = unquote(values.get("Target", "")).strip().replace("\\", "/")
        outside = values.get("TargetMode", "").lower() == "external" or "//" in target
        if what == _TEMPLATE and not _OWN_DISK.match(target):
            found.add(LOADS)
        elif what in _PARTS and outside:
            found.add(LINKS)

    _read(relations, look)
    return min(found, default="")


def _check_open_xml(parts: Mapping[str, bytes], names: Sequence[str], kind: FileType) -> str:
    types = parts.get("[Content_Types].xml")
    relations = parts.get("_rels/.rels")
    if not types or not relations:
        return wrong_content(kind)
    declared = {values.get("ContentType", ""): values.get("PartName", "") for _tag, values in _elements(types)}
    if any("macro" in media_type.lower() or "vba" in media_type.lower() for media_type in declared):
        return ACTS.format(kind.label)
    mains = {
        "/" + values.get("Target", "").removeprefix("/")
        for _tag, values in _elements(relations)
        if values.get("Type", "").endswith(_DOCUMENT) and values.get("TargetMode") != "External"
    }
    part = declared.get(_MAIN[kind])
    if part is None or mains != {part} or part.removeprefix("/") not in names:
        return wrong_content(kind)
    return ""


def _check_open_document(parts: Mapping[str, bytes], kind: FileType) -> str:
    if parts.get("mimetype", b"").strip() != kind.media_type.encode():
        return wrong_content(kind)
    manifest = _elements(parts.get("META-INF/manifest.xml", b"<none/>"))
    if any(tag.endswith("encryption-data") for tag, _values in manifest):
        return LOCKED.format(kind.label)
    tags = _tags(parts.get("content.xml", b""))
    if f"{_OFFICE} {_BODY[kind]}" not in tags:
        return wrong_content(kind)
    return ACTS.format(kind.label) if _LISTENER in tags else ""


def _tags(content: bytes) -> set[str]:
    """Return the names of all elements of a part that may be large."""
    found: set[str] = set()

    def keep(tag: str, _values: Attributes) -> None:
        found.add(tag)

    _read(content, keep)
    return found


def _elements(content: bytes) -> list[tuple[str, Attributes]]:
    """Return the elements with their attributes; there are never many in the lists of a package."""
    found: list[tuple[str, Attributes]] = []

    def keep(tag: str, values: Attributes) -> None:
        if len(found) < MOST:
            found.append((tag, values))

    _read(content, keep)
    return found


def _read(content: bytes, keep: Callable[[str, Attributes], None]) -> None:
    """Read XML that was found to be well formed and without a document type."""
    parser = expat.ParserCreate(namespace_separator=" ")
    parser.StartElementHandler = keep
    with suppress(expat.ExpatError):  # a name with an unknown prefix, for one: what was read so far counts
        parser.Parse(content, True)
