"""The list of holds as a file: what the filters show, without a word of a case, and safe in spreadsheets.

A file leaves the portal, so the trail has two entries: who took what and why, before the first byte; and how many rows
and which bytes went out, once they have gone or the reader has hung up.
"""

import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from django.db import transaction
from django.db.models import Count, Q
from django.utils import timezone

from accounts.models import User
from accounts.permissions import Permission, has_permission
from accounts.services import list_files
from accounts.services.list_files import CSV, TYPES
from foundation.audit.canonical import JSON
from foundation.audit.trail import record
from foundation.core.errors import Incomplete, NotAllowed
from preservation import list_filters
from preservation.enums import Acceptance, ExtensionStatus, HoldGround, HoldStatus
from preservation.events import Event
from preservation.filter_words import sentence
from preservation.list_filters import Filters
from preservation.models import PreservationHold
from preservation.status_words import status

MOST = 50_000
HEADINGS = (
    "Reference", "Status", "Accepted", "Country", "Agency", "Ground", "Legal type", "Identifiers", "Received (UTC)",
    "Ends (UTC)", "Treaty to be confirmed by (UTC)", "Counting rule", "Extensions granted", "Extension asked",
    "Process announced by", "Request", "First process (UTC)", "Carried out (UTC)", "Released (UTC)", "Ended (UTC)",
    "Declined (UTC)", "Copies deleted (UTC)", "Looked at (UTC)", "Restricted",
)  # fmt: skip
_TIMES = ("process_at", "snapshot_at", "released_at", "expired_at", "declined_at", "destroyed_at", "looked_at")
_CHUNK = 1000
_OBJECT = "holds"
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
        return f"holds-{self.at.astimezone(UTC):%Y-%m-%d-%H%M}.{self.form}"


def may_export(user: User) -> bool:
    """Say whether this person may take the list out: whoever exports lists or decides on holds, and sees holds."""
    taking = has_permission(user, Permission.EXPORT_LISTS) or has_permission(user, Permission.DECIDE_HOLDS)
    return taking and has_permission(user, Permission.SEE_HOLDS)


def total(filters: Filters, user: User, *, at: datetime) -> int:
    """Count what the file would hold, up to one more than it may."""
    return int(_rows(filters, user, at).values("pk")[: MOST + 1].count())


@transaction.atomic
def start(filters: Filters, *, form: str, reason: str, by: User, at: datetime | None = None) -> Export:
    """Note who takes which list and why. Refused: without the right or a reason, and more rows than MOST."""
    at = at or timezone.now()
    if not may_export(by):
        raise NotAllowed("You do not have the right to do this.")
    if not reason.strip():
        raise Incomplete("Write why you need the file.")
    rows = total(filters, by, at=at)
    if rows > MOST:
        raise NotAllowed(f"A file holds {MOST:,} holds at most. Set more filters, and take several files.")
    export = Export(str(uuid.uuid4()), filters, form if form in TYPES else CSV, by, at)
    facts: dict[str, JSON] = {"filters": filters.query(), "format": export.form, "rows": rows}
    ends = f"{rows:,} hold{'' if rows == 1 else 's'}"
    label = f"Holds: {sentence(filters)}"[: _LABEL - len(ends) - 2] + f", {ends}"
    record(Event.LIST_EXPORTED, by=by, object_type=_OBJECT, object_id=export.uid, object_label=label,
           reason=reason.strip(), data=facts, at=at)  # fmt: skip
    return export


def content(export: Export) -> Iterator[bytes]:
    """Return the file piece by piece, then note what went out: rows, size and SHA-256, and whether it was the whole."""

    def ended(facts: dict[str, JSON]) -> None:
        record(Event.LIST_EXPORT_ENDED, by=export.by, object_type=_OBJECT, object_id=export.uid,
               outcome="ok" if facts["whole"] else "broken_off", data=facts)  # fmt: skip

    return list_files.content(HEADINGS, lines(export), export.form, ended, sheet="Holds", chunk=_CHUNK)


def _rows(filters: Filters, user: User, at: datetime) -> Any:
    visible = PreservationHold.objects.visible_to_staff(user)
    return list_filters.narrowed(visible, filters, at).order_by()


def lines(export: Export) -> Iterator[list[str | int]]:
    """Return the lines in the order in which the holds came, each part asked for anew by its place.

    Whoever loses a right on the way gets no more.
    """
    left, last = MOST, 0
    granted = Count("extensions", filter=Q(extensions__status=ExtensionStatus.GRANTED), distinct=True)
    while left > 0:
        by = User.objects.get(pk=export.by.pk)
        part = _rows(export.filters, by, export.at).filter(pk__gt=last).order_by("pk").values_list("pk", flat=True)
        keys = list(part[: min(_CHUNK, left)])
        rows = PreservationHold.objects.visible_to_staff(by).filter(pk__in=keys).with_extensions()
        rows = rows.annotate(granted=granted, named=Count("identifiers", distinct=True))
        yield from (_line(row, export.at) for row in rows.select_related("agency", "process_type").order_by("pk"))
        if len(keys) < _CHUNK:
            return
        left, last = left - len(keys), keys[-1]


def _line(row: Any, at: datetime) -> list[str | int]:
    law = row.process_type
    return [
        row.reference,
        _status(row, at),
        Acceptance(row.acceptance).label,
        row.agency.country,
        row.agency.name,
        HoldGround(row.ground).label,
        f"{law.code}, {law.name}" if law else "None",
        row.named,
        _stamp(row.starts_at),
        _stamp(row.expires_at),
        _stamp(row.confirm_by),
        row.expiry_rule,
        row.granted,
        _yes(row.asked),
        row.process_follows_by.isoformat() if row.process_follows_by else "",
        "" if row.restricted else row.request_reference,
        *(_stamp(getattr(row, name)) for name in _TIMES),
        _yes(row.restricted),
    ]


def _status(row: Any, at: datetime) -> str:
    """Say what the list says; of a hold whose time stands still, why: its own end may have passed."""
    if row.status in {HoldStatus.PROCESS_SERVED, HoldStatus.ON_TREATY}:
        return str(HoldStatus(row.status).label)
    return status(row, asked=row.asked, extended=row.extended, now=at)[0]


def _stamp(at: datetime | None) -> str:
    return f"{at.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}" if at else ""


def _yes(value: bool) -> str:
    return "Yes" if value else "No"
