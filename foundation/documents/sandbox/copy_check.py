"""The proof that a copy holds nothing but pages: read in another process, by other code than the one that made it."""

import io
from collections.abc import Iterator
from typing import Any

import pikepdf

# What must be nowhere in a copy, as a key or as a name.
_NAMES = """
    /3D /AA /AF /AcroForm /Action /Actions /AdditionalActions /Annot /Annots /Collection /Dests /EF /Embedded
    /EmbeddedFile /EmbeddedFiles /FDF /FFilter /FileAttachment /Filespec /GoTo /GoTo3DView /GoToE /GoToR /Hide
    /ImportData /Info /JS /JavaScript /Launch /Metadata /Movie /Named /Names /OCProperties /OPI /OpenAction
    /Outlines /PS /Perms /PieceInfo /Ref /Rendition /ResetForm /RichMedia /RichMediaContent /Screen /SetOCGState
    /Sig /Sound /StructTreeRoot /SubmitForm /Thread /Threads /Trans /UF /URI /URL /V8 /Widget /XFA /XRefExternal
"""
FORBIDDEN = frozenset(_NAMES.split())
_TRAILER = frozenset(
    ["/Root", "/Size", "/ID", "/Type", "/W", "/Index", "/Filter", "/DecodeParms", "/Length", "/Prev", "/XRefStm"]
)
_ROOT_KEYS = frozenset(["/Type", "/Pages"])
_PAGE_KEYS = frozenset(["/Type", "/Parent", "/MediaBox", "/CropBox", "/Rotate", "/UserUnit", "/Resources", "/Contents"])


class UnfitError(Exception):
    """What was made is not what it must be."""


def check(content: bytes, pages: int) -> None:
    """Raise UnfitError unless this is a copy as it must be: so many pages, nothing that acts, nothing left over."""
    with pikepdf.open(io.BytesIO(content), attempt_recovery=False) as pdf:
        if pdf.is_encrypted or len(pdf.pages) != pages:
            raise UnfitError("not the pages there were")
        if set(pdf.trailer.keys()) - _TRAILER or set(pdf.Root.keys()) - _ROOT_KEYS:
            raise UnfitError("more than pages in the root")
        for page in pdf.pages:
            if set(page.obj.keys()) - _PAGE_KEYS:
                raise UnfitError("more on a page than a drawing")
        reached = _only_drawings(pdf)
        for value in pdf.objects:
            if value is not None and value.objgen not in reached and _type(value) not in {"/ObjStm", "/XRef"}:
                raise UnfitError("an object that no page uses is left")


def _only_drawings(pdf: pikepdf.Pdf) -> set[tuple[int, int]]:
    """Return what can be reached; raise UnfitError where anything of it acts, reaches out or describes."""
    reached = set()
    for value in _reachable(pdf.Root):
        reached.add(value.objgen)
        for word in _words_of(value):
            if word in FORBIDDEN:
                raise UnfitError(f"{word} is left")
    return reached


def _type(value: Any) -> str:
    return str(value.get("/Type", "")) if isinstance(value, pikepdf.Dictionary | pikepdf.Stream) else ""


def _reachable(root: Any) -> Iterator[Any]:
    """Yield every dictionary, array and stream that can be reached, each indirect one once."""
    seen: set[tuple[int, int]] = set()
    waiting = [root]
    while waiting:
        value = waiting.pop()
        if not isinstance(value, pikepdf.Dictionary | pikepdf.Array | pikepdf.Stream):
            continue
        if value.is_indirect:
            if value.objgen in seen:
                continue
            seen.add(value.objgen)
        yield value
        waiting += list(value) if isinstance(value, pikepdf.Array) else [value[key] for key in value.keys()]  # noqa: SIM118


def _words_of(value: Any) -> Iterator[str]:
    """Yield the keys of a dictionary, and the names that stand in it or in an array."""
    if isinstance(value, pikepdf.Array):
        yield from (str(item) for item in value if isinstance(item, pikepdf.Name))
        return
    for key in value.keys():  # noqa: SIM118 - a stream is no mapping
        yield key
        if isinstance(value[key], pikepdf.Name):
            yield str(value[key])
