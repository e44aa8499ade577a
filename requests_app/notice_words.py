"""What an officer may read about the notice to an account holder; never why compliance or another matter bars it."""

from collections.abc import Sequence
from datetime import date

from django.utils.dateformat import format as format_date

from requests_app.enums import NoticeStatus
from requests_app.models import UserNotice

NOT_TOLD = "We have not told the account holder."
_BEFORE = "Unless something forbids it, we do so before records leave, or as soon as we may."
_AFTER = "This is an emergency: unless something forbids it, we do so once records have left."
AUTHORITY_TELLS = "We do not tell the account holder. The law leaves that to the authority: {law}."


def officer_words(notice: UserNotice, *, own_bars: Sequence[date | None], authority: str = "") -> str:
    """Say where the notice of one account stands; own_bars: last days of this request's confirmed bars in force.

    authority: the law that leaves telling to the authority, where one does.
    """
    match NoticeStatus(notice.status):
        # What an account holder says against it is nothing the officer learns, nor that somebody did.
        case NoticeStatus.SENT | NoticeStatus.OBJECTED | NoticeStatus.UPHELD:
            return _told(notice)
        case _ if authority:
            return AUTHORITY_TELLS.format(law=authority)
        case _ if own_bars:
            return f"{NOT_TOLD} {_barred(own_bars)}"
    # The same words while it is planned and whatever holds it: what forbids it elsewhere must not show here.
    return f"{NOT_TOLD} {_AFTER if notice.after_disclosure else _BEFORE}"


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
