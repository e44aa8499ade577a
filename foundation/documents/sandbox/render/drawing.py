"""Rows of text on sheets of paper, drawn with a font of fixed width.

A character that the font does not have is drawn as an empty box; one that cannot be seen, or that would turn the
reading direction of others, is drawn as its number. The words of the page are those of the file, untouched.
"""

import re
import time
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont, PngImagePlugin, features

from foundation.documents.sandbox.render.page import PAGES, SECONDS, Page, make_page

# A4 at 120 dots per inch.
SHORT, LONG = 992, 1404
MARGIN = 56
SIZE = 16
ROW = 22
NEAR = 24
_INK, _PAPER = 0x0B, 0xFF
_LOADED = (PngImagePlugin,)

_FONTS = (
    "/usr/share/fonts/truetype/dejavu/DejaVuSansMono.ttf",
    "/usr/share/fonts/TTF/DejaVuSansMono.ttf",
    "/usr/share/fonts/dejavu-sans-mono-fonts/DejaVuSansMono.ttf",
    "/usr/share/fonts/truetype/liberation/LiberationMono-Regular.ttf",
    "/System/Library/Fonts/Menlo.ttc",
    # The portal's own font is not of fixed width: its letters are set one by one.
    str(Path(__file__).resolve().parents[4] / "static" / "assets" / "fonts" / "public-sans-latin-wght-normal.woff2"),
)
# Scripts that run from right to left need more letters than there are in fonts of fixed width.
_FULL_FONTS = ("/usr/share/fonts/truetype/dejavu/DejaVuSans.ttf", "/usr/share/fonts/TTF/DejaVuSans.ttf")
_RIGHT_TO_LEFT = frozenset({"R", "AL", "AN"})
_UNSEEN = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
_WIDE = frozenset({"W", "F"})


@dataclass(frozen=True, slots=True)
class Row:
    """One row on the paper: what is drawn, and the words of the file that it stands for."""

    shown: str
    words: str
    bold: bool = False
    # Whether the words go on in the next row without a line's end.
    goes_on: bool = False


@dataclass(frozen=True, slots=True)
class Sheet:
    """The paper, upright or across, and how much fits on it."""

    width: int = SHORT
    height: int = LONG

    @property
    def columns(self) -> int:
        """How many characters fit into a row."""
        return int((self.width - 2 * MARGIN) / _cell())

    @property
    def rows(self) -> int:
        """How many rows fit on a page."""
        return (self.height - 2 * MARGIN) // ROW


UPRIGHT, ACROSS = Sheet(), Sheet(LONG, SHORT)


def pages(rows: Sequence[Row], sheet: Sheet = UPRIGHT) -> Iterator[Page]:
    """Yield the pages, at most PAGES of them and for SECONDS."""
    stop = time.monotonic() + SECONDS
    total = max(-(-len(rows) // sheet.rows), 1)
    for index in range(min(total, PAGES)):
        if time.monotonic() > stop:
            return
        part = rows[index * sheet.rows : (index + 1) * sheet.rows]
        words = "".join(row.words if row.goes_on else f"{row.words}\n" for row in part)
        yield make_page(index + 1, total, _draw(part, sheet), words)


def wrapped(text: str, columns: int, *, bold: bool = False) -> Iterator[Row]:
    """Yield the rows of one line of a file, which may be longer than the paper is wide."""
    if text.isascii() and text.isprintable() and len(text) <= columns:
        yield Row(text, text, bold)
        return
    pieces = list(_pieces(text, columns)) or [("", "")]
    for number, (shown, words) in enumerate(pieces):
        yield Row(shown, words, bold, goes_on=number < len(pieces) - 1)


def width(text: str) -> int:
    """Return how many columns a text takes."""
    if text.isascii():
        return len(text)
    return sum(_columns_of(character) for character in text)


def lines_of(text: str) -> list[str]:
    """Return the lines of a text, whatever ends them."""
    return re.split(r"\r\n|\n|\r|\f", text)


def _pieces(text: str, columns: int) -> Iterator[tuple[str, str]]:
    """Yield what is drawn in each row, and the words for it."""
    shown: list[str] = []
    words: list[str] = []
    taken = 0
    for character in text:
        seen = " " * (8 - taken % 8) if character == "\t" else _seen(character)
        count = width(seen)
        if taken + count > columns and shown:
            cut = _cut(words)
            yield "".join(shown[:cut]), "".join(words[:cut])
            shown, words = shown[cut:], words[cut:]
            taken = sum(map(width, shown))
        shown.append(seen)
        words.append(character)
        taken += count
    if shown:
        yield "".join(shown), "".join(words)


def _cut(words: Sequence[str]) -> int:
    """Return where a full row ends: behind the last space, if one is near the end."""
    near = range(len(words) - 1, max(len(words) - NEAR, 0), -1)
    return next((index + 1 for index in near if words[index] == " "), len(words))


@cache
def _seen(character: str) -> str:
    return f"<U+{ord(character):04X}>" if unicodedata.category(character) in _UNSEEN else character


@cache
def _columns_of(character: str) -> int:
    if unicodedata.category(character) in {"Mn", "Me"}:
        return 0
    return 2 if unicodedata.east_asian_width(character) in _WIDE else 1


def _draw(rows: Iterable[Row], sheet: Sheet) -> Image.Image:
    image = Image.new("L", (sheet.width, sheet.height), _PAPER)
    draw = ImageDraw.Draw(image)
    for number, row in enumerate(rows):
        place = (MARGIN, MARGIN + number * ROW)
        if row.shown:
            _write(draw, place, row)
    return image


def _write(draw: ImageDraw.ImageDraw, place: tuple[float, float], row: Row) -> None:
    stroke = 0.4 if row.bold else 0
    if _is_fixed():
        draw.text(place, row.shown, font=_font_for(row.shown), fill=_INK, stroke_width=stroke)
        return
    left, top = place
    for character in row.shown:
        draw.text((left, top), character, font=_font(), fill=_INK, stroke_width=stroke)
        left += _cell() * _columns_of(character)


def _font_for(text: str) -> ImageFont.FreeTypeFont:
    if text.isascii() or not any(unicodedata.bidirectional(character) in _RIGHT_TO_LEFT for character in text):
        return _font()
    return _turning_font()


@cache
def _font() -> ImageFont.FreeTypeFont:
    return _load(_FONTS, ImageFont.Layout.BASIC)


@cache
def _turning_font() -> ImageFont.FreeTypeFont:
    engine = ImageFont.Layout.RAQM if features.check("raqm") else ImageFont.Layout.BASIC
    return _load(_FULL_FONTS + _FONTS, engine)


def _load(paths: Iterable[str], engine: ImageFont.Layout) -> ImageFont.FreeTypeFont:
    path = next((path for path in paths if Path(path).is_file()), None)
    if path is None:
        raise OSError("no font to draw text with")
    return ImageFont.truetype(path, SIZE, layout_engine=engine)


@cache
def _is_fixed() -> bool:
    return _font().getlength("i") == _font().getlength("M")


@cache
def _cell() -> float:
    return _font().getlength("M")
