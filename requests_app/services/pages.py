"""A part of a long request: some of its identifiers with their lines, numbered as everywhere."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from requests_app.models import DataRequest, RequestLine, Target

TARGETS = 50


@dataclass(frozen=True)
class Numbered:
    """One part of something long: the part's own number, from 1, of `parts`."""

    number: int
    parts: int

    @property
    def previous(self) -> int:
        """The number of the part before, 0 for none."""
        return self.number - 1

    @property
    def next(self) -> int:
        """The number of the part behind, 0 for none."""
        return self.number + 1 if self.number < self.parts else 0


def number_of(asked: str, *, total: int, size: int) -> tuple[int, int]:
    """Return the number of the part asked for, the nearest where there is none, and how many parts there are."""
    parts = max(-(-total // size), 1)
    return min(max(int(asked) if asked.isascii() and asked.isdigit() and len(asked) < 6 else 1, 1), parts), parts


@dataclass(frozen=True)
class Part(Numbered):
    """Identifiers that are shown together, with their lines.

    first and first_line are the places of its first identifier and line in the whole request, from 1, of `total` and
    `total_lines`.
    """

    targets: list[Target]
    lines: list[RequestLine]
    first: int
    first_line: int
    total: int
    total_lines: int

    @property
    def last(self) -> int:
        """The place of the last identifier in the whole request."""
        return self.first + len(self.targets) - 1


def part_of(data_request: DataRequest, asked: str) -> Part:
    """Return the part of this number, the nearest where there is none; five queries however long the request is."""
    total = data_request.targets.count()
    number, parts = number_of(asked, total=total, size=TARGETS)
    begin = (number - 1) * TARGETS
    targets = list(data_request.targets.select_related("process").order_by("pk")[begin : begin + TARGETS])
    numbered = data_request.lines.select_related("target__entity", "order_version__process").order_by("target_id", "id")
    lines = list(numbered.filter(target__in=targets))
    before = data_request.lines.filter(target__lt=targets[0].pk).count() if begin else 0
    return Part(number, parts, targets, lines, begin + 1, before + 1, total, data_request.lines.count())


def numbers_of(data_request: DataRequest, keys: Iterable[int]) -> Mapping[int, int]:
    """Return the number of each of these lines in the whole request, by primary key."""
    wanted = set(keys)
    order = data_request.lines.order_by("target_id", "id").values_list("pk", flat=True)
    return {pk: number for number, pk in enumerate(order, 1) if pk in wanted} if wanted else {}
