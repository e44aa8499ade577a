"""What waits after a change of what somebody signs in with. Pure functions.

A thief who takes an account over, or sits down at an unlocked desk, adds or replaces what its owner signs in with. The
owner reads the mail about it within this time, before anything left. Three rules, each FACTOR_COOL_DOWN_HOURS long:

1. After any change (a factor added or removed, recovery codes renewed or used) no records are downloaded.
2. After all factors were replaced or reset, or the address changed, nothing is approved or released either.
3. A new factor opens no dangerous act of officers and staff before it is that old. The one with which the account
   began counts at once: there was nothing before it that a thief could have used, and two people let everybody in.

accounts.services.cool_down begins 1 and 2; the middleware asks for 3 wherever it asks for a fresh factor.
"""

from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.utils import dateformat

from accounts.enums import CoolDownReason


def until(user: Any, *, at: datetime) -> datetime | None:
    """Return until when nothing is downloaded, approved or released, or None."""
    return _running(getattr(user, "cool_down_until", None), at)


def downloads_until(user: Any, *, at: datetime) -> datetime | None:
    """Return until when no records are downloaded, or None; never earlier than `until`."""
    both = [until(user, at=at), _running(getattr(user, "downloads_wait_until", None), at)]
    return max((moment for moment in both if moment is not None), default=None)


def refusal(user: Any, act: str, *, at: datetime) -> str:
    """Say until when this person cannot do the act ("approve"), or nothing. For downloads: download_refusal."""
    ends = until(user, at=at)
    if ends is None:
        return ""
    return f"What you sign in with changed a short time ago. For safety you can {act} only after {_moment(ends)}."


def download_refusal(user: Any, *, at: datetime) -> str:
    """Say until when this person cannot download records and why, or nothing."""
    ends = downloads_until(user, at=at)
    if ends is None:
        return ""
    why = why_of(user) or "what you sign in with changed"
    return f"For safety you can download records only after {_moment(ends)}, because {why} a short time ago."


def why_of(user: Any) -> str:
    """Return the latest change in words that follow "because", or nothing."""
    why = getattr(user, "cool_down_why", "")
    return str(CoolDownReason(why).label) if why in CoolDownReason.values else ""


def counts_from(device: Any, user: Any) -> datetime | None:
    """Return from when this factor opens dangerous acts; None: it did from the beginning."""
    if device.persistent_id == user.first_factor or settings.FACTOR_COOL_DOWN_HOURS <= 0:
        return None
    added: datetime = device.created_at or user.date_joined
    return added + timedelta(hours=settings.FACTOR_COOL_DOWN_HOURS)


def counts(device: Any, user: Any, *, at: datetime) -> bool:
    """Say whether this factor opens dangerous acts now."""
    moment = counts_from(device, user)
    return moment is None or moment <= at


def _running(ends: datetime | None, at: datetime) -> datetime | None:
    return ends if ends is not None and ends > at else None


def _moment(value: datetime) -> str:
    return f"{dateformat.format(value, 'D j M Y, H:i')} UTC"
