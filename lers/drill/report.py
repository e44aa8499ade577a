"""What a drill found, as a table."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from foundation.core.jobs import JobState
from foundation.notifications.models import OutboundMessage
from lers.drill import deadlines
from lers.drill.clock import CLOCK

_HEAD = (
    "| Fault | Messages | Accepted | Lost | Handed over twice | of these counted | not counted "
    "| Stages of deadlines | Missed | Told twice |\n|---|---:|---:|---:|---:|---:|---:|---:|---:|---:|"
)


@dataclass(frozen=True)
class Line:
    """What became of the messages and deadlines of one fault."""

    fault: str
    written: int
    accepted: int
    doubled: int
    counted: int
    stages: int = 0
    missed: int = 0
    told_twice: int = 0

    @property
    def lost(self) -> int:
        """Messages that are in the database and were never taken by the mail server."""
        return self.written - self.accepted

    @property
    def is_good(self) -> bool:
        """Whether nothing was lost or missed, and nothing doubled that we do not know of."""
        return not (self.lost or self.doubled - self.counted or self.missed or self.told_twice)

    def __str__(self) -> str:
        numbers = (
            self.written, self.accepted, self.lost, self.doubled, self.counted, self.doubled - self.counted,
            self.stages, self.missed, self.told_twice,
        )  # fmt: skip
        return f"| {self.fault} | " + " | ".join(f"{number:,}" for number in numbers) + " |"


def line_of(fault: str, part: str, accepted: "Counter[str]") -> Line:
    """Count what was written in a part of the drill, under the fault's name."""
    rows = OutboundMessage.objects.filter(dedupe_key__startswith=f"{part}:")
    stages, missed, twice = deadlines.told_once(CLOCK, part)
    return _counted(fault, rows.values_list("message_id", "handed_over_again"), accepted, stages, missed, twice)


def line_of_the_rest(run: str, first: int, accepted: "Counter[str]") -> Line:
    """Count what the portal itself wrote since the row of this number: reminders, alerts."""
    rows = OutboundMessage.objects.filter(pk__gt=first).exclude(dedupe_key__startswith=run).exclude(for_digest=True)
    return _counted("(the portal's own)", rows.values_list("message_id", "handed_over_again"), accepted)


def without_row(accepted: "Counter[str]") -> int:
    """Return how many mails were taken of which there is no row: sent although their transaction was undone."""
    known = set(OutboundMessage.objects.values_list("message_id", flat=True))
    return sum(message_id not in known for message_id in accepted)


def unfinished() -> dict[str, int]:
    """Return the rows that are not done, by their state."""
    rows = OutboundMessage.objects.exclude(state=JobState.DONE).exclude(for_digest=True)
    return dict(Counter(rows.values_list("state", flat=True)))


def table(lines: list[Line]) -> str:
    """Return all lines with their sum."""
    total = Line(
        "**all**",
        *(sum(getattr(line, name) for line in lines) for name in
          ("written", "accepted", "doubled", "counted", "stages", "missed", "told_twice")),
    )  # fmt: skip
    return "\n".join([_HEAD, *(str(line) for line in [*lines, total])])


def _counted(
    fault: str,
    rows: Iterable[tuple[str, int]],
    accepted: "Counter[str]",
    stages: int = 0,
    missed: int = 0,
    told_twice: int = 0,
) -> Line:
    written = taken = doubled = counted = 0
    for message_id, again in rows:
        extra = max(accepted[message_id] - 1, 0)
        written += 1
        taken += accepted[message_id] > 0
        doubled += extra
        counted += min(extra, again)
    return Line(fault, written, taken, doubled, counted, stages, missed, told_twice)
