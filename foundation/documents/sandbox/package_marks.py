"""What an office file says of itself: who made it and when, what it loads from elsewhere, what its pages do not show.

The file was examined before: its parts are well formed, small enough, and without document types. Nothing is fetched.
"""

import io
import re
import zipfile

from foundation.documents.filetypes import FileType

_VALUE = 300
_FIELDS = {
    "author": rb"dc:creator|meta:initial-creator",
    "creator": rb"Application|meta:generator",
    "created": rb"dcterms:created|meta:creation-date",
    "modified": rb"dcterms:modified|dc:date",
    "title": rb"dc:title",
}
_META = ("docProps/core.xml", "docProps/app.xml", "meta.xml")
_OUTSIDE = re.compile(rb"<(?:\w+:)?Relationship\b[^>]*\bTargetMode\s*=\s*[\"']External[\"'][^>]*>")
_FOLLOWED = re.compile(rb"/hyperlink[\"']")
_ADDRESS = re.compile(rb"xlink:href\s*=\s*[\"'](?:https?|ftp|file|smb):")
_LINK = re.compile(rb"<text:a\b[^>]*xlink:href\s*=\s*[\"'](?:https?|ftp|file|smb):")
_UNSEEN = {
    "changes": re.compile(rb"<w:(?:ins|del)\b|<text:changed-region\b"),
    "comments": re.compile(rb"<w:comment\b|<office:annotation\b|<comment\b|<p:cm\b"),
    "hidden_parts": re.compile(
        rb"<(?:\w+:)?sheet\b[^>]*\bstate\s*=\s*[\"'](?:hidden|veryHidden)|<(?:\w+:)?sld\b[^>]*\bshow\s*=\s*[\"']0[\"']"
        rb"|<w:vanish\b(?![^>]*w:val\s*=\s*[\"'](?:0|false)[\"'])|table:display\s*=\s*[\"']false"
    ),
}
_MOST = 9999

Marks = dict[str, str | int | bool]


def read_package_marks(content: bytes, kind: FileType) -> Marks:
    """Return what is known, under short names; only what is there."""
    found: Marks = {}
    links = loads = 0
    unseen = dict.fromkeys(_UNSEEN, 0)
    with zipfile.ZipFile(io.BytesIO(content)) as package:
        for name in package.namelist():
            if not name.endswith((".xml", ".rels")):
                continue
            part = package.read(name)
            if name in _META:
                found |= _said(part)
            followed, loaded = _outside(name, part)
            links, loads = links + followed, loads + loaded
            for what, pattern in _UNSEEN.items():
                unseen[what] += sum(1 for _match in pattern.finditer(part))
    counts = {"links_out": links, "loads_outside": loads, **unseen}
    return found | {name: min(count, _MOST) for name, count in counts.items() if count}


def _said(part: bytes) -> Marks:
    """Read a few fields of the part that describes the file, without building a tree of it."""
    found: Marks = {}
    for name, tags in _FIELDS.items():
        if match := re.search(rb"<(?:" + tags + rb")\b[^<>]{0,300}>([^<]{1,300})</", part):
            found[name] = match[1].decode("utf-8", "replace")[:_VALUE]
    return found


def _outside(name: str, part: bytes) -> tuple[int, int]:
    """Count links that a person follows, and things that a program loads when it opens the file."""
    if name.endswith(".rels"):
        rows = _OUTSIDE.findall(part)
        links = sum(1 for row in rows if _FOLLOWED.search(row))
        return links, len(rows) - links
    addresses, links = len(_ADDRESS.findall(part)), len(_LINK.findall(part))
    return links, max(addresses - links, 0)
