"""An officer asks once that a refusal is looked at again; other people than before decide then."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import F
from django.utils import timezone

from foundation.audit.trail import record
from foundation.core.errors import Incomplete, NotAllowed, TransitionRefused
from foundation.documents import services as documents
from foundation.documents.models import Document
from foundation.legal.deadlines import calendar_strict
from requests_app.deadlines import answer
from requests_app.enums import DocumentRole, Outcome, RequestStatus
from requests_app.events import Event
from requests_app.models import DataRequest, RequestDocument, Review
from requests_app.notify import appeals as notify
from requests_app.permissions import answers_for, request_workflow
from requests_app.services import holds_beside, receipt_proofs, signing
from requests_app.services.later_documents import AT_ONCE
from requests_app.services.locks import lock
from requests_app.services.same_files import refuse_any_twice

# Of the company's own promise, not of a law: calendar days in UTC from the day of the decision, which does not count.
APPEAL_DAYS = 30
_OWNER = "Only the officer who filed it can do this."
_ONCE = "This request was looked at a second time already. The decision is final. Send a new request instead."
_NOT_REFUSED = (
    "Only a request that was refused as a whole is looked at again. Send a new request for what was not disclosed."
)


def appeal_until(decided_at: datetime) -> datetime:
    """Return the last second (UTC) in which a refusal of this time can be appealed."""
    return calendar_strict(decided_at, APPEAL_DAYS).at


def refusal(data_request: DataRequest, *, by: Any, at: datetime) -> str | None:
    """Say why this person cannot appeal now, or None."""
    if not answers_for(by, data_request):
        return _OWNER
    if data_request.appealed_at is not None:
        return _ONCE
    if data_request.status != RequestStatus.REFUSED or data_request.decided_at is None:
        return _NOT_REFUSED
    until = appeal_until(data_request.decided_at)
    if at > until:
        return f"The time to ask for this ended on {until:%-d %b %Y}. Send a new request instead."
    return request_workflow.refusal(data_request, "appeal", by)


@transaction.atomic
def appeal(
    data_request: DataRequest, *, text: str, uploads: Sequence[Any] = (), by: Any, at: datetime | None = None
) -> DataRequest:
    """Take a refused request back to review, with the officer's words and documents, all or nothing.

    Its answer's clock starts anew, as if it came in now. Whoever worked on it works on it no more, and what was typed
    of the decision is forgotten; checks and lines stay. Who proposed and signed the refusal decides no more (see
    permissions). The officer and the desk are told. Raises Incomplete, NotAllowed, TransitionRefused, DocumentRefused.
    """
    at = at or timezone.now()
    if not text.strip():
        raise Incomplete("Write what we should look at again.")
    row = lock(data_request)
    if why := refusal(row, by=by, at=at):
        raise NotAllowed(why) if why == _OWNER else TransitionRefused(why)
    given = _attach(row, uploads, by=by, at=at)
    due = answer(row.kind, row.process_type, row.provider, at=at)
    request_workflow.advance(
        row, "appeal", by=by, at=at, data={"due": due.at.isoformat(), "rule": due.rule, "documents": len(given)},
        appealed_at=at, appeal_text=text.strip(), decided_at=None, outcome=Outcome.NONE, assignee=None,
        deadline_at=due.at, deadline_rule=due.rule, clock_stopped_at=None, clock_stood=timedelta(0),
    )  # fmt: skip
    holds_beside.follow(row, at=at)
    receipt_proofs.appeal_received(row, given, by=by, at=at)
    row.assignments.filter(ended_at=None).update(ended_at=at)
    Review.objects.filter(data_request=row).update(terms={}, lock_version=F("lock_version") + 1)
    notify.appeal_received(row, at=at)
    notify.appeal_waits(row, at=at)
    if not signing.signers(row) and not row.restricted:  # of a restricted one nobody else learns that there is it
        notify.no_signer(row, at=at)
    return row


def _attach(row: DataRequest, uploads: Sequence[Any], *, by: Any, at: datetime) -> list[Document]:
    """Receive the files that come with an appeal; they need not be clean yet."""
    if len(uploads) > AT_ONCE:
        raise Incomplete(f"Add up to {AT_ONCE} files at once.")
    refuse_any_twice(row, uploads)
    given = []
    for upload in uploads:
        document = documents.receive(
            upload, filename=upload.name, purpose="request", by=by, limit=settings.UPLOAD_LIMIT_OFFICER, at=at
        )
        role = DocumentRole.SUPPORTING
        RequestDocument.objects.create(data_request=row, document=document, role=role, added_at=at, added_by=by)
        facts = {"document": str(document.uid), "role": str(role), "sha256": document.sha256}
        record(Event.DOCUMENT_ADDED, by=by, obj=row, data=facts, at=at)
        given.append(document)
    return given
