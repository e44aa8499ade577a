"""Requests of suspended officers and agencies: what stops, where they stand, and questions once access is back."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import OuterRef, Q, Subquery
from django.urls import reverse

from accounts.models import Agency, Suspension, User
from accounts.services.suspensions import hold_in_force
from accounts.watched import Link
from foundation.audit.canonical import JSON
from foundation.audit.trail import record
from foundation.core.errors import NotAllowed
from foundation.legal.deadlines import business_days
from requests_app.enums import ClarificationStatus, PackageStatus, RequestKind
from requests_app.events import Event
from requests_app.models import Clarification, DataRequest, DisclosurePackage
from requests_app.querysets import frozen, suspended
from requests_app.services.locks import lock

_BACK = "Access was given back: the full time to answer runs again."
_STOPPED = (PackageStatus.PREPARING, PackageStatus.BLOCKED, PackageStatus.SEALED, PackageStatus.RELEASED)


def lock_in_force(data_request: DataRequest) -> DataRequest:
    """Return the request locked, sure that neither officer nor agency is suspended until the transaction ends.

    For what staff decide. Raises NotAllowed with the sentence for the screen. A suspension that began first is waited
    for; one that comes later waits for this.
    """
    row = lock(data_request)
    if refusal := stands_still(row):
        raise NotAllowed(refusal)
    return row


def stands_still(data_request: DataRequest) -> str:
    """Say why nothing may be done about the request now, or nothing; and keep it so until the transaction ends."""
    return hold_in_force(agency_id=data_request.agency_id, officer_id=data_request.officer_id)


def waits_for_access(data_request: DataRequest) -> bool:
    """Say whether a suspension, which ends one day, stops the request; and keep it so until the transaction ends."""
    stopped = stands_still(data_request)
    return bool(stopped) and DataRequest.objects.filter(suspended(), pk=data_request.pk).exists()


def links(ids: list[str], reader: User) -> Mapping[str, Link]:
    """Return the pages of these requests, for a member of staff who may see them."""
    rows = DataRequest.objects.visible_to_staff(reader).filter(pk__in=ids).exclude(reference=None)
    return {str(pk): _link(ref, kind) for pk, ref, kind in rows.values_list("pk", "reference", "kind")}


def question_links(ids: list[str], reader: User) -> Mapping[str, Link]:
    """Return the pages of the requests that these questions are about."""
    rows = Clarification.objects.filter(pk__in=ids, data_request__in=DataRequest.objects.visible_to_staff(reader))
    found = rows.values_list("pk", "data_request__reference", "data_request__kind")
    return {str(pk): _link(ref, kind) for pk, ref, kind in found}


def effects(*, agency: Agency | None = None, officer: User | None = None) -> list[str]:
    """Say how many requests and releases stop; restricted ones stop uncounted: who reads may not know of one."""
    about: dict[str, Any] = {"agency": agency} if agency else {"officer": officer}
    open_ones = DataRequest.objects.open().filter(restricted=False, **about).count()
    releases = DisclosurePackage.objects.filter(
        status__in=_STOPPED,
        data_request__restricted=False,
        **{f"data_request__{name}": value for name, value in about.items()},
    ).count()
    found = []
    if open_ones:
        stop = "open requests stop" if open_ones != 1 else "open request stops"
        found.append(f"{open_ones} {stop}: nothing is matched, decided or released.")
    if releases:
        stop = "packages of records stop" if releases != 1 else "package of records stops"
        found.append(f"{releases} {stop}: a download that is running breaks off.")
    return found


def prolong_questions(*, at: datetime, limit: int = 1000) -> int:
    """Give officers who have access again the full time for the questions that waited; return how many questions.

    Counted from the moment access was given back, on the desk's calendar; nothing is shortened. Safe to run twice.
    """
    lifted = Suspension.objects.filter(lifted_at__gt=OuterRef("asked_at")).order_by("-lifted_at")
    theirs = Q(officer=OuterRef("data_request__officer")) | Q(agency=OuterRef("data_request__agency"))
    waiting = (
        Clarification.objects.filter(status=ClarificationStatus.OPEN)
        .exclude(frozen("data_request__"))
        .annotate(back_at=Subquery(lifted.filter(theirs).values("lifted_at")[:1]))
        .filter(back_at__isnull=False)
        .order_by("due_at")
    )
    return sum(_prolong(pk, back_at, at=at) for pk, back_at in list(waiting.values_list("pk", "back_at")[:limit]))


@transaction.atomic
def _prolong(pk: int, back_at: datetime, *, at: datetime) -> bool:
    row = Clarification.objects.select_related("data_request__provider__calendar").get(pk=pk)
    provider = row.data_request.provider
    due = business_days(back_at, provider.question_days, provider.calendar)
    still = Clarification.objects.filter(pk=pk, status=ClarificationStatus.OPEN, due_at__lt=due.at)
    if not still.update(due_at=due.at, due_rule=due.rule):
        return False
    facts: dict[str, JSON] = {"from": row.due_at.isoformat(), "to": due.at.isoformat()}
    record(Event.QUESTION_PROLONGED, by=None, obj=row, reason=_BACK, data=facts, at=at)
    return True


def _link(reference: str | None, kind: str) -> Link:
    words = "Emergency request" if kind == RequestKind.EMERGENCY else "Request"
    return Link(reverse("staff:request", args=[reference]), f"{words} {reference}")
