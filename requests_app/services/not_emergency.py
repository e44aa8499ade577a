"""An emergency that is none: it goes on as an ordinary request, with everything the officer typed."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid5

from django.db import transaction
from django.utils import timezone

from accounts.models import User
from accounts.services.addressees import is_addressee
from foundation.core.errors import Incomplete, NotAllowed, TransitionRefused
from foundation.core.identifiers import read_identifier
from preservation.models import PreservationHold
from preservation.services import drafts as hold_drafts
from requests_app.deadlines import EMERGENCY_PERIOD_DAYS
from requests_app.enums import LineDecision, Rank, RequestKind
from requests_app.models import DataRequest, EmergencyCase, Review
from requests_app.notify import emergencies as notify
from requests_app.permissions import answers_for, request_workflow
from requests_app.services import emergency_cases, holds_beside, orders
from requests_app.services.locks import lock
from requests_app.services.preflight import read_day

ACTION = "go_on_as_ordinary"
# What the form for emergencies calls every request.
_NO_TITLE = "Emergency request"


def refusal(data_request: DataRequest, by: User) -> str | None:
    """Say why this person cannot say that this is no emergency, or None."""
    if why := request_workflow.refusal(data_request, ACTION, by):
        return why
    if data_request.packages.exists():
        return "Records of this emergency were prepared already: decide it as it stands."
    if is_addressee(data_request.officer):
        return "No officer is named yet who could complete it. Name one first."
    return None


@transaction.atomic
def go_on_as_ordinary(data_request: DataRequest, *, reason: str, by: User, at: datetime | None = None) -> DataRequest:
    """Give an emergency back to the officer as the draft of an ordinary request; nothing typed is lost.

    The reference stays, its alerts end, and once the officer sends it with legal process it has ordinary clocks. What
    was said of the emergency stays on the request. Raises Incomplete without a reason, NotAllowed, TransitionRefused
    where somebody decided or did this meanwhile.
    """
    at = at or timezone.now()
    if not reason.strip():
        raise Incomplete("Write why it is no emergency. The officer reads it.")
    row = lock(data_request)
    if why := refusal(row, by):
        raise TransitionRefused(why) if request_workflow.refusal(row, ACTION, by) is None else NotAllowed(why)
    case = emergency_cases.opened(row, at=at)
    case.ordinary_at, case.ordinary_by, case.ordinary_reason = at, by, reason.strip()
    case.save(update_fields=["ordinary_at", "ordinary_by", "ordinary_reason"])
    row.assignments.filter(ended_at=None).update(ended_at=at)
    request_workflow.advance(row, ACTION, by=by, at=at, reason=reason.strip(), **_as_ordinary(row, at))
    holds_beside.follow(row, at=at)
    orders.follow_leading(row)
    row.lines.update(decision=LineDecision.OPEN, refusal_code="", ground="")
    # What was checked of the emergency says nothing of an order; the trail keeps it.
    Review.objects.filter(data_request=row).update(checks={}, terms={}, updated_at=at)
    notify.not_an_emergency(row, at=at)
    return row


def _as_ordinary(row: DataRequest, at: datetime) -> dict[str, Any]:
    """Return the columns of the draft that comes of it: what was typed for the emergency, where it belongs now."""
    said = row.emergency
    facts = "\n\n".join(filter(None, (row.facts, said.get("danger", ""))))
    connection = "\n\n".join(filter(None, (row.connection, said.get("why_data", ""))))
    return {
        "kind": RequestKind.DISCLOSURE,
        "rank": Rank.ROUTINE,
        "title": "" if row.title == _NO_TITLE else row.title,
        "facts": facts,
        "connection": connection,
        "assignee": None,
        "taken_at": None,
        "clock_stopped_at": None,
        "declared_at": None,
        "saved_at": at,
        "lock_version": row.lock_version + 1,
    }


def hold_key(data_request: DataRequest, by: Any) -> UUID:
    """Return the key of the one hold that this officer starts from a request, however often the button is pressed."""
    return uuid5(data_request.uid, f"hold:{by.pk}")


@transaction.atomic
def start_hold(data_request: DataRequest, *, by: Any, at: datetime | None = None) -> PreservationHold:
    """Start the draft of a hold with the identifiers and records of a request that was no emergency.

    Raises NotAllowed for who is not its officer, TransitionRefused where it never was an emergency.
    """
    at = at or timezone.now()
    row = lock(data_request)
    if not answers_for(by, row):
        raise NotAllowed("Only the officer who filed it can do this.")
    if not EmergencyCase.objects.filter(data_request=row, ordinary_at__isnull=False).exists():
        raise TransitionRefused("This request was no emergency.")
    draft = hold_drafts.start(row.provider, by=by, key=hold_key(row, by), at=at)
    if draft.identifiers.exists() or draft.reference:
        return draft
    found = [read_identifier(t.kind, t.given, network=t.network) for t in row.targets.order_by("pk")]
    hold_drafts.add_identifiers(draft, found, version=draft.lock_version, by=by, at=at)
    draft.refresh_from_db()
    days = [day for entry in row.records_asked if (day := read_day(entry.get("from")))]
    values = {
        "categories": list(dict.fromkeys(entry["category"] for entry in row.records_asked)),
        "period_from": min(days, default=at.date() - timedelta(days=EMERGENCY_PERIOD_DAYS)),
        "period_to": at.date(),
    }
    return hold_drafts.save(draft, hold_drafts.Step.RECORDS, values, version=draft.lock_version, by=by, at=at)
