"""Joining two entries of the registry that are one agency: what points at the one then points at the other.

The tables are asked, not listed: what apps above this one keep of an agency (requests, holds) moves as well.
"""

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import IntegrityError, models, transaction
from django.utils import timezone

from accounts.enums import AgencyStatus
from accounts.events import Event
from accounts.models import AccessApplication, Agency, AgencyMembership, AgencyNumber, CallBack, Desk, User, Vouch
from accounts.permissions import Permission
from accounts.services import signals
from accounts.services.agencies import require
from accounts.services.applicant_contacts import where_given
from foundation.audit.trail import record
from foundation.core.errors import NotAllowed, TransitionRefused

_WORDS: dict[type[models.Model], str] = {
    Agency: "entries merged into it earlier",
    AgencyMembership: "memberships of officers",
    CallBack: "calls to it",
    Vouch: "vouches",
}


@dataclass(frozen=True)
class Pointer:
    """One column somewhere that names an agency."""

    model: type[models.Model]
    column: str

    @property
    def label(self) -> str:
        """What the rows are, in words: "agency numbers"."""
        return _WORDS.get(self.model) or str(self.model._meta.verbose_name_plural)

    def rows(self, agency: Agency) -> "models.QuerySet[Any]":
        """Return the rows that name this agency."""
        return self.model._base_manager.filter(**{self.column: agency})


def pointers() -> Iterator[Pointer]:
    """Yield every column of every app that is a foreign key to an agency, tables between many and many included."""
    for field in Agency._meta.get_fields(include_hidden=True):
        if isinstance(field, models.ManyToOneRel) and field.field.concrete:
            yield Pointer(field.related_model, field.field.name)


def what_moves(source: Agency) -> list[tuple[str, int]]:
    """Return what would move out of an entry: (words, how many), without what there is none of."""
    counted = Counter({pointer.label: 0 for pointer in pointers()})
    for pointer in pointers():
        counted[pointer.label] += pointer.rows(source).count()
    return sorted((label, number) for label, number in counted.items() if number)


def merge_refusal(source: Agency, target: Agency) -> str:
    """Say why these two cannot be made one, or nothing."""
    if source.pk == target.pk:
        return "Choose another agency: this is the same."
    if source.merged_into_id is not None or target.merged_into_id is not None:
        return "One of the two was merged already."
    if AgencyStatus.SUSPENDED in {source.status, target.status}:
        return "A suspended agency cannot be merged. Lift the suspension first."
    if source.country != target.country:
        return "They are in different countries. Correct that first, if it is wrong."
    if source.status == AgencyStatus.ACTIVE and target.status != AgencyStatus.ACTIVE:
        return f"The officers of {source} would lose their access, because {target} is only proposed. Merge that one."
    return ""


@transaction.atomic
def merge(source: Agency, target: Agency, *, reason: str, by: User, at: datetime | None = None) -> Agency:
    """Make `source` part of `target`: all that names it names the target, and its page leads there.

    Police power is not carried over. Numbers that move were not confirmed for the target: they stand as entered by this
    person, and another confirms them before they are called; so do numbers of the target that somebody of the other
    entry gave us. The checks of open applications of both are done again. Raises NotAllowed without the right or
    against a declared conflict, TransitionRefused where the two cannot be one; then nothing has moved.
    """
    at = at or timezone.now()
    locked = {a.pk: a for a in Agency.objects.select_for_update().filter(pk__in=[source.pk, target.pk]).order_by("pk")}
    gone, stays = locked[source.pk], locked[target.pk]
    require(by, Permission.MANAGE_MEMBERS)
    if by.conflicts.filter(agency__in=locked, ended_at=None).exists():
        raise NotAllowed("You declared a conflict with one of the two agencies.")
    if refusal := merge_refusal(gone, stays):
        raise TransitionRefused(refusal)
    numbers = _renew_numbers(gone, stays, by=by, at=at)
    moved = _move_all(gone, stays, at=at)
    gone.merged_into, gone.status = stays, AgencyStatus.PROPOSED
    gone.save(update_fields=["merged_into", "status"])
    _check_again(stays, at=at)
    _note(gone, stays, {"moved": moved, "numbers": numbers}, reason=reason, by=by, at=at)
    return stays


