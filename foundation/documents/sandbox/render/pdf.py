"""The pages of a PDF, by PDFium. Forms are drawn as they were filled in; nothing in the file runs.

PDFium gives a filled field a look where the file has none. What is filled in and the comments stand below the words
of the page too, for a look can be old or too small.
"""

import math
import time
from collections.abc import Iterator

import pypdfium2 as pdfium
from PIL import PngImagePlugin  # noqa: F401 - loaded before the limits
from pypdfium2.version import PDFIUM_INFO

from foundation.documents.filetypes import FileType
from foundation.documents.sandbox.render.filled import filled_in
from foundation.documents.sandbox.render.page import (
    DOTS_PER_INCH,
    PAGES,
    PIXELS,
    SECONDS,
    SIDE,
    TEXT_CHARACTERS,
    Page,
    make_page,
)


def render(content: bytes, kind: FileType) -> Iterator[Page]:
    """Yield the pages, at most PAGES of them and for SECONDS."""
    stop = time.monotonic() + SECONDS
    pdf = pdfium.PdfDocument(content)
    # A PDFium that can run scripts would need the form for that.
    if "V8" not in PDFIUM_INFO.flags:
        pdf.init_forms()
    total = len(pdf)
    for index in range(min(total, PAGES)):
        if time.monotonic() > stop:
            return
        page = pdf[index]
        image = page.render(scale=_scale(*page.get_size()), may_draw_forms=True).to_pil().convert("RGB")
        text = _text(page)
        page.close()
        yield make_page(index + 1, total, image, text)


def _text(page: pdfium.PdfPage) -> str:
    """Return the words of a page, then what is filled in and commented on it."""
    words = page.get_textpage()
    beside = filled_in(page)
    room = TEXT_CHARACTERS - len(beside) - 2
    text = words.get_text_range(0, min(words.count_chars(), room)) if words.count_chars() else ""
    words.close()
    return f"{text.rstrip()[:room]}\n\n{beside}" if beside else text


def _scale(width: float, height: float) -> float:
    """Return dots per point: of a page of any size a picture of a sensible size."""
    width, height = max(width, 1.0), max(height, 1.0)
    return min(DOTS_PER_INCH / 72, math.sqrt(PIXELS / (width * height)), SIDE / max(width, height))
