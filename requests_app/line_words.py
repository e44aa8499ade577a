"""Numbers of lines as people read them: "lines 1 to 60, 63"."""

from collections.abc import Iterable


def ranges(numbers: Iterable[int]) -> str:
    """Write numbers as ranges: "1 to 60, 63". Two that follow each other stand as "1, 2"."""
    runs: list[list[int]] = []
    for number in sorted(set(numbers)):
        if runs and runs[-1][1] == number - 1:
            runs[-1][1] = number
        else:
            runs.append([number, number])
    return ", ".join(_run(first, last) for first, last in runs)


def _run(first: int, last: int) -> str:
    if first == last:
        return str(first)
    return f"{first}, {last}" if last == first + 1 else f"{first} to {last}"


def line_numbers(numbers: Iterable[int]) -> str:
    """Name lines: "Line 3", or "Lines 1 to 60, 63"."""
    known = sorted(set(numbers))
    return f"{'Line' if len(known) == 1 else 'Lines'} {ranges(known)}"
