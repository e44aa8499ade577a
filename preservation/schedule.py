"""When a hold is reminded of: pure functions of its end, so that an extension needs no bookkeeping."""

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, time, timedelta

# Days before the end on which a reminder goes out, at this time (UTC), where the provider says nothing else.
LEADS = (30, 14, 7, 1)
REMIND_AT = time(6)


def reminders(expires_at: datetime, leads: Iterable[int] = LEADS) -> Iterator[tuple[int, datetime]]:
    """Give each lead (whole days; 0 is the last day) with the moment of its reminder, the longest first."""
    last = expires_at.astimezone(UTC).date()
    for lead in sorted(set(leads), reverse=True):
        yield lead, datetime.combine(last - timedelta(days=lead), REMIND_AT, UTC)


def next_action(expires_at: datetime, *, after: datetime, leads: Iterable[int] = LEADS) -> datetime:
    """Return the next moment with anything to do: a reminder still to come, else the end.

    A lead longer than what is left is skipped: nobody is told on the first day that it ends in 30.
    """
    return next((moment for _lead, moment in reminders(expires_at, leads) if moment > after), expires_at)


def lead_due(expires_at: datetime, *, at: datetime, leads: Iterable[int] = LEADS) -> int | None:
    """Return the lead whose day has come, the shortest if several were missed; None before the first, or at the end."""
    if at >= expires_at:
        return None
    left = days_left(expires_at, at=at)
    return min((lead for lead in leads if left <= lead), default=None)


def leads_left(expires_at: datetime, *, after: datetime, leads: Iterable[int] = LEADS) -> tuple[int, ...]:
    """Return the leads of the reminders that are still to come."""
    return tuple(lead for lead, moment in reminders(expires_at, leads) if moment > after)


def days_left(expires_at: datetime, *, at: datetime) -> int:
    """Return the days between two UTC dates; on the last day it is 0."""
    return (expires_at.astimezone(UTC).date() - at.astimezone(UTC).date()).days


def within(days: int, *, at: datetime) -> datetime:
    """Return the first moment that is more than so many UTC days away: what ends before it has days_left() <= days."""
    return datetime.combine(at.astimezone(UTC).date() + timedelta(days=days + 1), time(), UTC)


def dedupe_key(hold_id: int, expires_at: datetime, what: str, recipient: str) -> str:
    """Name one message of one period to one recipient; an extension opens a new period."""
    return f"hold:{hold_id}:{expires_at.astimezone(UTC).date().isoformat()}:{what}:{recipient}"


def reminder_words(leads: tuple[int, ...]) -> str:
    """Say the days before the end in a sentence: "30, 14, 7 and 1 days"."""
    if not leads:
        return ""
    numbers = [str(lead) for lead in leads]
    joined = numbers[0] if len(numbers) == 1 else f"{', '.join(numbers[:-1])} and {numbers[-1]}"
    return f"{joined} {'day' if leads == (1,) else 'days'}"
