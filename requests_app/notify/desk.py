"""What the compliance desk tells officers and staff: one function for each event, no case facts in any."""

from collections.abc import Mapping
from datetime import datetime

from accounts.models import User
from foundation.notifications.outbox import send
from foundation.notifications.rendering import Value
from requests_app.models import Clarification, DataRequest, Proposal
from requests_app.notify import hook_calls, recording
from requests_app.notify.recipients import officers, responsible
from requests_app.querysets import nobody_named


def question_asked(clarification: Clarification, *, at: datetime) -> None:
    """Tell the officer and who follows that something must be answered, and by when."""
    _to_officers(
        clarification.data_request,
        "question_asked",
        key=f"question:{clarification.pk}:asked",
        context={"answer_by": clarification.due_at},
        at=at,
    )


def question_cancelled(clarification: Clarification, *, at: datetime) -> None:
    """Tell the officer that no answer is needed any more."""
    key = f"question:{clarification.pk}:cancelled"
    _to_officers(clarification.data_request, "question_cancelled", key=key, context={}, at=at)


def question_lapsed(clarification: Clarification, *, at: datetime) -> None:
    """Tell the officer that the time for the answer is over, and whoever works on the request."""
    data_request = clarification.data_request
    key = f"question:{clarification.pk}:lapsed"
    _to_officers(data_request, "question_lapsed", key=key, context={}, at=at)


def reopened(data_request: DataRequest, *, at: datetime) -> None:
    """Tell the officer that a lapsed request is taken up again."""
    key = f"request:{data_request.pk}:reopened:{at.isoformat()}"
    _to_officers(data_request, "question_reopened", key=key, context={}, at=at)


def review_started(data_request: DataRequest, *, at: datetime) -> None:
    """Tell the officer that a person looks at the request now, and by when the answer is due."""
    key = f"request:{data_request.pk}:taken:{at.isoformat()}"
    _to_officers(data_request, "review_started", key=key, context={"due": data_request.deadline_at}, at=at)


def handed_over(data_request: DataRequest, *, to: User, at: datetime) -> None:
    """Tell a colleague that a request is theirs now."""
    key = f"request:{data_request.pk}:handed:{to.pk}:{at.isoformat()}"
    _send(data_request, "review_handed_over", to, key=key, context={}, at=at)


def document_infected(data_request: DataRequest, *, document: int, at: datetime) -> None:
    """Tell who works on a request, or would take it, that a virus was found in one of its documents, once for each."""
    for person in responsible(data_request, at=at):
        key = f"request:{data_request.pk}:infected:{document}:{person.pk}"
        _send(data_request, "document_infected", person, key=key, context={}, at=at)


def documents_added(data_request: DataRequest, *, last: int, at: datetime) -> None:
    """Tell who works on a request that the officer added documents; `last` is the number of the last of them."""
    if data_request.assignee is not None and data_request.assignee.is_active:
        key = f"request:{data_request.pk}:added:{last}"
        _send(data_request, "documents_added", data_request.assignee, key=key, context={}, at=at)


def document_unusable(data_request: DataRequest, *, last: int, at: datetime) -> None:
    """Tell the officer that a document could not be used; which one and why stand in the portal only."""
    if data_request.officer.is_active:
        key = f"request:{data_request.pk}:unusable:{last}"
        _send(data_request, "document_unusable", data_request.officer, key=key, context={}, at=at)


def returned_incomplete(data_request: DataRequest, *, at: datetime) -> None:
    """Tell the officer that something is missing; the request is a draft again, what it is stands in the portal."""
    key = f"request:{data_request.pk}:returned:{at.isoformat()}"
    _to_officers(data_request, "returned_incomplete", key=key, context={}, at=at)


def approval_waits(proposal: Proposal, *, people: "list[User]", at: datetime) -> None:
    """Tell those who may sign an emergency that one waits; ordinary decisions wait in their list."""
    for person in people:
        key = f"proposal:{proposal.pk}:waits:{person.pk}"
        _send(proposal.data_request, "decision_waits", person, key=key, context={}, at=at)


def sent_back(proposal: Proposal, *, at: datetime) -> None:
    """Tell the proposer that the second person wants something changed."""
    key = f"proposal:{proposal.pk}:sent_back"
    _send(proposal.data_request, "decision_sent_back", proposal.proposed_by, key=key, context={}, at=at)


def decided(proposal: Proposal, *, at: datetime) -> None:
    """Tell the officer and who follows that there is a decision; what it says stands in the portal only."""
    key = f"proposal:{proposal.pk}:decided"
    _to_officers(proposal.data_request, "decision_made", key=key, context={"result": proposal.result}, at=at)
    if nobody_named(proposal.data_request):
        recording.to_agency(proposal.data_request, "recorded_answered", key=key, at=at)
    hook_calls.decided(proposal, at=at)


def freeze_done(data_request: DataRequest, *, at: datetime) -> None:
    """Tell the officer and who follows that a freeze or seizure was acted on; what was done stands in the portal."""
    _to_officers(data_request, "freeze_done", key=f"request:{data_request.pk}:freeze_done", context={}, at=at)


def _to_officers(
    data_request: DataRequest, event: str, *, key: str, context: Mapping[str, Value], at: datetime
) -> None:
    for person in officers(data_request):
        _send(data_request, event, person, key=f"{key}:{person.pk}", context=context, at=at)


def _send(
    data_request: DataRequest,
    event: str,
    to: User,
    *,
    key: str,
    context: Mapping[str, Value],
    at: datetime,
) -> None:
    send(
        event,
        dedupe_key=key,
        to_user=to,
        context=context,
        reference=data_request.reference or "",
        urgent=data_request.is_exigent,
        at=at,
    )
