"""Orders as authorities type them, set from plain text files with a few marks: several pages, a head, a seal, a hand.

Marks at the beginning of a line: `=` centred and bold, `-` centred, `>` to the right, `+` close to the line before,
`*` bold, `---` a rule, `1.` or `(a)` a numbered paragraph, `@` a drawing, `%` what holds for the whole paper. Anything
else is a paragraph.
"""

import re
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from lers.demo.papers import bound, escaped

FOLDER = Path(__file__).parent / "orders"
_WIDTH, _TOP, _BOTTOM, _LEFT, _RIGHT = 595.0, 778.0, 66.0, 68.0, 527.0
_SIZE, _LEADING = 11.0, 1.3
_NUMBERED = re.compile(r"(?P<number>\d+\.|\([a-z]\)|[a-z]\)) +(?P<words>.+)")
# Widths of the printable ASCII characters in thousandths of the size, from the fonts' published metrics.
_ROMAN = (
    "250 333 408 500 500 833 778 180 333 333 500 564 250 333 250 278 500 500 500 500 500 500 500 500 500 500 278 278 "
    "564 564 564 444 921 722 667 667 722 611 556 722 722 333 389 722 611 889 722 722 556 722 667 556 611 722 722 944 "
    "722 722 611 333 278 333 469 500 333 444 500 444 500 444 333 500 500 278 278 500 278 778 500 500 500 500 333 389 "
    "278 500 500 722 500 500 444 480 200 480 541"
)
_BOLD = (
    "250 333 555 500 500 1000 833 278 333 333 500 570 250 333 250 278 500 500 500 500 500 500 500 500 500 500 333 333 "
    "570 570 570 500 930 722 667 722 722 667 611 778 778 389 500 778 667 944 722 778 611 778 722 556 667 722 722 1000 "
    "722 722 667 333 278 333 581 500 333 500 556 444 556 444 333 500 556 278 333 556 278 833 556 500 556 556 444 389 "
    "333 556 500 722 500 500 444 394 220 394 520"
)
_WIDTHS = {font: [int(n) for n in text.split()] for font, text in (("F1", _ROMAN), ("F3", _ROMAN), ("F4", _BOLD))}


def paper(name: str, said: Mapping[str, str | Sequence[str]]) -> bytes:
    """Return the paper of this name as PDF, with what it says filled in."""
    sheet = _Sheet(said)
    for line in (FOLDER / f"{name}.txt").read_text(encoding="utf-8").splitlines():
        sheet.take(line)
    return sheet.pdf()


def width(text: str, font: str, size: float) -> float:
    """Return how wide a text is in points; a letter with an accent is as wide as without."""
    widths = _WIDTHS[font]
    codes = [ord(c) - 32 for c in unicodedata.normalize("NFKD", text) if not unicodedata.combining(c)]
    return sum(widths[code] if 0 <= code < len(widths) else 500 for code in codes) * size / 1000


def wrapped(text: str, font: str, size: float, room: float) -> list[str]:
    """Cut a text into lines that fit; a word longer than a line is cut where the line ends."""
    lines, line = [], ""
    for word in text.split():
        longer = f"{line} {word}".strip()
        if width(longer, font, size) <= room:
            line = longer
            continue
        lines += [line] if line else []
        line = word
        while width(line, font, size) > room:
            fits = max(n for n in range(1, len(line)) if width(line[:n], font, size) <= room)
            lines.append(line[:fits])
            line = line[fits:]
    return [*lines, line] if line else lines


