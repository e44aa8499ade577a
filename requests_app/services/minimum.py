"""The least that averts the harm of an emergency: why each kind of records leaves, and what was left out."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils import timezone

from accounts.models import User
from foundation.audit.trail import record
from foundation.core.errors import Incomplete, NotAllowed
from requests_app import confirming
from requests_app.enums import DataCategory
from requests_app.events import Event
from requests_app.models import DataRequest, EmergencyCase
from requests_app.permissions import is_emergency, review_refusal
from requests_app.services import emergency_cases
from requests_app.services.locks import lock


@transaction.atomic
def state(
    data_request: DataRequest, *, why: Mapping[str, str], left_out: str, by: User, at: datetime | None = None
) -> EmergencyCase:
    """State for each kind of records that leaves why it averts the harm, and what was left out. Staff only.

    why: words by category; each category of a line that is to leave needs them. What was proposed is sealed with it,
    so it is stated while the request is in review. Raises NotAllowed without the right, Incomplete where words lack.
    """
    at = at or timezone.now()
    data_request = lock(data_request)
    if refusal := review_refusal(by, data_request):
        raise NotAllowed(refusal)
    if not is_emergency(data_request):
        raise NotAllowed("Only an emergency needs this.")
    said = {str(name): words.strip() for name, words in why.items() if words.strip()}
    case = emergency_cases.opened(data_request, at=at)
    categories = confirming.granted_categories(data_request)
    if not categories:
        raise Incomplete("Decide first which lines are produced.")
    case.minimum_why, case.minimum_note = said, left_out.strip()
    if lacking := confirming.unstated(case, categories):
        names = ", ".join(DataCategory(name).label for name in lacking)
        raise Incomplete(f"Say why these records avert the harm: {names}.")
    if not case.minimum_note:
        raise Incomplete("Say what was left out, or why nothing was.")
    case.minimum_at, case.minimum_by = at, by
    case.save(update_fields=["minimum_why", "minimum_note", "minimum_at", "minimum_by"])
    record(Event.MINIMUM_STATED, by=by, obj=data_request, data={"records": sorted(said)}, at=at)
    return case


def content_of(data_request: DataRequest) -> dict[str, Any] | None:
    """Return what is sealed of it with a decision; None where nobody stated anything."""
    case = EmergencyCase.objects.filter(data_request=data_request, minimum_at__isnull=False).first()
    if case is None:
        return None
    return {"why": dict(case.minimum_why), "left_out": case.minimum_note}


def rows_of(case: EmergencyCase | None) -> list[tuple[str, str]]:
    """Return what was stated as pairs for a summary list: each kind of records, and what was left out."""
    return pairs(case.minimum_why, case.minimum_note) if case is not None and case.minimum_at is not None else []


def pairs(why: Mapping[str, str], left_out: str) -> list[tuple[str, str]]:
    """Return reasons by category, and what was left out, as pairs of words."""
    known = [(str(DataCategory(name).label), words) for name, words in why.items() if name in DataCategory.values]
    return [*known, ("Left out", left_out)]
