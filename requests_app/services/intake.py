"""A request comes in: the draft is sent, an emergency is filed, or the officer takes it back."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction
from django.utils import timezone

from foundation.core.errors import Incomplete, NotAllowed, Stale, TransitionRefused
from foundation.core.identifiers import Identifier
from foundation.core.references import new_reference
from foundation.legal.models import ProcessType
from foundation.providers.models import Provider
from foundation.providers.policy import offered_types
from preservation.models import PreservationHold
from requests_app import deadlines
from requests_app.enums import Rank, RequestKind, RequestStatus
from requests_app.models import DataRequest
from requests_app.notify import intake as notify
from requests_app.permissions import request_workflow
from requests_app.services import (
    drafts,
    emergency_after,
    emergency_alerts,
    emergency_cases,
    followers,
    holds_beside,
    kinds,
    lines,
    orders,
    preflight,
    questions,
    readers,
    receipt_proofs,
    routing,
    target_imports,
    targets,
)
from requests_app.services.locks import lock

_ATTEMPTS = 5


@transaction.atomic
def submit(
    data_request: DataRequest,
    *,
    version: int,
    declared: bool,
    holds: Collection[PreservationHold] = (),
    by: Any,
    at: datetime | None = None,
) -> DataRequest:
    """Send a draft: it gets its reference and deadlines, and the officer an acknowledgement.

    The time of `holds`, the officer's own, stands still from now until we answer. Pressing twice, in one window or two,
    sends once. Raises Stale where the draft changed after the page with the answers was opened, and Incomplete with
    what is missing.
    """
    at = at or timezone.now()
    row = lock(data_request)
    if row.status != RequestStatus.DRAFT and row.reference and row.officer_id == by.pk:
        return row
    if row.lock_version != version:
        raise Stale("Your draft was changed in another window. Check your answers again, then send it.")
    if not declared:
        raise Incomplete("Make the declaration to send the request.")
    if found := preflight.blocking(preflight.findings(row, at)):
        raise Incomplete(found[0].message + ".")
    if target_imports.under_way(row):
        raise Incomplete("A file of identifiers is still being read. Wait until it is done, or cancel it, then send.")
    orders.take_documents(row)
    if row.kind in kinds.CATEGORY_OF_KIND:
        kinds.make_lines(row, at=at)
    else:
        lines.make_lines(row, version_of=lambda order: orders.version_for(order, at))
    urgent = row.kind == RequestKind.EMERGENCY  # one that was returned, and is sent again
    if urgent:
        _nothing_outstanding(row, by, at)
    row = received(row, by=by, at=at, rank=Rank.EXIGENT if urgent else Rank.ROUTINE)
    readers.name_at_receipt(row, at=at)
    holds_beside.attach(row, holds, by=by, at=at)
    if urgent:
        emergency_cases.opened(row, at=at)
        emergency_alerts.alert(row, at=at)
    notify.received(row, at=at)
    followers.tell_on_sending(row, at=at)
    return row


@transaction.atomic
def submit_emergency(
    provider: Provider,
    *,
    key: UUID,
    values: Mapping[str, Any],
    identifiers: Iterable[Identifier],
    categories: Sequence[str],
    by: Any,
    at: datetime | None = None,
) -> DataRequest:
    """File an emergency in one go and page the people on call in the same transaction; one key makes one request."""
    at = at or timezone.now()
    row = lock(drafts.start(provider, by=by, key=key, at=at))
    if row.status != RequestStatus.DRAFT:
        return row
    _nothing_outstanding(row, by, at)
    row.kind = RequestKind.EMERGENCY
    row.emergency = {k: v.isoformat() if isinstance(v, datetime) else v for k, v in values.items()}
    row.needed_by = values.get("needed_by")
    row.process_type = emergency_type(row.provider, row.jurisdiction, at=at)
    row.title = "Emergency request"
    last = at.astimezone(UTC).date()
    first = last - timedelta(days=deadlines.EMERGENCY_PERIOD_DAYS)
    row.records_asked = [{"category": str(c), "from": first.isoformat(), "to": last.isoformat()} for c in categories]
    row.save()
    targets.add_identifiers(row, identifiers, version=row.lock_version, by=by, at=at)
    lines.make_lines(row, version_of=lambda order: orders.version_for(order, at))
    row = received(lock(row), by=by, at=at, rank=Rank.EXIGENT)
    emergency_cases.opened(row, at=at)
    emergency_alerts.alert(row, at=at)
    notify.received(row, at=at)
    return row


@transaction.atomic
def withdraw(data_request: DataRequest, *, reason: str = "", by: Any, at: datetime | None = None) -> DataRequest:
    """Take a request back; doing it twice changes nothing."""
    at = at or timezone.now()
    row = lock(data_request)
    if row.status == RequestStatus.WITHDRAWN and row.officer_id == by.pk:
        return row
    if row.status == RequestStatus.DRAFT and row.submitted_at is None:
        raise TransitionRefused("A draft that was never sent is deleted, not withdrawn.")
    row = request_workflow.advance(row, "withdraw", by=by, at=at, reason=reason, closed_at=at)
    questions.lapse_open(row, at=at)
    holds_beside.follow(row, at=at)
    receipt_proofs.withdrawal_received(row, reason=reason, by=by, at=at)
    notify.withdrawn(row, at=at)
    return row


def _nothing_outstanding(row: DataRequest, by: Any, at: datetime) -> None:
    """Refuse an emergency of an officer after whose last one nothing came in time."""
    if cases := emergency_after.stopped(row.provider, by, at=at):
        named = ", ".join(str(case.data_request) for case in cases)
        raise NotAllowed(
            f"Put {named} in order first: legal process, or your supervisor's confirmation, was due after it. "
            f"If somebody is in danger now, call us: {row.provider.emergency_phone}."
        )


def emergency_type(provider: Provider, jurisdiction: str, *, at: datetime) -> ProcessType | None:
    """Return the jurisdiction's own type for emergencies, else the international one; never a reason to refuse."""
    return offered_types(provider, jurisdiction, at).filter(is_emergency=True).first()


