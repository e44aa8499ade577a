"""Rows of text on sheets of paper, drawn with a font of fixed width.

A character that the font does not have is drawn as an empty box; one that cannot be seen, or that would turn the
reading direction of others, is drawn as its number. The words of the page are those of the file, untouched.
"""

import io
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
# Letters may carry marks that take no place of their own; not without end.
MARKS = 4
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


class Layout:
    """Rows laid out on sheets: those that are shown in full, of all others only the number."""

    def __init__(self, sheet: Sheet = UPRIGHT) -> None:
        self.sheet = sheet
        self.rows: list[Row] = []
        self._more = 0

    @property
    def full(self) -> bool:
        """Whether no further row is shown."""
        return len(self.rows) >= self.sheet.rows * PAGES

    def add(self, row: Row) -> None:
        """Take one row."""
        self.rows.append(row)

    def count(self, rows: int) -> None:
        """Take the number of rows that are not shown."""
        self._more += rows

    def line(self, text: str, *, bold: bool = False) -> None:
        """Take one line of a file, which may be longer than the paper is wide."""
        if not self.full:
            shown = text[: self.sheet.columns * self.sheet.rows * PAGES]
            self.rows += wrapped(shown, self.sheet.columns, bold=bold)
            text = text[len(shown) :]
            if not text:
                return
        self._more += max(-(-len(text) // self.sheet.columns), 1)

    def lines(self, text: str) -> None:
        """Take all lines of a text."""
        lines = io.StringIO(text.replace("\f", "\n"), newline=None)
        for line in lines:
            self.line(line.rstrip("\n"))
            if self.full:
                break
        most = self.sheet.columns
        self._more += sum((len(line) + most - 2) // most or 1 for line in lines)

    @property
    def total(self) -> int:
        """How many pages there are; of a very long text nearly so, because its rows were not all laid out."""
        return max(-(-(len(self.rows) + self._more) // self.sheet.rows), 1)


def pages(layout: Layout) -> Iterator[Page]:
    """Yield the pages, at most PAGES of them and for SECONDS."""
    stop = time.monotonic() + SECONDS
    rows, sheet, total = layout.rows, layout.sheet, layout.total
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
        if shown and (taken + count > columns or len(shown) >= columns * MARKS):
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
