"""Office files: a ZIP archive that is read as an attacker would write it, and the parts inside it.

Nothing in it may act (macros, programs, controls), hide (entries that the list does not name) or unpack without end.
What it refers to outside is left alone: nothing here fetches anything.
"""

import io
import stat
import struct
import zipfile
import zlib
from collections.abc import Iterator
from typing import IO
from xml.parsers import expat

from foundation.documents.filetypes import OLE, FileType, by_filename
from foundation.documents.sandbox.examine.package_kinds import check_kind, check_outside
from foundation.documents.sandbox.refusal import Refused, whole

ENTRIES = 5000
ENTRY_BYTES = 192 * 1024 * 1024
ALL_BYTES = 512 * 1024 * 1024
# Sheets of numbers pack 20 to 1, empty pictures more; bombs 1,000 to 1.
RATIO = 200
RATIO_FROM = 16 * 1024 * 1024
NAME_LENGTH = 400
COMMENT = 256
# A diagram in a letter is a spreadsheet in a text; a package in that is nothing that people make.
DEPTH = 2
CHUNK = 1024 * 1024

LOCKED = "The {} file is protected with a password. Save it without a password, or as PDF, and send that."
OLD = "This is a {} file of the old kind under a new name. Save it in the new format, or as PDF, and send that."
DAMAGED = "The {} file is damaged or was cut off. Open it in its program, save it once more, or as PDF, and send that."
BOMB = "The {} file unpacks to far more than it seems. Save it as PDF and send that."
ACTS = "The {} file holds something that can run: a macro, a program or a control. Save it as PDF and send that."
NESTED = "The {} file holds an archive or a file of another kind. Take that out, or save it as PDF, and send that."

LARGE_FORM = (
    "The {} file is packed in a form for very large files (ZIP64), into which virus scanners do not look. "
    "Open it in its program, save it once more, or as PDF, and send that."
)
CARRIES = (
    "The {} file holds an object of another program (OLE), which can carry programs. Save it as PDF and send that."
)

_PROGRAMS = (b"MZ", b"\x7fELF", b"\xca\xfe\xba\xbe", b"\xcf\xfa\xed\xfe", b"#!/", b"dex\n", b"L\0\0\0\x01\x14\x02\0")
_ARCHIVES = (b"PK\x03\x04", b"Rar!\x1a\x07", b"7z\xbc\xaf\x27\x1c", b"\x1f\x8b\x08", b"MSCF", b"\xfd7zXZ\0")
_FOLDERS = ("basic/", "scripts/", "activex/")
_NAMES = ("vbaproject", "vbadata.xml", "activex", "macrosheets/")
_ENCRYPTED = "EncryptedPackage".encode("utf-16-le")
_XML = (".xml", ".rels", ".rdf")


class Budget:
    """What may still be unpacked, of the file and of what is in it together."""

    def __init__(self, packed: int) -> None:
        self._packed = max(packed, 1)
        self._unpacked = 0

    def take(self, count: int, kind: FileType) -> None:
        """Count bytes; raise Refused when there are too many."""
        self._unpacked += count
        bomb = self._unpacked > RATIO_FROM and self._unpacked > RATIO * self._packed
        if bomb or self._unpacked > ALL_BYTES:
            raise Refused(BOMB.format(kind.label))


def parse(head: bytes, source: IO[bytes], kind: FileType) -> None:
    """Look through the whole package; raise Refused."""
    content = whole(head, source, kind)
    if content.startswith(OLE):
        raise Refused((LOCKED if _ENCRYPTED in content else OLD).format(kind.label))
    _look_through(content, kind, Budget(len(content)), depth=1)


def _look_through(content: bytes, kind: FileType, budget: Budget, depth: int) -> None:
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as package:
            entries = package.infolist()
            _check_list(content, entries, kind)
            main: dict[str, bytes] = {}
            for entry in entries:
                text = _look_at(package, entry, kind, budget, depth)
                if text:
                    main[entry.filename] = text
    except (zipfile.BadZipFile, zlib.error, struct.error, EOFError, NotImplementedError, ValueError, OSError) as error:
        raise Refused(DAMAGED.format(kind.label)) from error
    except RuntimeError as error:  # what zipfile says of an entry with a password
        raise Refused(LOCKED.format(kind.label)) from error
    if problem := check_kind(main, [entry.filename for entry in entries], kind):
        raise Refused(problem)


def _check_list(content: bytes, entries: list[zipfile.ZipInfo], kind: FileType) -> None:
    """Compare the list at the end with what stands before each entry: programs read either."""
    if len(entries) > ENTRIES:
        raise Refused(BOMB.format(kind.label))
    if b"PK\x06\x07" in content[-(22 + COMMENT + 20) :] or any(_is_zip64(entry.extra) for entry in entries):
        raise Refused(LARGE_FORM.format(kind.label))
    names = [entry.filename for entry in entries]
    if len({name.casefold() for name in names}) != len(names) or any(not _is_plain(name) for name in names):
        raise Refused(DAMAGED.format(kind.label))
    if any(entry.flag_bits & 0x1 for entry in entries):
        raise Refused(LOCKED.format(kind.label))
    # No office program writes a symbolic link; whoever unpacks the file elsewhere would follow it.
    if any(stat.S_ISLNK(entry.external_attr >> 16) for entry in entries):
        raise Refused(DAMAGED.format(kind.label))
    reach = 0
    for entry in sorted(entries, key=lambda one: one.header_offset):
        if entry.header_offset < reach or entry.compress_type not in {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED}:
            raise Refused(DAMAGED.format(kind.label))
        reach = entry.header_offset + 30 + entry.compress_size
        _check_header(content, entry, kind)
    # Nothing in front of the first entry and, but for the record of the end, nothing behind the list.
    before = min((entry.header_offset for entry in entries), default=0)
    if before or len(content) - content.rfind(b"PK\x05\x06") > 22 + COMMENT:
        raise Refused(DAMAGED.format(kind.label))


