"""What an officer may show for a hold that was asked for, and for more time."""

from collections.abc import Iterable
from datetime import datetime

from accounts.enums import ReceiptKind
from accounts.models import User
from accounts.services.receipts import files, issue, some
from foundation.audit.canonical import JSON
from preservation.models import HeldIdentifier, HoldExtension, PreservationHold


def hold_received(hold: PreservationHold, *, by: User, at: datetime) -> None:
    """Give the receipt of a hold, as it stands at its receipt."""
    named = hold.identifiers.order_by().values_list("kind", "network", "normalised", "detail")
    facts: dict[str, JSON] = {
        "agency": hold.agency.name,
        "title": hold.title,
        "case_number": hold.case_number,
        "reason": hold.reason,
        "identifiers": some(" ".join(filter(None, row)) for row in named),
        "categories": hold.categories,
        "period": [day.isoformat() if day else "" for day in (hold.period_from, hold.period_to)],
        "files": files([hold.document] if hold.document else []),
    }
    issue(ReceiptKind.HOLD, hold, reference=hold.reference or "", facts=facts, by=by, at=at)


def extension_received(extension: HoldExtension, *, by: User, at: datetime) -> None:
    """Give the receipt of a request to keep the records longer."""
    hold = extension.hold
    facts: dict[str, JSON] = {
        "days": extension.days,
        "reason": extension.reason,
        "ground": extension.ground,
        "ends_before": extension.old_expires_at.isoformat() if extension.old_expires_at else "",
        "files": files([extension.document] if extension.document else []),
    }
    issue(ReceiptKind.EXTENSION, hold, reference=hold.reference or "", facts=facts, by=by, at=at)


def release_received(
    hold: PreservationHold, released: Iterable[HeldIdentifier], *, reason: str, whole: bool, by: User, at: datetime
) -> None:
    """Give the receipt of a release: for what nothing more is to be kept, and whether that is all of the hold."""
    facts: dict[str, JSON] = {
        "reason": reason,
        "whole": whole,
        "identifiers": some(" ".join(filter(None, (i.kind, i.network, i.normalised, i.detail))) for i in released),
    }
    issue(ReceiptKind.RELEASE, hold, reference=hold.reference or "", facts=facts, by=by, at=at)
