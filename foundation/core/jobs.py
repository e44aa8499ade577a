"""A row is the job: pending rows claimed by lease, so that a crash, a second worker or a lost queue loses nothing."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import TypeVar

from django.db import models, transaction
from django.db.models import F, Q


class JobState(models.TextChoices):
    """States of every job row (design: pending -> running under a lease -> done, failed -> pending, given_up)."""

    PENDING = "pending"
    RUNNING = "running"
    DONE = "done"
    GIVEN_UP = "given_up"


class Job(models.Model):
    """Columns of a job: what is due, who holds it until when, how often it was tried."""

    state = models.CharField(max_length=10, choices=JobState.choices, default=JobState.PENDING)
    due_at = models.DateTimeField()
    claimed_until = models.DateTimeField(null=True, blank=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    last_error = models.CharField(max_length=300, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        abstract = True


J = TypeVar("J", bound=Job)

# Minutes until the next try; the last value repeats until give_up_after tries.
BACK_OFF_MINUTES = (1, 2, 5, 15, 60)


def due(at: datetime) -> Q:
    """Rows that may be claimed now: pending and due, or running under a lease that ended."""
    return Q(state=JobState.PENDING, due_at__lte=at) | Q(state=JobState.RUNNING, claimed_until__lte=at)


def claim(queryset: models.QuerySet[J], *, at: datetime, lease: timedelta, limit: int) -> list[J]:
    """Take up to limit due rows for lease; two claimers never get the same row, and neither waits."""
    with transaction.atomic():
        rows = list(queryset.filter(due(at)).order_by("due_at", "pk").select_for_update(skip_locked=True)[:limit])
        queryset.model._base_manager.filter(pk__in=[row.pk for row in rows]).update(
            state=JobState.RUNNING, claimed_until=at + lease, attempts=F("attempts") + 1
        )
    for row in rows:
        row.state, row.claimed_until, row.attempts = JobState.RUNNING, at + lease, row.attempts + 1
    return rows


def finish(job: Job, *, at: datetime, **also: object) -> bool:
    """Mark the job done if we still hold it, and write these columns too; False when the lease was lost to another."""
    return _close(job, state=JobState.DONE, finished_at=at, claimed_until=None, last_error="", **also)


def fail(
    job: Job,
    error: str,
    *,
    at: datetime,
    give_up_after: int,
    wait: timedelta | None = None,
    on_given_up: Callable[[], None] | None = None,
    **also: object,
) -> bool:
    """Put the job back with back-off (or after this wait), or give it up after give_up_after tries.

    Writes the columns in `also` with it.
    """
    ended = also | {"claimed_until": None, "last_error": error[:300]}
    if job.attempts >= give_up_after:
        changed = _close(job, state=JobState.GIVEN_UP, finished_at=at, **ended)
        if changed and on_given_up:
            on_given_up()
        return changed
    pause = wait or timedelta(minutes=BACK_OFF_MINUTES[min(job.attempts, len(BACK_OFF_MINUTES)) - 1])
    return _close(job, state=JobState.PENDING, due_at=at + pause, **ended)


def _close(job: Job, **values: object) -> bool:
    """Write only if the lease is still ours."""
    held = type(job)._base_manager.filter(pk=job.pk, state=JobState.RUNNING, claimed_until=job.claimed_until)
    if held.update(**values) != 1:
        return False
    for name, value in values.items():
        setattr(job, name, value)
    return True
