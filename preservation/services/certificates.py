"""The certificate of a hold as PDF: what was asked, since when, until when; never what was found."""

import logging
from datetime import UTC, date, datetime

from django.db import transaction
from django.utils import dateformat, timezone

from foundation.audit.trail import record
from foundation.core import paper
from foundation.documents import services as documents
from foundation.documents.models import Document
from foundation.notifications.site import site_details
from preservation import status_words
from preservation.enums import HoldGround
from preservation.events import Event
from preservation.models import PreservationHold
from preservation.services.locks import lock

logger = logging.getLogger(__name__)

PURPOSE = "hold-certificate"


def make(hold: PreservationHold, *, at: datetime | None = None) -> Document | None:
    """Make the certificate of the present period, once; a worker calls it, because setting type takes a second.

    The row is not locked meanwhile. Where the end moved, or another worker was faster, the page is thrown away.
    """
    at = at or timezone.now()
    if hold.certificate_id is not None or hold.snapshot_at is None or hold.expires_at is None:
        return hold.certificate
    pdf = paper.render_pdf("paper/hold_certificate.html", facts(hold, at))
    with transaction.atomic():
        row = lock(hold)
        if row.certificate_id is not None or row.expires_at != hold.expires_at or not row.is_open:
            return row.certificate
        document = documents.write_generated(
            pdf, filename=f"{row.reference}-certificate.pdf", media_type=paper.PDF, purpose=PURPOSE, by=None, at=at
        )
        row.certificate, row.work_at = document, None
        row.save(update_fields=["certificate", "work_at"])
        data = {"document": str(document.uid), "sha256": document.sha256, "ends": hold.expires_at.isoformat()}
        record(Event.CERTIFICATE_MADE, by=None, obj=row, data=data, at=at)
    return document


def facts(hold: PreservationHold, at: datetime) -> dict[str, object]:
    """Return what the page says."""
    named = list(hold.identifiers.order_by("pk"))
    by_law = hold.ground == HoldGround.LAW and hold.process_type is not None
    return {
        "site": site_details(),
        "language": "en",
        "reference": hold.reference,
        "made_at": _stamp(at),
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
    }


def _stamp(value: datetime | None) -> str:
    return dateformat.format(value.astimezone(UTC), "j M Y, H:i:s") + " UTC" if value else ""


def _day(value: date | None) -> str:
    return dateformat.format(value, "j M Y") if value else ""
