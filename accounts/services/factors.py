"""The second factor: who has one."""

from typing import Any

from django_otp import devices_for_user


def has_factor(user: Any) -> bool:
    """Say whether this person has enrolled and confirmed a second factor."""
    return next(iter(devices_for_user(user, confirmed=True)), None) is not None
