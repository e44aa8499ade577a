"""Where two clocks of one case cannot both hold, and what to do about it while there is time: pure functions.

Nothing here refuses anything. What must not happen is refused where it would happen; this says it days before.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

END_OF_DAY = time(23, 59, 59)


@dataclass(frozen=True)
class Bar:
    """A bar on telling the account holder: when it is over (None: without end), and whether a person confirmed it."""

    ends_at: datetime | None
    confirmed: bool = True


@dataclass(frozen=True)
class Clocks:
    """What is known of one case that is not decided, or decided and not carried out; None: there is no such clock."""

    at: datetime
    answer_due: datetime | None = None
    """Frozen answer deadline; while the clock stands, as it would be if it ran again now."""
    first_look_due: datetime | None = None
    """Only while nobody has looked."""
    question_due: datetime | None = None
    """Until when the officer may answer an open question."""
    order_valid_until: date | None = None
    """Last day of the order that ends first."""
    return_date: date | None = None
    """Day on which an order is to be answered, the earliest of several."""
    told_first: bool = False
    """The account holder is told before disclosure, and may object for `notice_days`."""
    notice_days: int = 0
    window_ends_at: datetime | None = None
    """End of the last window that runs already; empty while nobody was told."""
    told_at: datetime | None = None
    """When somebody who was not told yet may be told at the earliest; empty: at once."""
    bars: tuple[Bar, ...] = ()
    hold_ends: datetime | None = None
    """End of a hold that runs down; empty where records are kept whatever happens."""
    download_days: int = 0


@dataclass(frozen=True)
class Collision:
    """Two clocks that cannot both hold, in a sentence, and what helps."""

    words: str
    what_to_do: str


def end_of(day: date) -> datetime:
    """Return the last second of a day in UTC: orders that name a day hold until its end."""
    return datetime.combine(day, END_OF_DAY, UTC)


def earliest_release(case: Clocks) -> datetime:
    """Return when records may leave at the earliest: now, or when the account holder's time to object is over.

    Whoever is not told yet is told now or, behind a bar, when it ends; the window begins then.
    """
    if not case.told_first:
        return case.at
    running = case.window_ends_at
    if running is not None and case.told_at is None:
        return max(running, case.at)
    begins = max(case.told_at or case.at, case.at)
    ends = begins + timedelta(days=case.notice_days)
    return max(ends, running) if running else ends


def collisions(case: Clocks) -> list[Collision]:
    """Return every pair of clocks that cannot both hold, the nearest to harm first."""
    return [found for rule in _RULES for found in rule(case)]


def _order_ends(case: Clocks) -> Iterator[Collision]:
    """The order is spent before anything may leave under it."""
    if case.order_valid_until is None:
        return
    ends, release = end_of(case.order_valid_until), earliest_release(case)
    if not case.told_first or release <= ends:
        return
    yield Collision(
        f"{_window(case)} under an order that is valid until {_day(ends)}: nothing may leave before "
        f"{_moment(release)}.",
        "Ask the officer for an extension of the order, or for a bar on telling the account holder.",
    )


def _return_date(case: Clocks) -> Iterator[Collision]:
    """The court wants an answer before anything may leave."""
    if case.return_date is None:
        return
    release = earliest_release(case)
    if case.told_first and release > end_of(case.return_date):
        yield Collision(
            f"The order is to be answered by {_day(end_of(case.return_date))}. {_window(case)}, so nothing may leave "
            f"before {_moment(release)}.",
            "Tell the officer now: the court can set a later date, or order that the account holder is not told.",
        )


def _answer_before_window(case: Clocks) -> Iterator[Collision]:
    """We promised an answer before the window is over; said only where the order's own dates do not say more."""
    if case.answer_due is None or not case.told_first or any((*_order_ends(case), *_return_date(case))):
        return
    release = earliest_release(case)
    if release > case.answer_due >= case.at:
        yield Collision(
            f"Our answer is due {_moment(case.answer_due)}. {_window(case)}, so records may leave from "
            f"{_moment(release)} on.",
            "Decide in time all the same, and say in the text for the officer when the records follow.",
        )


