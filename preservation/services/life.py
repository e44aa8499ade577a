"""What stops, restarts or ends a hold: legal process, a treaty request, the officer, an agency's word that fell."""

from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils import timezone

from accounts.services.addressees import is_addressee
from foundation.audit.trail import record
from foundation.core.errors import Incomplete, TransitionRefused
from foundation.core.hurry import hurry_on_commit
from foundation.legal.deadlines import calendar_strict
from preservation import deadlines, life_notify, notify, schedule
from preservation.enums import ExtensionStatus, HoldStatus
from preservation.events import Event
from preservation.models import PreservationHold
from preservation.permissions import extension_workflow, hold_workflow
from preservation.services import receipt_proofs
from preservation.services.extension_offers import of_rule
from preservation.services.locks import lock, open_extension

# As many as the column of what is known of a treaty request.
MOST_WORDS = 500


@transaction.atomic
def attach_process(hold: PreservationHold, request_reference: str, *, at: datetime | None = None) -> PreservationHold:
    """Keep the records while we answer a request; attaching the same request again changes nothing."""
    at = at or timezone.now()
    row = lock(hold)
    if row.status == HoldStatus.PROCESS_SERVED and row.request_reference == request_reference:
        return row
    row = hold_workflow.advance(
        row,
        "attach_process",
        by=None,
        at=at,
        data={"request": request_reference},
        request_reference=request_reference,
        process_at=row.process_at or at,
        next_action_at=None,
    )
    _stop_counting(row, at=at)
    notify.kept(row, at=at)
    return row


@transaction.atomic
def restrict_with(request_reference: str, *, at: datetime | None = None) -> int:
    """Restrict the holds that belong to a request which only named people may read; return how many.

    Whoever has them now: also those that a colleague took over. Afterwards their officer and those who decide on holds
    see them, and nobody finds the request through them.
    """
    if not request_reference:
        return 0
    holds = PreservationHold.objects.filter(request_reference=request_reference, restricted=False)
    rows = list(holds.select_for_update().order_by("pk"))
    for hold in rows:
        hold.restricted = True
        hold.save(update_fields=["restricted"])
        record(Event.RESTRICTED, by=None, obj=hold, at=at)
    return len(rows)


@transaction.atomic
def detach_process(hold: PreservationHold, *, at: datetime | None = None) -> PreservationHold:
    """Let the hold run down again, because the request is answered or gone."""
    at = at or timezone.now()
    row = lock(hold)
    if row.status == HoldStatus.ACTIVE:
        return row
    return _resume(row, "detach_process", by=None, at=at)


@transaction.atomic
def start_treaty(hold: PreservationHold, *, reason: str, by: Any, at: datetime | None = None) -> PreservationHold:
    """Keep the records while a treaty request runs; the officer is told, and asked later whether it still runs."""
    at = at or timezone.now()
    if not reason.strip():
        raise Incomplete("Say which treaty request it is, and where you know of it from.")
    row = lock(hold)
    running = on_treaty(row, reason.strip(), at)
    row = hold_workflow.advance(row, "start_treaty", by=by, at=at, reason=reason.strip(), **running)
    _stop_counting(row, at=at)
    life_notify.treaty_started(row, due=running["confirm_by"], at=at)
    return row


def on_treaty(row: PreservationHold, words: str, at: datetime) -> dict[str, Any]:
    """Return the fields of a hold while another way is taken: nothing runs down, and by when somebody says it runs."""
    again = calendar_strict(at, row.provider.hold_confirm_days).at
    process = row.process_at or at
    return {"treaty_words": words[:MOST_WORDS], "confirm_by": again, "process_at": process, "next_action_at": None}


@transaction.atomic
def refer(hold: PreservationHold, request_reference: str, *, at: datetime | None = None) -> PreservationHold:
    """Keep the records because the request beside them was referred elsewhere, until that way has ended.

    Ends as a treaty request does, by who decides on holds; never before the hold's own end. Twice changes nothing.
    """
    at = at or timezone.now()
    row = lock(hold)
    if row.status == HoldStatus.ON_TREATY:
        return row
    facts, running = {"request": request_reference}, on_treaty(row, f"{request_reference} takes another way", at)
    row = hold_workflow.advance(
        row, "refer", by=None, at=at, data=facts, request_reference=request_reference, **running
    )
    _stop_counting(row, at=at)
    notify.referred(row, at=at)
    return row


