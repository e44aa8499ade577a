"""What happened to a request, from the trail, with the names of the people."""

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Q, QuerySet

from accounts.models import User
from foundation.audit.models import AuditEvent
from foundation.audit.trail import entries_for
from requests_app.checks import checks_of
from requests_app.enums import CheckAnswer, LineDecision
from requests_app.events import Event
from requests_app.models import DataRequest

LIMIT = 200

_WORDS: dict[str, str] = {
    Event.DRAFT_STARTED: "Draft started",
    Event.DRAFT_SAVED: "Draft saved",
    Event.DOCUMENT_ADDED: "Document added",
    Event.DOCUMENT_REMOVED: "Document removed",
    Event.SUBMITTED: "Submitted",
    Event.RETURNED: "Returned as incomplete",
    Event.WITHDRAWN: "Withdrawn",
    Event.VIEWED: "Opened",
    Event.DOCUMENT_VIEWED: "Page of a document looked at",
    Event.DOCUMENT_DOWNLOADED: "Document downloaded",
    Event.DOCUMENT_INFECTED: "Virus found in a document; nobody can open it any more",
    Event.ASSIGNED: "Handed over",
    Event.TAKEN: "Taken into review",
    Event.CHECKED: "Checks answered",
    Event.NOTE_WRITTEN: "Note written",
    Event.ACCOUNT_SHOWN: "Full names shown",
    Event.CALL_BACK_RECORDED: "Call to the agency recorded",
    Event.QUESTION_ASKED: "Question asked",
    Event.QUESTION_ANSWERED: "Question answered",
    Event.QUESTION_CANCELLED: "Question taken back",
    Event.QUESTION_LAPSED: "Question not answered in time",
    Event.QUESTION_PROLONGED: "More time to answer the question",
    Event.WAITING: "Clock stopped",
    Event.RESUMED: "Clock runs again",
    Event.LAPSED: "Closed without an answer",
    Event.REOPENED: "Opened again",
    Event.MATCHED: "Account searched",
    Event.LINE_MARKED: "Lines decided",
    Event.PROPOSED: "Sent for approval",
    Event.SENT_BACK: "Sent back",
    Event.APPROVED: "Approved",
    Event.REFUSED: "Refusal approved",
    Event.REDIRECTED: "Referral approved",
    Event.APPEALED: "Appealed",
    Event.NARROWED: "Order narrowed",
    Event.BAR_CONFIRMED: "Bar on telling the account holder confirmed",
    Event.NOTICE_PLANNED: "Notice planned",
    Event.NOTICE_POSTPONED: "Notice postponed",
    Event.NOTICE_SENT: "Notice sent",
    Event.NOTICE_WAIVED: "Notice waived",
    Event.PACKAGE_STARTED: "Package started",
    Event.PACKAGE_SEALED: "Package sealed",
    Event.PACKAGE_RELEASED: "Package released",
    Event.PACKAGE_REVOKED: "Package revoked",
    Event.DOWNLOADED: "Records downloaded",
    Event.PRODUCED: "Records sent",
    Event.CLOSED: "Closed",
}


@dataclass(frozen=True)
class Entry:
    """One thing that happened, in words."""

    title: str
    at: datetime
    by: str
    detail: str


def events_of(data_request: DataRequest) -> QuerySet[AuditEvent]:
    """Return the entries about a request and about what runs beside it."""
    about = Q(pk__in=entries_for(data_request).values("pk"))
    for name in ("clarifications", "notices", "packages"):
        children = getattr(data_request, name)
        ids = [str(pk) for pk in children.values_list("pk", flat=True)]
        if ids:
            about |= Q(object_type=children.model._meta.label_lower, object_id__in=ids)
    return AuditEvent.objects.filter(about)


def history(data_request: DataRequest, *, looks: bool = True, limit: int = LIMIT) -> list[Entry]:
    """Return what happened, newest first; without looks, only what changed something."""
    events = events_of(data_request)
    if not looks:
        events = events.exclude(action__in=[Event.VIEWED, Event.DOCUMENT_VIEWED])
    found = list(events.order_by("-occurred_at", "-id")[:limit])
    people = User.objects.in_bulk({int(e.actor_id) for e in found if e.actor_id.isdigit()})
    return [_entry(event, people, data_request) for event in found]


def _entry(event: AuditEvent, people: dict[int, User], data_request: DataRequest) -> Entry:
    person = people.get(int(event.actor_id)) if event.actor_id.isdigit() else None
    by = f"by {person.get_full_name()}" if person else "by the system"
    title = _WORDS.get(event.action, event.action.replace("_", " ").replace(".", ", "))
    if event.outcome != "ok":
        title = f"{title}: refused"
    data = json.loads(bytes(event.payload)).get("data") or {}
    said = filter(None, (_detail(event.action, data, data_request), event.reason))
    return Entry(title, event.occurred_at, by, " ".join(said))


def _detail(action: str, data: dict[str, Any], data_request: DataRequest) -> str:
    """Say what the facts of an entry mean, for those that need it."""
    if action == Event.CHECKED:
        numbers = {check.name: n for n, check in enumerate(checks_of(data_request.kind), 1)}
        words = dict(CheckAnswer.choices)
        given = sorted((numbers.get(name, 0), words.get(a, a)) for name, a in data.get("answers", {}).items())
        return f"Check {', '.join(f'{number}: {said}' for number, said in given)}."
    if action == Event.LINE_MARKED:
        words = dict(LineDecision.choices)
        decided = sorted((int(n), words.get(d, d)) for n, d in data.get("lines", {}).items())
        return f"Line {', '.join(f'{number}: {said}' for number, said in decided)}."
    if action in {Event.CALL_BACK_RECORDED, Event.MATCHED}:
        return f"{str(data.get('result', '')).replace('_', ' ').capitalize()}."
    if action == Event.ASSIGNED:
        return f"To {data.get('to')}."
    if action in {Event.VIEWED, Event.DOCUMENT_VIEWED} and data.get("page"):
        return f"Page: {data['page']}."
    return ""
