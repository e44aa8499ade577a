"""Who is told, and when: one pure function of everything that decides about the notice to an account holder.

Default: told before disclosure. A bar postpones it: a confirmed order, a mark of compliance (tipping-off law), a law
nobody is sure of, or a bar in another matter on the same or a linked account. Emergencies: told after disclosure. Where
the law leaves it to the authority, the company never tells. Victims, witnesses and accounts of which it is not clear
who would read the letter wait for an analyst. docs/notice.md holds the same rule as a table (notice_table.py).
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum

from django.utils.dateformat import format as format_date

from foundation.legal.models import BarsNotice, NoticeDuty
from foundation.providers.connectors.base import Trait
from requests_app.enums import TargetRole
from requests_app.notice_enums import NoticeWait

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
    # Nothing forbids it; a person looks first who would read the letter.
    LOOK = "look"
    # The company never tells: the law says that the authority does.
    AUTHORITY = "authority"


class Look(StrEnum):
    """Why an analyst looks before anybody is told; the traits of an account are among them by their own names."""

    VICTIM = "victim"
    WITNESS = "witness"
    TAKEN_OVER = "taken_over"
    JOINT = "joint"
    BUSINESS = "business"
    MINOR = "minor"
    CONTACT_CHANGED = "contact_changed"


LOOK_WORDS = {
    Look.VICTIM: "The holder is a victim in this matter.",
    Look.WITNESS: "The holder is a witness in this matter.",
    Look.TAKEN_OVER: "The account may be in the hands of somebody else.",
    Look.JOINT: "The account has several holders.",
    Look.BUSINESS: "The account belongs to a business: several people may read its letters.",
    Look.MINOR: "The holder is a minor.",
    Look.CONTACT_CHANGED: "The address, telephone number or second factor of the account changed lately.",
}
_ROLES = {TargetRole.VICTIM: Look.VICTIM, TargetRole.WITNESS: Look.WITNESS}
# The most careful of the roles of one holder's identifiers counts.
CAREFUL = (TargetRole.VICTIM, TargetRole.WITNESS, TargetRole.UNKNOWN, TargetRole.SUSPECT)


@dataclass(frozen=True)
class Bar:
    """Something that forbids telling the account holder until it ends; ends_at None is a bar without end."""

    words: str
    ends_at: datetime | None = None
    # Nobody knows yet when it ends: ends_at is only when somebody looks again.
    looked_at_again: bool = False
    # Which bar of another matter it is: a decision of counsel counts for those that there were, and for no other.
    key: str = ""

    def in_force(self, at: datetime) -> bool:
        """Say whether it still forbids at this moment."""
        return self.ends_at is None or self.ends_at > at


@dataclass(frozen=True)
class Situation:
    """Everything the rule asks about one account of one request; the defaults forbid nothing."""

    bars_notice: str = BarsNotice.NO
    duty: str = NoticeDuty.COMPANY
    # The law that says so, where it is not the company's own choice.
    duty_law: str = ""
    # The confirmed bar of this request, ended or not; a letter that merely asks for silence is none.
    order: Bar | None = None
    # A renewal filed before that bar ended and not decided yet: it holds until the end of the grace.
    renewal: Bar | None = None
    aml_bar: bool = False
    emergency: bool = False
    # Bars in other matters on the same or a linked account.
    others: tuple[Bar, ...] = ()
    role: str = TargetRole.UNKNOWN
    traits: frozenset[Trait] = frozenset()
    contact_changed: bool = False
    # An analyst looked at the role and the account as they are now.
    cleared: bool = False
    # Counsel decided that neither bars of other matters nor a law nobody is sure of hold this notice.
    despite: bool = False


@dataclass(frozen=True)
class NoticePlan:
    """What follows: when, whom it waits for, and why in words the file can be read by (officers never read them)."""

    timing: Timing
    due_at: datetime | None
    after_disclosure: bool
    reason: str
    waits_for: str = ""
    looks: tuple[Look, ...] = ()
    grace_until: datetime | None = None

    @property
    def postponed(self) -> bool:
        """Say whether records may leave while the holder is not told, because we may not tell."""
        return self.timing in {Timing.UNTIL, Timing.OPEN_END, Timing.AUTHORITY}


def bar_end(last_day: date | None) -> datetime | None:
    """Return when a bar whose last day is given is over for certain, or None for a bar without end."""
    return datetime.combine(last_day + timedelta(days=1), _LAST_DAY_IS_OVER_EVERYWHERE) if last_day else None


def order_bar(last_day: date | None) -> Bar:
    """Return the bar of a confirmed non-disclosure order."""
    return Bar(f"A confirmed order forbids it {_until(last_day)}.", bar_end(last_day))


def renewal_bar(grace_until: datetime) -> Bar:
    """Return what a renewal that was filed in time holds, while nobody has decided on it."""
    day = format_date(grace_until.astimezone(UTC), "j M Y")
    return Bar(f"A renewal was filed in time and is not decided: it holds until {day} at the latest.", grace_until)


def elsewhere_bar(last_day: date | None, *, key: str = "") -> Bar:
    """Return a confirmed bar of another matter; its words do not say which, because that matter may be restricted."""
    words = f"Another matter on the same or a linked account forbids it {_until(last_day)}."
    return Bar(words, bar_end(last_day), key=key)


def undecided_bar(at: datetime, *, key: str = "") -> Bar:
    """Return a bar that was stated in another matter and that nobody has judged yet."""
    words = "Another matter on the same or a linked account states a bar that is not decided yet."
    return Bar(words, at + LOOK_AGAIN, looked_at_again=True, key=key)


def lawful_bar(at: datetime, *, key: str = "") -> Bar:
    """Return the bar of another matter that is secret by law while it is open: when it ends nobody knows yet."""
    words = "Another matter on the same or a linked account is secret by law while it is open."
    return Bar(words, at + LOOK_AGAIN, looked_at_again=True, key=key)


AML_BAR = Bar("Compliance forbids it (tipping-off law).")
UNKNOWN_LAW_BAR = Bar("Whether the law behind this type of process forbids it is not known: counsel must say.")

_NOTHING_FORBIDS = {
    BarsNotice.YES: "The law behind this type can forbid it, but no clause in force was confirmed.",
    BarsNotice.SEPARATE_ORDER: "Only a separate order could forbid it, and none in force was confirmed.",
    BarsNotice.NO: "Nothing forbids it.",
    BarsNotice.UNKNOWN: "An order said how long it was forbidden, and that time is over.",
}
_COUNSEL_SAID = "Counsel decided that it is told all the same."


def notice_rule(now: Situation, *, at: datetime) -> NoticePlan:
    """Decide when the holder of one account is told.

    The authority's own duty goes before everything. Then all bars in force must end first; one without end has no
    date. Where the law of a type is not known, a confirmed order settles it, otherwise counsel does. Counsel lifts
    neither this request's own order nor the mark of compliance.
    """
    if now.duty == NoticeDuty.AUTHORITY:
        reason = f"The authority tells the account holder, the company never does{_law(now)}."
        return NoticePlan(Timing.AUTHORITY, None, now.emergency, reason)
    bars = [bar for bar in _bars(now) if bar.in_force(at)]
    if bars:
        return _postponed(now, bars, at)
    why = _why(now)
    if (looks := looks_of(now)) and not now.cleared:
        words = " ".join(LOOK_WORDS[look] for look in looks)
        reason = f"{why} An analyst looks first: {words}"
        return NoticePlan(Timing.LOOK, None, now.emergency, reason, NoticeWait.ANALYST, looks)
    if now.emergency:
        reason = f"{why} In an emergency it comes after disclosure."
        return NoticePlan(Timing.AFTER_DISCLOSURE, None, True, reason, looks=looks)
    return NoticePlan(Timing.NOW, at, False, why, looks=looks)


def looks_of(now: Situation) -> tuple[Look, ...]:
    """Return why an analyst looks before this holder is told, always in the same order."""
    found = {Look(trait) for trait in now.traits}
    found |= {_ROLES[role] for role in _ROLES if role == now.role}
    found |= {Look.CONTACT_CHANGED} if now.contact_changed else set()
    return tuple(look for look in Look if look in found)


def careful_role(roles: Iterable[str]) -> str:
    """Return which of the roles of one holder's identifiers counts."""
    found = set(roles)
    return next((role for role in CAREFUL if role in found), TargetRole.UNKNOWN)


