"""Administrators change the calendars that deadlines are counted on; no open deadline moves unless they say so."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import Q, QuerySet
from django.utils import timezone

from accounts.models import User
from accounts.permissions import Permission, has_permission
from foundation.audit.trail import record
from foundation.core.errors import Incomplete, NotAllowed, Stale
from foundation.legal.calendars import PlaceCalendar
from foundation.legal.events import LegalEvent
from foundation.legal.models import WorkCalendar
from foundation.legal.recount import Moved, Moving, fingerprint, move_all, would_move
from foundation.legal.work_calendars import (
    calendar_from,
    keep_version,
    library_changes,
    refuse_impossible,
    state_of,
)
from foundation.providers.models import Provider
from requests_app.services.company_policy import providers_of

_CHANGED = "Somebody else changed this calendar while you had it open. Read what holds now, then save again."
_OTHER_LIST = "The open deadlines changed while you looked. Read the list again, then choose."

State = Mapping[str, Any]


@dataclass(frozen=True)
class Choice:
    """What becomes of the open deadlines: all stay, those named move, or all that were listed move."""

    keep: bool = True
    everything: bool = False
    keys: frozenset[str] = field(default_factory=frozenset)
    # The fingerprint of the list this person read.
    seen: str = ""

    def of(self, found: list[Moved]) -> list[Moved]:
        """Return those that move; Stale where the list is another one than this person read."""
        if self.keep:
            return []
        if fingerprint(found) != self.seen:
            raise Stale(_OTHER_LIST)
        chosen = found if self.everything else [moved for moved in found if moved.key in self.keys]
        if not self.everything and len(chosen) != len(self.keys):
            raise Stale(_OTHER_LIST)
        return chosen


@dataclass(frozen=True)
class Outcome:
    """What a change did: the calendar, how many deadlines moved and how many stayed."""

    calendar: WorkCalendar
    moved: int
    kept: int


def calendars_of(user: User) -> QuerySet[WorkCalendar]:
    """Return the calendars of the companies this member of staff works for, and those that nobody uses yet."""
    theirs = providers_of(user)
    mine = Q(provider__in=theirs) | Q(teams__provider__in=theirs) | Q(provider=None, teams=None)
    return WorkCalendar.objects.filter(mine).distinct().order_by("name")


def may_change(calendar: WorkCalendar, user: User) -> bool:
    """Say whether this person may change a calendar: an administrator of every company that counts on it."""
    users = Provider.objects.filter(Q(calendar=calendar) | Q(teams__calendar=calendar))
    others = users.exclude(pk__in=providers_of(user).values("pk"))
    return has_permission(user, Permission.MANAGE_SETTINGS) and not others.exists()


def plan(calendar: WorkCalendar, state: State, *, by: User, at: datetime | None = None) -> list[Moved]:
    """Return every open deadline that these settings would give another date; nothing is changed.

    Raises NotAllowed without the right, Incomplete where nothing could be counted on such a calendar.
    """
    at = at or timezone.now()
    _require(by, calendar)
    proposed = _next(calendar, state)
    refuse_impossible(proposed, at=at)
    return would_move(calendar, proposed, reader=by)


@transaction.atomic
def add(name: str, state: State, *, reason: str, by: User, at: datetime | None = None) -> WorkCalendar:
    """Make a calendar that nothing is counted on yet."""
    at = at or timezone.now()
    if not has_permission(by, Permission.MANAGE_SETTINGS):
        raise NotAllowed("You may not change working time.")
    refuse_impossible(calendar_from(state, version=1), at=at)
    row = WorkCalendar(name=name)
    _put(row, state)
    _save_named(row)
    keep_version(row, at=at)
    record(LegalEvent.CALENDAR_ADDED, by=by, obj=row, reason=reason, data={"says": state_of(row)}, at=at)
    return row


@transaction.atomic
def change(
    calendar: WorkCalendar,
    *,
    name: str,
    state: State,
    version: int,
    choice: Choice,
    reason: str,
    by: User,
    at: datetime | None = None,
) -> Outcome | None:
    """Change a calendar, and move the open deadlines that were chosen, each with an entry of its own.

    `version` is the lock_version this person saw. Raises Stale where somebody else saved since, or the open deadlines
    are others than those read. Returns None, and leaves no event, where nothing is different.
    """
    at = at or timezone.now()
    row = _locked(calendar, version, by)
    before = state_of(row) | {"name": row.name}
    proposed = _next(row, state)
    refuse_impossible(proposed, at=at)
    after = state_of(proposed) | {"name": name}
    if after == before:
        return None
    keep_version(row, at=at)
    found = would_move(row, proposed, reader=by)
    chosen = choice.of(found)
    _put(row, state)
    row.name = name
    row.version = proposed.version
    row.lock_version += 1
    _save_named(row)
    keep_version(row, at=at)
    moved = move_all(chosen, Moving(row, row.version, reason, by, at))
    changes = {key: [before[key], after[key]] for key in after if before[key] != after[key]}
    record(LegalEvent.CALENDAR_CHANGED, by=by, obj=row, reason=reason, at=at,
           data={"changes": changes, "version": row.version, "moved": moved, "kept": len(found) - moved})  # fmt: skip
    return Outcome(row, moved, len(found) - moved)


@transaction.atomic
def recount(
    calendar: WorkCalendar, *, version: int, choice: Choice, reason: str, by: User, at: datetime | None = None
) -> Outcome:
    """Count the open deadlines of an unchanged calendar again: a newer library, or what was kept at an earlier change.

    Where the library sees public days otherwise this makes a new version, so that rules say which one they follow.
    """
    at = at or timezone.now()
    row = _locked(calendar, version, by)
    state = state_of(row)
    newer = library_changes(row)
    keep_version(row, at=at)
    number = row.version + bool(newer)
    found = would_move(row, calendar_from(state, version=number), reader=by)
    chosen = choice.of(found)
    row.version, row.lock_version = number, row.lock_version + 1
    row.save(update_fields=["version", "lock_version"])
    keep_version(row, at=at)
    moved = move_all(chosen, Moving(row, row.version, reason, by, at))
    record(LegalEvent.CALENDAR_RECOUNTED, by=by, obj=row, reason=reason, at=at,
           data={"version": number, "public_days": len(newer), "moved": moved, "kept": len(found) - moved})  # fmt: skip
    return Outcome(row, moved, len(found) - moved)


def _next(calendar: WorkCalendar, state: State) -> PlaceCalendar:
    """Return the calendar these settings make: a new version where they, or the library, are others than before."""
    same = state == state_of(calendar) and not library_changes(calendar)
    return calendar_from(state, version=calendar.version + (not same))


def _put(row: WorkCalendar, state: State) -> None:
    row.country, row.subdivision, row.time_zone = state["country"], state["subdivision"], state["time_zone"]
    row.closes_at = time.fromisoformat(state["closes_at"])
    row.cut_off = time.fromisoformat(state["cut_off"]) if state["cut_off"] else None
    row.weekend, row.closures = list(state["weekend"]), [dict(each) for each in state["closures"]]
    row.extra_closed = [date.fromisoformat(day) for day in state["extra_closed"]]
    row.extra_open = [date.fromisoformat(day) for day in state["extra_open"]]


def _save_named(row: WorkCalendar) -> None:
    """Save a calendar; a name that another one has is a sentence, not an error of the database."""
    try:
        with transaction.atomic():
            row.save()
    except IntegrityError as error:
        if not WorkCalendar.objects.filter(name=row.name).exclude(pk=row.pk).exists():
            raise
        raise Incomplete(f"Another calendar is called {row.name}. Choose another name.") from error


def _locked(calendar: WorkCalendar, version: int, by: User) -> WorkCalendar:
    row = WorkCalendar.objects.select_for_update().get(pk=calendar.pk)
    _require(by, row)
    if row.lock_version != version:
        raise Stale(_CHANGED)
    return row


def _require(user: User, calendar: WorkCalendar) -> None:
    """Raise NotAllowed for everybody but an administrator of every company that counts on the calendar."""
    if not may_change(calendar, user):
        raise NotAllowed("You may not change this calendar.")