@transaction.atomic
def end_treaty(hold: PreservationHold, *, reason: str, by: Any, at: datetime | None = None) -> PreservationHold:
    """Let the hold run down again, because the treaty request is answered or gone."""
    if not reason.strip():
        raise Incomplete("Say what became of the treaty request.")
    # What an officer names from now on is another one.
    return _resume(
        lock(hold), "end_treaty", by=by, at=at or timezone.now(), reason=reason.strip(), treaty_words=""
    )  # fmt: skip


@transaction.atomic
def release(hold: PreservationHold, *, reason: str = "", by: Any, at: datetime | None = None) -> PreservationHold:
    """End a hold before its time, for good; doing it twice changes nothing."""
    at = at or timezone.now()
    row = lock(hold)
    if row.released_at is not None and row.officer_id == getattr(by, "pk", None):
        return row
    standing = list(row.identifiers.filter(released_at=None))
    row = _let_go(row, "release", reason=reason, by=by, at=at)
    receipt_proofs.release_received(row, standing, reason=reason.strip(), whole=True, by=by, at=at)
    return row


@transaction.atomic
def call_off(hold: PreservationHold, *, reason: str, by: Any, at: datetime | None = None) -> PreservationHold:
    """End a hold that staff placed for an agency, because what was told did not hold up; nobody outside is told.

    Changes nothing where it has ended, is kept for an answer, or is an officer's meanwhile. Raises NotAllowed.
    """
    at = at or timezone.now()
    row = lock(hold)
    if row.status != HoldStatus.ACTIVE or not is_addressee(row.officer):
        return row
    return _let_go(row, "call_off", reason=reason, by=by, at=at)


def ending(row: PreservationHold, at: datetime) -> dict[str, Any]:
    """Return the fields of a hold that ends now: its copies stay for the grace of the company, or go at once.

    At once where the law wants them destroyed afterwards (Canada, Criminal Code s. 487.0194), and where its rule
    allows no more time: nothing is kept that nobody could have extended.
    """
    granted = row.extensions.filter(status=ExtensionStatus.GRANTED).count()
    given = deadlines.copies_kept_until(at, row.provider.hold_grace_days, destroy_after=row.destroy_after)
    kept = given if of_rule(row, granted, at).new_end else None
    return {"expired_at": at, "next_action_at": None, "grace_until": kept, "work_at": kept or at}


def _let_go(row: PreservationHold, action: str, *, reason: str, by: Any, at: datetime) -> PreservationHold:
    row = hold_workflow.advance(
        row, action, by=by, at=at, reason=reason.strip(), released_at=at, next_action_at=None, work_at=at,
        confirm_by=None,
    )  # fmt: skip
    _stop_counting(row, at=at)
    notify.released(row, at=at)
    hurry_on_commit("preservation.execute", row.pk)
    return row


def _resume(
    row: PreservationHold, action: str, *, by: Any, at: datetime, reason: str = "", **fields: Any
) -> PreservationHold:
    if row.expires_at is None:
        raise TransitionRefused("This hold never started.")
    ends, moved = row.expires_at, dict[str, str]()
    if ends <= at:
        due = deadlines.grace_expiry(at)
        ends, moved = due.at, {"ends": due.at.isoformat(), "rule": due.rule, "why": "It ran out while we answered."}
    # Of a new end there is a new certificate, and the company's systems are told of it.
    fields |= {"certificate": None, "work_at": at} if moved else {}
    row = hold_workflow.advance(
        row,
        action,
        by=by,
        at=at,
        reason=reason,
        data=moved,
        expires_at=ends,
        reminded_lead=None,
        next_action_at=schedule.next_action(ends, after=at, leads=row.provider.hold_leads),
        confirm_by=None,
        **fields,
    )
    notify.resumed(row, at=at)
    return row


def _stop_counting(row: PreservationHold, *, at: datetime) -> None:
    """Close an extension that has nothing to extend any more, and hold back reminders that have not left."""
    if row.expires_at is not None:
        notify.withdraw_unsent(row, expires_at=row.expires_at, at=at)
    extension = open_extension(row)
    if extension is not None:
        extension_workflow.advance(extension, "lapse", by=None, at=at, decided_at=at)
