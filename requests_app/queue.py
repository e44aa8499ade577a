"""What stands in the queue: read in few queries, paged by the last row seen and never by a count of rows."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.core.exceptions import EmptyResultSet
from django.db import connection
from django.db.models import Count, Exists, F, IntegerField, Max, OuterRef, Q, QuerySet, Subquery, Value
from django.db.models.fields.tuple_lookups import Tuple, TupleGreaterThan, TupleLessThan, TupleLessThanOrEqual
from django.db.models.functions import Coalesce
from django.utils import timezone

from accounts.enums import CallPurpose
from accounts.models import User
from foundation.audit.models import AuditEvent
from requests_app.confirming import calls_about, counting
from requests_app.enums import OPEN_STATUSES, ClarificationStatus, Rank
from requests_app.events import Event
from requests_app.models import Clarification, ComparedRequest, DataRequest, Target
from requests_app.querysets import frozen, left_behind
from requests_app.queue_filters import VIEWS, Filters, narrowed
from requests_app.services.rota import on_duty_now

PAGE = 25
# Counting stops here: "999+" says enough.
COUNT_TO = 1000
# For so long a request of the same agency counts as a likely duplicate; only with so many identifiers it is looked for.
ALIKE_FOR = timedelta(days=365)
ALIKE_TO = 100
ALL_OPEN, ALL_OVERDUE, RESTRICTED = "all_open", "all_overdue", "restricted"
LATE_EMERGENCIES, SHOWN = "late_emergencies", "shown"
_KEY = ("rank", "deadline_at", "id")
# Looking is no activity.
_LOOKS = (Event.VIEWED, Event.DOCUMENT_VIEWED, Event.RECORD_VIEWED, Event.RECORDS_VIEWED)


@dataclass(frozen=True)
class Position:
    """A row's place in the order, as it stands in the address."""

    rank: int
    deadline_at: datetime
    pk: int

    @classmethod
    def read(cls, text: str) -> "Position | None":
        """Read a place from the address; None if it is not one."""
        try:
            rank, deadline, pk = text.split("~")
            place = cls(int(rank), datetime.fromisoformat(deadline), int(pk))
        except ValueError:
            return None
        fits = place.deadline_at.tzinfo and 0 <= place.rank < 2**15 and 0 <= place.pk < 2**63
        return place if fits else None

    @classmethod
    def of(cls, row: Any) -> str:
        """Write the place of a row for the address."""
        return f"{row.rank}~{row.deadline_at.isoformat()}~{row.pk}"


@dataclass(frozen=True)
class Page:
    """Some rows, and the places before and behind them; empty where there is nothing more."""

    rows: list[Any]
    before: str = ""
    after: str = ""


def read_page(rows: QuerySet[Any], *, after: str = "", before: str = "") -> Page:
    """Return the page behind one row or before another, or the first one: a row comparison on the queue's index.

    The row that is named may have left the list meanwhile: its place is what counts. Where nothing is left behind or
    before it, the end of the list that is nearest is shown, so that nobody stands on an empty page of a full list.
    """
    start, end = Position.read(after), Position.read(before)
    if end is not None and (taken := _backwards(rows, end)):
        more, taken = len(taken) > PAGE, taken[:PAGE][::-1]
        return Page(taken, Position.of(taken[0]) if more else "", Position.of(taken[-1]))
    if start is not None and end is None:
        if taken := _forwards(rows, start):
            more, taken = len(taken) > PAGE, taken[:PAGE]
            return Page(taken, Position.of(taken[0]), Position.of(taken[-1]) if more else "")
        taken = _backwards(rows, start, itself=True)
        more, taken = len(taken) > PAGE, taken[:PAGE][::-1]
        return Page(taken, Position.of(taken[0]) if more else "", "")
    taken = _forwards(rows, None)
    more, taken = len(taken) > PAGE, taken[:PAGE]
    return Page(taken, "", Position.of(taken[-1]) if more else "")


_PLACE = Tuple(*(F(name) for name in _KEY))


def _forwards(rows: QuerySet[Any], start: Position | None) -> list[Any]:
    if start is not None:
        rows = rows.filter(TupleGreaterThan(_PLACE, (start.rank, start.deadline_at, start.pk)))
    return _taken(rows, list(_KEY))


def _backwards(rows: QuerySet[Any], end: Position, *, itself: bool = False) -> list[Any]:
    compare = TupleLessThanOrEqual if itself else TupleLessThan
    found = rows.filter(compare(_PLACE, (end.rank, end.deadline_at, end.pk)))
    return _taken(found, [f"-{name}" for name in _KEY])


def _taken(rows: QuerySet[Any], order: list[str]) -> list[Any]:
    """Return one row more than a page. The keys are chosen first, so that no plan adds facts to rows it drops again."""
    keys = rows.order_by(*order).values("pk")[: PAGE + 1]
    return list(with_facts(rows.filter(pk__in=keys)).order_by(*order))


