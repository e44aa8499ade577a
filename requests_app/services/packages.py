"""Packages of records: started by one person, built by a worker, released by another, stopped by anybody who may.

Records may leave in several numbered packages, one after the other, each for some of the granted lines; the last one
ends the request. What stood in a package that was stopped or taken back is left for a new one.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Max
from django.utils import timezone

from accounts.models import User
from foundation.audit.canonical import JSON
from foundation.audit.trail import record
from foundation.core.errors import Incomplete, NotAllowed, TransitionRefused
from foundation.core.jobs import JobState
from requests_app.enums import Channel, PackageStatus, RecallCause, RequestStatus
from requests_app.events import Event
from requests_app.models import DataRequest, DisclosurePackage, PackageLine, RequestLine
from requests_app.notify import records as notify
from requests_app.permissions import (
    access_in_force,
    call_back_confirmed,
    had_a_hand_in,
    is_emergency,
    minimum_confirmed,
    notices_refusal,
    package_workflow,
    recipient_refusal,
    release_refusal,
    request_workflow,
    supervisor_confirmed,
)
from requests_app.services import (
    added_records,
    certificates,
    collecting,
    emergency_after,
    holds_beside,
    issued,
    later,
    mistakes,
    notices,
    paper_looks,
    preparing,
    proofs,
    recalls,
    record_clocks,
)
from requests_app.services.frozen import lock_in_force
from requests_app.services.locks import lock_package
from requests_app.services.notice_letters import letters_refusal
from requests_app.services.preparing import UNDER_WAY, start_refusal


@dataclass(frozen=True)
class Check:
    """One thing that must be true before a release; refusal is empty where it is.

    waivable: whoever releases may write why it is not.
    """

    what: str
    refusal: str
    waivable: bool = False

    @property
    def passed(self) -> bool:
        """Say whether nothing is in the way."""
        return not self.refusal


@transaction.atomic
def start(
    data_request: DataRequest,
    *,
    by: User,
    lines: Iterable[RequestLine] | None = None,
    at: datetime | None = None,
) -> DisclosurePackage:
    """Have the next package built, from these granted lines or all that are left; a second click returns the first's.

    Lines that share their records with one of these go with it. A request whose last package left before one was
    stopped is granted again. Where no line is left, the package is the letter alone. Raises NotAllowed, and
    TransitionRefused where a package is under way, a line is in another one, or a file added by hand holds it up.
    """
    at = at or timezone.now()
    data_request = lock_in_force(data_request)
    if refusal := start_refusal(data_request, by=by):
        raise NotAllowed(refusal)
    wanted = preparing.chosen(data_request, lines)
    if known := data_request.packages.filter(status__in=UNDER_WAY).first():
        if known.status == PackageStatus.PREPARING and set(known.lines.all()) == set(wanted):
            return known
        raise TransitionRefused(f"Package {known.number} of this request is not released yet. The next one follows it.")
    if why := added_records.hold_up(data_request, wanted):
        raise TransitionRefused(why)
    if data_request.status in {RequestStatus.PRODUCED, RequestStatus.CLOSED}:
        # What is asked for again was answered in its time: the clock of the answer does not run a second time.
        again: dict[str, Any] = {} if preparing.is_asked_again(data_request) else {"produced_at": None}
        request_workflow.advance(data_request, "prepare_again", by=by, at=at, **again)
        holds_beside.follow(data_request, at=at)
    package = _create(data_request, wanted, by=by, at=at)
    collecting.plan(package, at=at)
    collecting.hurry(package)
    return package


def _create(data_request: DataRequest, lines: list[RequestLine], *, by: User, at: datetime) -> DisclosurePackage:
    """Make the row of the next package, for these lines, with its event."""
    number = (data_request.packages.aggregate(last=Max("number"))["last"] or 0) + 1
    package: DisclosurePackage = data_request.packages.create(number=number, prepared_by=by, prepared_at=at, due_at=at)
    PackageLine.objects.bulk_create(PackageLine(package=package, line=line) for line in lines)
    package.is_last = not preparing.left(data_request)
    package.save(update_fields=["is_last"])
    held = {line.pk for line in lines}
    numbers = [number for number, line in preparing.granted(data_request) if line.pk in held]
    facts: dict[str, JSON] = {"package": number, "lines": ", ".join(map(str, numbers)), "last": package.is_last}
    record(Event.PACKAGE_STARTED, by=by, obj=data_request, data=facts, at=at)
    return package


@transaction.atomic
def build_again(package: DisclosurePackage, *, by: User, at: datetime | None = None) -> DisclosurePackage:
    """Have a blocked package go on, once a person has looked at what blocked it.

    What failed, and what holds more than was granted, is collected again; what came whole stays. One that goes on
    already is returned as it is: it was pressed twice, or by two people.
    """
    at = at or timezone.now()
    package = lock_package(package)
    if package.status == PackageStatus.PREPARING:
        return package
    if why := added_records.hold_up(package.data_request, package.lines.all()):
        raise TransitionRefused(why)
    package_workflow.advance(
        package,
        "unblock",
        by=by,
        at=at,
        state=JobState.PENDING,
        due_at=at,
        attempts=0,
        claimed_until=None,
        finished_at=None,
        blocked_reason="",
    )
    collecting.collect_again(package, at=at)
    collecting.hurry(package)
    return package


@transaction.atomic
def release(
    package: DisclosurePackage, *, by: User, certificate_follows: str = "", at: datetime | None = None
) -> DisclosurePackage:
    """Let the officer download, as the second person; the view asks for a fresh second factor before.

    certificate_follows: why it leaves before the certificate that was asked for is signed, where it is not.
    Bars, notices and windows of its own accounts, access and the call-back of an emergency are looked at once more
    under lock, and whether anything is left for another package: the last one that leaves ends the request.
    """
    at = at or timezone.now()
    package = lock_package(package)
    data_request = package.data_request = lock_in_force(package.data_request)
    accounts = package.accounts()
    refusal = notices.check_for_release(data_request, accounts=accounts, at=at)
    refusal = refusal or release_refusal(data_request) or mistakes.recipient_in_doubt(data_request)
    refusal = refusal or added_records.release_refusal(package, by=by)
    refusal = refusal or certificates.release_refusal(package, follows=certificate_follows)
    refusal = refusal or paper_looks.unseen_refusal(package, by=by)
    follows = certificate_follows.strip() if certificates.outstanding(package) else ""
    if refusal := package_workflow.refusal(package, "release", by) or refusal:
        raise NotAllowed(refusal)
    ends = at + timedelta(days=data_request.provider.download_days)
    is_last = not preparing.left(data_request)
    archive = package.archive.sha256 if package.archive else ""
    facts: dict[str, JSON] = {"expires_at": ends.isoformat(), "archive": archive, "last": is_last}
    package_workflow.advance(
        package, "release", by=by, at=at, data=facts, reason=follows, released_at=at, released_by=by, expires_at=ends,
        is_last=is_last, certificate_follows=follows or package.certificate_follows,
    )  # fmt: skip
    issued.issue(package, at=at)
    proofs.note_issued(package, at=at)
    notices.disclosed(data_request, accounts=accounts, at=at)
    if is_last:
        first = data_request.produced_at or at
        request_workflow.advance(
            data_request, "produce", by=by, at=at, data={"package": package.number}, produced_at=first
        )
        holds_beside.follow(data_request, at=at)
    later.released(data_request, at=at)
    notify.records_ready(package, at=at)
    emergency_after.released(data_request, at=at)
    return package


def checklist(package: DisclosurePackage, *, by: User, at: datetime) -> list[Check]:
    """Return what a release depends on, for the page: nothing is changed, and release() asks everything again."""
    data_request = package.data_request
    did = had_a_hand_in(by, package)
    accounts = package.accounts()
    by_hand = package.items.filter(added__isnull=False).exists()
    unseen = paper_looks.unseen_refusal(package, by=by)
    seen = [
        Check("No file that was added by hand was found unsafe", added_records.unsafe_refusal(package)),
        Check("You have looked at each file that was added by hand", added_records.unseen_refusal(package, by=by)),
    ]
    signed = Check("The certificate that was asked for is signed", certificates.release_refusal(package), waivable=True)
    outside = [Check("It came outside the portal: who receives it is sure", recipient_refusal(data_request) or "")]
    return [
        Check("A second person releases", f"You {did}: another person must release." if did else ""),
        Check("Officer and agency may receive records", access_in_force(data_request) or ""),
        Check("Nothing of it reached the wrong person", mistakes.recipient_in_doubt(data_request)),
        *(outside if data_request.channel != Channel.PORTAL else []),
        Check("Every account holder is told, or may not be told", notices_refusal(data_request, accounts) or ""),
        Check("Each letter to an account holder arrived", letters_refusal(data_request, accounts, at=at) or ""),
        Check("The time to object is over", notices.window_refusal(data_request, accounts=accounts, at=at) or ""),
        *(_of_emergency(data_request) if is_emergency(data_request) else []),
        *(seen if by_hand else []),
        Check("You have looked at the pages of the letter and certificates", unseen),
        *([signed] if certificates.wanted(package) else []),
    ]


def _of_emergency(data_request: DataRequest) -> list[Check]:
    """Return what an emergency depends on beside: each step of its gate, whatever the others say."""
    steps = (
        ("Emergency: the agency confirmed it by phone", call_back_confirmed(data_request)),
        ("Emergency: the supervisor confirmed it through the same switchboard", supervisor_confirmed(data_request)),
        ("Emergency: each kind of records averts the harm", minimum_confirmed(data_request)),
    )
    return [Check(what, "" if done else "Not done, or taken back since.") for what, done in steps]


@transaction.atomic
def revoke(
    package: DisclosurePackage, *, cause: str, reason: str, by: User, at: datetime | None = None
) -> DisclosurePackage:
    """Stop downloads at once, by one person, with the cause; who was told of the records is told of this.

    A download that ended by itself can be called back too: a wrong account is often noticed late.
    """
    at = at or timezone.now()
    if not reason.strip():
        raise Incomplete("Write why the download is stopped.")
    package = lock_package(package)
    was_released = package.released_at is not None
    package_workflow.advance(package, "revoke", by=by, at=at, reason=reason.strip(), data={"cause": cause})
    recalls.called_back(package, cause=cause, reason=reason.strip(), by=by, at=at)
    if was_released:
        notify.records_stopped(package, at=at)
    return package


def stop_released(
    data_request: DataRequest, *, cause: str, reason: str, after: User, at: datetime
) -> list[DisclosurePackage]:
    """Stop every package of a request that left, without anybody's decision; the request must be locked.

    Also those whose download ended by itself: what was taken of them is as wrong. `after` is who did what it follows
    from. Officers are told as of every stop, and not why; the desk is too. Return what was stopped.
    """
    rows = data_request.packages.select_for_update(of=("self",)).filter(status__in=preparing.ONCE_RELEASED)
    stopped = list(rows.order_by("number"))
    for package in stopped:
        package.data_request = data_request
        package_workflow.advance(package, "stop", by=None, at=at, reason=reason, data={"cause": cause})
        recalls.called_back(package, cause=cause, reason=reason, by=after, at=at)
        notify.records_stopped(package, at=at)
    if data_request.packages.filter(released_at__isnull=False).exists():
        notify.downloads_stopped(data_request, at=at)
    return stopped


@transaction.atomic
def take_back(package: DisclosurePackage, *, reason: str, by: User, at: datetime | None = None) -> DisclosurePackage:
    """Drop a package that nobody could download yet, by whoever works on the request; its lines are left again.

    A worker that builds it loses its lease and clears up. The officer knew nothing of it and is told nothing.
    """
    at = at or timezone.now()
    if not reason.strip():
        raise Incomplete("Write why the package is taken back.")
    package = lock_package(package)
    cause = RecallCause.OTHER_LINES
    package_workflow.advance(
        package, "take_back", by=by, at=at, reason=reason.strip(), data={"cause": str(cause)}, state=JobState.DONE,
        claimed_until=None, finished_at=at,
    )  # fmt: skip
    recalls.called_back(package, cause=cause, reason=reason.strip(), by=by, at=at)
    return package


def expire_due(*, at: datetime | None = None, limit: int = 100) -> int:
    """End downloads whose time is over, close requests whose last package ended, and return how many ended."""
    at = at or timezone.now()
    due = DisclosurePackage.objects.filter(status=PackageStatus.RELEASED, expires_at__lte=at)
    keys = due.order_by("expires_at").values_list("pk", "data_request_id")[:limit]
    return sum(_expire(pk, data_request_id, at=at) for pk, data_request_id in keys)


@transaction.atomic
def _expire(pk: int, data_request_id: int, *, at: datetime) -> bool:
    rows = DataRequest.objects.select_for_update(skip_locked=True)
    data_request = rows.filter(pk=data_request_id).first()
    if data_request is None:
        return False
    package = data_request.packages.filter(pk=pk, status=PackageStatus.RELEASED, expires_at__lte=at).first()
    if package is None:
        return False
    package_workflow.advance(package, "expire", by=None, at=at)
    record_clocks.tell_ended(package, at=at)
    open_still = data_request.packages.filter(status__in=(*UNDER_WAY, PackageStatus.RELEASED))
    if data_request.status == RequestStatus.PRODUCED and not open_still.exists():
        request_workflow.advance(data_request, "close", by=None, at=at, closed_at=at)
    return True
