"""The list of requests as a file: what the filters show, without free text of the case, and safe in spreadsheets.

A file leaves the portal, so the trail has two entries: who took what and why, before the first byte; and how many rows
and which bytes went out, once they have gone or the reader has hung up.
"""

import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from django.db import transaction
from django.db.models import Count, F, IntegerField, OuterRef, QuerySet, Subquery, Value
from django.db.models.fields.tuple_lookups import Tuple, TupleGreaterThan
from django.db.models.functions import Coalesce
from django.utils import timezone

from accounts.models import User
from accounts.permissions import Permission, has_permission
from accounts.services import list_files
from accounts.services.list_files import CSV, TYPES
from foundation.audit.canonical import JSON
from foundation.audit.trail import record
from foundation.core.errors import Incomplete, NotAllowed
from foundation.legal.models import Issuer
from requests_app import queue_choices
from requests_app.enums import Channel, Rank, RequestKind, RequestStatus
from requests_app.events import Event
from requests_app.models import DataRequest, Target
from requests_app.queue_filters import Filters, narrowed
from requests_app.status_words import staff_status

MOST = 50_000
HEADINGS = (
    "Reference", "Kind", "Came by", "Status", "Priority", "Country", "Agency", "Legal process", "Issued by", "Team",
    "Assignee", "Identifiers", "Received (UTC)", "Due (UTC)", "Clock stopped since (UTC)", "Taken (UTC)",
    "Decided (UTC)", "Answer overdue", "First look late", "Restricted",
)  # fmt: skip
_CHUNK = 2000
_KEY = ("rank", "deadline_at", "id")
_COLUMNS = (
    *_KEY, "reference", "kind", "channel", "status", "jurisdiction", "agency__name", "process_type__name",
    "process_type__issuer", "team__name", "assignee__full_name", "identifiers", "submitted_at", "clock_stopped_at",
    "first_look_due_at", "taken_at", "decided_at", "restricted", "outcome",
)  # fmt: skip
_OBJECT = "queue"
# Characters of a label in the log.
_LABEL = 200


@dataclass(frozen=True)
class Export:
    """One file that was asked for."""

    uid: str
    filters: Filters
    form: str
    by: User
    at: datetime

    @property
    def filename(self) -> str:
        """What the file is called: when it was taken, nothing of what is in it."""
        return f"requests-{self.at.astimezone(UTC):%Y-%m-%d-%H%M}.{self.form}"


def total(filters: Filters, user: User, *, at: datetime) -> int:
    """Count what the file would hold, up to one more than it may."""
    return narrowed(user, filters, at, emergencies=True).order_by().values("pk")[: MOST + 1].count()


def _label(filters: Filters, rows: int, by: User) -> str:
    """What the list was, as the log says it: its filters in words and how many requests."""
    ends = f"{rows:,} request{'' if rows == 1 else 's'}"
    return f"List: {queue_choices.read(by).sentence(filters)}"[: _LABEL - len(ends) - 2] + f", {ends}"


@transaction.atomic
def start(filters: Filters, *, form: str, reason: str, by: User, at: datetime | None = None) -> Export:
    """Note who takes which list and why. Refused: without the right or a reason, and more rows than MOST."""
    at = at or timezone.now()
    if not has_permission(by, Permission.EXPORT_LISTS):
        raise NotAllowed("You do not have the right to do this.")
    if not reason.strip():
        raise Incomplete("Write why you need the file.")
    rows = total(filters, by, at=at)
    if rows > MOST:
        raise NotAllowed(f"A file holds {MOST:,} requests at most. Set more filters, and take several files.")
    export = Export(str(uuid.uuid4()), filters, form if form in TYPES else CSV, by, at)
    facts: dict[str, JSON] = {"filters": filters.query(), "format": export.form, "rows": rows}
    record(Event.LIST_EXPORT_STARTED, by=by, object_type=_OBJECT, object_id=export.uid,
           object_label=_label(filters, rows, by), reason=reason.strip(), data=facts, at=at)  # fmt: skip
    return export


def content(export: Export) -> Iterator[bytes]:
    """Return the file piece by piece, then note what went out: rows, size and SHA-256, and whether it was the whole."""

    def ended(facts: dict[str, JSON]) -> None:
        record(Event.LIST_EXPORT_ENDED, by=export.by, object_type=_OBJECT, object_id=export.uid,
               outcome="ok" if facts["whole"] else "broken_off", data=facts)  # fmt: skip

    return list_files.content(HEADINGS, _lines(export), export.form, ended, sheet="Requests", chunk=_CHUNK)


def _lines(export: Export) -> Iterator[list[str | int]]:
    """Return the lines in the order of the queue, read by place and never by a number of rows.

    Each part is asked for anew: whoever loses a right on the way gets no more.
    """
    rows = _with_identifiers(narrowed(export.by, export.filters, export.at, emergencies=True))
    left, place = MOST, None
    while left > 0:
        part = rows if place is None else rows.filter(TupleGreaterThan(Tuple(*map(F, _KEY)), place))
        found = list(part.order_by(*_KEY).values(*_COLUMNS)[: min(_CHUNK, left)])
        yield from (_line(row, export.at) for row in found)
        if len(found) < _CHUNK:
            return
        left, place = left - len(found), tuple(found[-1][name] for name in _KEY)


def _with_identifiers(rows: QuerySet[Any]) -> QuerySet[Any]:
    targets = Target.objects.filter(data_request=OuterRef("pk")).order_by().values("data_request")
    number = Subquery(targets.annotate(n=Count("pk")).values("n"), output_field=IntegerField())
    found: QuerySet[Any] = rows.annotate(identifiers=Coalesce(number, Value(0)))
    return found


def _line(row: dict[str, Any], at: datetime) -> list[str | int]:
    late = row["clock_stopped_at"] is None and row["deadline_at"] < at
    unseen = row["first_look_due_at"] is not None and row["first_look_due_at"] < at
    unseen = unseen and row["status"] == RequestStatus.SUBMITTED
    told = DataRequest(kind=row["kind"], status=row["status"], outcome=row["outcome"])
    issuer = row["process_type__issuer"]
    return [
        row["reference"],
        RequestKind(row["kind"]).label,
        Channel(row["channel"]).label,
        staff_status(told)[0],
        Rank(row["rank"]).label,
        row["jurisdiction"],
        row["agency__name"],
        row["process_type__name"] or "None",
        str(Issuer(issuer).label) if issuer else "None",
        row["team__name"] or "None",
        row["assignee__full_name"] or "Nobody",
        row["identifiers"],
        *(_stamp(row[name]) for name in ("submitted_at", "deadline_at", "clock_stopped_at", "taken_at", "decided_at")),
        "Yes" if late else "No",
        "Yes" if unseen else "No",
        "Yes" if row["restricted"] else "No",
    ]


def _stamp(at: datetime | None) -> str:
    return f"{at.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}" if at else ""
