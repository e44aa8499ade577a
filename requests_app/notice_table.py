"""The rule about notices as a table: the first row that fits a situation answers it. Shown to people, held by a test.

docs/notice.md prints these rows, and the page of the rule shows them; tests compare them with notice_rules.notice_rule
for every combination there is. They are written down twice on purpose: who changes one is stopped at the other.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from foundation.legal.models import BarsNotice, NoticeDuty
from requests_app.notice_enums import NoticeWait
from requests_app.notice_rules import Situation, Timing, looks_of

# What is looked at, in the order of the columns; each with every value it can have, in words.
INPUTS: Mapping[str, tuple[str, Mapping[str, str]]] = {
    "duty": (
        "Who tells, by law",
        {"company": "Nothing said", "must": "We must", "authority": "The authority"},
    ),
    "mark": ("Mark of compliance", {"no": "No", "yes": "Yes, here, in a hold or on a linked account"}),
    "order": (
        "Order of this request",
        {
            "none": "None confirmed",
            "ended": "Confirmed, over",
            "renewal": "Over, renewal filed in time",
            "until": "Confirmed, has an end",
            "open": "Confirmed, without an end",
        },
    ),
    "law": ("Law behind the type", {"known": "Known", "unknown": "Not known"}),
    "others": (
        "Other requests and holds, same or linked account",
        {
            "none": "Nothing, or over",
            "until": "Bar with an end",
            "asked": "Stated and not decided, or secret by law while open",
            "open": "Bar without an end",
        },
    ),
    "despite": ("Counsel", {"no": "Has not decided", "yes": "Decided: told all the same"}),
    "look": ("Holder and account", {"no": "Nothing special", "yes": "Somebody must look", "done": "An analyst looked"}),
    "emergency": ("Emergency", {"no": "No", "yes": "Yes"}),
}


@dataclass(frozen=True)
class Row:
    """One row: what must be so (a column that is not named may be anything), and what follows."""

    number: int
    timing: Timing
    answer: str
    ends: str
    waits_for: str = ""
    when: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    def fits(self, values: Mapping[str, str]) -> bool:
        """Say whether this row answers a situation with these values."""
        return all(values[name] in wanted for name, wanted in self.when.items())

    def cell(self, name: str) -> str:
        """Return what the row wants of a column, in words; empty where it may be anything."""
        words = INPUTS[name][1]
        return " or ".join(words[value] for value in self.when.get(name, ()))

    @property
    def conditions(self) -> list[tuple[str, str]]:
        """The columns the row asks for, each with what it wants."""
        return [(INPUTS[name][0], self.cell(name)) for name in INPUTS if name in self.when]


ROWS = (
    Row(
        1, Timing.AUTHORITY, "The company never tells; the authority does",
        "Never", when={"duty": ("authority",)},
    ),
    Row(
        2, Timing.OPEN_END, "Not told",
        "When compliance lifts the mark", when={"mark": ("yes",)},
    ),
    Row(
        3, Timing.OPEN_END, "Not told",
        "When the order is lifted", when={"order": ("open",)},
    ),
    Row(
        4, Timing.OPEN_END, "Not told", "When the other bar ends, or counsel decides",
        NoticeWait.COUNSEL, {"others": ("open",), "despite": ("no",)},
    ),
    Row(
        5, Timing.OPEN_END, "Not told", "When counsel decides, or an order is confirmed",
        NoticeWait.COUNSEL, {"order": ("none",), "law": ("unknown",), "despite": ("no",)},
    ),
    Row(
        6, Timing.UNTIL, "Told when the bar ends", "At the latest end of all bars; a renewal holds for the grace",
        when={"order": ("until", "renewal")},
    ),
    Row(
        7, Timing.UNTIL, "Told when the bar ends", "At the latest end; what is not decided is looked at again each day",
        when={"others": ("until", "asked"), "despite": ("no",)},
    ),
    Row(
        8, Timing.LOOK, "Told once an analyst has looked", "When an analyst says so",
        NoticeWait.ANALYST, {"look": ("yes",)},
    ),
    Row(
        9, Timing.AFTER_DISCLOSURE, "Told after disclosure",
        "When records of the account were released", when={"emergency": ("yes",)},
    ),
    Row(
        10, Timing.NOW, "Told before disclosure, with time to object", "At once",
    ),
)  # fmt: skip


def values_of(now: Situation, *, at: datetime) -> dict[str, str]:
    """Return the value of each column for a situation."""
    return {
        "duty": {NoticeDuty.AUTHORITY: "authority", NoticeDuty.MUST: "must"}.get(NoticeDuty(now.duty), "company"),
        "mark": "yes" if now.aml_bar else "no",
        "order": _order(now, at),
        "law": "unknown" if now.bars_notice == BarsNotice.UNKNOWN else "known",
        "others": _others(now, at),
        "despite": "yes" if now.despite else "no",
        "look": ("done" if now.cleared else "yes") if looks_of(now) else "no",
        "emergency": "yes" if now.emergency else "no",
    }


def row_of(now: Situation, *, at: datetime) -> Row:
    """Return the row that answers a situation."""
    values = values_of(now, at=at)
    return next(row for row in ROWS if row.fits(values))


def as_markdown() -> str:
    """Return the table as docs/notice.md prints it."""
    names = list(INPUTS)
    lines = [
        "| " + " | ".join(["Row", *(INPUTS[name][0] for name in names), "Then", "Until", "Waits for"]) + " |",
        "|" + "---|" * (len(names) + 4),
    ]
    for row in ROWS:
        waits = NoticeWait(row.waits_for).label if row.waits_for else ""
        cells = [str(row.number), *(row.cell(name) for name in names), row.answer, row.ends, waits]
        lines.append("| " + " | ".join(cells) + " |")
    return "\n".join(lines) + "\n"


def _order(now: Situation, at: datetime) -> str:
    if now.order is None:
        return "none"
    if now.order.ends_at is None:
        return "open"
    if now.order.in_force(at):
        return "until"
    return "renewal" if now.renewal is not None and now.renewal.in_force(at) else "ended"


def _others(now: Situation, at: datetime) -> str:
    """Return the hardest of the bars in other matters."""
    bars = [bar for bar in now.others if bar.in_force(at)]
    if any(bar.ends_at is None for bar in bars):
        return "open"
    if any(bar.looked_at_again for bar in bars):
        return "asked"
    return "until" if bars else "none"
