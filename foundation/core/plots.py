"""The plots of figures: places and sizes, in units of an SVG that is as wide as a phone's page.

Nothing here draws: templates/staff/figures/_bars.html and _months.html do. Every value stands in a table beside the
plot too, and series differ by pattern, not only by colour.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

WIDTH = 340
# Of a list of bars: a line of words, the bar under it, a gap.
_ROW, _BAR_BELOW, _THICK = 40, 21, 11
_VALUE = 74
# Of months: room for the numbers at the left, the height of the bars, the lines of words under them.
_LEFT, _HIGH, _TOP, _UNDER = 48, 150, 26, 36
# Of a series in the legend; and between and around the bars of a month, in parts of its room.
_NAME, _GAP, _FILLED = 96, 0.06, 0.78
_STEPS = (1, 2, 4, 6, 8)


@dataclass(frozen=True)
class Bar:
    """A bar that lies, with its words above it and its value behind it; `marked` is what needs somebody."""

    label: str
    words: str
    top: int
    width: float
    marked: bool = False

    @property
    def baseline(self) -> int:
        """Where the words stand."""
        return self.top + 15

    @property
    def bar_top(self) -> int:
        """Where the bar begins."""
        return self.top + _BAR_BELOW

    @property
    def value_x(self) -> float:
        """Where the value begins, behind the bar."""
        return self.width + 6

    @property
    def value_y(self) -> int:
        """The line the value stands on."""
        return self.top + _BAR_BELOW + 10


@dataclass(frozen=True)
class Bars:
    """Bars that lie below each other."""

    key: str
    title: str
    description: str
    rows: list[Bar]
    width: int = WIDTH
    thick: int = _THICK

    @property
    def height(self) -> int:
        """Height of the picture."""
        return len(self.rows) * _ROW


@dataclass(frozen=True)
class Column:
    """A bar that stands."""

    x: float
    top: float
    width: float
    height: float


@dataclass(frozen=True)
class MonthPlace:
    """One month: the bars of its series side by side, and its name and year below; empty where there is no room."""

    name: str
    year: str
    middle: float
    columns: tuple[Column, ...]
    chosen: bool


@dataclass(frozen=True)
class Months:
    """Up to three series over the months, side by side."""

    key: str
    title: str
    description: str
    names: tuple[str, ...]
    places: list[MonthPlace]
    ticks: list[tuple[float, str]]
    width: int = WIDTH
    left: int = _LEFT

    @property
    def legend(self) -> list[tuple[int, str]]:
        """Where the mark of each series stands, and its name."""
        return [(self.left + n * _NAME, name) for n, name in enumerate(self.names)]

    @property
    def bottom(self) -> int:
        """The line the bars stand on."""
        return _TOP + _HIGH

    @property
    def height(self) -> int:
        """Height of the picture."""
        return self.bottom + _UNDER


@dataclass(frozen=True)
class Row:
    """A line of a table: what it is of, and its cells."""

    label: str
    cells: tuple[str, ...]


@dataclass(frozen=True)
class Section:
    """A table, its plot, and what it leaves open; no rows: only the sentence why."""

    key: str
    title: str
    heads: tuple[str, ...]
    rows: list[Row]
    plot: Bars | None = None
    months: Months | None = None
    note: str = ""
    empty: str = "Nothing yet."


def bars(
    key: str, title: str, rows: Sequence[tuple[str, float, str]], *, marked: frozenset[str] = frozenset()
) -> Bars | None:
    """Place a bar for each (label, value, value in words); None where all of them are nothing."""
    most = max((value for _label, value, _words in rows), default=0)
    if most <= 0:
        return None
    room = WIDTH - _VALUE
    placed = [
        Bar(label, words, n * _ROW, round(max(room * value / most, 1 if value else 0), 1), label in marked)
        for n, (label, value, words) in enumerate(rows)
    ]
    said = ", ".join(f"{label}: {words}" for label, _value, words in rows)
    return Bars(key, title, f"Bars. {said}.", placed)


def by_month(
    key: str, title: str, names: tuple[str, ...], rows: Sequence[tuple[date, int, *tuple[int, ...]]],
    chosen: date | None = None,
) -> Months | None:  # fmt: skip
    """Place a bar for each value of (month, first, second, …), up to three; None where there is nothing at all."""
    most = max((max(values) for _month, *values in rows), default=0)
    if most <= 0:
        return None
    top, series = _nice(most), len(names)
    slot = (WIDTH - _LEFT) / len(rows)
    width = round(slot * (_FILLED - _GAP * (series - 1)) / series, 1)
    places: list[MonthPlace] = []
    year = 0
    for n, (month, *values) in enumerate(rows):
        start = _LEFT + n * slot + slot * 0.1
        bars_of = tuple(_column(start + m * (width + slot * _GAP), width, value, top) for m, value in enumerate(values))
        # Every second one is named, the last among them: there is no room for more on a phone.
        named = (len(rows) - n) % 2 == 1
        begins = named and month.year != year
        year = month.year if named else year
        words = (f"{month:%b}" if named else "", f"{month:%Y}" if begins else "")
        places.append(MonthPlace(*words, round(start + slot * 0.4, 1), bars_of, month == chosen))
    ticks = [(round(_TOP + _HIGH * (1 - value / top), 1), f"{value:,}") for value in _ticks(top)]
    return Months(key, title, _said(names, rows), names, places, ticks)


def _said(names: tuple[str, ...], rows: Sequence[tuple[date, int, *tuple[int, ...]]]) -> str:
    """Say what somebody would take from the picture: where the first series is highest, and the last month."""
    (last, *values), peak = rows[-1], max(rows, key=lambda row: row[1])
    when, highest = peak[0], peak[1]
    number = ("One bar", "Two bars", "Three bars")[len(names) - 1]
    now = ", ".join(f"{name.lower()} {value:,}" for name, value in zip(names, values, strict=True))
    said = f"{number} for each of {len(rows)} months. {names[0]} is highest in {when:%B %Y} ({highest:,}); "
    return f"{said}in {last:%B %Y}: {now}. The table has every value."


def _column(x: float, width: float, value: int, top: int) -> Column:
    height = round(max(_HIGH * value / top, 1 if value else 0), 1)
    return Column(round(x, 1), round(_TOP + _HIGH - height, 1), width, height)


def _nice(most: int) -> int:
    """Return the next of 1, 2, 4, 6, 8, 10, 20, 40, … that is not less."""
    power = 1
    while True:
        for step in _STEPS:
            if step * power >= most:
                return step * power
        power *= 10


def _ticks(top: int) -> list[int]:
    """Return the values at which a line is drawn; whole numbers only."""
    half = [top // 2] if top % 2 == 0 else []
    return [0, *half, top]
