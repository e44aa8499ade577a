"""Everything that was said about a request between the two sides, in order, and how far each side has read it.

Staff read who of them wrote it; officers read pseudonyms. Internal notes, advice and what was sent back are no part.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Prefetch, QuerySet
from django.utils import timezone

from accounts.models import StaffRole, User
from accounts.permissions import Permission, has_permission
from foundation.audit.models import AuditEvent
from foundation.audit.trail import entries_for, record
from foundation.documents.enums import DocumentState
from foundation.documents.models import Document
from requests_app.enums import ClarificationStatus, ProposalStatus
from requests_app.events import Event
from requests_app.models import Clarification, ClarificationReply, DataRequest, Proposal, ThreadRead
from requests_app.permissions import answers_for

_IN_ORDER = Document.objects.order_by("pk")
_REVIEWER = "a reviewer"
_READY = (DocumentState.CLEAN, DocumentState.UNSCANNED)


@dataclass(frozen=True, slots=True)
class Said:
    """One thing that was said; `ours`: by the company. `points` are (what was asked, the answer or None)."""

    kind: str
    at: datetime
    ours: bool
    title: str
    by: str = ""
    text: str = ""
    points: tuple[tuple[str, dict[str, Any] | None], ...] = ()
    documents: tuple[Document, ...] = ()
    question: Clarification | None = None
    read: str = ""
    read_at: datetime | None = None
    new: bool = field(default=False)


def for_staff(data_request: DataRequest, reader: User) -> list[Said]:
    """Return the thread as staff read it, oldest first: names, and all attachments with their state."""

    def name(person: User | None, *, ours: bool) -> str:
        return "" if person is None else _both_names(person) if ours else person.get_full_name()

    said = _said(data_request, name, data_request.officer, clean=False)
    return _marked(data_request, said, reader, for_staff=True)


def for_officer(data_request: DataRequest, reader: User) -> list[Said]:
    """Return the thread as the officer's side reads it, oldest first: pseudonyms, attachments once they are clean."""
    company = data_request.provider.name

    def name(person: User | None, *, ours: bool) -> str:
        if person is None:
            return company
        if ours:
            return f"{company}, {person.pseudonym or _REVIEWER}"
        return "You" if person.pk == reader.pk else person.get_full_name()

    said = _said(data_request, name, data_request.officer, clean=True)
    return _marked(data_request, said, reader, for_staff=False)


def _both_names(person: User) -> str:
    return f"{person.get_full_name()} ({person.pseudonym})" if person.pseudonym else person.get_full_name()


def _said(data_request: DataRequest, name: Any, officer: User, *, clean: bool) -> list[Said]:
    asked = data_request.clarifications.select_related("asked_by").order_by("number")
    replies = ClarificationReply.objects.select_related("answered_by").order_by("answered_at", "pk")
    asked = asked.prefetch_related(
        Prefetch("documents", queryset=_IN_ORDER),
        Prefetch("replies", queryset=replies.prefetch_related(Prefetch("documents", queryset=_IN_ORDER))),
    )
    found = [one for question in asked for one in _of_question(question, name, officer, clean=clean)]
    found += list(_decisions(data_request, name))
    if data_request.appealed_at:
        found.append(Said("appeal", data_request.appealed_at, ours=False, title="Asked to look at the refusal again",
                          by=name(officer, ours=False), text=data_request.appeal_text))  # fmt: skip
    found += list(_turns(data_request, name))
    return sorted(found, key=lambda one: one.at)


def _of_question(question: Clarification, name: Any, officer: User, *, clean: bool) -> Iterator[Said]:
    documents = [d for d in question.documents.all() if not clean or d.state in _READY]
    asker = name(question.asked_by, ours=True)
    yield Said(
        "question", question.asked_at, ours=True, title=f"Question {question.number}", by=asker,
        text=question.text, points=tuple((item["text"], None) for item in question.items),
        documents=tuple(documents), question=question,
    )  # fmt: skip
    yield from _more_time(question, name, officer)
    for reply in question.replies.all():
        late = question.status == ClarificationStatus.LAPSED
        title = f"Answer to question {question.number}" + (", after its time was over" if late else "")
        points = zip([item["text"] for item in question.items], reply.items, strict=False)
        yield Said(
            "answer", reply.answered_at, ours=False, title=title, by=name(reply.answered_by, ours=False),
            text=reply.text,
            points=tuple(points), documents=tuple(reply.documents.all()), question=question,
        )  # fmt: skip
    if question.status == ClarificationStatus.CANCELLED and question.closed_at:
        yield Said("cancelled", question.closed_at, ours=True, title=f"Question {question.number} taken back",
                   by=name(None, ours=True), text="No answer is needed any more.")  # fmt: skip
    if question.status == ClarificationStatus.LAPSED and question.closed_at:
        text = question.closed_because or "No answer came in time."
        yield Said(
            "lapsed",
            question.closed_at,
            ours=True,
            title="Closed without an answer",
            by=name(None, ours=True),
            text=text,
        )


