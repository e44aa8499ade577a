"""The time in which nobody downloads, approves or releases after what they sign in with was replaced. Pure functions.

A thief who takes an account over replaces what its owner signs in with. The owner reads the mail about it within this
time, before anything left. It begins where all factors were replaced or reset, and where the address changed
(accounts.services.cool_down); never with the first factor of a new account.
"""

from datetime import datetime
from typing import Any

from django.utils import dateformat


def until(user: Any, *, at: datetime) -> datetime | None:
    """Return when the time is over, or None where there is none."""
    ends: datetime | None = getattr(user, "cool_down_until", None)
    return ends if ends is not None and ends > at else None


def refusal(user: Any, act: str, *, at: datetime) -> str:
    """Say until when this person cannot do the act ("download records"), or nothing."""
    ends = until(user, at=at)
    if ends is None:
        return ""
    moment = f"{dateformat.format(ends, 'D j M Y, H:i')} UTC"
    return f"What you sign in with changed a short time ago. For safety you can {act} only after {moment}."
