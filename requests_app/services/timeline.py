"""The history of a request in the officer's words, read from the trail: no staff names, nothing internal."""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Q

from accounts.models import User
from foundation.audit.models import AuditEvent
from foundation.audit.trail import entries_for
from foundation.legal.events import LegalEvent
from requests_app.enums import RequestKind
from requests_app.events import Event
from requests_app.models import DataRequest, DisclosurePackage, LaterAsk

# Only what stands here is ever shown: title, and what it means.
_WORDS: dict[str, tuple[str, str]] = {
    Event.SUBMITTED: ("Submitted", ""),
    Event.RETURNED: ("Returned to you", "Something was missing. Complete it and send it again"),
    Event.MADE_ORDINARY: ("Goes on as an ordinary request", "Complete it and send it again"),
    Event.PROCESS_DEMANDED: ("Legal process is to follow", "This page says by when"),
    Event.PROCESS_SENT: ("What was to follow was sent", "We look at it"),
    Event.PROCESS_SENT_BACK: ("What was to follow was sent back", "This page says why"),
    Event.PROCESS_SETTLED: ("The emergency is in order", "Nothing more is to follow"),
    Event.WITHDRAWN: ("Withdrawn", ""),
    Event.TAKEN: ("Review started", ""),
    Event.WAITING: ("Question sent to you", "Our clock stops until you answer"),
    Event.RESUMED: ("Question withdrawn", "Our clock runs again"),
    Event.LAPSED: ("Closed without an answer", "Your time to answer the question ended"),
    Event.REOPENED: ("Review started again", ""),
    Event.APPROVED: ("Legal process accepted", "We prepare the records"),
    Event.REFUSED: ("Not disclosed", "The reason stands in our decision"),
    Event.REDIRECTED: ("Referred elsewhere", "Our decision says where to go"),
    Event.APPEALED: ("Review asked for", ""),
    Event.NARROWED: ("Review started again", "The order changed"),
    # Never why: what an account holder said against it is nothing the officer learns.
    Event.RECONSIDERED: ("Review started again", ""),
    Event.PREPARED_AGAIN: ("Records are prepared again", "We write when they can be downloaded"),
    Event.ORDER_VERSION_ADDED: ("New version of an order", "Our reviewer looks at it"),
    Event.PACKAGE_RELEASED: ("Records ready", ""),
    Event.PACKAGE_REVOKED: ("Download stopped", "We write to you what to do"),
    Event.PACKAGE_EXPIRED: ("Download ended", ""),
    Event.PACKAGE_REISSUED: ("Download opened again", ""),
    Event.PACKAGE_PURGED: ("Files deleted", "Letter, manifest and certificates stay"),
    Event.LATER_ASKED: ("More was asked for", "This page says what"),
    Event.LATER_DONE: ("Done, as asked for later", ""),
    Event.LATER_DECLINED: ("Declined, what was asked for later", "This page says why"),
    Event.LATER_WITHDRAWN: ("Taken back, what was asked for later", ""),
    Event.CLOSED: ("Closed", ""),
    Event.ANSWERED: ("Answered", "Our answer stands on this page"),
    Event.FREEZE_EXTENDED: ("Freeze goes on", "Under the later version of the order"),
    Event.FREEZE_NOT_EXTENDED: ("The later version of the order does not change the freeze", ""),
    Event.LIFT_ASKED: ("Lift of the freeze asked for", ""),
    Event.LIFT_DUE: ("Freeze to be lifted", ""),
    Event.LIFTED: ("Freeze lifted", ""),
    Event.LIFT_DECLINED: ("Freeze not lifted", ""),
    Event.DOCUMENT_ADDED: ("Document added", ""),
    Event.AMENDED: ("Changed", ""),
    Event.FOLLOWER_ADDED: ("A colleague can follow", ""),
    Event.FOLLOWER_AGREED: ("An officer of another agency can follow", ""),
    Event.FOLLOWER_DECLINED: ("We did not agree that another agency follows", ""),
    Event.FOLLOWER_ENDED: ("A colleague no longer follows", ""),
    Event.HAND_OVER_ASKED: ("Handing over asked for", "We must agree first"),
    Event.HAND_OVER_DECLINED: ("We did not agree to hand it over", ""),
    Event.HAND_OVER_CANCELLED: ("Handing over called off", ""),
    Event.HANDED_OVER: ("Handed over to another officer", ""),
    LegalEvent.DEADLINE_MOVED: ("A date of ours changed", "Our working days changed. The dates on this page hold now"),
}
# What an approval means for a kind that is answered on its own page.
_APPROVED_OF_KIND: dict[str, tuple[str, str]] = {
    RequestKind.ENQUIRY: ("Answer agreed", ""),
    RequestKind.FREEZE: ("Legal process accepted", "We carry it out, then tell you what was done"),
    RequestKind.EMERGENCY: ("Emergency request granted", "We prepare the records"),
}
_ANSWERED = ("Your answer arrived", "Our clock runs again")
# The same for a reader who cannot answer, and on paper.
_THIRD_PERSON: dict[str, tuple[str, str]] = {
    Event.RETURNED: ("Returned to the officer", "Something was missing. The officer completes it and sends it again"),
    Event.MADE_ORDINARY: ("Goes on as an ordinary request", "The officer completes it and sends it again"),
    Event.WAITING: ("Question sent to the officer", "Our clock stops until the officer answers"),
    Event.LAPSED: ("Closed without an answer", "The time to answer the question ended"),
    Event.PACKAGE_REVOKED: ("Download stopped", "We write to the officer what to do"),
}
_ANSWER_CAME = ("The answer arrived", "Our clock runs again")
# A follower of another agency reads where the request stands: not what was sent, changed or said, nor by whom.
_STANDING = (
    Event.SUBMITTED, Event.RETURNED, Event.MADE_ORDINARY, Event.WITHDRAWN, Event.TAKEN, Event.WAITING, Event.RESUMED,
    Event.LAPSED,
    Event.REOPENED, Event.APPROVED, Event.REFUSED, Event.REDIRECTED, Event.APPEALED, Event.NARROWED,
    Event.RECONSIDERED,
    Event.PACKAGE_RELEASED, Event.PACKAGE_REVOKED, Event.PACKAGE_EXPIRED,
    Event.PACKAGE_REISSUED, Event.CLOSED, Event.ANSWERED,
    LegalEvent.DEADLINE_MOVED,
)  # fmt: skip
# Here the reason that was written with it is meant for the officer.
_REASONS = (Event.FOLLOWER_DECLINED, Event.HAND_OVER_DECLINED)


