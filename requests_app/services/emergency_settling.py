"""What follows an emergency comes in and is settled: legal process, a supervisor's word, or our own excuse."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from accounts.models import User
from accounts.permissions import Permission
from foundation.audit.trail import record
from foundation.core.errors import Incomplete, NotAllowed, Stale, TransitionRefused
from foundation.documents import services as documents
from foundation.documents.enums import DocumentState
from foundation.documents.models import Document
from requests_app import deadlines
from requests_app.enums import DocumentRole, SettledHow
from requests_app.events import Event
from requests_app.models import DataRequest, EmergencyCase, LegalProcess, OrderUse, RequestDocument
from requests_app.notify import emergencies as notify
from requests_app.notify.recipients import responsible
from requests_app.permissions import answers_for, desk_refusal
from requests_app.services import orders, receipt_proofs
from requests_app.services.locks import lock
from requests_app.services.same_files import refuse_twice

Values = Mapping[str, Any]
_USABLE = (DocumentState.CLEAN, DocumentState.UNSCANNED)
_NONE = "Nothing is to follow this request."
_SETTLED = "This emergency is in order already."


@transaction.atomic
def send(data_request: DataRequest, values: Values, *, how: str, by: Any, at: datetime | None = None) -> EmergencyCase:
    """Take what the officer sends after an emergency: an order with its copy, or a supervisor's confirmation.

    `values`: upload, and of an order process_type, issuing_authority, issued_on, docket; of a confirmation
    supervisor. Raises NotAllowed, TransitionRefused where it was sent or settled meanwhile, DocumentRefused.
    """
    at = at or timezone.now()
    row, case = _locked(data_request)
    if not answers_for(by, row):
        raise NotAllowed("Only the officer who filed it can do this.")
    if case.sent_at is not None:
        raise TransitionRefused("This was sent already. We look at it and write to you.")
    item = _attach(row, values["upload"], how, by=by, at=at)
    order = _add_order(row, values, item.document, by=by, at=at) if how == SettledHow.PROCESS else None
    case.sent_at, case.sent_how, case.document = at, how, item.document
    case.supervisor = values.get("supervisor", "") if how == SettledHow.STATEMENT else ""
    case.save(update_fields=["sent_at", "sent_how", "document", "supervisor"])
    facts = {"how": str(how), "document": str(item.document.uid)}
    record(Event.PROCESS_SENT, by=by, obj=row, data=facts, at=at)
    receipt_proofs.sent_afterwards(case, order, by=by, at=at)
    notify.process_came(row, responsible(row, at=at), at=at)
    return case


def _attach(row: DataRequest, upload: Any, how: str, *, by: Any, at: datetime) -> RequestDocument:
    refuse_twice(row, upload)
    document = documents.receive(
        upload, filename=upload.name, purpose="request", by=by, limit=settings.UPLOAD_LIMIT_OFFICER, at=at
    )
    role = DocumentRole.ORDER if how == SettledHow.PROCESS else DocumentRole.SUPPORTING
    item = RequestDocument.objects.create(data_request=row, document=document, role=role, added_at=at, added_by=by)
    facts = {"document": str(document.uid), "role": str(role), "sha256": document.sha256}
    record(Event.DOCUMENT_ADDED, by=by, obj=row, data=facts, at=at)
    return item


def _add_order(row: DataRequest, values: Values, document: Document, *, by: Any, at: datetime) -> LegalProcess:
    """Put the order behind the request; what was decided before it came stays decided as it was."""
    process = LegalProcess(agency=row.agency, created_by=by, created_at=at)
    given = {name: values[name] for name in ("process_type", "issuing_authority", "issued_on", "docket")}
    orders.write(process, {**given, "document": document}, by=by, at=at)
    position = row.order_uses.count()
    OrderUse.objects.create(data_request=row, process=process, position=position, added_at=at, added_by=by)
    record(Event.ORDER_ADDED, by=by, obj=row, data={"order": str(process.uid)}, at=at)
    return process


@transaction.atomic
def accept(
    data_request: DataRequest, *, note: str = "", seen: datetime | None, by: User, at: datetime | None = None
) -> EmergencyCase:
    """Find what was sent enough: the emergency is in order, and the officer is told. `seen`: when what was read came.

    Raises NotAllowed, Stale where something else was sent meanwhile, TransitionRefused where it is settled or its
    file cannot be used.
    """
    at = at or timezone.now()
    row, case = _to_read(data_request, seen, by)
    if case.document is None or case.document.state not in _USABLE:
        raise TransitionRefused("The file is not checked yet, or cannot be used. Wait, or send it back.")
    return _settle(case, row, str(case.sent_how), note=note, by=by, at=at)


@transaction.atomic
def send_back(
    data_request: DataRequest, *, reason: str, seen: datetime | None, by: User, at: datetime | None = None
) -> EmergencyCase:
    """Find what was sent not enough: the officer reads why and sends something else, with a working day at least."""
    at = at or timezone.now()
    if not reason.strip():
        raise Incomplete("Write what is missing: the officer reads it.")
    row, case = _to_read(data_request, seen, by)
    facts = {"how": str(case.sent_how), "sent_at": case.sent_at.isoformat() if case.sent_at else ""}
    case.sent_at, case.sent_how, case.supervisor, case.document = None, "", "", None
    if case.process_due_at and (again := deadlines.process_again(row.provider, case.process_due_at, at=at)):
        case.process_due_at, case.process_rule = again.at, again.rule
    case.save(update_fields=["sent_at", "sent_how", "supervisor", "document", "process_due_at", "process_rule"])
    record(Event.PROCESS_SENT_BACK, by=by, obj=row, reason=reason.strip(), data=facts, at=at)
    if case.process_due_at:
        notify.process_sent_back(row, due=case.process_due_at, at=at)
    return case


@transaction.atomic
def excuse(data_request: DataRequest, *, reason: str, by: User, at: datetime | None = None) -> EmergencyCase:
    """Ask for nothing after this emergency, with the reason; whoever may sign decisions does this."""
    at = at or timezone.now()
    if not reason.strip():
        raise Incomplete("Write why nothing is asked for.")
    row, case = _locked(data_request)
    if refusal := desk_refusal(by, Permission.APPROVE_DECISION, row):
        raise NotAllowed(refusal)
    return _settle(case, row, SettledHow.EXCUSED, note=reason, by=by, at=at)


@transaction.atomic
def told_by_hand(data_request: DataRequest, *, note: str, by: User, at: datetime | None = None) -> EmergencyCase:
    """Record that the agency was told of the release by letter or by a call to its published number."""
    at = at or timezone.now()
    if not note.strip():
        raise Incomplete("Write how the agency was told, where, and who took it.")
    row = lock(data_request)
    case = EmergencyCase.objects.filter(data_request=row).first()
    if refusal := desk_refusal(by, Permission.REVIEW_REQUEST, row):
        raise NotAllowed(refusal)
    if case is None or not row.packages.filter(released_at__isnull=False).exists():
        raise TransitionRefused("No records of an emergency have left: there is nothing to tell the agency.")
    if case.agency_told_at is not None:
        raise TransitionRefused("The agency was told already.")
    case.agency_told_at = at
    case.save(update_fields=["agency_told_at"])
    record(Event.AGENCY_TOLD, by=by, obj=row, reason=note.strip(), data={"how": "by hand"}, at=at)
    return case


def _settle(case: EmergencyCase, row: DataRequest, how: str, *, note: str, by: User, at: datetime) -> EmergencyCase:
    case.settled_at, case.settled_by, case.settled_how, case.settled_note = at, by, how, note.strip()
    case.save(update_fields=["settled_at", "settled_by", "settled_how", "settled_note"])
    record(Event.PROCESS_SETTLED, by=by, obj=row, reason=note.strip(), data={"how": str(how)}, at=at)
    notify.process_settled(row, at=at)
    return case


def _to_read(data_request: DataRequest, seen: datetime | None, by: User) -> tuple[DataRequest, EmergencyCase]:
    """Return request and case, locked, where this person may judge what was sent and has read it."""
    row, case = _locked(data_request)
    if refusal := desk_refusal(by, Permission.REVIEW_REQUEST, row):
        raise NotAllowed(refusal)
    if case.sent_at is None:
        raise TransitionRefused("Nothing waits to be read: the officer has sent nothing, or it was sent back.")
    if case.sent_at != seen:
        raise Stale("The officer sent something else after you opened this page. Read it first.")
    return row, case


def _locked(data_request: DataRequest) -> tuple[DataRequest, EmergencyCase]:
    """Return request and case with the request locked, where something is to follow and is not settled."""
    row = lock(data_request)
    case = EmergencyCase.objects.filter(data_request=row).select_related("document").first()
    if case is None or case.process_due_at is None:
        raise TransitionRefused(_NONE)
    if case.settled_at is not None:
        raise TransitionRefused(_SETTLED)
    return row, case
