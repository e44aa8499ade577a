"""What the address of the queue asks for: read, written, narrowed down to rows. Nothing personal stands in it."""

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from urllib.parse import parse_qsl, urlencode

from django.db.models import QuerySet

from accounts.models import User
from foundation.legal.models import Issuer
from requests_app.enums import OPEN_STATUSES, Channel, Rank, RequestKind, RequestStatus
from requests_app.models import DataRequest

VIEWS = {
    "": "All open",
    "mine": "Mine",
    "unassigned": "Unassigned",
    "today": "Due today",
    "overdue": "Overdue",
    "waiting": "Waiting for officer",
    "approval": "Second approval",
    "records": "Records to prepare",
}
_STATUS_OF_VIEW = {
    "waiting": RequestStatus.AWAITING_OFFICER,
    "approval": RequestStatus.AWAITING_APPROVAL,
    "records": RequestStatus.GRANTED,
}
TODAY, WEEK, OVERDUE = "today", "week", "overdue"
DUE = {TODAY: "Today", WEEK: "In the next 7 days", OVERDUE: "Overdue"}
ME, NOBODY = "me", "nobody"
YES = "yes"
# Every rank below the emergencies.
IN_THE_LIST = tuple(rank for rank in Rank.values if rank != Rank.EXIGENT)
# Longest number that is looked up as the key of a row.
_DIGITS = 9


@dataclass(frozen=True)
class Filters:
    """What the address asks for; what it cannot mean is left out.

    `team` and `assignee` are keys of rows, never names; `due_from` and `due_to` are UTC days, both included.
    """

    view: str = ""
    country: str = ""
    process: str = ""
    kind: str = ""
    channel: str = ""
    status: str = ""
    team: str = ""
    assignee: str = ""
    due: str = ""
    due_from: str = ""
    due_to: str = ""
    restricted: str = ""

    @classmethod
    def read(cls, given: Any) -> "Filters":
        """Read the address."""
        return cls(**{name: _known(name, str(given.get(name) or "")) for name in cls().as_dict()})

    @classmethod
    def of_query(cls, query: str) -> "Filters":
        """Read a query string, as it was kept."""
        return cls.read(dict(parse_qsl(query)))

    def as_dict(self) -> dict[str, str]:
        """Return every filter by the name it has in the address."""
        return asdict(self)

    def query(self, **other: str) -> str:
        """Return these filters as a query string, the same for the same filters, and what else is given."""
        return urlencode({name: value for name, value in (self.as_dict() | other).items() if value})

    def but(self, **changes: str) -> "Filters":
        """Return these filters with some of them changed."""
        return replace(self, **changes)

    @property
    def in_force(self) -> list[str]:
        """The names of the filters that are set, the view aside."""
        return [name for name, value in self.as_dict().items() if value and name != "view"]

    @property
    def reversed_days(self) -> bool:
        """Say whether the first day is after the last, so that nothing can match."""
        return bool(self.due_from and self.due_to and self.due_from > self.due_to)


def left_out(given: Any) -> bool:
    """Say whether the address sets a filter to something that cannot be meant, which Filters.read() leaves out."""
    read = Filters.read(given).as_dict()
    return any(str(given.get(name) or "").strip() and not value for name, value in read.items())


def _known(name: str, text: str) -> str:
    """Return the value if it can mean something for this filter, else nothing."""
    if name == "country":
        return text.upper() if text.isascii() and text.isalpha() and len(text) <= 3 else ""
    if name in {"due_from", "due_to"}:
        return _day(text)
    if name in {"team", "assignee"}:
        words = {ME, NOBODY} if name == "assignee" else set[str]()
        return text if text in words or (text.isascii() and text.isdigit() and len(text) <= _DIGITS) else ""
    return text if text in _VALUES[name] else ""


_VALUES: Mapping[str, Iterable[str]] = {
    "view": VIEWS,
    "process": Issuer.values,
    "kind": RequestKind.values,
    "channel": Channel.values,
    "status": [str(status) for status in OPEN_STATUSES],
    "due": DUE,
    "restricted": (YES,),
}


def _day(text: str) -> str:
    try:
        return date.fromisoformat(text).isoformat()
    except ValueError:
        return ""


def narrowed(user: User, filters: Filters, at: datetime, *, emergencies: bool = False) -> QuerySet[Any]:
    """Return the open requests this person sees under these filters.

    Emergencies stand in the band above the list instead, and come along only where they are asked for.
    """
    rows = DataRequest.objects.visible_to_staff(user).open()
    if not emergencies:
        # With days, each rank is looked up by name; without, the index is read in order from the first rank on.
        days = filters.view == TODAY or filters.due in {TODAY, WEEK} or filters.due_from or filters.due_to
        rows = rows.filter(rank__in=IN_THE_LIST) if days else rows.filter(rank__gt=Rank.EXIGENT)
    wanted: dict[str, Any] = {
        "jurisdiction": filters.country,
        "process_type__issuer": filters.process,
        "kind": filters.kind,
        "channel": filters.channel,
        "status": filters.status,
        "team_id": filters.team,
        "restricted": bool(filters.restricted),
    }
    rows = rows.filter(**{column: value for column, value in wanted.items() if value})
    of_view = _of_view(_assigned(rows, filters.assignee, user), filters.view, user, at)
    found: QuerySet[Any] = _in_time(of_view, filters, at)
    return found


def _assigned(rows: Any, assignee: str, user: User) -> Any:
    if not assignee:
        return rows
    known: dict[str, Any] = {ME: user.pk, NOBODY: None}
    return rows.filter(assignee=known.get(assignee, assignee))


def _of_view(rows: Any, view: str, user: User, at: datetime) -> Any:
    if view in _STATUS_OF_VIEW:
        return rows.filter(status=_STATUS_OF_VIEW[view])
    if view in {"mine", "unassigned"}:
        return _assigned(rows, ME if view == "mine" else NOBODY, user)
    return _due(rows, view, at)


def _in_time(rows: Any, filters: Filters, at: datetime) -> Any:
    """Narrow down by when the answer is due; a stopped clock is due on no day."""
    rows = _due(rows, filters.due, at)
    if filters.due_from:
        rows = rows.filter(deadline_at__gte=_start(date.fromisoformat(filters.due_from)), clock_stopped_at=None)
    if filters.due_to:
        last = datetime.combine(date.fromisoformat(filters.due_to), time.max, UTC)
        rows = rows.filter(deadline_at__lte=last, clock_stopped_at=None)
    return rows


def _due(rows: Any, due: str, at: datetime) -> Any:
    """Narrow down to today or the next seven days, which are UTC days as in the list, or to what is late."""
    if due == OVERDUE:
        return rows.overdue(at)
    if due not in {TODAY, WEEK}:
        return rows
    first = _start(at.astimezone(UTC).date())
    span = timedelta(days=1 if due == TODAY else 7)
    return rows.filter(deadline_at__gte=first, deadline_at__lt=first + span, clock_stopped_at=None)


def _start(day: date) -> datetime:
    return datetime.combine(day, time(), UTC)
