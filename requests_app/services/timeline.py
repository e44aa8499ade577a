"""The history of a request in the officer's words, read from the trail: no staff names, nothing internal."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Q

from foundation.audit.models import AuditEvent
from foundation.audit.trail import entries_for
from requests_app.events import Event
from requests_app.models import DataRequest, DisclosurePackage

# Only what stands here is ever shown: title, and what it means.
_WORDS: dict[str, tuple[str, str]] = {
    Event.SUBMITTED: ("Submitted", ""),
    Event.RETURNED: ("Returned to you", "Something was missing. Complete it and send it again"),
    Event.WITHDRAWN: ("Withdrawn", ""),
    Event.TAKEN: ("Review started", ""),
    Event.WAITING: ("Question sent to you", "Our clock stops until you answer"),
    Event.RESUMED: ("Question withdrawn", "Our clock runs again"),
    Event.LAPSED: ("Closed without an answer", "Your time to answer the question ended"),
    Event.REOPENED: ("Review started again", ""),
    Event.APPROVED: ("Legal process accepted", "We prepare the records"),
    Event.REFUSED: ("Not disclosed", "The reason stands in our decision"),
    Event.REDIRECTED: ("Use mutual assistance", "Our decision says where to go"),
    Event.APPEALED: ("Review asked for", ""),
    Event.NARROWED: ("Review started again", "The order changed"),
    Event.ORDER_VERSION_ADDED: ("New version of an order", "Our reviewer looks at it"),
    Event.PACKAGE_RELEASED: ("Records ready", ""),
    Event.PACKAGE_REVOKED: ("Download stopped", "We write to you what to do"),
    Event.PACKAGE_EXPIRED: ("Download ended", ""),
    Event.CLOSED: ("Closed", ""),
}
_ANSWERED = ("Your answer arrived", "Our clock runs again")


@dataclass(frozen=True)
class Entry:
    """One thing that happened."""

    title: str
    at: datetime
    by: str
    text: str


def for_officer(data_request: DataRequest, reader: Any) -> list[Entry]:
    """Return what the officer may read of the history, newest first."""
    events = AuditEvent.objects.filter(_about(data_request), action__in=list(_WORDS), outcome="ok")
    return [_entry(event, data_request, reader) for event in events.order_by("-occurred_at", "-id")]


def _about(data_request: DataRequest) -> Q:
    packages = data_request.packages.all()
    own = Q(object_type=DataRequest._meta.label_lower, object_id=str(data_request.pk))
    parts = Q(object_type=DisclosurePackage._meta.label_lower, object_id__in=[str(p.pk) for p in packages])
    return own | parts


def _entry(event: AuditEvent, data_request: DataRequest, reader: Any) -> Entry:
    title, text = _WORDS[event.action]
    officers = {str(data_request.officer_id)}
    if event.action == Event.RESUMED and event.actor_id in officers:
        title, text = _ANSWERED
    by = "by you" if event.actor_id == str(reader.pk) else "by the officer" if event.actor_id in officers else ""
    return Entry(title, event.occurred_at, by, text)


def returned_because(data_request: DataRequest) -> str:
    """Return what staff wrote when they gave the request back last; empty if they never did."""
    returned = entries_for(data_request).filter(action=Event.RETURNED).last()
    return returned.reason if returned else ""
