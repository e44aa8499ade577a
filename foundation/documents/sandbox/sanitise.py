"""A copy of a PDF made of nothing but what is drawn on its pages.

By allow-list: pages, what they are drawn with, fonts, pictures and graphic states go into a new file; what is named
here nowhere stays behind. Filled-in form fields, stamps and notes become part of the page's drawing first. What was
made is proved by copy_check.py, in another process.
"""

import io
from typing import Any

import pikepdf

DEPTH = 60
OBJECTS = 200_000
PAGE_NUMBERS = 10_000

# Everything that may stand in a dictionary below a page, whatever the dictionary is (ISO 32000-2, 7.10, 8, 9, 11).
_LISTED = """
    /AIS /Alternate /AntiAlias /Ascent /AvgWidth /B /BBox /BC /BG /BG2 /BM /Background /BaseEncoding /BaseFont
    /BitsPerComponent /BitsPerCoordinate /BitsPerFlag /BitsPerSample /BlackIs1 /BlackPoint /Bounds /C0 /C1 /CA
    /CIDSet /CIDSystemInfo /CIDToGIDMap /CMapName /CS /CapHeight /CharProcs /CharSet /ColorSpace /ColorTransform
    /Colorants /Colors /Columns /Components /Coords /D /DW /DW2 /DamagedRowsBeforeError /Decode /DecodeParms
    /DescendantFonts /Descent /Differences /Domain /EarlyChange /Encode /EncodedByteAlign /Encoding /EndOfBlock
    /EndOfLine /ExtGState /Extend /FD /FL /Filter /FirstChar /Flags /Font /FontBBox /FontDescriptor /FontFamily
    /FontFile /FontFile2 /FontFile3 /FontMatrix /FontName /FontStretch /FontWeight /FormType /Function /FunctionType
    /Functions /G /Gamma /Group /HT /HalftoneType /Height /I /ImageMask /Intent /Interpolate /ItalicAngle
    /JBIG2Globals /K /LC /LJ /LW /LastChar /Leading /Length1 /Length2 /Length3 /ML /Mask /Matrix /Matte /MaxWidth
    /MissingWidth /N /Name /OP /OPM /Order /Ordering /PaintType /Pattern /PatternType /Predictor /ProcSet /Process
    /R /RI /Range /Registry /Resources /Rows /S /SA /SM /SMask /SMaskInData /Shading /ShadingType /Size /StemH
    /StemV /Style /Subtype /Supplement /TK /TR /TR2 /TilingType /ToUnicode /Type /UCR /UCR2 /UseCMap /VerticesPerRow
    /W /W2 /WMode /WhitePoint /Width /Widths /XHeight /XObject /XStep /YStep /ca /op
"""
_KEYS = frozenset(_LISTED.split())
# Dictionaries whose keys are names that the page itself chose.
_NAMED = frozenset(
    ["/Font", "/XObject", "/ExtGState", "/ColorSpace", "/Pattern", "/Shading", "/CharProcs", "/Colorants"]
)
_DRAWN = frozenset(["/Image", "/Form"])
_RESOURCES = ("/Font", "/XObject", "/ExtGState", "/ColorSpace", "/Pattern", "/Shading", "/ProcSet")


class UnfitError(Exception):
    """No copy can be made of this file."""


def sanitise(content: bytes) -> bytes:
    """Return the copy; raise UnfitError, or whatever pikepdf raises, where there can be none."""
    with pikepdf.open(io.BytesIO(content)) as source:
        if source.is_encrypted or not 0 < len(source.pages) <= PAGE_NUMBERS:
            raise UnfitError("no pages that can be copied")
        form = source.Root.get("/AcroForm")
        if isinstance(form, pikepdf.Dictionary) and form.get("/NeedAppearances"):
            source.generate_appearance_streams()
        source.flatten_annotations("screen")
        with pikepdf.new() as target:
            copier = _Copier(target)
            for page in source.pages:
                target.pages.append(pikepdf.Page(copier.page(page)))
            written = io.BytesIO()
            target.save(written, deterministic_id=True, fix_metadata_version=False)
    return written.getvalue()


