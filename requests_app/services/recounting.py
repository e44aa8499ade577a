"""Deadlines of requests that stand on a calendar, for administrators who change it (foundation.legal.recount)."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from django.db.models import F, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.urls import reverse

from accounts.models import Suspension, User
from accounts.permissions import Permission
from foundation.audit.trail import record
from foundation.legal.events import LegalEvent
from foundation.legal.models import WorkCalendar
from foundation.legal.open_clocks import OpenClock
from foundation.legal.recount import Moved, Moving
from requests_app.enums import ClarificationStatus, RequestStatus
from requests_app.models import Clarification, DataRequest

_ANSWER, _LOOK, _QUESTION = "answer", "first_look", "question"
_COLUMNS = {_ANSWER: ("deadline_at", "deadline_rule"), _LOOK: ("first_look_due_at", "first_look_rule")}
_CHUNK = 500
# Who keeps calendars without reading requests is told of kind and dates alone.
_UNNAMED = "A request"


def open_clocks(calendar: WorkCalendar, reader: User | None) -> Iterator[OpenClock]:
    """Yield the answers, first looks and questions that are open and were counted on this calendar.

    Restricted requests only for those who may read them: that one exists is itself restricted.
    """
    may_open: set[int] = set()
    if reader is not None:
        may_open = set(DataRequest.objects.visible_to_staff(reader).open().values_list("pk", flat=True))
    yield from _answers(calendar, reader, may_open)
    yield from _first_looks(calendar, reader, may_open)
    yield from _questions(calendar, reader, may_open)


def move(moving: Moving, moved: Moved) -> bool:
    """Write one deadline that was chosen, with its entry; False where it is not open any more or stands elsewhere."""
    kind, _, pk = moved.clock.key.partition(":")
    if kind == _QUESTION:
        return _move_question(moving, moved, int(pk))
    due, rule = _COLUMNS[kind]
    unchanged = DataRequest.objects.open().filter(pk=pk, **{due: moved.clock.due, rule: moved.clock.rule})
    if kind == _LOOK:
        unchanged = unchanged.filter(status=RequestStatus.SUBMITTED)
    row = unchanged.select_for_update().first()
    if row is None:
        return False
    DataRequest.objects.filter(pk=row.pk).update(**{due: moved.at, rule: moved.rule})
    _record(moving, moved, row)
    return True


def _move_question(moving: Moving, moved: Moved, pk: int) -> bool:
    """Write the time for an answer to a question; the request is locked first, as everywhere."""
    DataRequest.objects.select_for_update().filter(clarifications=pk).first()
    unchanged = Clarification.objects.filter(
        pk=pk, status=ClarificationStatus.OPEN, due_at=moved.clock.due, due_rule=moved.clock.rule
    )
    row = unchanged.select_for_update().select_related(None).first()
    if row is None:
        return False
    Clarification.objects.filter(pk=pk).update(due_at=moved.at, due_rule=moved.rule)
    _record(moving, moved, row)
    return True


def _record(moving: Moving, moved: Moved, row: DataRequest | Clarification) -> None:
    record(
        LegalEvent.DEADLINE_MOVED, by=moving.by, obj=row, reason=moving.reason, data=moving.facts(moved), at=moving.at
    )


def _answers(calendar: WorkCalendar, reader: User | None, may_open: set[int]) -> Iterator[OpenClock]:
    rows = _known(DataRequest.objects.open().filter(provider__calendar=calendar), reader, may_open)
    rows = rows.exclude(deadline_at=None).exclude(submitted_at=None)
    for row in rows.iterator(_CHUNK):
        yield OpenClock(
            f"{_ANSWER}:{row.pk}", "Answer", _label(row, reader), row.submitted_at, row.deadline_at, row.deadline_rule,
            _page(row, may_open),
        )  # fmt: skip


def _first_looks(calendar: WorkCalendar, reader: User | None, may_open: set[int]) -> Iterator[OpenClock]:
    """The first look is over once somebody took the request."""
    theirs = Q(team__calendar=calendar) | Q(team__calendar=None, provider__calendar=calendar)
    rows = DataRequest.objects.filter(theirs, status=RequestStatus.SUBMITTED).exclude(first_look_due_at=None)
    for row in _known(rows, reader, may_open).exclude(first_look_rule="").iterator(_CHUNK):
        yield OpenClock(
            f"{_LOOK}:{row.pk}", "First look", _label(row, reader), row.submitted_at, row.first_look_due_at,
            row.first_look_rule, _page(row, may_open),
        )  # fmt: skip


def _questions(calendar: WorkCalendar, reader: User | None, may_open: set[int]) -> Iterator[OpenClock]:
    """A question whose officer was suspended meanwhile has its full time from when access was given back."""
    lifted = Suspension.objects.filter(lifted_at__gt=OuterRef("asked_at")).order_by("-lifted_at")
    theirs = Q(officer=OuterRef("data_request__officer")) | Q(agency=OuterRef("data_request__agency"))
    rows = Clarification.objects.filter(status=ClarificationStatus.OPEN, data_request__provider__calendar=calendar)
    if reader is not None:
        rows = rows.filter(Q(data_request__restricted=False) | Q(data_request__in=may_open))
    rows = rows.select_related("data_request").annotate(
        back_at=Coalesce(Subquery(lifted.filter(theirs).values("lifted_at")[:1]), F("asked_at"))
    )
    for row in rows.order_by("pk").iterator(_CHUNK):
        back_at: datetime = row.back_at
        yield OpenClock(
            f"{_QUESTION}:{row.pk}", f"Answer to question {row.number}", _label(row.data_request, reader),
            row.asked_at, row.due_at, row.due_rule, _page(row.data_request, may_open), (back_at,),
        )  # fmt: skip


def _known(rows: QuerySet[Any], reader: User | None, may_open: set[int]) -> QuerySet[Any]:
    rows = rows.only(
        "reference", "submitted_at", "deadline_at", "deadline_rule", "first_look_due_at", "first_look_rule"
    ).order_by("pk")
    return rows if reader is None else rows.filter(Q(restricted=False) | Q(pk__in=may_open))


def _label(row: DataRequest, reader: User | None) -> str:
    """Name the request, for those who may know references: the queue's readers, and the trail (reader None)."""
    known = reader is None or Permission.SEE_QUEUE in reader.permissions
    return (row.reference or "") if known else _UNNAMED


def _page(row: DataRequest, may_open: set[int]) -> str:
    return reverse("staff:request", args=[row.reference]) if row.pk in may_open else ""
