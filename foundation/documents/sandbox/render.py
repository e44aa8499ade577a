"""Pages of a PDF, or a picture, as PNG images made of nothing but pixels."""

import io
import math
import time
from collections.abc import Iterator
from dataclasses import dataclass

import pypdfium2 as pdfium
from PIL import Image, ImageOps

from foundation.documents.filetypes import PDF, FileType

PAGES = 50
PIXELS = 4_000_000
SIDE = 4000
DOTS_PER_INCH = 120
TEXT_CHARACTERS = 100_000
# Later pages are left out rather than all of them: the parent kills the process at 30 s.
SECONDS = 20.0


@dataclass(frozen=True, slots=True)
class Page:
    """One page as a picture and its words."""

    number: int
    width: int
    height: int
    png: bytes
    text: str


def render(content: bytes, kind: FileType) -> Iterator[Page]:
    """Yield the pages, at most PAGES of them and for SECONDS."""
    if kind is PDF:
        yield from _render_pdf(content)
    else:
        yield _render_image(content, kind)


def _render_pdf(content: bytes) -> Iterator[Page]:
    stop = time.monotonic() + SECONDS
    pdf = pdfium.PdfDocument(content)
    for index in range(min(len(pdf), PAGES)):
        if time.monotonic() > stop:
            return
        page = pdf[index]
        image = page.render(scale=_scale(*page.get_size()), may_draw_forms=False).to_pil().convert("RGB")
        words = page.get_textpage()
        text = words.get_text_range(0, min(words.count_chars(), TEXT_CHARACTERS)) if words.count_chars() else ""
        yield Page(index + 1, image.width, image.height, _png(image), text)
        words.close()
        page.close()


def _scale(width: float, height: float) -> float:
    """Return dots per point: of a page of any size a picture of a sensible size."""
    width, height = max(width, 1.0), max(height, 1.0)
    return min(DOTS_PER_INCH / 72, math.sqrt(PIXELS / (width * height)), SIDE / max(width, height))


def _render_image(content: bytes, kind: FileType) -> Page:
    with Image.open(io.BytesIO(content), formats=[kind.label]) as source:
        source.draft("RGB", (2000, 2000))
        upright = ImageOps.exif_transpose(source)
        upright.thumbnail((2000, 2000))
        layer = upright.convert("RGBA")
        image = Image.alpha_composite(Image.new("RGBA", layer.size, "white"), layer).convert("RGB")
    return Page(1, image.width, image.height, _png(image), "")


def _png(image: Image.Image) -> bytes:
    target = io.BytesIO()
    image.save(target, "PNG", compress_level=4)
    return target.getvalue()
