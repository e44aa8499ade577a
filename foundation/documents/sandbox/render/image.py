"""A picture, upright and not larger than a screen; of a TIFF every page."""

import io
import time
from collections.abc import Iterator

from PIL import (
    Image,
    ImageOps,
    JpegImagePlugin,
    MpoImagePlugin,
    PngImagePlugin,
    TiffImagePlugin,
    WebPImagePlugin,
)

from foundation.documents.filetypes import TIFF, FileType
from foundation.documents.sandbox.render.page import PAGES, SECONDS, Page, make_page

SIDE = 2000
# Loaded before the limits, so that Pillow does not look for others in the middle of a file.
_PLUGINS = (JpegImagePlugin, MpoImagePlugin, PngImagePlugin, TiffImagePlugin, WebPImagePlugin)


def render(content: bytes, kind: FileType) -> Iterator[Page]:
    """Yield the picture, or the pages of a TIFF, at most PAGES of them and for SECONDS."""
    stop = time.monotonic() + SECONDS
    with Image.open(io.BytesIO(content), formats=[kind.label]) as source:
        total = getattr(source, "n_frames", 1) if kind is TIFF else 1
        for index in range(min(total, PAGES)):
            if time.monotonic() > stop:
                return
            if index:
                source.seek(index)
            yield make_page(index + 1, total, _drawn(source), "")


def _drawn(source: Image.Image) -> Image.Image:
    source.draft("RGB", (SIDE, SIDE))
    upright = ImageOps.exif_transpose(source)
    if upright.mode.startswith("I;16"):
        upright = upright.point(lambda value: value / 256).convert("L")
    elif upright.mode == "1":
        upright = upright.convert("L")  # so that a small picture of a scan stays readable
    upright.thumbnail((SIDE, SIDE))
    if upright.width * 50 < upright.height or upright.height * 50 < upright.width:
        upright = ImageOps.contain(upright, (SIDE, SIDE))
    layer = upright.convert("RGBA")
    return Image.alpha_composite(Image.new("RGBA", layer.size, "white"), layer).convert("RGB")