def with_facts(rows: QuerySet[Any]) -> QuerySet[Any]:
    """Add what a row shows, in the same query."""
    questions = Clarification.objects.filter(data_request=OuterRef("pk"), status=ClarificationStatus.OPEN)
    targets = Target.objects.filter(data_request=OuterRef("pk")).order_by().values("data_request")
    facts: QuerySet[Any] = rows.select_related("officer", "agency", "process_type", "assignee").annotate(
        is_frozen=frozen(),
        has_left=left_behind(),
        question_due_at=Subquery(questions.values("due_at")[:1]),
        identifiers=Coalesce(
            Subquery(targets.annotate(n=Count("pk")).values("n"), output_field=IntegerField()), Value(0)
        ),
    )
    return facts


def emergencies(user: User) -> list[Any]:
    """Return every open emergency this person may see, the most urgent first, with how its call-back stands."""
    calls = calls_about(CallPurpose.REQUEST).filter(about_reference=OuterRef("reference"))
    ours = Q(number=None) | Q(number__agency_id=OuterRef("agency_id"))
    confirmed = counting(CallPurpose.REQUEST).filter(ours, about_reference=OuterRef("reference")).order_by("called_at")
    rows = DataRequest.objects.visible_to_staff(user).open().filter(rank=Rank.EXIGENT)
    return list(
        with_facts(rows)
        .select_related("emergency_case")
        .annotate(
            confirmed_at=Subquery(confirmed.values("called_at")[:1]),
            called_at=Subquery(calls.order_by("-called_at").values("called_at")[:1]),
        )
        .order_by("deadline_at", "id")
    )


def on_duty(user: User) -> list[str]:
    """Return who is paged first now for the providers this person works for: by the rota, else who is on call."""
    return on_duty_now(user, at=timezone.now())


def activity(rows: Iterable[Any]) -> dict[int, datetime]:
    """Return when something last happened to each of these requests, looks aside, by its key."""
    keys = [str(row.pk) for row in rows]
    events = AuditEvent.objects.filter(object_type=DataRequest._meta.label_lower, object_id__in=keys)
    found = events.exclude(action__in=_LOOKS).order_by().values_list("object_id").annotate(last=Max("occurred_at"))
    return {int(key): at for key, at in found}


def look_alikes(user: User, rows: Iterable[Any], at: datetime) -> set[int]:
    """Return which of these name an identifier that stands in another request too, by their keys.

    The other is open, or of the same agency and came in the last ALIKE_FOR; this person may see it, and nobody has
    compared the two yet.
    Requests with more than ALIKE_TO identifiers are left out: their own page looks at all.
    """
    keys = [row.pk for row in rows if row.identifiers <= ALIKE_TO]
    recent = DataRequest.objects.visible_to_staff(user).filter(
        Q(status__in=OPEN_STATUSES)
        | Q(submitted_at__gte=at - ALIKE_FOR, agency=OuterRef(OuterRef("data_request__agency"))),
        pk=OuterRef("data_request"),
    )
    here, there = OuterRef(OuterRef("data_request")), OuterRef("data_request")
    compared = ComparedRequest.objects.filter(Q(data_request=here, other=there) | Q(data_request=there, other=here))
    same = Target.objects.filter(kind=OuterRef("kind"), normalised=OuterRef("normalised"))
    others = same.exclude(data_request=OuterRef("data_request")).filter(Exists(recent), ~Exists(compared))
    found = Target.objects.filter(Exists(others), data_request__in=keys).order_by()
    return set(found.values_list("data_request", flat=True).distinct())


def counts(user: User, filters: Filters, at: datetime, more: Mapping[str, Filters] | None = None) -> dict[str, int]:
    """Count every view as it is without filters, and what else is asked for by name, in one query.

    Each stops counting at COUNT_TO. SHOWN are those under these filters. ALL_OPEN, ALL_OVERDUE and LATE_EMERGENCIES are
    of the whole desk: the emergencies in the band too, whatever the filters say; RESTRICTED are the open requests this
    person reads as one of the named.
    """
    everything = DataRequest.objects.visible_to_staff(user)
    asked = {view: Filters(view=view) for view in VIEWS} | {SHOWN: filters} | dict(more or {})
    sets = {name: narrowed(user, one, at) for name, one in asked.items()}
    late = _late(everything, at)
    sets |= {ALL_OPEN: everything.open(), ALL_OVERDUE: late, LATE_EMERGENCIES: late.filter(rank=Rank.EXIGENT)}
    return _counted(sets | {RESTRICTED: everything.open().filter(restricted=True)})


def _counted(sets: Mapping[str, QuerySet[Any]]) -> dict[str, int]:
    parts: list[str] = []
    params: list[Any] = []
    for rows in sets.values():
        try:
            sql, values = rows.order_by().values("pk")[:COUNT_TO].query.sql_with_params()
        except EmptyResultSet:
            parts.append("0")
            continue
        parts.append(f"(SELECT count(*) FROM ({sql}) AS counted)")  # noqa: S608 - Django wrote it, values stay apart
        params.extend(values)
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {', '.join(parts)}", params)
        found = cursor.fetchone()
    return dict(zip(sets, found, strict=True))


def _late(rows: Any, at: datetime) -> QuerySet[Any]:
    """Return what is overdue, an emergency only until it is decided: the band shows it as decided then."""
    late: QuerySet[Any] = rows.overdue(at).exclude(rank=Rank.EXIGENT, decided_at__isnull=False)
    return late


def shown_count(number: int) -> str:
    """Say a count the way the queue does."""
    return "999+" if number >= COUNT_TO else str(number)
