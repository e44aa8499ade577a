"""What became of a batch, as a file for the portal it came from: numbers, status and dates, no facts and no names."""

import csv
import hashlib
import io
import json
from datetime import UTC, datetime

from django.db import transaction
from django.utils import timezone

from accounts.models import User
from accounts.permissions import Permission, has_permission
from accounts.services.statistics import safe_cell
from foundation.audit import canonical
from foundation.audit.trail import record
from foundation.core.errors import Incomplete, NotAllowed
from requests_app.enums import ImportOutcome, TakedownStatus
from requests_app.events import Event
from requests_app.models import ImportBatch, ImportLine
from requests_app.services.batches import WAITS, lines_for
from requests_app.status_words import officer_status

CSV, JSON = "csv", "json"
TYPES = {CSV: "text/csv; charset=utf-8", JSON: "application/json"}
COLUMNS = (
    "line", "external_reference", "our_reference", "taken_as", "status", "outcome", "received", "due", "decided",
    "closed", "said",
)  # fmt: skip


def results(batch: ImportBatch, user: User) -> list[dict[str, str]]:
    """Return a row for each line this person may know of; the status in the words that the officer reads."""
    batches = ImportBatch.objects.filter(pk=batch.pk)
    rows = lines_for(user, batches).select_related("data_request", "takedown").order_by("number")
    return [_row(line) for line in rows.prefetch_related("data_request__packages")]


def _row(line: ImportLine) -> dict[str, str]:
    row = dict.fromkeys(COLUMNS, "")
    row |= {"line": str(line.number), "external_reference": line.external_reference, "taken_as": line.outcome}
    if line.data_request is not None:
        request = line.data_request
        row |= {"our_reference": request.reference or "", "status": officer_status(request)[0]}
        row |= {"outcome": request.outcome if request.decided_at else "", "received": _stamp(request.submitted_at)}
        row |= {"due": _stamp(request.deadline_at), "decided": _stamp(request.decided_at)}
        row |= {"closed": _stamp(request.closed_at)}
    elif line.takedown is not None:
        notice = line.takedown
        inside = notice.decided_at is None and notice.status != TakedownStatus.RECEIVED
        status = TakedownStatus.IN_REVIEW.label if inside else notice.get_status_display()
        row |= {"our_reference": notice.reference, "status": str(status), "received": _stamp(notice.arrived_at)}
        row |= {"due": _stamp(notice.deadline_at), "decided": _stamp(notice.decided_at)}
    elif line.outcome == ImportOutcome.HOLD:
        row["our_reference"] = line.hold_reference
    else:
        row["said"] = line.said
    return row


def _stamp(at: datetime | None) -> str:
    return f"{at.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}" if at else ""


@transaction.atomic
def taken(batch: ImportBatch, *, form: str, reason: str, by: User, at: datetime | None = None) -> bytes:
    """Return the results as a file and note who took them and why. Refused without the right or a reason."""
    at = at or timezone.now()
    if not has_permission(by, Permission.EXPORT_LISTS):
        raise NotAllowed("You do not have the right to do this.")
    if not reason.strip():
        raise Incomplete("Write why you need the file.")
    if batch.lines.filter(outcome=WAITS).exists():
        raise Incomplete("Not all lines have their answer yet. Wait until the batch is brought in.")
    rows = results(batch, by)
    content = _json(rows) if form == JSON else _csv(rows)
    digest = hashlib.sha256(content).hexdigest()
    facts: dict[str, canonical.JSON] = {"format": form, "rows": len(rows), "bytes": len(content), "sha256": digest}
    record(Event.BATCH_EXPORTED, by=by, obj=batch, reason=reason.strip(), data=facts, at=at)
    return content


def _csv(rows: list[dict[str, str]]) -> bytes:
    """CSV as spreadsheets read it: with a byte order mark, and no cell that begins a formula."""
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(COLUMNS)
    writer.writerows([safe_cell(row[name]) for name in COLUMNS] for row in rows)
    return ("\ufeff" + text.getvalue()).encode()


def _json(rows: list[dict[str, str]]) -> bytes:
    return (json.dumps({"results": rows}, ensure_ascii=False, indent=1) + "\n").encode()