def _bar_ends(case: Clocks) -> Iterator[Collision]:
    """The bar is over before the answer is due, or with it nothing has left: then the holder is told first."""
    due = case.answer_due
    ends = [bar.ends_at for bar in case.bars]
    if due is None or not ends or any(end is None for end in ends):
        return
    last = max(end for end in ends if end is not None)
    if case.at < last < due:
        yield Collision(
            f"The bar on telling the account holder is over on {_day(last)}, before our answer is due on {_day(due)}.",
            f"Release before that day, or ask the officer whether the bar is extended. Otherwise the account holder "
            f"is told first and may object for {_days(case.notice_days)}.",
        )


def _bar_unconfirmed(case: Clocks) -> Iterator[Collision]:
    """Nobody has read the bar that the officer names: as it stands the account holder is told."""
    if case.told_first and any(not bar.confirmed for bar in case.bars):
        yield Collision(
            "The officer names a bar that nobody has confirmed: as it stands the account holder is told first.",
            "Read the clause and confirm the bar, or decide without it.",
        )


def _hold_ends(case: Clocks) -> Iterator[Collision]:
    """Records are no longer kept when we answer, when they may leave, or when the officer's time is over."""
    ends = case.hold_ends
    if ends is None or ends <= case.at:
        return
    later = [
        (case.answer_due, "our answer is due"),
        (earliest_release(case) if case.told_first else None, "records may leave"),
        (case.question_due, "the time to answer our question is over"),
    ]
    for moment, words in later:
        if moment is not None and moment > ends:
            yield Collision(
                f"The hold ends on {_day(ends)}, before {words} ({_day(moment)}).",
                "Ask the officer to extend the hold. Nothing keeps the records after it.",
            )
            return


def _download_ends(case: Clocks) -> Iterator[Collision]:
    """Released when the answer is due, the records are gone before the day the court wants them."""
    if case.return_date is None or case.answer_due is None or not case.download_days:
        return
    gone = max(case.answer_due, earliest_release(case)) + timedelta(days=case.download_days)
    if gone < end_of(case.return_date):
        yield Collision(
            f"Records released when our answer is due can be downloaded until {_day(gone)}, before the return "
            f"date of the order, {_day(end_of(case.return_date))}.",
            "Tell the officer to take the records before that day.",
        )


def _question_late(case: Clocks) -> Iterator[Collision]:
    """The officer may answer later than the order holds."""
    due = case.question_due
    if due is None:
        return
    days = [day for day in (case.order_valid_until, case.return_date) if day is not None and end_of(day) >= case.at]
    if days and due > end_of(min(days)):
        yield Collision(
            f"The officer may answer our question until {_moment(due)}; the order reaches only to "
            f"{_day(end_of(min(days)))}.",
            "Call the officer: the answer is needed earlier, or the order longer.",
        )


def _first_look_late(case: Clocks) -> Iterator[Collision]:
    """Our own promise of a first look is later than the answer."""
    if case.first_look_due and case.answer_due and case.first_look_due > case.answer_due > case.at:
        yield Collision(
            f"The answer is due {_moment(case.answer_due)}, before the first look ({_moment(case.first_look_due)}).",
            "Take it now.",
        )


_RULES: tuple[Callable[[Clocks], Iterator[Collision]], ...] = (
    _order_ends, _return_date, _first_look_late, _hold_ends, _bar_unconfirmed, _bar_ends, _answer_before_window,
    _question_late, _download_ends,
)  # fmt: skip


def _window(case: Clocks) -> str:
    if case.window_ends_at is not None and case.told_at is None:
        return f"The account holder may object until {_moment(case.window_ends_at)}"
    return f"The account holder is told first and may object for {_days(case.notice_days)}"


def _days(number: int) -> str:
    return "1 day" if number == 1 else f"{number} days"


def _day(at: datetime) -> str:
    return f"{at.astimezone(UTC):%-d %b %Y}"


def _moment(at: datetime) -> str:
    return f"{at.astimezone(UTC):%-d %b %Y, %H:%M} UTC"
