"""What stands on a page of a PDF beside its own words: what was filled into its form, and the comments on it.

A picture may not show it (a field too small, an old look that says something else, a hidden one), so it is said in
words too. PDFium reads it; nothing in the file runs.
"""

import ctypes
from collections.abc import Callable, Iterator
from itertools import islice
from typing import Any

import pypdfium2 as pdfium
import pypdfium2.raw as pdfium_c

ANNOTATIONS = 2000
CHARACTERS = 30_000
_VALUE = 5000
_UNSEEN = pdfium_c.FPDF_ANNOT_FLAG_HIDDEN | pdfium_c.FPDF_ANNOT_FLAG_NOVIEW
_TICKS = (pdfium_c.FPDF_FORMFIELD_CHECKBOX, pdfium_c.FPDF_FORMFIELD_RADIOBUTTON)
_CHOICES = (pdfium_c.FPDF_FORMFIELD_COMBOBOX, pdfium_c.FPDF_FORMFIELD_LISTBOX)
_WRITTEN = (pdfium_c.FPDF_FORMFIELD_TEXTFIELD, *_CHOICES)
# Not words of a person: the window of a comment, and where a link leads.
_SILENT = (pdfium_c.FPDF_ANNOT_POPUP, pdfium_c.FPDF_ANNOT_LINK)


def filled_in(page: pdfium.PdfPage) -> str:
    """Return the filled fields and the comments of a page, a line each: "[form field] Name: Ola"; often nothing."""
    lines: list[str] = []
    for number in range(min(pdfium_c.FPDFPage_GetAnnotCount(page), ANNOTATIONS)):
        annotation = pdfium_c.FPDFPage_GetAnnot(page, number)
        if annotation:
            lines += islice(_told(annotation, page.formenv), 1)
            pdfium_c.FPDFPage_CloseAnnot(annotation)
    return "\n".join(lines)[:CHARACTERS]


def _told(annotation: Any, form: Any) -> Iterator[str]:
    """Yield the line of one annotation, or nothing."""
    hidden = "hidden " if pdfium_c.FPDFAnnot_GetFlags(annotation) & _UNSEEN else ""
    subtype = pdfium_c.FPDFAnnot_GetSubtype(annotation)
    if subtype == pdfium_c.FPDF_ANNOT_WIDGET:
        if form and (value := _value(annotation, form)):
            yield f"[{hidden}form field] {_name(annotation, form)}: {value}"
    elif subtype not in _SILENT and (text := _entry(annotation, b"Contents")):
        author = _entry(annotation, b"T")
        yield f"[{hidden}comment] {f'{author}: ' if author else ''}{text}"


def _value(annotation: Any, form: Any) -> str:
    """Return what a field holds as a person reads it; nothing for an empty one, for a button and for a signature."""
    kind = pdfium_c.FPDFAnnot_GetFormFieldType(form, annotation)
    if kind in _TICKS:
        if not pdfium_c.FPDFAnnot_IsChecked(form, annotation):
            return "not ticked" if kind == pdfium_c.FPDF_FORMFIELD_CHECKBOX else ""
        chosen = _text(lambda *to: pdfium_c.FPDFAnnot_GetFormFieldExportValue(form, annotation, *to))
        return "ticked" if kind == pdfium_c.FPDF_FORMFIELD_CHECKBOX else f"{chosen or 'an answer'} chosen"
    if kind in _CHOICES and (chosen := _chosen(annotation, form)):
        return chosen
    if kind in _WRITTEN:
        return _text(lambda *to: pdfium_c.FPDFAnnot_GetFormFieldValue(form, annotation, *to))
    return ""


def _chosen(annotation: Any, form: Any) -> str:
    """Return the chosen answers of a list, as they are shown."""
    options = range(max(min(pdfium_c.FPDFAnnot_GetOptionCount(form, annotation), ANNOTATIONS), 0))
    chosen = (number for number in options if pdfium_c.FPDFAnnot_IsOptionSelected(form, annotation, number))
    return "; ".join(
        _text(lambda *to, at=number: pdfium_c.FPDFAnnot_GetOptionLabel(form, annotation, at, *to)) for number in chosen
    )


def _name(annotation: Any, form: Any) -> str:
    """Return what a field is called: for people if it says so, else for programs."""
    title = _text(lambda *to: pdfium_c.FPDFAnnot_GetFormFieldAlternateName(form, annotation, *to))
    return title or _text(lambda *to: pdfium_c.FPDFAnnot_GetFormFieldName(form, annotation, *to)) or "without a name"


def _entry(annotation: Any, key: bytes) -> str:
    return _text(lambda *to: pdfium_c.FPDFAnnot_GetStringValue(annotation, key, *to))


def _text(fill: Callable[..., int]) -> str:
    """Return a text of PDFium, which says first how many bytes of UTF-16 it wants."""
    size = fill(None, 0)
    if not 2 < size < 2**31:
        return ""
    room = (ctypes.c_ushort * (size // 2 + 1))()
    fill(room, size)
    return bytes(room)[: size - 2].decode("utf-16-le", "replace").replace("\0", "").strip()[:_VALUE]
