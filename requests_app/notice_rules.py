"""When an account holder may be told: a pure function of what forbids it.

Default: told before disclosure. A bar postpones it: a confirmed order, a mark of compliance (tipping-off law), a law
nobody is sure of, or a bar in another matter on the same account. Emergencies: told after disclosure.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum

from django.utils.dateformat import format as format_date

from foundation.legal.models import BarsNotice

# A day ends everywhere on earth at noon UTC of the next one: an account holder is never told a few hours too early.
_LAST_DAY_IS_OVER_EVERYWHERE = time(12, tzinfo=UTC)
# A bar that somebody stated and nobody has judged yet is looked at again after this time.
LOOK_AGAIN = timedelta(days=1)


class Timing(StrEnum):
    """When the account holder is told."""

    NOW = "now"
    AFTER_DISCLOSURE = "after_disclosure"
    UNTIL = "until"
    OPEN_END = "open_end"


@dataclass(frozen=True)
class Bar:
    """Something that forbids telling the account holder until it ends; ends_at None is a bar without end."""

    words: str
    ends_at: datetime | None = None

    def in_force(self, at: datetime) -> bool:
        """Say whether it still forbids at this moment."""
        return self.ends_at is None or self.ends_at > at


@dataclass(frozen=True)
class NoticePlan:
    """What follows: when, and why in words the file can be read by (staff read them, officers never do)."""

    timing: Timing
    due_at: datetime | None
    after_disclosure: bool
    reason: str

    @property
    def postponed(self) -> bool:
        """Say whether a bar stands in the way."""
        return self.timing in {Timing.UNTIL, Timing.OPEN_END}


def bar_end(last_day: date | None) -> datetime | None:
    """Return when a bar whose last day is given is over for certain, or None for a bar without end."""
    return datetime.combine(last_day + timedelta(days=1), _LAST_DAY_IS_OVER_EVERYWHERE) if last_day else None


def order_bar(last_day: date | None) -> Bar:
    """Return the bar of a confirmed non-disclosure order."""
    until = f"until {format_date(last_day, 'j M Y')}" if last_day else "without an end"
    return Bar(f"A confirmed order forbids it {until}.", bar_end(last_day))


def elsewhere_bar(last_day: date | None) -> Bar:
    """Return a confirmed bar of another matter; its words do not say which, because that matter may be restricted."""
    until = f"until {format_date(last_day, 'j M Y')}" if last_day else "without an end"
    return Bar(f"Another matter on the same account forbids it {until}.", bar_end(last_day))


def undecided_bar(at: datetime) -> Bar:
    """Return a bar that was stated in another matter and that nobody has judged yet."""
    return Bar("Another matter on the same account states a bar that is not decided yet.", at + LOOK_AGAIN)


AML_BAR = Bar("Compliance forbids it (tipping-off law).")
UNKNOWN_LAW_BAR = Bar("Whether the law behind this type of process forbids it is not known: counsel must say.")

_NOTHING_FORBIDS = {
    BarsNotice.YES: "The law behind this type can forbid it, but no clause in force was confirmed.",
    BarsNotice.SEPARATE_ORDER: "Only a separate order could forbid it, and none in force was confirmed.",
    BarsNotice.NO: "Nothing forbids it.",
    BarsNotice.UNKNOWN: "An order said how long it was forbidden, and that time is over.",
}


def notice_rule(
    *, bars_notice: str, order: Bar | None, aml_bar: bool, emergency: bool, others: Iterable[Bar], at: datetime
) -> NoticePlan:
    """Decide when the holder of one account is told.

    `order` is the confirmed bar of this request, if there is one; a letter that merely asks for silence is none.
    `others` are bars on the same account in other matters. All bars in force must end first; one without end has no
    date. Where the law of a type is not known, a confirmed order settles it, otherwise counsel does.
    """
    law = UNKNOWN_LAW_BAR if bars_notice == BarsNotice.UNKNOWN and order is None else None
    stated = (order, AML_BAR if aml_bar else None, law, *others)
    bars = [bar for bar in stated if bar is not None and bar.in_force(at)]
    if bars:
        reason = " ".join(dict.fromkeys(bar.words for bar in bars))
        ends = [bar.ends_at for bar in bars if bar.ends_at is not None]
        if len(ends) < len(bars):
            return NoticePlan(Timing.OPEN_END, None, emergency, reason)
        return NoticePlan(Timing.UNTIL, max(ends), emergency, reason)
    why = _NOTHING_FORBIDS[BarsNotice(bars_notice)]
    if emergency:
        return NoticePlan(Timing.AFTER_DISCLOSURE, None, True, f"{why} In an emergency it comes after disclosure.")
    return NoticePlan(Timing.NOW, at, False, why)