class _Copier:
    """Rebuilds objects of one file in another, each once, without what is not on the list."""

    def __init__(self, target: pikepdf.Pdf) -> None:
        self._target = target
        self._done: dict[tuple[int, int], Any] = {}
        self._objects = 0

    def page(self, page: pikepdf.Page) -> pikepdf.Dictionary:
        """Return a page: its boxes, its resources and what it draws."""
        made = pikepdf.Dictionary(Type=pikepdf.Name.Page, MediaBox=_box(page.mediabox))
        if "/CropBox" in page:
            made.CropBox = _box(page.cropbox)
        turned = int(page.rotation or 0)
        if turned % 90 == 0 and turned % 360:
            made.Rotate = turned % 360
        if (unit := page.obj.get("/UserUnit")) is not None:
            made.UserUnit = min(max(float(unit), 0.01), 100.0)
        if isinstance(resources := page.resources, pikepdf.Dictionary):
            made.Resources = self._resources(resources, 0)
        page.contents_coalesce()
        contents = page.obj.get("/Contents")
        drawn = bytes(contents.read_bytes()) if isinstance(contents, pikepdf.Stream) else b""
        made.Contents = self._target.make_stream(drawn)
        return self._target.make_indirect(made)

    def _resources(self, resources: pikepdf.Dictionary, depth: int) -> pikepdf.Dictionary:
        made = pikepdf.Dictionary()
        for key in _RESOURCES:
            if key in resources:
                made[key] = self._copy(resources[key], depth + 1, named=key in _NAMED)
        return made

    def _copy(self, value: Any, depth: int, *, named: bool = False) -> Any:
        if depth > DEPTH:
            raise UnfitError("nested too deeply")
        if not isinstance(value, pikepdf.Dictionary | pikepdf.Array | pikepdf.Stream):
            return _plain(value)
        self._objects += 1
        if self._objects > OBJECTS:
            raise UnfitError("too many objects")
        place = value.objgen if value.is_indirect else (0, 0)
        if place[0] and place in self._done:
            return self._done[place]
        if isinstance(value, pikepdf.Array):
            return self._array(value, place, depth)
        if isinstance(value, pikepdf.Stream):
            return self._stream(value, place, depth)
        made = pikepdf.Dictionary()
        if place[0]:
            made = self._done[place] = self._target.make_indirect(made)
        self._fill(made, value, depth, named=named)
        return made

    def _array(self, value: pikepdf.Array, place: tuple[int, int], depth: int) -> Any:
        made = pikepdf.Array()
        if place[0]:
            made = self._done[place] = self._target.make_indirect(made)
        for item in value:
            made.append(self._copy(item, depth + 1))
        return made

    def _stream(self, value: pikepdf.Stream, place: tuple[int, int], depth: int) -> Any:
        made = self._done[place] = self._target.make_stream(b"")
        filters = _filters(value)
        if filters <= {"/FlateDecode", "/LZWDecode", "/ASCII85Decode", "/ASCIIHexDecode", "/RunLengthDecode"}:
            made.write(bytes(value.read_bytes()))
            kept: frozenset[str] = frozenset(["/Filter", "/DecodeParms"])
        else:
            data = bytes(value.read_raw_bytes())
            filter_: Any = self._copy(value.get("/Filter"), depth + 1)
            made.write(without_notes(data) if filters == {"/DCTDecode"} else data, filter=filter_)
            kept = frozenset(["/Filter"])
        self._fill(made, value, depth, leave=kept)
        return made

    def _fill(
        self, made: Any, value: Any, depth: int, *, named: bool = False, leave: frozenset[str] = frozenset()
    ) -> None:
        for key in value.keys():  # noqa: SIM118 - a stream is no mapping
            if key in leave or not (named or key in _KEYS):
                continue
            item = value[key]
            if named and isinstance(item, pikepdf.Stream) and str(item.get("/Subtype", "/Form")) not in _DRAWN:
                continue
            if key == "/Resources" and isinstance(item, pikepdf.Dictionary):
                made[key] = self._resources(item, depth + 1)
            else:
                made[key] = self._copy(item, depth + 1, named=key in _NAMED and not named)


def _plain(value: Any) -> Any:
    """Return a number, name or text that belongs to no file."""
    if isinstance(value, pikepdf.Name):
        return pikepdf.Name(str(value))
    return pikepdf.String(bytes(value)) if isinstance(value, pikepdf.String) else value


def _filters(stream: pikepdf.Stream) -> set[str]:
    given = stream.get("/Filter")
    if given is None:
        return set()
    names = {str(name) for name in given} if isinstance(given, pikepdf.Array) else {str(given)}
    if "/Crypt" in names:
        raise UnfitError("encrypted streams")
    return names


def _box(box: Any) -> pikepdf.Array:
    return pikepdf.Array([float(number) for number in box][:4])


def without_notes(jpeg: bytes) -> bytes:
    """Return a JPEG without what it says of camera, place and person (APP1 to APP13, APP15, comments)."""
    if not jpeg.startswith(b"\xff\xd8"):
        raise UnfitError("a picture that is none")
    kept, at = [b"\xff\xd8"], 2
    while at + 4 <= len(jpeg) and jpeg[at] == 0xFF and jpeg[at + 1] != 0xDA:
        length = 2 + int.from_bytes(jpeg[at + 2 : at + 4])
        marker = jpeg[at + 1]
        if not (0xE1 <= marker <= 0xEF and marker != 0xEE) and marker != 0xFE:
            kept.append(jpeg[at : at + length])
        at += length
    return b"".join(kept) + jpeg[at:]
