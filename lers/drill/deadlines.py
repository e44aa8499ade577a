"""Deadlines of a drill: requests whose answer is due within seconds, told of by a clock of the drill's own.

The clock runs through the portal's engine, in the portal's processes. What it says carries a new key each time, so that
telling a stage twice could not hide behind the outbox's own guard.
"""

from collections import Counter
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

from django.db.models import QuerySet

from accounts.models import Agency, User
from foundation.core.references import new_reference
from foundation.notifications.models import OutboundMessage, ReminderMark
from foundation.notifications.outbox import send
from foundation.notifications.running_clocks import RunningClock, Stage
from foundation.providers.models import Provider
from lers.demo.people import who
from requests_app.enums import RequestStatus
from requests_app.models import DataRequest

# Any message that needs no words but its own.
EVENT = "lost_factor_refused"
TITLE = "Drill"


def running() -> QuerySet[DataRequest]:
    """Return the requests of drills that are still open."""
    return DataRequest.objects.filter(title=TITLE, closed_at=None)


def tell(row: DataRequest, stage: Stage, at: datetime) -> None:
    """Write one message for a stage of a deadline."""
    send(
        EVENT,
        dedupe_key=f"drill-clock:{row.pk}:{stage.name}:{uuid4()}",
        to_address="desk@drill.example",
        context={},
        reference=row.reference or "",
        at=at,
    )


def make(
    part: str, due: Sequence[datetime], provider: Provider, officer: User, *, began: datetime
) -> list[DataRequest]:
    """Write a request in review for each deadline; `part` says to which part of the drill they belong."""
    given: dict[str, Any] = {
        "provider": provider, "officer": officer, "agency": _agency_of(officer), "jurisdiction": "NO",
        "title": TITLE, "case_number": part, "status": RequestStatus.IN_REVIEW, "created_at": began,
        "saved_at": began, "submitted_at": began, "taken_at": began, "assignee": who("analyst"),
        "deadline_rule": "drill",
    }  # fmt: skip
    made: list[DataRequest] = []
    for moment in due:
        reference = new_reference(provider.reference_prefix, began)
        made.append(DataRequest.objects.create(**given, reference=reference, deadline_at=moment))
    return made


def told_once(clock: RunningClock, part: str) -> tuple[int, int, int]:
    """Return how many stages of this part's deadlines have come, how many were missed, how many told twice.

    A stage that passed while nobody could tell it counts as told with the latest one; that one must have been said.
    """
    rows = list(DataRequest.objects.filter(title=TITLE, case_number=part))
    marks = set(
        ReminderMark.objects.filter(clock=clock.name, row_id__in=[row.pk for row in rows]).values_list(
            "row_id", "stage"
        )
    )
    keys = OutboundMessage.objects.filter(dedupe_key__startswith="drill-clock:").values_list("dedupe_key", flat=True)
    said = Counter(tuple(key.split(":")[1:3]) for key in keys)
    come = missed = twice = 0
    for row in rows:
        stages = [stage for stage in clock.stages if _has_meaning(row, stage)]
        come += len(stages)
        missed += sum((row.pk, stage.name) not in marks for stage in stages)
        missed += (row.pk, stages[-1].name) in marks and not said[str(row.pk), stages[-1].name]
        twice += sum(said[str(row.pk), stage.name] > 1 for stage in stages)
    return come, missed, twice


def untold(clock: RunningClock) -> int:
    """Return how many open deadlines of drills wait for their last stage."""
    marked = ReminderMark.objects.filter(clock=clock.name, stage=clock.stages[-1].name).values("row_id")
    return running().exclude(pk__in=marked).count()


def close(*, at: datetime) -> None:
    """End the requests of drills that are open, so that no clock looks at them any more."""
    running().update(closed_at=at, status=RequestStatus.CLOSED)


def _agency_of(officer: User) -> Agency:
    if officer.membership is None:
        raise ValueError("A request needs an officer of an agency.")
    agency: Agency = officer.membership.agency
    return agency


def _has_meaning(row: DataRequest, stage: Stage) -> bool:
    if row.submitted_at is None or row.deadline_at is None:
        return False
    return not stage.is_before or row.submitted_at < row.deadline_at + stage.offset


def soon(count: int, *, at: datetime, within: float) -> list[datetime]:
    """Return so many deadlines, spread over the seconds from now."""
    return [at + timedelta(seconds=within * (n + 1) / (count + 1)) for n in range(count)]
