"""What stands in the queue: read in few queries, paged by the last row seen and never by a count of rows."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.core.exceptions import EmptyResultSet
from django.db import connection
from django.db.models import Count, F, IntegerField, OuterRef, QuerySet, Subquery, Value
from django.db.models.fields.tuple_lookups import Tuple, TupleGreaterThan, TupleLessThan
from django.db.models.functions import Coalesce

from accounts.enums import CallBackResult
from accounts.models import CallBack, TeamMembership, User
from foundation.legal.models import Issuer
from requests_app.enums import ClarificationStatus, Rank, RequestStatus
from requests_app.models import Clarification, DataRequest, Target
from requests_app.querysets import frozen, left_behind

PAGE = 25
# Counting stops here: "999+" says enough.
COUNT_TO = 1000
VIEWS = {
    "": "All open",
    "mine": "Mine",
    "unassigned": "Unassigned",
    "overdue": "Overdue",
    "waiting": "Waiting for officer",
    "approval": "Second approval",
    "records": "Records to prepare",
}
ALL_OPEN, ALL_OVERDUE = "all_open", "all_overdue"
_KEY = ("rank", "deadline_at", "id")


@dataclass(frozen=True)
class Filters:
    """What the address asks for; what it cannot mean is left out."""

    view: str = ""
    country: str = ""
    process: str = ""

    @classmethod
    def read(cls, given: Any) -> "Filters":
        """Read the address."""
        view, country, process = (str(given.get(name, "")) for name in ("view", "country", "process"))
        return cls(
            view if view in VIEWS else "",
            country.upper() if country.isalpha() and len(country) <= 3 else "",
            process if process in Issuer.values else "",
        )


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


def narrowed(user: User, filters: Filters, at: datetime) -> QuerySet[Any]:
    """Return the open requests this person sees under these filters; emergencies stand in the band instead."""
    rows = DataRequest.objects.visible_to_staff(user).open().filter(rank__gt=Rank.EXIGENT)
    if filters.country:
        rows = rows.filter(jurisdiction=filters.country)
    if filters.process:
        rows = rows.filter(process_type__issuer=filters.process)
    return {
        "": rows,
        "mine": rows.filter(assignee=user),
        "unassigned": rows.filter(assignee=None),
        "overdue": rows.overdue(at),
        "waiting": rows.filter(status=RequestStatus.AWAITING_OFFICER),
        "approval": rows.filter(status=RequestStatus.AWAITING_APPROVAL),
        "records": rows.filter(status=RequestStatus.GRANTED),
    }[filters.view]


def read_page(rows: QuerySet[Any], *, after: str = "", before: str = "") -> Page:
    """Return the page behind one row or before another, or the first one: a row comparison on the queue's index."""
    start, end = Position.read(after), Position.read(before)
    key = Tuple(*(F(name) for name in _KEY))
    if end is not None:
        found = rows.filter(TupleLessThan(key, (end.rank, end.deadline_at, end.pk)))
        reverse = [f"-{name}" for name in _KEY]
        taken = list(with_facts(found).order_by(*reverse)[: PAGE + 1])
        more, taken = len(taken) > PAGE, taken[:PAGE][::-1]
        return Page(taken, Position.of(taken[0]) if more else "", Position.of(taken[-1]) if taken else "")
    if start is not None:
        rows = rows.filter(TupleGreaterThan(key, (start.rank, start.deadline_at, start.pk)))
    taken = list(with_facts(rows).order_by(*_KEY)[: PAGE + 1])
    more, taken = len(taken) > PAGE, taken[:PAGE]
    return Page(taken, Position.of(taken[0]) if start and taken else "", Position.of(taken[-1]) if more else "")


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
    calls = CallBack.objects.filter(about_reference=OuterRef("reference"))
    confirmed = calls.filter(result=CallBackResult.CONFIRMED).order_by("called_at")
    rows = DataRequest.objects.visible_to_staff(user).open().filter(rank=Rank.EXIGENT)
    return list(
        with_facts(rows)
        .annotate(
            confirmed_at=Subquery(confirmed.values("called_at")[:1]),
            called_at=Subquery(calls.order_by("-called_at").values("called_at")[:1]),
        )
        .order_by("deadline_at", "id")
    )


def on_duty(user: User) -> list[str]:
    """Return who is on call for the providers this person works for."""
    providers = user.staff_roles.filter(ended_at=None).values("provider")
    on_call = TeamMembership.objects.filter(on_call=True, team__provider__in=providers, user__is_active=True)
    return list(on_call.order_by("user__full_name").values_list("user__full_name", flat=True).distinct())


def counts(user: User, filters: Filters, at: datetime) -> dict[str, int]:
    """Count every saved view in one query; each stops counting at COUNT_TO.

    ALL_OPEN and ALL_OVERDUE are of the whole desk: the emergencies in the band too, whatever the filters say.
    """
    everything = DataRequest.objects.visible_to_staff(user)
    sets = {view: narrowed(user, Filters(view, filters.country, filters.process), at) for view in VIEWS}
    sets |= {ALL_OPEN: everything.open(), ALL_OVERDUE: _late(everything, at)}
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
