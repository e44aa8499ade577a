"""What an officer may read about telling account holders: what their own orders and the law say, never what was done.

Whether somebody was told, and on which day, would show what holds a notice: another matter, or the mark of compliance.
"""

from collections.abc import Sequence
from datetime import date

from django.utils.dateformat import format as format_date

BEFORE_WORDS = (
    "We tell account holders before records leave, unless something forbids it or wants it later. "
    "We do not say whether or when we did."
)
AFTER_WORDS = (
    "This is an emergency: we tell account holders once records have left, unless something forbids it. "
    "We do not say whether or when we did."
)
AUTHORITY_TELLS = "We do not tell the account holder. The law leaves that to the authority: {law}."


def officer_words(*, own_bars: Sequence[date | None], emergency: bool = False, authority: str = "") -> str:
    """Say what becomes of telling; own_bars: last days of this request's confirmed bars in force.

    authority: the law that leaves telling to the authority, where one does.
    """
    if authority:
        return AUTHORITY_TELLS.format(law=authority)
    if own_bars:
        return _barred(own_bars)
    return AFTER_WORDS if emergency else BEFORE_WORDS


def _barred(last_days: Sequence[date | None]) -> str:
    ends = [day for day in last_days if day is not None]
    if len(ends) < len(last_days):
        return "Your order forbids us to tell the account holder."
    return f"Your order forbids us to tell the account holder until {format_date(max(ends), 'j M Y')}."
