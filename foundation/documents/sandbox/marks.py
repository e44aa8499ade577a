"""What a file says about itself: who made it, with what, when, and whether it was changed afterwards.

Nothing here is a verdict, and everything can be forged: it is what a forger forgets. Only plain values leave.
"""

import io
import re
from collections.abc import Iterator
from typing import Any

import pikepdf
from PIL import ExifTags, Image

from foundation.documents.filetypes import PDF, Family, FileType
from foundation.documents.sandbox.active import count_active
from foundation.documents.sandbox.embedded import embedded_files
from foundation.documents.sandbox.encodings import is_western
from foundation.documents.sandbox.package_marks import read_package_marks

VALUE = 200
# How many of the versions inside one file are opened to see when they were saved.
VERSIONS = 5
_POINT_IN_MM = 25.4 / 72
_XMP_BYTES = 1024 * 1024
_XMP_FIELDS = {
    "xmp_document": "xmpMM:DocumentID",
    "xmp_original": "xmpMM:OriginalDocumentID",
    "creator": "xmp:CreatorTool",
    "producer": "pdf:Producer",
    "created": "xmp:CreateDate",
    "modified": "xmp:ModifyDate",
}
_INFO_FIELDS = {
    "author": "/Author",
    "creator": "/Creator",
    "producer": "/Producer",
    "created": "/CreationDate",
    "modified": "/ModDate",
    "title": "/Title",
}
_EXIF = ExifTags.Base
_EXIF_FIELDS = {
    "software": _EXIF.Software,
    "author": _EXIF.Artist,
    "camera": _EXIF.Model,
    "modified": _EXIF.DateTime,
}
_PNG_FIELDS = {"Software": "software", "Author": "author", "Creation Time": "created"}
# Text that programs which make pictures out of words leave in them.
_PROMPTS = ("parameters", "prompt", "workflow")
_MADE_BY_A_MODEL = b"trainedAlgorithmicMedia"

Marks = dict[str, str | int | bool]


def read_marks(content: bytes, kind: FileType) -> Marks:
    """Return what is known of the file's origin, under short names; only what is there."""
    if kind is PDF:
        found = _of_pdf(content)
    elif kind.media_type.startswith("image/"):
        found = _of_image(content, kind)
    elif kind.family is Family.OFFICE:
        found = read_package_marks(content, kind)
    elif kind.family in {Family.TEXT, Family.TABLE}:
        return {"western": True} if is_western(content) else {}
    else:
        return {}
    if _MADE_BY_A_MODEL in content:
        found["made_by_model"] = True
    return {name: _clean(value) if isinstance(value, str) else value for name, value in found.items() if value}


def _of_pdf(content: bytes) -> Marks:
    with pikepdf.open(io.BytesIO(content)) as pdf:
        found: Marks = _of_xmp(_xmp_of(pdf))
        info = pdf.trailer.get("/Info")
        if isinstance(info, pikepdf.Dictionary):
            found |= {name: str(info[key]) for name, key in _INFO_FIELDS.items() if key in info}
        ids = pdf.trailer.get("/ID")
        if isinstance(ids, pikepdf.Array) and len(ids) and isinstance(ids[0], pikepdf.String):
            found["pdf_id"] = bytes(ids[0]).hex()
        found["updates"] = max(len(re.findall(rb"%%EOF", content)) - (2 if pdf.is_linearized else 1), 0)
        if found["updates"]:
            found["saved_at"] = "; ".join(dict.fromkeys(_saved(content)))
        found |= _signatures(pdf, len(content.rstrip()))
        found |= count_active(pdf)
        carried = list(embedded_files(pdf))
        found["attachments"] = max(int(found.get("attachments", 0)), len({file.stream.objgen for file in carried}))
        found["attachment_names"] = "; ".join(dict.fromkeys(file.names[0] for file in carried if file.names))
        found["page_size"] = _page_size(pdf)
    return found


