"""Who of an agency looked at what here, and who got it: the agency's own log (Directive (EU) 2016/680, Art. 25)."""

from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import chain
from typing import Any

from django.db.models import QuerySet
from django.utils import timezone

from accounts.event_names import words_of
from accounts.models import AgencyMembership, User
from accounts.services.list_files import Line
from foundation.audit.canonical import JSON
from foundation.audit.models import AuditEvent
from foundation.audit.trail import record
from foundation.core.errors import NotAllowed
from requests_app.events import Event
from requests_app.models import DataRequest

HEADINGS = [
    "When (UTC)", "Who", "What was done", "Outcome", "Reference", "Case", "Legal process", "Justification",
    "From address", "Who can read it",
]  # fmt: skip
# So many entries in one file; the newest stand first.
MOST = 20_000
_READ = ("occurred_at", "actor_label", "action", "outcome", "object_label", "reason", "ip")


def lines(user: User, *, at: datetime | None = None) -> Iterator[Line]:
    """Return the log as lines: of a lead the agency's people and requests, of others what they did themselves.

    Only about requests this person may see, so restricted ones are their officer's alone. Raises NotAllowed at once.
    """
    at = at or timezone.now()
    member = user.membership
    if not user.is_officer or member is None:
        raise NotAllowed("You have no access as an officer.")
    requests = _requests(user)
    people = {str(user.pk)}
    if user.is_lead:
        of_agency = AgencyMembership.objects.filter(agency=member.agency).values_list("user_id", flat=True)
        people = {str(pk) for pk in of_agency}
    rows = _entries(requests, people)
    cut = len(rows) > MOST
    rows = rows[:MOST]
    facts: dict[str, JSON] = {"entries": len(rows), "all": user.is_lead, "cut": cut}
    record(Event.CONSULTATIONS_TAKEN, by=user, obj=member.agency, data=facts, at=at)
    said = words_of({row.action for row in rows})
    found = (_line(row, requests[row.object_label], said[row.action]) for row in rows)
    return chain(found, [[f"Older entries are not in this file: it ends after {MOST:,}."]] if cut else [])


def _requests(user: User) -> dict[str, DataRequest]:
    """Return the sent requests of the own agency this person may see, by reference."""
    member: Any = user.membership
    seen = DataRequest.objects.visible_to(user).filter(agency=member.agency, reference__isnull=False)
    found = seen.select_related("process_type", "officer").prefetch_related("followers__user")
    return {row.reference or "": row for row in found}


def _entries(requests: dict[str, DataRequest], people: set[str]) -> list[AuditEvent]:
    entries: QuerySet[AuditEvent] = AuditEvent.objects.filter(object_label__in=list(requests), actor_id__in=people)
    return list(entries.order_by("-occurred_at", "-id").only(*_READ)[: MOST + 1])


def _line(row: AuditEvent, data_request: DataRequest, done: str) -> Line:
    kind = data_request.process_type
    return [
        row.occurred_at.astimezone(UTC).isoformat(timespec="seconds"), row.actor_label, done, row.outcome,
        row.object_label, data_request.case_number, kind.name if kind else "", row.reason or data_request.title,
        row.ip, _readers(data_request),
    ]  # fmt: skip


def _readers(data_request: DataRequest) -> str:
    """Name the officer and who follows: the recipients within the agency and beside it."""
    named = [data_request.officer.get_full_name()]
    named += [row.user.get_full_name() for row in data_request.followers.all() if row.user and row.status == "active"]
    return "; ".join(dict.fromkeys(named))
