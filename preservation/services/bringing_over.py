"""A hold that ran in an earlier system goes on here until the day it had there, with the reminders that are left."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from typing import Any

from django.db import IntegrityError, transaction
from django.utils import timezone

from accounts.models import Agency
from foundation.audit.trail import record
from foundation.core.errors import Incomplete, NotAllowed
from foundation.core.hurry import hurry_on_commit
from foundation.core.identifiers import Identifier
from foundation.core.references import new_reference
from foundation.providers.models import Provider
from preservation import schedule
from preservation.enums import HoldStatus
from preservation.events import Event
from preservation.models import HeldIdentifier, PreservationHold
from preservation.permissions import hold_workflow
from preservation.services.drafts import held
from preservation.services.placing import PREFIX

RULE = "end day of the earlier list"
_LAST = time(23, 59, 59)
_ATTEMPTS = 5


@dataclass(frozen=True)
class Earlier:
    """What an earlier list says of a hold. `ends_on` counts to its last second, UTC; both days of the period count."""

    agency: Agency
    officer: Any
    identifiers: Iterable[Identifier]
    categories: Iterable[str]
    period_from: date
    period_to: date
    received_at: datetime
    ends_on: date
    case_number: str = ""
    reason: str = ""


@transaction.atomic
def bring_over(
    provider: Provider, earlier: Earlier, *, data: dict[str, Any], at: datetime | None = None
) -> PreservationHold:
    """Start the hold here; nobody is written to now. The company's own systems are asked to keep the records at once.

    `data` says in the trail where it came from. Raises Incomplete where its end has passed or nothing can be kept.
    """
    at = at or timezone.now()
    ends = datetime.combine(earlier.ends_on, _LAST, UTC)
    usable = [item for item in earlier.identifiers if item.accepted]
    if ends <= at:
        raise Incomplete("Its end has passed: nothing is kept any more.")
    if not usable:
        raise Incomplete("There is no identifier to keep records of.")
    row = _made(provider, earlier, at)
    HeldIdentifier.objects.bulk_create([held(row, item) for item in usable], ignore_conflicts=True)
    owned = {"officer_id": row.officer_id, "agency_id": row.agency_id}
    record(Event.BROUGHT_OVER, by=None, obj=row, data=data | owned, at=at)
    row = hold_workflow.advance(
        row, "start", by=None, at=at, data={"ends": ends.isoformat(), "rule": RULE, "source": "earlier list"},
        starts_at=earlier.received_at, expires_at=ends, expiry_rule=RULE, first_days=provider.hold_days,
        extension_days=provider.hold_days, work_at=at,
        next_action_at=schedule.next_action(ends, after=at, leads=provider.hold_leads),
    )  # fmt: skip
    hurry_on_commit("preservation.execute", row.pk)
    return row


def _made(provider: Provider, earlier: Earlier, at: datetime) -> PreservationHold:
    """Store it under a reference that nobody has."""
    for _attempt in range(_ATTEMPTS):
        reference = new_reference(PREFIX, at)
        try:
            with transaction.atomic():
                return PreservationHold.objects.create(
                    reference=reference, provider=provider, officer=earlier.officer, agency=earlier.agency,
                    status=HoldStatus.REQUESTED, case_number=earlier.case_number[:100], reason=earlier.reason,
                    categories=[str(name) for name in earlier.categories], period_from=earlier.period_from,
                    period_to=earlier.period_to, created_at=at, saved_at=at, requested_at=earlier.received_at,
                )  # fmt: skip
        except IntegrityError:
            if not PreservationHold.objects.filter(reference=reference).exists():
                raise
    raise NotAllowed("No reference could be given. Try again.")
