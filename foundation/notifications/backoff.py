"""When a message that the mail server did not take is tried again, and when that ends."""

from datetime import timedelta

FOR_HOURS = 48
ORDINARY_MINUTES = (1, 2, 5, 15, 60)
# An emergency is worth knocking often: first after seconds, then every minute.
URGENT_SECONDS = (2, 5, 10, 30, 60)


def _waits(steps: list[timedelta]) -> list[timedelta]:
    """Repeat the last wait until two days are full."""
    left = timedelta(hours=FOR_HOURS) - sum(steps, timedelta())
    return steps + [steps[-1]] * int(left / steps[-1])


_URGENT = _waits([timedelta(seconds=seconds) for seconds in URGENT_SECONDS])
_ORDINARY = _waits([timedelta(minutes=minutes) for minutes in ORDINARY_MINUTES])


def tries(*, urgent: bool) -> int:
    """Return how often a message is tried before it is given up.

    Counted in tries and not in hours, so that a night in which nothing ran does not use up a message's chances.
    """
    return len(_URGENT if urgent else _ORDINARY) + 1


def wait_after(attempts: int, *, urgent: bool, again: int = 0) -> timedelta:
    """Return how long to wait after this many tries.

    `again` is how often a server that gave no answer may have been handed the message once more. After the first time
    even an urgent message waits as long as an ordinary one: its reader may have it already, as often as it was tried.
    """
    waits = _URGENT if urgent else _ORDINARY
    wait = waits[min(attempts, len(waits)) - 1]
    return max(wait, wait_after(again, urgent=False)) if again else wait
