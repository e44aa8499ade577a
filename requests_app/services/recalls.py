"""Packages that are called back: stopped by one person at once, asked back from everybody by a second one.

Every stop goes through called_back(), also those that follow by themselves from a call or an objection.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import QuerySet
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from accounts.permissions import Permission, has_permission
from foundation.core.errors import Incomplete
from foundation.notifications.running_clocks import NobodyToTell, ShownDeadline, Stage
from requests_app.models import DataRequest, DisclosurePackage, DownloadReceipt, MistakenDisclosure, Recall
from requests_app.notify import recalls as notify
from requests_app.notify.recipients import RELEASING, readers
from requests_app.release_enums import MISTAKES, RecallStatus
from requests_app.release_permissions import recall_workflow
from requests_app.services import destruction, issued, mistakes
from requests_app.services.destruction import takings
from requests_app.services.locks import lock_package

OPEN = (RecallStatus.WAITING, RecallStatus.ASKED)


@dataclass(frozen=True)
class Taker:
    """Somebody who took something of a package: what, how often, and when last."""

    user: User
    agency: str
    times: int
    last_at: datetime
    complete: bool
    """Whether at least one file went out whole."""


def called_back(package: DisclosurePackage, *, cause: str, reason: str, by: User, at: datetime) -> Recall:
    """Write down why a package goes no further; what was released is asked back. The package must be locked.

    Its row is held FOR UPDATE: nobody begins a download (whose receipt points at it) until this is through, and
    whoever began one before has a receipt that is seen here.
    """
    was_out = package.released_at is not None
    status = RecallStatus.WAITING if was_out else RecallStatus.DONE
    recall = Recall.objects.create(
        package=package, cause=cause, reason=reason, called_at=at, called_by=by, due_at=at, status=status
    )
    if was_out:
        begin(package, recall, at=at)
    return recall


def begin(package: DisclosurePackage, recall: Recall, *, at: datetime) -> None:
    """Start what follows from a stop: the check page says so, 72 hours run after a mistake, a second person decides.

    Where nobody took anything it is settled at once.
    """
    recall.package = package
    issued.withdraw(package, at=at)
    if recall.cause in MISTAKES:
        mistakes.opened(recall, at=at)
    if not takings(package).exists():
        recall_workflow.advance(recall, "settle", by=None, at=at, data={"package": package.number, "taken": 0})
        return
    notify.recall_waits(recall, second_people(recall), at=at)


def second_people(recall: Recall) -> list[User]:
    """Return who may confirm this recall."""
    people = readers(recall.package.data_request, RELEASING)
    return list(people.exclude(pk__in=[recall.called_by_id, recall.package.data_request.recorded_by_id or 0]))


@transaction.atomic
def confirm(recall: Recall, *, by: User, at: datetime | None = None) -> Recall:
    """Ask everybody who took something to destroy it, as the second person."""
    at = at or timezone.now()
    recall = locked(recall)
    facts = {"package": recall.package.number}
    recall_workflow.advance(recall, "confirm", by=by, at=at, data=facts, confirmed_by=by, confirmed_at=at)
    destruction.ask_all(recall, at=at)
    return recall


@transaction.atomic
def drop(recall: Recall, *, reason: str, by: User, at: datetime | None = None) -> Recall:
    """Decide as the second person that nobody is asked; downloads stay stopped, and the reason is kept."""
    at = at or timezone.now()
    if not reason.strip():
        raise Incomplete("Write why nobody is asked.")
    recall = locked(recall)
    return recall_workflow.advance(
        recall, "drop", by=by, at=at, reason=reason.strip(), data={"package": recall.package.number},
        dropped_reason=reason.strip(), confirmed_by=by, confirmed_at=at,
    )  # fmt: skip


def of_package(package: DisclosurePackage) -> Recall | None:
    """Return the recall of a package that was released; there is one at most."""
    if package.released_at is None:
        return None
    rows = Recall.objects.filter(package=package).select_related("called_by", "confirmed_by", "mistake__decided_by")
    recall = rows.order_by("-called_at", "-pk").first()
    if recall is not None:
        recall.package = package
    return recall


def takers(package: DisclosurePackage) -> list[Taker]:
    """Return who took something of a package, whole or in part, who took it last first."""
    found: dict[int, list[DownloadReceipt]] = {}
    for receipt in takings(package).select_related("user").order_by("-started_at", "-pk"):
        found.setdefault(receipt.user_id, []).append(receipt)
    return [
        Taker(rows[0].user, rows[0].agency_name, len(rows), rows[0].started_at, any(row.complete for row in rows))
        for rows in found.values()
    ]


def listed(user: User) -> QuerySet[Recall]:
    """Return the recalls that are not done, of requests this person may see; those that wait for somebody first."""
    rows = Recall.objects.filter(status__in=OPEN, package__data_request__in=DataRequest.objects.visible_to_staff(user))
    return rows.select_related("package__data_request__agency", "called_by").order_by("-status", "called_at", "pk")


def to_decide(user: User, at: datetime) -> list[QuerySet[Any]]:
    """Return what the navigation counts: recalls this person may confirm, and mistakes that counsel must decide."""
    found: list[QuerySet[Any]] = []
    if has_permission(user, Permission.RELEASE_RECORDS):
        found.append(listed(user).filter(status=RecallStatus.WAITING).exclude(called_by=user))
    if has_permission(user, Permission.GIVE_ADVICE):
        found.append(mistakes.listed(user).filter(decided_at=None))
    return found


def waiting() -> QuerySet[Recall]:
    """Return the recalls that wait for a second person."""
    rows = Recall.objects.filter(status=RecallStatus.WAITING)
    related = ("package__data_request__provider", "package__data_request__team", "package__data_request__assignee")
    return rows.select_related(*related)


def tell_waiting(recall: Recall, stage: Stage, at: datetime) -> None:
    """Remind who may confirm a recall. Raises NobodyToTell where nobody may."""
    people = second_people(recall)
    notify.recall_waits(recall, people, key=stage.name, at=at)
    if not people:
        raise NobodyToTell


def list_mistakes(reader: User, since: datetime, until: datetime) -> Iterator[ShownDeadline]:
    """Yield the 72 hours that end in this time, of requests the reader may see."""
    rows = mistakes.running().filter(due_at__gte=since, due_at__lt=until)
    visible = DataRequest.objects.visible_to_staff(reader)
    for row in rows.filter(recall__package__data_request__in=visible).order_by("due_at", "pk"):
        yield _shown(row)


def _shown(mistake: MistakenDisclosure) -> ShownDeadline:
    package = mistake.recall.package
    data_request = package.data_request
    return ShownDeadline(
        clock="Mistaken disclosure", due=mistake.due_at, label=data_request.reference or "",
        url=reverse("staff_recalls:recall", args=[data_request.reference, package.number]),
        team=data_request.team.name if data_request.team else "", exigent=data_request.is_exigent,
        note="With counsel and the data-protection officer",
    )  # fmt: skip


def locked(recall: Recall) -> Recall:
    """Return the recall as it stands now, with its request and its package locked before it."""
    package = lock_package(recall.package)
    found: Recall = package.recalls.select_for_update(of=("self",)).get(pk=recall.pk)
    found.package = package
    return found