@dataclass(frozen=True)
class Entry:
    """One thing that happened."""

    title: str
    at: datetime
    by: str
    text: str


def for_officer(data_request: DataRequest, reader: Any, *, addressed: bool = True) -> list[Entry]:
    """Return what the officer may read of the history, newest first.

    `reader` is who reads "by you" of the own acts; None on paper, which names everybody. `addressed`: the reader is
    who answers for the request; to others it speaks of the officer.
    """
    found = _events(data_request)
    officers = _officers(data_request, found)
    return [_entry(event, officers, reader, data_request.kind, addressed=addressed) for event in found]


def from_elsewhere(data_request: DataRequest) -> list[Entry]:
    """Return what a follower of another agency reads of the history: where the request stood, nothing said in it."""
    found = [event for event in _events(data_request) if event.action in _STANDING]
    officers = _officers(data_request, found)
    entries = [_entry(event, officers, None, data_request.kind, addressed=False) for event in found]
    return [Entry(entry.title, entry.at, "", entry.text) for entry in entries]


def _events(data_request: DataRequest) -> list[AuditEvent]:
    events = AuditEvent.objects.filter(_about(data_request), action__in=list(_WORDS), outcome="ok")
    sent = data_request.submitted_at or data_request.created_at
    later = [Event.DOCUMENT_ADDED, Event.FOLLOWER_ADDED, Event.FOLLOWER_ENDED]  # in a draft these are no news
    events = events.exclude(action__in=later, occurred_at__lte=sent)
    return list(events.order_by("-occurred_at", "-id"))


def _about(data_request: DataRequest) -> Q:
    packages = data_request.packages.all()
    own = Q(object_type=DataRequest._meta.label_lower, object_id=str(data_request.pk))
    parts = Q(object_type=DisclosurePackage._meta.label_lower, object_id__in=[str(p.pk) for p in packages])
    asks = [str(pk) for pk in data_request.later_asks.values_list("pk", flat=True)]
    return own | parts | Q(object_type=LaterAsk._meta.label_lower, object_id__in=asks)


def _officers(data_request: DataRequest, events: Iterable[AuditEvent]) -> dict[str, str]:
    """Return the names of those of the agency who did something; staff are in no agency and stay unnamed."""
    ids = {int(event.actor_id) for event in events if event.actor_id.isdigit()} - {data_request.officer_id}
    names = {str(data_request.officer_id): data_request.officer.get_full_name()}
    if ids:
        members = User.objects.filter(pk__in=ids, memberships__agency=data_request.agency_id).distinct()
        names |= {str(person.pk): person.get_full_name() for person in members}
    return names


def _entry(event: AuditEvent, officers: dict[str, str], reader: Any, kind: str, *, addressed: bool) -> Entry:
    title, text = _WORDS[event.action] if addressed else _THIRD_PERSON.get(event.action, _WORDS[event.action])
    if event.action == Event.RESUMED and event.actor_id in officers:
        title, text = _ANSWERED if addressed else _ANSWER_CAME
    if event.action == Event.APPROVED:
        title, text = _APPROVED_OF_KIND.get(kind, (title, text))
    if event.action == Event.AMENDED:
        text = _words_of(event)
    if event.action in _REASONS:
        text = event.reason
    own = reader is not None and event.actor_id == str(reader.pk)
    by = "by you" if own else f"by {officers[event.actor_id]}" if event.actor_id in officers else ""
    return Entry(title, event.occurred_at, by, text)


def _words_of(event: AuditEvent) -> str:
    words = str((json.loads(bytes(event.payload)).get("data") or {}).get("words", ""))
    return f"{words[:1].upper()}{words[1:]}"


def returned_because(data_request: DataRequest) -> str:
    """Return what staff wrote when they gave the request back last; empty if they never did."""
    returned = _given_back(data_request)
    return returned.reason if returned else ""


def was_no_emergency(data_request: DataRequest) -> bool:
    """Say whether staff gave the request back last because it was no emergency."""
    returned = _given_back(data_request)
    return returned is not None and returned.action == Event.MADE_ORDINARY


def _given_back(data_request: DataRequest) -> AuditEvent | None:
    return entries_for(data_request).filter(action__in=[Event.RETURNED, Event.MADE_ORDINARY]).last()
