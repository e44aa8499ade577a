"""Holds of a drill: which there are, what is asked for each, and when it is reminded of.

Each fault has a day of its own, and holds that are reminded of, or end, on this day. All of them started long ago.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from accounts.models import User
from foundation.core.references import new_reference
from foundation.providers.models import Provider
from preservation import schedule
from preservation.enums import HoldStatus
from preservation.models import HoldFollower, PreservationHold

_LAST = time(23, 59, 59)


@dataclass(frozen=True)
class Kind:
    """How many days are left of a hold on the day of its fault, and what its officer does on this day."""

    name: str
    days: int
    asks: bool = False
    # Granted in the morning, while reminders of the old end go out; otherwise decided after the end has passed.
    at_once: bool = False
    followed: bool = False


KINDS = (
    Kind("30 days left", 30), Kind("30 days left, followed", 30, followed=True), Kind("14 days left", 14),
    Kind("7 days left", 7), Kind("7 days left, extended", 7, asks=True, at_once=True),
    Kind("7 days left, followed and extended", 7, asks=True, at_once=True, followed=True),
    Kind("1 day left", 1), Kind("ends", 0), Kind("ends, followed", 0, followed=True),
    Kind("ends, undecided", 0, asks=True),
)  # fmt: skip


# Runs on for long: nothing may happen to it.
QUIET = Kind("not due", 200)


def make(
    part: str, count: int, day: date, provider: Provider, officer: User, colleague: User, *, due: float
) -> None:  # fmt: skip
    """Write so many running holds for the day of a fault; `part` says to which part of the drill they belong.

    due: the share of them, 0 to 1, that have anything to do on this day.
    """
    agency = officer.membership.agency if officer.membership else None
    if agency is None:
        raise ValueError("A hold needs an officer of an agency.")
    night = datetime.combine(day, time(), UTC)
    began = night - timedelta(days=80)
    rows = []
    for number in range(count):
        kind = KINDS[number % len(KINDS)] if number < count * due else QUIET
        ends = datetime.combine(day + timedelta(days=kind.days), _LAST, UTC)
        rows.append(
            PreservationHold(
                reference=new_reference("HD", began), provider=provider, officer=officer, agency=agency,
                status=HoldStatus.ACTIVE, title=part, case_number=kind.name, created_at=began, requested_at=began,
                starts_at=began, expires_at=ends, expiry_rule="drill", first_days=90, extension_days=90,
                next_action_at=schedule.next_action(ends, after=night, leads=provider.hold_leads),
            )
        )  # fmt: skip
    made = PreservationHold.objects.bulk_create(rows, batch_size=1000)
    followed = {kind.name for kind in KINDS if kind.followed}
    HoldFollower.objects.bulk_create(
        HoldFollower(hold=row, user=colleague, agency=agency, added_at=began, added_by=officer)
        for row in made
        if row.case_number in followed
    )


def asked(part: str, *, at_once: bool) -> Iterator[int]:
    """Give the holds of a part whose officer asks for more time."""
    names = [kind.name for kind in KINDS if kind.asks and kind.at_once is at_once]
    yield from (
        PreservationHold.objects.filter(title=part, case_number__in=names).order_by("pk").values_list("pk", flat=True)
    )


def kind_of(hold: PreservationHold) -> Kind:
    """Return the kind under which a hold of a drill was made."""
    return next(kind for kind in (*KINDS, QUIET) if kind.name == hold.case_number)
