"""The letter of a decision: a job made at signing, written by a worker, kept encrypted; before that a draft to look at.

A letter that cannot be written is tried again and stands on the staff page; the decision holds without it.
"""

import io
import logging
from collections.abc import Sequence
from datetime import datetime, timedelta

from django.db import transaction
from django.utils import timezone

from accounts.models import User
from accounts.permissions import Permission
from foundation.audit.canonical import JSON
from foundation.audit.trail import record
from foundation.core import jobs
from foundation.core.errors import Incomplete, NotAllowed, PortalError
from foundation.core.hurry import hurry_on_commit
from foundation.core.jobs import JobState
from foundation.core.paper import PDF, PaperFailed
from foundation.documents import isolation
from foundation.documents import services as documents
from foundation.documents.errors import SandboxFailed
from foundation.documents.vault import discard
from requests_app.enums import ProposalStatus
from requests_app.events import Event
from requests_app.models import DataRequest, DecisionLetter, Proposal
from requests_app.permissions import staff_may_see
from requests_app.services.contents import build, terms_typed
from requests_app.services.decision_paper import content_of, pdf_of
from requests_app.services.review import review_of

logger = logging.getLogger(__name__)

LEASE = timedelta(minutes=5)
TRIES = 5
PURPOSE = "decision-letter"
TASK = "requests.write_letter"
_NO_PICTURE = "The letter could not be drawn just now. Try again in a moment."


def plan(proposal: Proposal, *, at: datetime) -> DecisionLetter:
    """Have the letter of a signed decision written; called in the transaction of the signature."""
    letter: DecisionLetter = DecisionLetter.objects.create(proposal=proposal, due_at=at)
    hurry_on_commit(TASK, letter.pk)
    return letter


def write_due(*, at: datetime | None = None, limit: int = 5) -> int:
    """Write letters that were not hurried, or were dropped by a worker that died; return how many were tried."""
    at = at or timezone.now()
    keys = list(
        DecisionLetter.objects.filter(jobs.due(at)).order_by("due_at", "pk").values_list("pk", flat=True)[:limit]
    )
    for pk in keys:
        write(pk, at=at)
    return len(keys)


def write(letter_id: int, *, at: datetime | None = None) -> DecisionLetter | None:
    """Write one letter if it is due and nobody else does; it ends done, back in the queue, or given up."""
    at = at or timezone.now()
    claimed = jobs.claim(DecisionLetter.objects.filter(pk=letter_id), at=at, lease=LEASE, limit=1)
    if not claimed:
        return None
    letter = claimed[0]
    try:
        _write(letter, at=at)
    except Exception as error:  # whatever it was, the row must not wait for the end of its lease
        logger.exception("The letter %s could not be written", letter.pk)
        jobs.fail(letter, str(error) or type(error).__name__, at=at, give_up_after=TRIES)
    return DecisionLetter.objects.get(pk=letter_id)


def _write(letter: DecisionLetter, *, at: datetime) -> None:
    proposal = Proposal.objects.select_related("proposed_by", "signed_by", "data_request__provider").get(
        pk=letter.proposal_id
    )
    data_request = proposal.data_request
    pdf = pdf_of(data_request, content_of(proposal), proposal=proposal, at=at)
    name = f"{data_request.reference}-decision-{proposal.number}.pdf"
    document = documents.write_generated(pdf, filename=name, media_type=PDF, purpose=PURPOSE, by=None, at=at)
    with transaction.atomic():
        kept = jobs.finish(letter, at=at, document_id=document.pk)
        if kept:
            facts: dict[str, JSON] = {
                "document": str(document.uid),
                "sha256": document.sha256,
                "proposal": proposal.number,
            }
            record(Event.LETTER_WRITTEN, by=None, obj=data_request, data=facts, at=at)
    if not kept:  # another worker took over and its letter counts
        discard(document)


@transaction.atomic
def again(letter: DecisionLetter, *, by: User, at: datetime | None = None) -> DecisionLetter:
    """Try once more to write a letter that was given up. Nothing changes where it is written or still tried."""
    at = at or timezone.now()
    row = (
        DecisionLetter.objects.select_for_update(of=("self",))
        .select_related("proposal__data_request")
        .get(pk=letter.pk)
    )
    data_request = row.proposal.data_request
    may = {Permission.REVIEW_REQUEST, Permission.APPROVE_DECISION} & by.permissions
    if not may or not staff_may_see(by, data_request):
        raise NotAllowed("You do not have the right to do this.")
    if row.state != JobState.GIVEN_UP:
        return row
    row.state, row.due_at, row.attempts, row.finished_at = JobState.PENDING, at, 0, None
    row.save(update_fields=["state", "due_at", "attempts", "finished_at"])
    record(Event.LETTER_TRIED, by=by, obj=data_request, data={"proposal": row.proposal.number}, at=at)
    hurry_on_commit(TASK, row.pk)
    return row


def letters_of(data_request: DataRequest) -> list[DecisionLetter]:
    """Return the letters of a request's signed decisions, the newest first; also those that are not written yet."""
    rows = DecisionLetter.objects.filter(proposal__data_request=data_request).select_related("proposal", "document")
    return list(rows.order_by("-proposal__number"))


def waiting(data_request: DataRequest) -> Proposal | None:
    """Return the proposal that waits for a signature, with its people."""
    rows = data_request.proposals.filter(status=ProposalStatus.PROPOSED)
    return rows.select_related("proposed_by", "signed_by").first()


def draft_pdf(data_request: DataRequest, *, at: datetime | None = None) -> bytes:
    """Return the letter as it would be sent, marked as a draft: of what waits for a signature, else of what is typed.

    Raises Incomplete where no decision is chosen, PortalError where it could not be set just now.
    """
    at = at or timezone.now()
    proposal = waiting(data_request)
    if proposal is not None:
        content = content_of(proposal)
    else:
        terms = terms_typed(review_of(data_request).terms)
        if terms is None:
            raise Incomplete("Choose the decision first. Then this page shows the letter.")
        content = build(data_request, terms, at=at)
    try:
        return pdf_of(data_request, content, proposal=proposal, at=at)
    except PaperFailed as error:
        logger.warning("The draft of a letter could not be set: %s", error)
        raise PortalError(_NO_PICTURE) from error


def kept_pdf(letter: DecisionLetter) -> bytes:
    """Return a letter that was written, as it was sent."""
    if letter.document is None:
        raise PortalError("This letter is not written yet.")
    with documents.open_plain(letter.document) as content:
        return content.read()


def pictures(pdf: bytes) -> Sequence[isolation.RenderedPage]:
    """Return the pages of a letter as pictures. Raises PortalError where none could be drawn."""
    try:
        return list(isolation.render(io.BytesIO(pdf), PDF))
    except SandboxFailed as error:
        raise PortalError(_NO_PICTURE) from error
