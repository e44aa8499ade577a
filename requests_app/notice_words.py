"""What an officer may read about the notice to an account holder; never why compliance or another matter bars it."""

from collections.abc import Sequence
from datetime import date

from django.utils.dateformat import format as format_date

from requests_app.enums import NoticeStatus
from requests_app.models import UserNotice

NOT_TOLD = "We have not told the account holder."


def officer_words(notice: UserNotice, *, own_bars: Sequence[date | None]) -> str:
    """Say where the notice of one account stands; own_bars: last days of this request's confirmed bars in force."""
    match NoticeStatus(notice.status):
        # What an account holder says against it is nothing the officer learns, nor that somebody did.
        case NoticeStatus.SENT | NoticeStatus.OBJECTED | NoticeStatus.UPHELD:
            return _told(notice)
        case NoticeStatus.PLANNED if notice.after_disclosure:
            return "We tell the account holder after you have the records, because this is an emergency."
        case NoticeStatus.PLANNED:
            return "We tell the account holder before you get the records."
        case NoticeStatus.POSTPONED if own_bars:
            return f"{NOT_TOLD} {_barred(own_bars)}"
    return NOT_TOLD


def _told(notice: UserNotice) -> str:
    if notice.sent_at is None:
        return NOT_TOLD
    told = f"We told the account holder on {format_date(notice.sent_at, 'j M Y')}."
    if notice.window_ends_at is None:
        return told
    return f"{told} The time to object ends on {format_date(notice.window_ends_at, 'j M Y')}."


def _barred(last_days: Sequence[date | None]) -> str:
    ends = [day for day in last_days if day is not None]
    if len(ends) < len(last_days):
        return "Your order forbids it."
    return f"Your order forbids it until {format_date(max(ends), 'j M Y')}."
