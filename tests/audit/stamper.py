"""An authority whose clock the test sets."""

from datetime import datetime

from lers.demo import authority

CLOCK: list[datetime] = []


def stamp(request: bytes) -> bytes:
    """Answer at the moment that CLOCK has."""
    return authority.stamp(request, at=CLOCK[-1])