def _saved(content: bytes) -> Iterator[str]:
    """Yield when the versions inside the file were saved, as they say, oldest first."""
    ends = [match.end() for match in re.finditer(rb"%%EOF", content)]
    for end in ends[-VERSIONS:]:
        try:
            with pikepdf.open(io.BytesIO(content[:end]), attempt_recovery=False) as pdf:
                info = pdf.trailer.get("/Info")
                if isinstance(info, pikepdf.Dictionary) and "/ModDate" in info:
                    yield str(info["/ModDate"])[:25]
        except (pikepdf.PdfError, ValueError, TypeError, RuntimeError):
            continue  # the first part of a linearized file is no file


def _page_size(pdf: pikepdf.Pdf) -> str:
    """Return the size of the first page in millimetres, and whether others differ."""
    sizes = []
    for page in pdf.pages:
        left, bottom, right, top = (float(number) for number in page.mediabox)
        sizes.append((round(abs(right - left) * _POINT_IN_MM), round(abs(top - bottom) * _POINT_IN_MM)))
    if not sizes:
        return ""
    width, height = sizes[0]
    return f"{width} by {height} mm" + (", other pages differ" if len(set(sizes)) > 1 else "")


def _xmp_of(pdf: pikepdf.Pdf) -> bytes:
    stream = pdf.Root.get("/Metadata")
    return bytes(stream.read_bytes())[:_XMP_BYTES] if isinstance(stream, pikepdf.Stream) else b""


def _of_xmp(xmp: bytes) -> Marks:
    """Read a few fields as attribute or element, without a parser of XML and its traps."""
    found: Marks = {}
    for name, field in _XMP_FIELDS.items():
        tag = re.escape(field.encode())
        if match := re.search(
            rb"\b" + tag + rb"\s*(?:=\s*[\"']([^\"'<]{1,300})|(?:\s[^<>]{0,300})?>\s*([^<]{1,300}))", xmp
        ):
            found[name] = (match[1] or match[2]).decode("utf-8", "replace")
    return found


def _signatures(pdf: pikepdf.Pdf, size: int) -> Marks:
    """Count signed fields, and say whether anything was added behind the last signature. Nothing is verified."""
    ends, names = [], []
    for field in _fields(pdf):
        value = field.get("/V")
        if field.get("/FT") != "/Sig" or not isinstance(value, pikepdf.Dictionary):
            continue
        reach = value.get("/ByteRange")
        if isinstance(reach, pikepdf.Array) and len(reach) == 4:
            ends.append(int(reach[2]) + int(reach[3]))
            names.append(str(value.get("/Name", "")))
    if not ends:
        return {}
    return {"signatures": len(ends), "signer": names[-1], "changed_after_signing": max(ends) < size}


def _fields(pdf: pikepdf.Pdf) -> Iterator[Any]:
    form = pdf.Root.get("/AcroForm")
    fields = form.get("/Fields") if isinstance(form, pikepdf.Dictionary) else None
    waiting = list(fields) if isinstance(fields, pikepdf.Array) else []
    for _round in range(1000):
        if not waiting:
            return
        field = waiting.pop()
        if isinstance(field, pikepdf.Dictionary):
            yield field
            kids = field.get("/Kids")
            waiting += list(kids) if isinstance(kids, pikepdf.Array) else []


def _of_image(content: bytes, kind: FileType) -> Marks:
    with Image.open(io.BytesIO(content), formats=[kind.label]) as image:
        exif = image.getexif()
        found: Marks = {name: str(exif[tag]) for name, tag in _EXIF_FIELDS.items() if tag in exif}
        if taken := exif.get_ifd(ExifTags.IFD.Exif).get(_EXIF.DateTimeOriginal):
            found["created"] = str(taken)
        found["place"] = bool(exif.get_ifd(ExifTags.IFD.GPSInfo))
        for key, value in image.info.items():
            if key in _PNG_FIELDS and isinstance(value, str):
                found[_PNG_FIELDS[key]] = value
            if key in _PROMPTS and isinstance(value, str):
                found["made_by_model"] = True
        if "photoshop" in image.info:
            found.setdefault("software", "Adobe Photoshop")
    start = content.find(b"<x:xmpmeta")
    if start >= 0:
        found = _of_xmp(content[start : start + _XMP_BYTES]) | found
    return found


def _clean(text: str) -> str:
    return "".join(letter for letter in text if letter.isprintable()).strip()[:VALUE]
