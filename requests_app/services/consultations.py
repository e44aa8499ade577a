"""Who of an agency looked at what here, and who got it: the agency's own log (Directive (EU) 2016/680, Art. 25)."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime
from itertools import chain
from typing import NamedTuple

from django.db.models import QuerySet
from django.utils import timezone

from accounts.enums import DeskRole
from accounts.event_names import words_of
from accounts.models import AgencyMembership, User
from accounts.services.list_files import Line
from foundation.audit.canonical import JSON
from foundation.audit.models import AuditEvent
from foundation.audit.trail import record
from foundation.core.errors import NotAllowed
from preservation.models import PreservationHold
from requests_app.enums import FollowerStatus
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

    Only about requests and holds this person may see, so restricted ones are their officer's alone. Raises NotAllowed
    at once.
    """
    at = at or timezone.now()
    member = user.membership
    if not user.is_officer or member is None:
        raise NotAllowed("You have no access as an officer.")
    cases = _cases(user, member, at)
    people = {str(user.pk)}
    if user.is_lead:
        of_agency = AgencyMembership.objects.filter(agency=member.agency).values_list("user_id", flat=True)
        people = {str(pk) for pk in of_agency}
    rows = _entries(cases, people)
    cut = len(rows) > MOST
    rows = rows[:MOST]
    facts: dict[str, JSON] = {"entries": len(rows), "all": user.is_lead, "cut": cut}
    record(Event.CONSULTATIONS_TAKEN, by=user, obj=member.agency, data=facts, at=at)
    said = words_of({row.action for row in rows})
    found = (_line(row, cases[row.object_label], said[row.action]) for row in rows)
    return chain(found, [[f"Older entries are not in this file: it ends after {MOST:,}."]] if cut else [])


class _Case(NamedTuple):
    """What stands beside each entry about a request or a hold."""

    number: str
    process: str
    justification: str
    readers: str


def _cases(user: User, member: AgencyMembership, at: datetime) -> dict[str, _Case]:
    """Return what was sent by the own agency and this person may see, by reference."""
    acting = member.agency.memberships.acting(at).filter(role=DeskRole.LEAD).select_related("user")
    leads = _names(row.user for row in acting)
    requests = DataRequest.objects.visible_to(user).filter(agency=member.agency, reference__isnull=False)
    requests = requests.select_related("process_type", "officer")
    requests = requests.prefetch_related("followers__user", "named_readers", "desk__members")
    holds = PreservationHold.objects.visible_to(user).filter(agency=member.agency, reference__isnull=False)
    holds = holds.select_related("process_type", "officer").prefetch_related("followers__user")
    found = {row.reference: _case(row, _request_words(row), _request_readers(row, leads)) for row in requests}
    return found | {row.reference: _case(row, (row.title, row.reason), _hold_readers(row, leads)) for row in holds}


def _case(row: DataRequest | PreservationHold, words: Iterable[str], readers: list[str]) -> _Case:
    kind = row.process_type
    said = "; ".join(filter(None, words))
    return _Case(row.case_number, kind.name if kind else "", said, "; ".join(dict.fromkeys(readers)))


def _request_words(row: DataRequest) -> Iterable[str]:
    """Return why the data was asked for: the offence and its law, or the danger."""
    return row.title, row.offence, row.section_of_law, str(row.emergency.get("danger", ""))


def _request_readers(row: DataRequest, leads: list[str]) -> list[str]:
    """Name who of the agency and beside it can read a request: as querysets.visible_to has it."""
    followers = [one.user for one in row.followers.all() if one.user and one.status == FollowerStatus.ACTIVE]
    desk = list(row.desk.members.all()) if row.desk and row.desk.closed_at is None else []
    others = followers + desk
    if row.restricted:
        named = set(row.named_readers.all())
        return _names([row.officer, *(one for one in others if one in named)])
    return _names([row.officer, *others]) + leads


def _hold_readers(row: PreservationHold, leads: list[str]) -> list[str]:
    if row.restricted:
        return _names([row.officer])
    return _names([row.officer, *(one.user for one in row.followers.all() if one.ended_at is None)]) + leads


def _names(people: Iterable[User]) -> list[str]:
    return [person.get_full_name() for person in people]


def _entries(cases: Mapping[str, _Case], people: set[str]) -> list[AuditEvent]:
    entries: QuerySet[AuditEvent] = AuditEvent.objects.filter(object_label__in=list(cases), actor_id__in=people)
    return list(entries.order_by("-occurred_at", "-id").only(*_READ)[: MOST + 1])


def _line(row: AuditEvent, case: _Case, done: str) -> Line:
    return [
        row.occurred_at.astimezone(UTC).isoformat(timespec="seconds"), row.actor_label, done, row.outcome,
        row.object_label, case.number, case.process, row.reason or case.justification, row.ip, case.readers,
    ]  # fmt: skip