def _move_all(gone: Agency, stays: Agency, *, at: datetime) -> dict[str, int]:
    moved: Counter[str] = Counter()
    for pointer in pointers():
        moved[pointer.label] += _move(pointer, gone, stays, at=at)
    return {label: number for label, number in moved.items() if number}


def _move(pointer: Pointer, gone: Agency, stays: Agency, *, at: datetime) -> int:
    """Move all rows at once; where two would be the same, one by one with what the table needs."""
    try:
        with transaction.atomic():
            return int(pointer.rows(gone).update(**{pointer.column: stays}))
    except IntegrityError:
        rows = list(pointer.rows(gone).order_by("pk"))
    for row in rows:
        _move_one(pointer, row, gone, stays, at=at)
    return len(rows)


def _move_one(pointer: Pointer, row: Any, gone: Agency, stays: Agency, *, at: datetime) -> None:
    itself = pointer.model._base_manager.filter(pk=row.pk)
    changes: list[dict[str, Any]] = [{}]
    if make := _WHEN_TAKEN.get(pointer.model):
        changes.append(make(row, gone, at))
    for change in changes:
        try:
            with transaction.atomic():
                itself.update(**change, **{pointer.column: stays})
                return
        except IntegrityError:
            continue
    one = pointer.model._meta.verbose_name
    raise TransitionRefused(f"Nothing was merged: both have the same {one}, {row}. Change or end one of them first.")


def _other_name(desk: Desk, gone: Agency, _at: datetime) -> dict[str, Any]:
    """Two desks of one name: the one that moves also says where it came from, and which it was."""
    longest = Desk._meta.get_field("name").max_length or 100
    tail = f" ({gone.name[:60]}, {desk.pk})"
    return {"name": desk.name[: longest - len(tail)] + tail}


def _withdrawn(_vouch: Vouch, _gone: Agency, at: datetime) -> dict[str, Any]:
    """One lead vouched for the same colleague in both: the target's stands."""
    return {"withdrawn_at": at}


# What is changed in a row that the target has already under the same name.
_WHEN_TAKEN: dict[type[models.Model], Callable[[Any, Agency, datetime], dict[str, Any]]] = {
    Desk: _other_name,
    Vouch: _withdrawn,
}


def _renew_numbers(gone: Agency, stays: Agency, *, by: User, at: datetime) -> list[dict[str, str]]:
    """Take the confirmation from numbers that move, retire those that the target holds too; return what was."""
    in_use = AgencyNumber.objects.select_for_update(of=("self",)).filter(retired_at=None)
    held = {entry.number: entry for entry in in_use.filter(agency=stays)}
    told = []
    for entry in in_use.filter(agency=gone):
        told.append(_told(entry, where_given(entry.number, country=stays.country)))
        if entry.number in held:
            entry.retired_at, entry.retired_by = at, by
        else:
            entry.confirmed_at, entry.confirmed_by, entry.entered_at, entry.entered_by = None, None, at, by
        entry.save()
    for entry in held.values():
        if entry.confirmed_at and (given := where_given(entry.number, country=stays.country, of=gone)):
            told.append(_told(entry, given))
            entry.confirmed_at = entry.confirmed_by = None
            entry.save(update_fields=["confirmed_at", "confirmed_by"])
    return told


def _told(entry: AgencyNumber, given: str) -> dict[str, str]:
    confirmed = entry.confirmed_at.isoformat() if entry.confirmed_at else ""
    return {"number": entry.number, "confirmed": confirmed} | ({"also_in": given} if given else {})


def _check_again(agency: Agency, *, at: datetime) -> None:
    """Plan the checks of the open applications anew: they asked about another entry."""
    for application in AccessApplication.objects.filter(agency=agency).order_by("pk"):
        if signals.may_check_again(application):
            signals.plan(application, at=at)


def _note(gone: Agency, stays: Agency, facts: dict[str, Any], *, reason: str, by: User, at: datetime) -> None:
    into = {"into": stays.name, "into_uid": str(stays.uid)}
    record(Event.AGENCY_MERGED, by=by, obj=gone, reason=reason, data=facts | into, at=at)
    merged = {"merged": gone.name, "merged_uid": str(gone.uid)}
    record(Event.AGENCY_MERGED, by=by, obj=stays, reason=reason, data=facts | merged, at=at)
