"""The certificate of a hold as PDF: what was asked, since when, until when; never what was found.

An extension or the release of a part makes a new one. Those before it stay, and can be read from the hold's page.
"""

import json
import logging
from dataclasses import dataclass
from datetime import UTC, date, datetime
from uuid import UUID

from django.db import transaction
from django.utils import dateformat, timezone

from foundation.audit.trail import entries_for, record
from foundation.core import paper
from foundation.documents import services as documents
from foundation.documents.models import Document
from foundation.notifications.site import site_details
from preservation import status_words
from preservation.enums import ExtensionStatus, HoldGround
from preservation.events import Event
from preservation.models import PreservationHold
from preservation.services.locks import lock

logger = logging.getLogger(__name__)

PURPOSE = "hold-certificate"
_MOST = 50


def make(hold: PreservationHold, *, at: datetime | None = None) -> Document | None:
    """Make the certificate of the present period, once; a worker calls it, because setting type takes a second.

    The row is not locked meanwhile. Where the end moved, a part was released, or another worker was faster, the page is
    thrown away.
    """
    at = at or timezone.now()
    if hold.certificate_id is not None or hold.snapshot_at is None or hold.expires_at is None:
        return hold.certificate
    said = _says(hold)
    pdf = paper.render_pdf("paper/hold_certificate.html", facts(hold, at))
    with transaction.atomic():
        row = lock(hold)
        if row.certificate_id is not None or _says(row) != said or not row.is_open:
            return row.certificate
        document = documents.write_generated(
            pdf, filename=f"{row.reference}-certificate.pdf", media_type=paper.PDF, purpose=PURPOSE, by=None, at=at
        )
        row.certificate = document
        row.save(update_fields=["certificate"])
        data = {"document": str(document.uid), "sha256": document.sha256, "ends": hold.expires_at.isoformat()}
        record(Event.CERTIFICATE_MADE, by=None, obj=row, data=data, at=at)
    return document


def _says(hold: PreservationHold) -> tuple[object, ...]:
    """Return what would make the page wrong if it changed."""
    named = hold.identifiers.order_by("pk").values_list("pk", "released_at")
    return hold.expires_at, hold.officer_id, tuple(hold.categories), tuple(named)


@dataclass(frozen=True)
class Earlier:
    """A certificate that was made before the present one."""

    document: Document
    made_at: datetime
    ends: datetime | None


def made(hold: PreservationHold, uid: UUID) -> Document | None:
    """Return a certificate that was made for this hold, the present one too, or None."""
    if hold.certificate is not None and hold.certificate.uid == uid:
        return hold.certificate
    return next((old.document for old in earlier(hold) if old.document.uid == uid), None)


def earlier(hold: PreservationHold) -> list[Earlier]:
    """Return the certificates that are not the present one any more, the newest first; while they are stored."""
    entries = entries_for(hold).filter(action=Event.CERTIFICATE_MADE).order_by("-occurred_at", "-id")
    told = [(json.loads(bytes(entry.payload))["data"], entry.occurred_at) for entry in entries[:_MOST]]
    rows = [(str(data.get("document", "")), at, str(data.get("ends", ""))) for data, at in told]
    stored = Document.objects.filter(uid__in=[uid for uid, _at, _ends in rows], purpose=PURPOSE)
    known = {str(document.uid): document for document in stored.exclude(pk=hold.certificate_id or 0)}
    return [
        Earlier(known[uid], at, datetime.fromisoformat(ends) if ends else None)
        for uid, at, ends in rows
        if uid in known
    ]


def facts(hold: PreservationHold, at: datetime) -> dict[str, object]:
    """Return what the page says."""
    named = [(item, _day(item.released_at)) for item in hold.identifiers.order_by("pk")]
    by_law = hold.ground == HoldGround.LAW and hold.process_type is not None
    return {
        "site": site_details(),
        "language": "en",
        "reference": hold.reference,
        "made_at": _stamp(at),
        "day": _day(at),
        "hold": hold,
        "officer": hold.officer.get_full_name(),
        "agency": hold.agency.name,
        "named": named,
        "records": status_words.records(hold.categories),
        "period": f"{_day(hold.period_from)} to {_day(hold.period_to)}",
        "ground": f"{hold.process_type.name}. {hold.process_type.authority}" if by_law and hold.process_type else "",
        "starts": _stamp(hold.starts_at),
        "ends": _stamp(hold.expires_at),
        "carried_out": _day(hold.snapshot_at),
        "length": _length(hold),
        "file_by": _stamp(hold.authority_must_file_by),
        "replaces": _day(replaced[0].made_at) if (replaced := earlier(hold)) else "",
    }


def _length(hold: PreservationHold) -> str:
    """Say the first days, and each extension with its day."""
    granted = hold.extensions.filter(status=ExtensionStatus.GRANTED).order_by("decided_at")
    more = [f"{item.days} more days, granted on {_day(item.decided_at)}" for item in granted]
    return "; ".join([f"{hold.first_days} days from receipt", *more])


def _stamp(value: datetime | None) -> str:
    return dateformat.format(value.astimezone(UTC), "j M Y, H:i:s") + " UTC" if value else ""


def _day(value: date | None) -> str:
    return dateformat.format(value, "j M Y") if value else ""