class _Sheet:
    """Pages that fill from the top down."""

    def __init__(self, said: Mapping[str, str | Sequence[str]]) -> None:
        self.said, self.whole = said, dict.fromkeys(("title", "head", "foot"), "")
        self.pages: list[list[str]] = [[]]
        self.y = _TOP
        self.marks: dict[str, Callable[[str], None]] = {
            "= ": lambda words: self.write(words, font="F4", size=13, align="centre"),
            "- ": lambda words: self.write(words, align="centre"),
            "> ": lambda words: self.write(words, align="right"),
            "+ ": self.write,
            "* ": lambda words: self.write(words, font="F4", gap=8),
        }

    def take(self, line: str) -> None:
        """Set one line of the text file."""
        if line.startswith("@list "):
            self.list_of(self.said[line.removeprefix("@list ")])
            return
        line = line.format_map(self.said)
        if line.startswith("%"):
            name, _, words = line[1:].partition(" ")
            self.whole[name] = words
        elif line.startswith("@"):
            name, _, words = line[1:].partition(" ")
            getattr(self, f"draw_{name}")(words)
        elif line == "---":
            self.draw_rule("")
        elif line[:2] in self.marks:
            self.marks[line[:2]](line[2:])
        elif numbered := _NUMBERED.fullmatch(line):
            self.numbered(numbered["number"], numbered["words"])
        elif line:
            self.write(line, gap=7)
        else:
            self.y -= 6

    def write(
        self, text: str, *, font: str = "F1", size: float = _SIZE, left: float = _LEFT, right: float = _RIGHT,
        align: str = "left", gap: float = 0,
    ) -> None:  # fmt: skip
        """Put a text on the page, and go on to the next page where this one is full."""
        self.y -= gap
        for line in wrapped(text, font, size, right - left):
            self.room(size * _LEADING)
            self.y -= size * _LEADING
            spare = right - left - width(line, font, size)
            self.put(line, left + {"left": 0, "centre": spare / 2, "right": spare}[align], self.y, font, size)

    def put(self, text: str, x: float, y: float, font: str = "F1", size: float = _SIZE) -> None:
        """Put one line at a place."""
        self.pages[-1].append(f"BT /{font} {size:g} Tf {x:.1f} {y:.1f} Td ({escaped(text)}) Tj ET")

    def room(self, height: float) -> None:
        """Begin a new page where so much does not fit on this one."""
        if self.y - height < _BOTTOM:
            self.pages.append([])
            self.y = _TOP

    def numbered(self, number: str, words: str) -> None:
        """Set a paragraph with its number in the margin; letters stand further in."""
        left = _LEFT + (24 if number[0].isdigit() else 48)
        self.y -= 6 if number[0].isdigit() else 2
        self.room(2 * _SIZE * _LEADING)
        before = self.y - _SIZE * _LEADING
        self.put(number, left - 22, before)
        self.write(words, left=left)

    def list_of(self, lines: str | Sequence[str]) -> None:
        """Set a list, one below the other, a little smaller."""
        for number, line in enumerate([lines] if isinstance(lines, str) else lines, 1):
            self.write(f"{number}.  {line}", size=9.5, left=_LEFT + 48)

    def draw_rule(self, _words: str) -> None:
        """Draw a line across the page."""
        self.y -= 7
        self.pages[-1].append(f"0.6 w {_LEFT} {self.y:.1f} m {_RIGHT} {self.y:.1f} l S")
        self.y -= 3

    def draw_gap(self, words: str) -> None:
        """Leave so many points free."""
        self.y -= float(words)

    def draw_together(self, words: str) -> None:
        """Keep so many points together on one page."""
        self.room(float(words))

    def draw_page(self, _words: str) -> None:
        """Begin a new page."""
        self.room(_TOP)

    def draw_field(self, words: str) -> None:
        """Set a word with what belongs to it at its right."""
        label, _, value = words.partition(" | ")
        self.room(_SIZE * _LEADING)
        self.put(label, _LEFT, self.y - _SIZE * _LEADING, "F4", 10)
        self.write(value, left=_LEFT + 150)

    def draw_caption(self, words: str) -> None:
        """Set a line of a caption: the matter at the left, a bracket, the number at the right."""
        left, _, right = words.partition(" | ")
        self.y -= _SIZE * _LEADING
        for text, x in ((left, _LEFT), (")", 300.0), (right, 318.0)):
            self.put(text.strip(), x, self.y)

    def draw_crest(self, _words: str) -> None:
        """Draw a coat of arms that belongs to nobody."""
        x, y = _WIDTH / 2, self.y - 40
        shield = f"{x - 16} {y + 36} m {x + 16} {y + 36} l {x + 16} {y + 14} l {x} {y} l {x - 16} {y + 14} l h"
        waves = " ".join(
            f"{x - 13} {y + n} m {x - 4} {y + n + 4} {x + 4} {y + n - 4} {x + 13} {y + n} c" for n in (16, 22)
        )
        self.pages[-1].append(f"q 0.2 0.25 0.4 RG 1.2 w {shield} S {x} {y + 36} m {x} {y + 28} l S {waves} S Q")
        self.y = y - 4

    def draw_seal(self, words: str) -> None:
        """Draw a round seal at the right, beside what follows."""
        x, y, r = 462.0, self.y - 48, 40.0
        ring = "".join(_circle(x, y, radius) for radius in (r, r - 9))
        self.pages[-1].append(f"q 0.35 0.35 0.5 RG 0.35 0.35 0.5 rg 1 w {ring}")
        for number, line in enumerate(words.split(" / ")):
            self.put(line, x - width(line, "F4", 5.5) / 2, y + 6 - 8 * number, "F4", 5.5)
        self.pages[-1].append("Q")

    def draw_stamp(self, words: str) -> None:
        """Put a stamp askew into the right upper corner of the page."""
        room = width(words, "F4", 12) + 16
        self.pages[-1].append(
            f"q 0.7 0.1 0.1 RG 0.7 0.1 0.1 rg 1.4 w 0.996 0.087 -0.087 0.996 {_RIGHT - room:.0f} 742 cm"
        )
        self.pages[-1].append(f"0 0 {room:.0f} 22 re S BT /F4 12 Tf 8 7 Td ({escaped(words)}) Tj ET Q")

    def draw_sign(self, words: str) -> None:
        """Write a name by hand, with a line under it."""
        self.room(46)
        y = self.y - 30
        self.put(words, _LEFT + 10, y, "F3", 19)
        end = _LEFT + 24 + width(words, "F3", 19)
        curve = f"{_LEFT + 60} {y + 14} {end - 50:.0f} {y - 16} {end:.0f} {y + 6} c"
        self.pages[-1].append(f"q 0.15 0.15 0.45 RG 0.9 w {_LEFT + 6} {y - 4} m {curve} S Q")
        self.pages[-1].append(f"0.5 w {_LEFT} {y - 9} m {_LEFT + 230} {y - 9} l S")
        self.y = y - 10

    def pdf(self) -> bytes:
        """Return the paper, with head and foot on every page."""
        for number, page in enumerate(self.pages, 1):
            for words, y in ((self.whole["head"], 812.0), (self.whole["foot"], 46.0)):
                line = words.replace("#", str(number), 1).replace("#", str(len(self.pages)), 1)
                x = (_WIDTH - width(line, "F1", 8.5)) / 2
                page.append(f"q 0.25 g BT /F1 8.5 Tf {x:.1f} {y} Td ({escaped(line)}) Tj ET Q")
        return bound(self.pages, title=self.whole["title"])


def _circle(x: float, y: float, r: float) -> str:
    k = r * 0.5523
    return (
        f"{x - r} {y} m {x - r} {y + k} {x - k} {y + r} {x} {y + r} c {x + k} {y + r} {x + r} {y + k} {x + r} {y} c "
        f"{x + r} {y - k} {x + k} {y - r} {x} {y - r} c {x - k} {y - r} {x - r} {y - k} {x - r} {y} c S "
    )
