"""Pictures: Pillow decodes every point of them, they stand still, and nothing else is in the file."""

import io
import struct
import warnings
from typing import IO

from PIL import Image, UnidentifiedImageError

from foundation.documents.filetypes import JPEG, TIFF, FileType
from foundation.documents.sandbox.examine.polyglots import refuse_second_format
from foundation.documents.sandbox.refusal import Refused, whole

PIXELS = 50_000_000
# Of the pages of a TIFF that are looked through, together: 50 sheets at 400 dots per inch have 770 million.
ALL_PIXELS = 1_000_000_000
PAGES = 500
DECODED = 50

LARGE = "The picture is too large: it may have 50 million pixels at most. Save it smaller and send that."
DAMAGED = "The picture is damaged or was cut off on its way. Look whether it opens on your computer and send it again."
MOVING = "The picture moves. Save one still picture and send that."
LONG = f"The picture has more than {PAGES} pages. Save it as a PDF and send that."

_WRONG = (
    UnidentifiedImageError,
    OSError,
    ValueError,
    SyntaxError,
    EOFError,
    TypeError,
    KeyError,
    IndexError,
    AttributeError,
    RuntimeError,
    OverflowError,
    ZeroDivisionError,
    struct.error,
    AssertionError,
    NotImplementedError,
)


def parse(head: bytes, source: IO[bytes], kind: FileType) -> int:
    """Return the number of pages: one, but for a TIFF; raise Refused."""
    content = whole(head, source, kind)
    refuse_second_format(content)
    Image.MAX_IMAGE_PIXELS = PIXELS
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            with Image.open(io.BytesIO(content), formats=[kind.label]) as image:
                return _decode(image, kind)
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise Refused(LARGE) from error
    except _WRONG as error:
        raise Refused(DAMAGED) from error


def _decode(image: Image.Image, kind: FileType) -> int:
    frames = getattr(image, "n_frames", 1)
    if kind is not TIFF:
        if frames > 1 and kind is not JPEG:  # a telephone puts a second, smaller picture behind the first
            raise Refused(MOVING)
        image.load()
        return 1
    if frames > PAGES:
        raise Refused(LONG)
    left = ALL_PIXELS
    for number in range(frames):
        image.seek(number)
        left -= image.width * image.height
        if image.width * image.height > PIXELS:
            raise Refused(LARGE)
        if number < DECODED and left >= 0:
            image.load()
    return frames
