"""Reminders of every running clock: each stage of each deadline told once, whatever crashes or runs twice.

The deadline's column is the only truth. A mark says what was said of it; so a deadline that moves is reminded of anew,
and no code that moves one needs to think of reminders.
"""

import logging
import time
from datetime import datetime, timedelta
from typing import Any

from django.db import connection, transaction
from django.db.models import Exists, F, OuterRef, QuerySet, Value
from django.utils import timezone

from foundation.notifications.models import ReminderMark
from foundation.notifications.running_clocks import NobodyToTell, RunningClock, Stage, clocks

logger = logging.getLogger(__name__)

# A mark is of no use once nobody is reminded of its deadline any more.
MARKS_KEPT = timedelta(days=400)
# A process whose time is further from the database's does not know what is due.
LEAP = timedelta(minutes=5)
# A mark that lies further ahead was made by such a process and says nothing. Longer than any sweep takes.
MARKS_AHEAD = timedelta(hours=1)
# Rows that could not be told of stand behind all others for so long, so that they use up no sweep.
BEHIND_SECONDS = 600.0
_failed: dict[tuple[str, str], dict[int, float]] = {}
# The mark of a deadline that there was nobody to tell of, and how often the log says so.
_UNHEARD = "nobody"
_SAY_AGAIN = timedelta(hours=1)


def remind(*, at: datetime | None = None, limit: int = 200, urgent_only: bool = False, only: str = "") -> int:
    """Tell every stage of every clock that is due, each in a transaction of its own; return how many were told.

    Of several stages that were missed only the latest is told. A stage that lies before the clock began is none: who
    gets three days is not told at once that three days are left. A stage that there is nobody to tell of stays due, and
    the log says so once an hour. A row that somebody else holds is left to them; a row
    or a whole clock that fails is logged, stays due, and does not keep the others waiting. With `urgent_only` only the
    clocks of emergencies, for the process that needs no Celery; with `only` the clock of that name, for drills.

    Without `at` it is now, and nothing is told where this process and the database do not agree what that is.
    """
    if at is None:
        at = timezone.now()
        if _has_leapt(at):
            return 0
    told = 0
    for clock in (each for each in clocks() if (each.urgent or not urgent_only) and only in {"", each.name}):
        try:
            told += _remind_of(clock, at, limit)
        except Exception:
            logger.exception("Clock %s could not be looked at", clock.name)
    return told


def forget(*, at: datetime | None = None) -> int:
    """Delete marks of long ago; return how many."""
    return ReminderMark.objects.filter(at__lt=(at or timezone.now()) - MARKS_KEPT).delete()[0]


def _has_leapt(at: datetime) -> bool:
    """Whether this process's time is too far from the database's: what it tells too early could not be taken back."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT clock_timestamp()")
        database: datetime = cursor.fetchone()[0]
    if abs(at - database) <= LEAP:
        return False
    logger.error("Nobody is reminded: it is %s here and %s in the database. Set the clocks.", at, database)
    return True


def _remind_of(clock: RunningClock, at: datetime, limit: int) -> int:
    told, unheard = 0, set[int]()
    for index in range(len(clock.stages) - 1, -1, -1):
        due = _due(clock, clock.stages[index], at).exclude(pk__in=unheard)
        failed = _failed_lately(clock, clock.stages[index])
        for pk in _next(due, failed, limit):
            try:
                if _tell(clock, index, pk, at):
                    told += 1
                else:
                    unheard.add(pk)
                failed.pop(pk, None)
            except Exception:
                failed[pk] = time.monotonic()
                logger.exception("Clock %s of row %s could not be reminded of (%s)", clock.name, pk, index)
    return told


def _failed_lately(clock: RunningClock, stage: Stage) -> dict[int, float]:
    """Return the rows of a stage that could not be told of in this process lately, each with when that was."""
    kept, since = _failed.setdefault((clock.name, stage.name), {}), time.monotonic() - BEHIND_SECONDS
    for pk in [pk for pk, when in kept.items() if when < since]:
        del kept[pk]
    return kept


def _next(due: QuerySet[Any], failed: dict[int, float], limit: int) -> list[int]:
    """Return the rows to tell of, those that failed lately last and the longest ago of them first."""
    if not failed:
        return list(due.values_list("pk", flat=True)[:limit])
    found = list(due.exclude(pk__in=list(failed)).values_list("pk", flat=True)[:limit])
    again = set(due.filter(pk__in=list(failed)).values_list("pk", flat=True)) if len(found) < limit else set()
    return [*found, *sorted(again, key=failed.__getitem__)[: limit - len(found)]]


def _due(clock: RunningClock, stage: Stage, at: datetime) -> QuerySet[Any]:
    """Return the running rows whose stage has come, has a meaning, and was not told."""
    marks = ReminderMark.objects.filter(
        clock=clock.name, row_id=OuterRef("pk"), due_at=OuterRef(clock.due), stage=stage.name,
        at__lte=at + MARKS_AHEAD,
    )  # fmt: skip
    meant = {f"{clock.began}__lt": F(clock.due) + Value(stage.offset)} if stage.is_before else {}
    rows = clock.running().filter(**{f"{clock.due}__lte": at - stage.offset}, **meant)
    # Those that nobody could be told of come last: they must not keep the others waiting.
    unheard = ReminderMark.objects.filter(
        clock=clock.name, row_id=OuterRef("pk"), due_at=OuterRef(clock.due), stage=_UNHEARD
    )
    return rows.exclude(Exists(marks)).order_by(Exists(unheard), clock.due, "pk")


@transaction.atomic
def _tell(clock: RunningClock, index: int, pk: int, at: datetime) -> int:
    """Claim one row, tell it and mark this stage and all before it; 0 where it was not told.

    That is where somebody else has it or did it, or where nobody is there to tell.
    """
    stage = clock.stages[index]
    row = _due(clock, stage, at).select_for_update(skip_locked=True, of=("self",)).filter(pk=pk).first()
    # Asked again once the lock is held: what was joined to the row, its marks too, was read before that.
    if row is None or not _due(clock, stage, at).filter(pk=pk).exists():
        return 0
    due = getattr(row, clock.due)
    try:
        clock.teller()(row, stage, at)
    except NobodyToTell:
        _say_unheard(clock, pk, due, at)
        return 0
    # Of a deadline that was told of while this process's time was wrong.
    ReminderMark.objects.filter(clock=clock.name, row_id=pk, due_at=due, at__gt=at + MARKS_AHEAD).delete()
    ReminderMark.objects.bulk_create(
        [
            ReminderMark(clock=clock.name, row_id=pk, due_at=due, stage=passed.name, at=at)
            for passed in clock.stages[: index + 1]
        ],
        ignore_conflicts=True,
    )
    return 1


def _say_unheard(clock: RunningClock, pk: int, due: datetime, at: datetime) -> None:
    """Log that nobody could be told, once an hour for each deadline, whichever process finds it."""
    mark, first = ReminderMark.objects.get_or_create(
        clock=clock.name, row_id=pk, due_at=due, stage=_UNHEARD, defaults={"at": at}
    )
    if first or mark.at <= at - _SAY_AGAIN:
        ReminderMark.objects.filter(pk=mark.pk).update(at=at)
        logger.error("Clock %s of row %s: there is nobody to tell; it stays due", clock.name, pk)
