"""The pages of a PDF, by PDFium. Forms are drawn as they were filled in; nothing in the file runs."""

import math
import time
from collections.abc import Iterator

import pypdfium2 as pdfium
from PIL import PngImagePlugin  # noqa: F401 - loaded before the limits

from foundation.documents.filetypes import FileType
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
    total = len(pdf)
    for index in range(min(total, PAGES)):
        if time.monotonic() > stop:
            return
        page = pdf[index]
        image = page.render(scale=_scale(*page.get_size()), may_draw_forms=False).to_pil().convert("RGB")
        words = page.get_textpage()
        text = words.get_text_range(0, min(words.count_chars(), TEXT_CHARACTERS)) if words.count_chars() else ""
        yield make_page(index + 1, total, image, text)
        words.close()
        page.close()


def _scale(width: float, height: float) -> float:
    """Return dots per point: of a page of any size a picture of a sensible size."""
    width, height = max(width, 1.0), max(height, 1.0)
    return min(DOTS_PER_INCH / 72, math.sqrt(PIXELS / (width * height)), SIDE / max(width, height))