def received(
    row: DataRequest, *, by: Any, at: datetime, rank: int, action: str = "submit", arrived: datetime | None = None
) -> DataRequest:
    """Move the request to submitted with everything that is counted from its receipt.

    `arrived` is when it reached the company, where that was before it was entered here; clocks count from then.
    """
    came = arrived or at
    leading = orders.leading(row)
    version = orders.version_for(leading, at) if leading else None
    back = version.return_date if version else None
    due = deadlines.answer(row.kind, row.process_type, row.provider, return_date=back, at=came)
    routed = routing.route(row)
    look = deadlines.first_look(row.kind, row.provider, team=routed.team, at=came)
    fields: dict[str, Any] = {
        "rank": routing.rank_at_receipt(routed, rank),
        "team": routed.team,
        "routed_because": routed.because,
        "submitted_at": came,
        "acknowledged_at": None,
        "declared_at": at if action == "submit" else None,
        "first_look_due_at": look.at,
        "first_look_rule": look.rule,
        "deadline_at": due.at,
        "deadline_rule": due.rule,
        "lock_version": row.lock_version + 1,
    }
    data: dict[str, Any] = {"deadline": due.at.isoformat(), "rule": due.rule, "lines": row.lines.count()}
    data |= {"team": routed.team.name if routed.team else "", "routed": routed.because}
    # By number: what a row says later of whose it is can be held against this (lers.gaps).
    data |= {"officer_id": row.officer_id, "agency_id": row.agency_id}
    if row.reference:  # returned as incomplete, and sent again
        row = holds_beside.follow(request_workflow.advance(row, action, by=by, at=at, data=data, **fields), at=at)
    else:
        row = _with_reference(row, action, by=by, at=at, data=data, **fields)
    if action == "submit":
        receipt_proofs.request_received(row, by=by, at=at)
    return row


def _with_reference(row: DataRequest, action: str, *, by: Any, at: datetime, **facts: Any) -> DataRequest:
    """Advance with a reference that nobody has; one that is taken is drawn again."""
    for _attempt in range(_ATTEMPTS):
        reference = new_reference(row.provider.reference_prefix, at)
        try:
            with transaction.atomic():
                return request_workflow.advance(row, action, by=by, at=at, reference=reference, **facts)
        except IntegrityError:
            if not DataRequest.objects.filter(reference=reference).exists():
                raise
    raise NotAllowed("No reference could be given. Try again.")
