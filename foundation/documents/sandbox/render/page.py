"""One page as a picture and its words, and how much of a file is shown."""

import io
from dataclasses import dataclass

from PIL import Image

PAGES = 50
PIXELS = 4_000_000
SIDE = 4000
DOTS_PER_INCH = 120
TEXT_CHARACTERS = 100_000
# Later pages are left out rather than all of them: the parent kills the process at 30 s.
SECONDS = 20.0


@dataclass(frozen=True, slots=True)
class Page:
    """One page as a picture and its words; `total` is how many pages the file has."""

    number: int
    total: int
    width: int
    height: int
    png: bytes
    text: str


def make_page(number: int, total: int, image: Image.Image, text: str) -> Page:
    """Return the page with its picture as PNG."""
    target = io.BytesIO()
    image.save(target, "PNG", compress_level=4)
    return Page(number, total, image.width, image.height, target.getvalue(), text[:TEXT_CHARACTERS])