def _more_time(question: Clarification, name: Any, officer: User) -> Iterator[Said]:
    """What became of the last wish for more time."""
    if question.more_time_asked_at is None or question.more_time_until is None:
        return
    until = f"{question.more_time_until:%-d %b %Y}"
    yield Said("more_time", question.more_time_asked_at, ours=False, title=f"More time asked for, until {until}",
               by=name(officer, ours=False), text=question.more_time_reason)  # fmt: skip
    if question.more_time_decided_at is not None:
        words = "More time given" if question.more_time_given else "No more time: the day to answer stays"
        yield Said("more_time", question.more_time_decided_at, ours=True, title=words, by=name(None, ours=True),
                   text=question.more_time_answer)  # fmt: skip


def _decisions(data_request: DataRequest, name: Any) -> Iterator[Said]:
    signed: QuerySet[Proposal] = data_request.proposals.filter(status=ProposalStatus.APPROVED, signed_at__isnull=False)
    for proposal in signed.order_by("number"):
        at: Any = proposal.signed_at
        yield Said(
            "decision", at, ours=True, title="Our decision", by=name(None, ours=True), text=proposal.text_for_officer
        )


_TURNS: dict[str, str] = {
    Event.RETURNED: "Returned: something was missing",
    Event.MADE_ORDINARY: "Not an emergency: goes on as an ordinary request",
    Event.REOPENED: "Opened again",
}


def _turns(data_request: DataRequest, name: Any) -> Iterator[Said]:
    """Returns as incomplete, with what was missing, and openings after a lapse: both stand in the trail."""
    turns = [Event.RETURNED, Event.MADE_ORDINARY, Event.REOPENED]
    events: QuerySet[AuditEvent] = entries_for(data_request).filter(action__in=turns)
    for event in events.order_by("occurred_at", "pk"):
        back = event.action != Event.REOPENED
        title = _TURNS[event.action]
        yield Said(
            "turn",
            event.occurred_at,
            ours=True,
            title=title,
            by=name(None, ours=True),
            text=event.reason if back else "",
        )


# Read marks -----------------------------------------------------------------------------------------------------------
def _marked(data_request: DataRequest, said: list[Said], reader: User, *, for_staff: bool) -> list[Said]:
    """Put the mark beside the last message of each side that the other side read, and "new" beside what is unread."""
    reads = list(ThreadRead.objects.filter(data_request=data_request).select_related("user").order_by("read_at", "pk"))
    staff = set(StaffRole.objects.filter(user__in=[row.user_id for row in reads]).values_list("user_id", flat=True))
    own = next((row.read_at for row in reads if row.user_id == reader.pk), None)
    fresh = {i for i, one in enumerate(said) if one.ours != for_staff and (own is None or one.at > own)}
    marks = {}
    for ours in (True, False):
        seen = [row for row in reads if (row.user_id in staff) != ours]
        found = [(i, row) for i, one in enumerate(said) if one.ours == ours and (row := _first_since(seen, one.at))]
        if found:
            marks[found[-1][0]] = found[-1][1]
    return [
        replace(
            one,
            new=i in fresh,
            read=_who_read(marks[i].user, ours=one.ours, for_staff=for_staff) if i in marks else "",
            read_at=marks[i].read_at if i in marks else None,
        )
        for i, one in enumerate(said)
    ]


def _first_since(reads: Iterable[ThreadRead], at: datetime) -> ThreadRead | None:
    return next((row for row in reads if row.read_at >= at), None)


def _who_read(person: User, *, ours: bool, for_staff: bool) -> str:
    if ours:
        return "the officer"
    return person.get_full_name() if for_staff else person.pseudonym or _REVIEWER


@transaction.atomic
def mark_read(
    data_request: DataRequest, said: Iterable[Said], *, by: User, at: datetime | None = None
) -> ThreadRead | None:
    """Note that somebody opened the thread, where there was something new of the other side; None where nothing was.

    Of the officer's side only who answers for the request counts, of staff only who reviews: what a follower or an
    auditor read, nobody relies on.
    """
    at = at or timezone.now()
    staff = by.is_staff_member
    counts = has_permission(by, Permission.REVIEW_REQUEST) if staff else answers_for(by, data_request)
    if not counts or not any(one.new for one in said):
        return None
    row, _new = ThreadRead.objects.update_or_create(data_request=data_request, user=by, defaults={"read_at": at})
    record(Event.THREAD_READ, by=by, obj=data_request, at=at)
    return row
