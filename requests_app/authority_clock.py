"""The 72 hours of GDPR Art. 33(1), one rule for a mistaken disclosure and for every other breach of personal data.

Elapsed hours from knowing: a period in hours ends on a holiday too (Regulation 1182/71, Art. 3(4)).
"""

from collections.abc import Iterable
from datetime import datetime, timedelta

from foundation.notifications.running_clocks import after, at_the_end, before
from requests_app.release_enums import MISTAKE_HOURS

STAGES = (before(hours=24), at_the_end(), after(days=1))


def end_of(known_at: datetime) -> datetime:
    """Return when the 72 hours are over."""
    return known_at + timedelta(hours=MISTAKE_HOURS)


def moment_refusal(moments: Iterable[datetime | None], *, known_at: datetime, at: datetime) -> str | None:
    """Say that somebody cannot have been told before it was known, or in the future; or None."""
    wrong = any(moment and not known_at <= moment <= at for moment in moments)
    return "Give a time between when it was known and now." if wrong else None


def late_refusal(told_at: datetime | None, *, due_at: datetime | None, reason: str) -> str | None:
    """Say that a late notification needs its reason (Art. 33(1), second sentence), or None."""
    if told_at and due_at and told_at > due_at and not reason.strip():
        return "The authority was told after the 72 hours: write why, as Art. 33(1) asks."
    return None