def _bars(now: Situation) -> Iterator[Bar]:
    """Yield what could forbid it, ended or not."""
    if now.order is not None:
        yield now.order
    if now.renewal is not None:
        yield now.renewal
    if now.aml_bar:
        yield AML_BAR
    if now.despite:
        return
    if now.bars_notice == BarsNotice.UNKNOWN and now.order is None:
        yield UNKNOWN_LAW_BAR
    yield from now.others


def _postponed(now: Situation, bars: list[Bar], at: datetime) -> NoticePlan:
    """Say until when these bars hold; whom it waits for: counsel, where counsel alone can end what has no end."""
    reason = " ".join(dict.fromkeys(bar.words for bar in bars))
    held = now.renewal is not None and now.renewal.in_force(at)
    grace = now.renewal.ends_at if held and now.renewal else None
    endless = [bar for bar in bars if bar.ends_at is None]
    if endless:
        own = now.aml_bar or (now.order is not None and now.order.ends_at is None)
        waits = "" if own else NoticeWait.COUNSEL
        return NoticePlan(Timing.OPEN_END, None, now.emergency, reason, waits, looks_of(now), grace)
    last = max(bar.ends_at for bar in bars if bar.ends_at is not None)
    return NoticePlan(Timing.UNTIL, last, now.emergency, reason, looks=looks_of(now), grace_until=grace)


def _why(now: Situation) -> str:
    """Say why nothing forbids it, and that the law demands it where it does."""
    why = _COUNSEL_SAID if now.despite else _NOTHING_FORBIDS[BarsNotice(now.bars_notice)]
    return f"{why} The law demands that the holder is told{_law(now)}." if now.duty == NoticeDuty.MUST else why


def _law(now: Situation) -> str:
    return f" ({now.duty_law})" if now.duty_law else ""


def _until(last_day: date | None) -> str:
    return f"until {format_date(last_day, 'j M Y')}" if last_day else "without an end"
