"""After an emergency: the agency itself is told, and legal process follows what was given voluntarily.

18 USC 2702(b)(8) and (c)(4), GDPR article 6(1)(d): who gives records in an emergency does so on the word of an officer.
So the agency learns of it by another way, and what the officer could not have in time is shown afterwards.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from foundation.audit.trail import entries_for, record
from foundation.notifications.running_clocks import NobodyToTell, ShownDeadline, Stage
from foundation.providers.models import Provider
from foundation.providers.policy import offered_types
from requests_app import deadlines
from requests_app.enums import HandOverStatus, PackageStatus, ProposalStatus, RequestKind
from requests_app.events import Event
from requests_app.models import DataRequest, EmergencyCase, HandOver
from requests_app.notify import emergencies as notify
from requests_app.notify.recipients import responsible
from requests_app.permissions import answers_for
from requests_app.querysets import left_behind, suspended
from requests_app.services import emergency_cases


@dataclass(frozen=True)
class After:
    """How an emergency stands afterwards, for the officer's page."""

    case: EmergencyCase
    over: bool
    may_send: bool
    # Why what was sent is not enough; empty where nothing was sent back.
    sent_back: str

    @property
    def style(self) -> str:
        """Return how loud the page says it."""
        return "danger" if self.over else "warn"


def released(data_request: DataRequest, *, at: datetime) -> None:
    """Tell the agency, and ask for legal process where the release was voluntary; called with each release.

    The request must be locked. Both happen once; nothing happens where no records left or it was no emergency.
    """
    if data_request.kind != RequestKind.EMERGENCY or not _gave_records(data_request):
        return
    case = emergency_cases.opened(data_request, at=at)
    if case.agency_told_at is None:
        _tell_agency(case, data_request, at)
    if case.process_due_at is None and case.settled_at is None and is_voluntary(data_request):
        due = deadlines.process_after(data_request.provider, at=at)
        case.process_due_at, case.process_rule = due.at, due.rule
        case.save(update_fields=["process_due_at", "process_rule"])
        facts = {"due": due.at.isoformat(), "rule": due.rule}
        record(Event.PROCESS_DEMANDED, by=None, obj=data_request, data=facts, at=at)
        notify.process_asked(data_request, due=due.at, at=at)


def _gave_records(data_request: DataRequest) -> bool:
    """Say whether a package with records left; a letter alone gives none."""
    left = (PackageStatus.RELEASED, PackageStatus.EXPIRED, PackageStatus.PURGED)
    return bool(data_request.packages.filter(status__in=left, lines__isnull=False).exists())


def _tell_agency(case: EmergencyCase, data_request: DataRequest, at: datetime) -> None:
    if not notify.released_to_agency(data_request, at=at):
        notify.tell_agency_by_hand(data_request, responsible(data_request, at=at), at=at)
        return
    case.agency_told_at = at
    case.save(update_fields=["agency_told_at"])
    record(Event.AGENCY_TOLD, by=None, obj=data_request, data={"how": "mail"}, at=at)


def is_voluntary(data_request: DataRequest) -> bool:
    """Say whether the signed decision calls the disclosure voluntary; where none is signed, nothing compels it."""
    signed = data_request.proposals.filter(status=ProposalStatus.APPROVED).order_by("-number").first()
    return signed is None or not signed.binding


def blocking(officer: User, *, at: datetime | None = None) -> list[EmergencyCase]:
    """Return the emergencies of this officer after which nothing came in time, the oldest first.

    Those that the officer handed to somebody else count too; those that wait for our own reading do not.
    """
    given_away = HandOver.objects.filter(
        data_request=OuterRef("data_request"), from_officer=officer, status=HandOverStatus.DONE
    )
    rows = EmergencyCase.objects.filter(
        process_due_at__lt=at or timezone.now(), settled_at=None, sent_at=None
    ).filter(Q(data_request__officer=officer) | Exists(given_away))  # fmt: skip
    return list(rows.select_related("data_request__provider").order_by("process_due_at", "pk"))


def stopped(provider: Provider, officer: User, *, at: datetime | None = None) -> list[EmergencyCase]:
    """Return what keeps this officer's next emergency from being taken here; nothing where the law compels an answer.

    Whoever is stopped can still telephone: a life comes before a paper.
    """
    at = at or timezone.now()
    found = [case for case in blocking(officer, at=at) if case.data_request.provider_id == provider.pk]
    if not found or officer.membership is None:
        return found
    country = officer.membership.agency.country
    return [] if offered_types(provider, country, at).filter(is_emergency=True, compels=True).exists() else found


def standing(data_request: DataRequest, reader: Any, *, at: datetime | None = None) -> After | None:
    """Return how an emergency stands afterwards; None where nothing is to follow."""
    case = EmergencyCase.objects.filter(data_request=data_request, process_due_at__isnull=False).first()
    if case is None or case.process_due_at is None:
        return None
    return After(
        case=case,
        over=case.process_due_at < (at or timezone.now()) and not case.settled_at and not case.sent_at,
        may_send=case.settled_at is None and case.sent_at is None and answers_for(reader, data_request),
        sent_back="" if case.settled_at or case.sent_at else sent_back_because(data_request),
    )


def sent_back_because(data_request: DataRequest) -> str:
    """Return why staff sent back what followed the emergency, last; empty if they never did."""
    found = entries_for(data_request).filter(action=Event.PROCESS_SENT_BACK).last()
    return found.reason if found else ""


# The clock ------------------------------------------------------------------------------------------------------------
def running() -> QuerySet[EmergencyCase]:
    """Return the emergencies after which something is to follow and nothing was sent."""
    rows = EmergencyCase.objects.filter(process_due_at__isnull=False, settled_at=None, sent_at=None)
    return rows.select_related("data_request__agency", "data_request__provider__calendar", "data_request__officer")


def tell(case: EmergencyCase, stage: Stage, at: datetime) -> None:
    """Remind the officer and who follows; from the end on also the agency at its own address, and the desk.

    An officer who is suspended or has left is not written to: then the agency and the desk are, from the end on.
    Raises NobodyToTell where nobody of the desk may know of it.
    """
    data_request, due = case.data_request, case.process_due_at
    if due is None:
        return
    away = DataRequest.objects.filter(suspended() | left_behind(), pk=data_request.pk).exists()
    if not away:
        notify.process_due(data_request, due=due, over=not stage.is_before, at=at)
    if stage.is_before:
        return
    notify.process_missing_agency(data_request, due=due, at=at)
    people = responsible(data_request, at=at)
    notify.process_missing(data_request, people, due=due, at=at)
    if not people:
        raise NobodyToTell


def listing(reader: User, since: datetime, until: datetime) -> Iterator[ShownDeadline]:
    """Yield what is to follow an emergency in this time, of requests the reader may see."""
    visible = DataRequest.objects.visible_to_staff(reader)
    rows = running().filter(process_due_at__gte=since, process_due_at__lt=until, data_request__in=visible.values("pk"))
    for case in rows.select_related("data_request__team", "data_request__assignee").order_by("process_due_at", "pk"):
        row = case.data_request
        yield ShownDeadline(
            clock="Process after an emergency",
            due=case.process_due_at or until,
            label=row.reference or "",
            url=reverse("staff:emergency_after", args=[row.reference]),
            team=row.team.name if row.team else "",
            person=row.assignee.get_full_name() if row.assignee else "",
            person_id=row.assignee_id,
            note="The officer sends legal process, or a supervisor's confirmation.",
        )