def _check_header(content: bytes, entry: zipfile.ZipInfo, kind: FileType) -> None:
    start = entry.header_offset
    if content[start : start + 4] != b"PK\x03\x04":
        raise Refused(DAMAGED.format(kind.label))
    flags, method = struct.unpack_from("<HH", content, start + 6)
    packed, size, length, more = struct.unpack_from("<IIHH", content, start + 18)
    if 0xFFFFFFFF in {packed, size} or _is_zip64(content[start + 30 + length : start + 30 + length + more]):
        raise Refused(LARGE_FORM.format(kind.label))
    name = content[start + 30 : start + 30 + length]
    later = flags & 0x8
    sizes = later or (packed, size) == (entry.compress_size, entry.file_size)
    same_name = name in {entry.orig_filename.encode("utf-8", "replace"), entry.orig_filename.encode("cp437", "replace")}
    if flags & 0x1 != entry.flag_bits & 0x1 or method != entry.compress_type or not sizes or not same_name:
        raise Refused(DAMAGED.format(kind.label))


def _is_zip64(extra: bytes) -> bool:
    """Say whether the fields behind a name have one with sizes of eight bytes (APPNOTE 4.5.3)."""
    at = 0
    while at + 4 <= len(extra):
        number, length = struct.unpack_from("<HH", extra, at)
        if number == 1:
            return True
        at += 4 + length
    return False


def _is_plain(name: str) -> bool:
    parts = name.replace("\\", "/").split("/")
    return 0 < len(name) <= NAME_LENGTH and not name.startswith("/") and ".." not in parts and name.isprintable()


def _look_at(package: zipfile.ZipFile, entry: zipfile.ZipInfo, kind: FileType, budget: Budget, depth: int) -> bytes:
    """Unpack one entry and look what it is; return it where it says what the package is."""
    name = entry.filename.lower()
    if name.startswith(_FOLDERS) or any(part in name for part in _NAMES):
        raise Refused(ACTS.format(kind.label))
    if entry.file_size > ENTRY_BYTES:
        raise Refused(BOMB.format(kind.label))
    parts = []
    for chunk in _chunks(package, entry):
        budget.take(len(chunk), kind)
        parts.append(chunk)
    content = b"".join(parts)
    del parts
    if content.startswith(_PROGRAMS):
        raise Refused(ACTS.format(kind.label))
    if content.startswith(OLE) or "/embeddings/oleobject" in name:
        raise Refused(CARRIES.format(kind.label))
    if content.startswith(_ARCHIVES):
        _look_into(content, entry.filename, kind, budget, depth)
    if name.endswith(_XML) or name == "[content_types].xml":
        _check_xml(content, kind)
        if name.endswith(".rels") and (wrong := check_outside(content)):
            raise Refused(wrong)
        return content if _is_main(name) else b""
    return content[:200] if name == "mimetype" else b""


def _is_main(name: str) -> bool:
    return name in {"[content_types].xml", "_rels/.rels", "meta-inf/manifest.xml", "content.xml"}


def _chunks(package: zipfile.ZipFile, entry: zipfile.ZipInfo) -> Iterator[bytes]:
    with package.open(entry) as stream:
        while chunk := stream.read(CHUNK):
            yield chunk


def _look_into(content: bytes, name: str, kind: FileType, budget: Budget, depth: int) -> None:
    """Look through a spreadsheet in a text, and the like; everything else that is packed is refused."""
    inner = by_filename(name)
    if inner is None or not inner.signatures or not content.startswith(inner.signatures) or depth >= DEPTH:
        # Drawings may be packed: .emz and .wmz are what Word makes of metafiles.
        if content.startswith(b"\x1f\x8b\x08") and name.lower().endswith((".emz", ".wmz", ".svgz")):
            return
        raise Refused(NESTED.format(kind.label))
    _look_through(content, inner, budget, depth + 1)


def _check_xml(content: bytes, kind: FileType) -> None:
    """Read a part with expat; a document type, and with it every entity, is refused."""

    def refuse(*_args: object) -> None:
        raise Refused(DAMAGED.format(kind.label))

    parser = expat.ParserCreate()
    parser.StartDoctypeDeclHandler = refuse
    parser.EntityDeclHandler = refuse
    parser.ExternalEntityRefHandler = refuse  # type: ignore[assignment]
    try:
        parser.Parse(content, True)
    except expat.ExpatError as error:
        raise Refused(DAMAGED.format(kind.label)) from error
