"""PDF: qpdf and PDFium open it, it has pages and no password, it is whole, and nothing else is behind it."""

import io
import re
from typing import IO

import pikepdf
import pypdfium2 as pdfium
import pypdfium2.raw as pdfium_c

from foundation.documents.filetypes import FileType
from foundation.documents.sandbox.embedded import embedded_files
from foundation.documents.sandbox.examine.carried import is_dangerous, short
from foundation.documents.sandbox.examine.polyglots import TWO, refuse_hidden_archive
from foundation.documents.sandbox.refusal import Refused, whole

PAGES = 5000
# How many pages are shown as pictures.
DRAWN = 50
# Readers look for the end in the last kilobyte. Behind it only white space, and what programs fill up a block with.
BEHIND = 1024
FILLING = 4096

LOCKED = "The PDF is protected with a password. Save a copy without protection and send that."
DAMAGED = "The PDF is damaged and cannot be opened. Make it again and send the new one."
CUT = "The end of the PDF is missing. Look whether it opens on your computer, and send it again."
BEHIND_IT = (
    "Something stands behind the end of the PDF, where readers do not show it. "
    "Open it, save or print it as a new PDF, and send that."
)
XFA = "The PDF is a form that only one program can show (dynamic XFA). Print it to PDF and send that."
EMPTY = "The PDF has no pages. Make it again and send the new one."
LONG = f"The PDF has more than {PAGES:,} pages. Split it and send the parts."

_END = re.compile(rb"startxref\s+\d+\s*\Z")
_OBJECT = re.compile(rb"\d+ \d+ obj")
_WRONG = (pikepdf.PdfError, ValueError, TypeError, KeyError, IndexError, AttributeError, RuntimeError, OverflowError)


def parse(head: bytes, source: IO[bytes], kind: FileType) -> int:
    """Return the number of pages; raise Refused."""
    content = whole(head, source, kind)
    behind = _behind_the_end(content)
    refuse_hidden_archive(content)
    if behind:
        # A PDF made for the web has one end near its beginning: then the rest of it was cut off.
        raise Refused(CUT if _OBJECT.search(behind[:BEHIND]) else TWO if len(behind) > BEHIND else BEHIND_IT)
    try:
        pages = _pages(content, repair=False)
    except _WRONG:
        if behind is None:
            raise Refused(CUT if _begins_well(content) else DAMAGED) from None
        pages = _repaired(content)
    else:
        if behind is None or not _END.search(content[max(content.rfind(b"%%EOF") - 64, 0) : content.rfind(b"%%EOF")]):
            raise Refused(BEHIND_IT)
    if not pages:
        raise Refused(EMPTY)
    if pages > PAGES:
        raise Refused(LONG)
    _check_that_it_can_be_drawn(content)
    return pages


def _check_that_it_can_be_drawn(content: bytes) -> None:
    """Open it once more with the program that makes the pictures: qpdf mends what PDFium cannot read."""
    try:
        pdf = pdfium.PdfDocument(content)
        for index in range(min(len(pdf), DRAWN)):
            pdf.get_page_size(index)
    except (pdfium.PdfiumError, ValueError) as error:
        raise Refused(DAMAGED) from error
    # Its pages say "Please wait": the form itself is drawn by a script.
    if pdf.get_formtype() == pdfium_c.FORMTYPE_XFA_FULL:
        raise Refused(XFA)


def _behind_the_end(content: bytes) -> bytes | None:
    """Return what follows the last mark of the end, without white space at the end; None where there is no mark."""
    last = content.rfind(b"%%EOF")
    if last < 0:
        return None
    behind = content[last + 5 :]
    return behind if behind.count(0) > FILLING else behind.strip(b"\0\t\n\f\r ")


def _begins_well(content: bytes) -> bool:
    """Say whether the file at least begins as a PDF does, with an object: then it is cut, and not something else."""
    return _OBJECT.search(content[:4096]) is not None


def _repaired(content: bytes) -> int:
    """Open a file whose table is wrong, as every reader does; qpdf finds the objects again."""
    try:
        return _pages(content, repair=True)
    except _WRONG as error:
        raise Refused(DAMAGED) from error


def _pages(content: bytes, *, repair: bool) -> int:
    try:
        with pikepdf.open(io.BytesIO(content), attempt_recovery=repair) as pdf:
            if pdf.is_encrypted:
                raise Refused(LOCKED)
            _check_carried(pdf)
            return len(pdf.pages)
    except pikepdf.PasswordError as error:
        raise Refused(LOCKED) from error


def _check_carried(pdf: pikepdf.Pdf) -> None:
    """Refuse embedded files that run or cannot be looked into, as in mails; others stay, and no copy has them."""
    for file in embedded_files(pdf):
        try:
            content = bytes(file.stream.read_bytes()) if isinstance(file.stream, pikepdf.Stream) else b""
        except (pikepdf.PdfError, pikepdf.DataDecodingError):
            content = b"MZ"  # what cannot be unpacked cannot be looked into
        if any(is_dangerous(name, content) for name in file.names or ("",)):
            raise Refused(
                "The PDF carries a file that can run or that cannot be looked into "
                f"({short(file.names[0] if file.names else '')}). Print it to a new PDF and send that."
            )
