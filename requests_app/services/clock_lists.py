"""The running deadlines of requests, as the page of deadlines lists them for a reader who may know of each."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from django.db.models import QuerySet
from django.urls import reverse

from accounts.models import User
from foundation.notifications.running_clocks import ShownDeadline
from requests_app.deadlines import ACKNOWLEDGE_WITHIN
from requests_app.enums import ClarificationStatus, Outcome, Rank, RequestStatus
from requests_app.models import Clarification, DataRequest
from requests_app.querysets import answered_once, left_behind, suspended
from requests_app.services import reminders

_WAITS = "The clock is stopped until the officer answers."
_SUSPENDED = "The officer or the agency is suspended: nothing can be decided."
_LEFT = "The officer has left, or the account is closed: nothing can leave until a colleague takes the request over."


def acknowledgements(reader: User, since: datetime, until: datetime) -> Iterator[ShownDeadline]:
    """Yield the acknowledgements that no mail server has taken, due fifteen minutes after receipt."""
    window = {
        "submitted_at__gte": since - ACKNOWLEDGE_WITHIN,
        "submitted_at__lt": until - ACKNOWLEDGE_WITHIN,
    }
    for row in _of(reader, reminders.unacknowledged().filter(**window)):
        if row.submitted_at:
            yield _shown("Acknowledgement", row, row.submitted_at + ACKNOWLEDGE_WITHIN, stopped=False)


def first_looks(reader: User, since: datetime, until: datetime) -> Iterator[ShownDeadline]:
    """Yield the requests that nobody has looked at."""
    rows = reminders.first_looks().filter(first_look_due_at__gte=since, first_look_due_at__lt=until)
    yield from (_shown("First look", row, row.first_look_due_at) for row in _of(reader, rows))


def answers(reader: User, since: datetime, until: datetime) -> Iterator[ShownDeadline]:
    """Yield the answers that are owed; those whose clock stands, or who are suspended, say so."""
    for row in _of(reader, _open(since, until).filter(rank__gt=Rank.EXIGENT)):
        yield _shown("Answer", row, row.deadline_at)


def emergencies_to_take(reader: User, since: datetime, until: datetime) -> Iterator[ShownDeadline]:
    """Yield the emergencies that nobody has taken, each of an alert by itself."""
    rows = DataRequest.objects.filter(status=RequestStatus.SUBMITTED, rank=Rank.EXIGENT)
    rows = rows.filter(first_look_due_at__gte=since, first_look_due_at__lt=until)
    yield from (_shown("Emergency to take", row, row.first_look_due_at) for row in _of(reader, rows))


def emergencies_to_decide(reader: User, since: datetime, until: datetime) -> Iterator[ShownDeadline]:
    """Yield the emergencies that are to be decided."""
    for row in _of(reader, _open(since, until).filter(rank=Rank.EXIGENT)):
        yield _shown("Emergency to decide", row, row.deadline_at)


def questions(reader: User, since: datetime, until: datetime) -> Iterator[ShownDeadline]:
    """Yield the questions that wait for an officer."""
    visible = DataRequest.objects.visible_to_staff(reader)
    rows = Clarification.objects.filter(
        status=ClarificationStatus.OPEN, due_at__gte=since, due_at__lt=until, data_request__in=visible.values("pk")
    )
    rows = rows.select_related("data_request__team", "data_request__assignee").annotate(
        is_suspended=suspended("data_request__"), has_left=left_behind("data_request__")
    )
    for row in rows.order_by("due_at", "pk"):
        note = _SUSPENDED if row.is_suspended else f"Question {row.number}: the officer answers."
        if row.has_left and not row.is_suspended:
            note = f"Question {row.number}: the officer has left. Without an answer the request is closed then."
        yield _shown("Question", row.data_request, row.due_at, stopped=row.is_suspended, note=note)


def _open(since: datetime, until: datetime) -> QuerySet[Any]:
    answered = {"status": RequestStatus.GRANTED, "outcome": Outcome.NO_RECORDS}
    rows: QuerySet[Any] = DataRequest.objects.open().filter(deadline_at__gte=since, deadline_at__lt=until)
    return rows.exclude(**answered).exclude(answered_once())


def _of(reader: User, rows: QuerySet[Any]) -> QuerySet[Any]:
    visible = DataRequest.objects.visible_to_staff(reader)
    found: QuerySet[Any] = rows.filter(pk__in=visible.values("pk")).select_related("team", "assignee")
    known: QuerySet[Any] = found.annotate(is_suspended=suspended(), has_left=left_behind())
    return known.order_by("deadline_at", "pk")


def _shown(
    clock: str, row: DataRequest, due: datetime | None, *, stopped: bool | None = None, note: str = ""
) -> ShownDeadline:
    assert due is not None  # noqa: S101 - every query above asks for it
    if stopped is None:
        stopped, note = _stands(row)
    return ShownDeadline(
        clock=clock,
        due=due,
        label=row.reference or "",
        url=reverse("staff:request", args=[row.reference]),
        team=row.team.name if row.team else "",
        person=row.assignee.get_full_name() if row.assignee else "",
        person_id=row.assignee_id,
        exigent=row.is_exigent,
        stopped=stopped,
        note=note,
    )


def _stands(row: Any) -> tuple[bool, str]:
    """Say whether the clock of a row that was read for a list stands, and why."""
    if row.is_suspended and row.status != RequestStatus.SUBMITTED:
        return not row.is_exigent, _SUSPENDED
    if row.clock_stopped_at:
        return True, _WAITS
    return False, _LEFT if row.has_left and row.status != RequestStatus.SUBMITTED else ""
