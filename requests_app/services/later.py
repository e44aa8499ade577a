"""What an officer asks for on a request that was answered: the records again, a certificate, a witness.

It hangs on the old request, however long ago that was, and whoever answers for the request by now asks. Records asked
for again are done with the release that brings all of them, a certificate with its signature; the rest by words.
"""

from collections.abc import Mapping
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.db import transaction
from django.db.models import Exists, F, OuterRef, QuerySet
from django.utils import timezone

from accounts.models import User
from accounts.permissions import Permission, has_permission
from accounts.services.limits import count_telling
from foundation.audit.canonical import JSON
from foundation.audit.trail import record
from foundation.core.errors import Incomplete, NotAllowed, TransitionRefused
from requests_app.enums import WITHOUT_RECORDS, Channel, PackageStatus, RequestStatus
from requests_app.events import Event
from requests_app.models import Certificate, DataRequest, DisclosurePackage, LaterAsk, PackageLine
from requests_app.notify import later as notify
from requests_app.permissions import answers_for, request_workflow
from requests_app.release_enums import LaterKind, LaterStatus
from requests_app.release_permissions import later_workflow
from requests_app.services import holds_beside, preparing
from requests_app.services.locks import lock

# More than this at once is a mistake, or somebody who floods the desk.
MOST_OPEN = 20
_ANSWERED = (RequestStatus.PRODUCED, RequestStatus.CLOSED)
_LEFT = (PackageStatus.RELEASED, PackageStatus.EXPIRED, PackageStatus.PURGED)
_BY_RELEASE = "This is done once the records are released again. Open the download again, or decline with a reason."


def kinds(data_request: DataRequest) -> list[LaterKind]:
    """Return what can be asked for on this request now; nothing before it is answered."""
    if data_request.channel == Channel.HISTORY:
        return []
    left = data_request.packages.filter(status__in=_LEFT)
    answered = data_request.status in _ANSWERED or left.exists()
    if not answered:
        return []
    if data_request.kind in WITHOUT_RECORDS:
        return [LaterKind.TESTIMONY]
    again = left.exclude(status=PackageStatus.RELEASED).exists()
    found = [LaterKind.REISSUE] if again else []
    return [*found, *([LaterKind.CERTIFICATE] if left.exists() else []), LaterKind.TESTIMONY]


def refusal(data_request: DataRequest, *, by: Any) -> str | None:
    """Say why this person cannot ask for anything on this request now, or None."""
    if not has_permission(by, Permission.FILE_REQUEST) or not answers_for(by, data_request):
        return "Only the officer of this request can ask for more."
    if not kinds(data_request):
        return "More can be asked for once the request is answered."
    return None


def choices(data_request: DataRequest) -> list[DisclosurePackage]:
    """Return the packages that something can be asked about, newest first."""
    return list(data_request.packages.filter(status__in=_LEFT).order_by("-number"))


@transaction.atomic
def ask(
    data_request: DataRequest,
    *,
    kind: str,
    words: str,
    package: DisclosurePackage | None = None,
    certificate_form: str = "",
    court: str = "",
    needed_by: date | None = None,
    by: User,
    at: datetime | None = None,
) -> LaterAsk:
    """Ask for something on an answered request; the same, pressed twice, is asked once.

    Raises NotAllowed, and Incomplete where what the kind needs is missing.
    """
    at = at or timezone.now()
    data_request = lock(data_request)
    if why := refusal(data_request, by=by):
        raise NotAllowed(why)
    asked: dict[str, Any] = {
        "kind": kind, "package": package, "certificate_form": certificate_form, "court": court.strip(),
        "needed_by": needed_by, "words": words.strip(),
    }  # fmt: skip
    open_ones = data_request.later_asks.filter(status=LaterStatus.OPEN)
    if known := open_ones.filter(**asked, asked_by=by).first():
        return known
    _check(data_request, asked, today=_today(data_request, at))
    if open_ones.count() >= MOST_OPEN:
        raise TransitionRefused("So much is asked for on this request already. Wait for our answers first.")
    count_telling(by, at=at)
    due = _end_of(needed_by, data_request) if needed_by else None
    found = LaterAsk.objects.create(data_request=data_request, asked_by=by, asked_at=at, due_at=due, **asked)
    facts: dict[str, JSON] = {"ask": str(found.uid), "kind": kind, "package": package.number if package else None}
    record(Event.LATER_ASKED, by=by, obj=data_request, data=facts, at=at)
    notify.asked(found, at=at)
    return found


def _check(data_request: DataRequest, asked: Mapping[str, Any], *, today: date) -> None:
    """See that what is asked for is offered, and that nothing it needs is missing."""
    if asked["kind"] not in kinds(data_request):
        raise Incomplete("Choose what you need.")
    package = asked["package"]
    if package is not None and package not in choices(data_request):
        raise Incomplete("Choose a package of this request.")
    if not asked["words"]:
        raise Incomplete("Write why you need it.")
    if asked["kind"] == LaterKind.CERTIFICATE and not asked["certificate_form"]:
        raise Incomplete("Choose the form of the certificate.")
    if asked["kind"] == LaterKind.TESTIMONY and not (asked["court"] and asked["needed_by"]):
        raise Incomplete("Name the court and the day of the hearing.")
    if asked["needed_by"] and asked["needed_by"] < today:
        raise Incomplete("This day is over.")


def _today(data_request: DataRequest, at: datetime) -> date:
    return at.astimezone(ZoneInfo(data_request.provider.calendar.time_zone)).date()


def _end_of(day: date, data_request: DataRequest) -> datetime:
    """Return the last second of a day where the company's desk is."""
    zone = ZoneInfo(data_request.provider.calendar.time_zone)
    return datetime.combine(day + timedelta(days=1), time(), zone) - timedelta(seconds=1)


@transaction.atomic
def withdraw(found: LaterAsk, *, by: User, at: datetime | None = None) -> LaterAsk:
    """Take back what was asked for; what was prepared for it meanwhile is left to staff."""
    return _end(found, "withdraw", words="", by=by, at=at or timezone.now())


@transaction.atomic
def decline(found: LaterAsk, *, words: str, by: User, at: datetime | None = None) -> LaterAsk:
    """Say no, with a reason that the officer reads. Raises Incomplete without one."""
    if not words.strip():
        raise Incomplete("Write why not. The officer reads it.")
    return _end(found, "decline", words=words.strip(), by=by, at=at or timezone.now())


@transaction.atomic
def answer(found: LaterAsk, *, words: str, by: User, at: datetime | None = None) -> LaterAsk:
    """Say what was done: who comes to court and when, how a certificate was sent. The officer reads it.

    Raises Incomplete without words, and TransitionRefused for records, which only a release brings.
    """
    if not words.strip():
        raise Incomplete("Write what you tell the officer.")
    if found.kind == LaterKind.REISSUE:
        raise TransitionRefused(_BY_RELEASE)
    return _end(found, "do", words=words.strip(), by=by, at=at or timezone.now())


def certificate_signed(certificate: Certificate, *, at: datetime) -> None:
    """Close what a certificate was asked for by, in the transaction of its signature."""
    if certificate.later is not None and certificate.later.status == LaterStatus.OPEN:
        _end(certificate.later, "do", words="", by=None, at=at)


def released(data_request: DataRequest, *, at: datetime) -> None:
    """Close what asked for records of which all can be downloaded again, in the transaction of their release.

    Nobody is told here: the release itself is.
    """
    granted = {line.pk for _number, line in preparing.granted(data_request)}
    here = _lines(data_request, [PackageStatus.RELEASED])
    for found in data_request.later_asks.filter(kind=LaterKind.REISSUE, status=LaterStatus.OPEN):
        asked = set(found.package.lines.values_list("pk", flat=True)) if found.package else _lines(data_request, _LEFT)
        # Of what is not granted any more nothing comes: staff decline that, with their reason.
        if asked & granted and asked & granted <= here:
            found.data_request = data_request
            _advance(found, "do", words="", by=None, at=at)


def _lines(data_request: DataRequest, statuses: Any) -> set[int]:
    rows = PackageLine.objects.filter(package__data_request=data_request, package__status__in=statuses)
    return set(rows.values_list("line", flat=True))


def _end(found: LaterAsk, action: str, *, words: str, by: User | None, at: datetime) -> LaterAsk:
    data_request = lock(found.data_request)
    found = data_request.later_asks.select_for_update(of=("self",)).get(pk=found.pk)
    found.data_request = data_request
    _advance(found, action, words=words, by=by, at=at)
    if action == "withdraw":
        notify.withdrawn(found, at=at)
    else:
        notify.answered(found, at=at)
    close_again(data_request, at=at)
    return found


def _advance(found: LaterAsk, action: str, *, words: str, by: User | None, at: datetime) -> None:
    facts: dict[str, JSON] = {"ask": str(found.uid), "kind": found.kind}
    later_workflow.advance(found, action, by=by, at=at, data=facts, answer=words, answered_by=by, answered_at=at)


def close_again(data_request: DataRequest, *, at: datetime) -> bool:
    """Close a locked request that was opened for records asked for again, once nothing of it is left to prepare."""
    again = data_request.status == RequestStatus.GRANTED and data_request.produced_at is not None
    if not again or data_request.packages.filter(status__in=preparing.UNDER_WAY).exists():
        return False
    if preparing.left(data_request):
        return False
    request_workflow.advance(data_request, "close_again", by=None, at=at, closed_at=at)
    holds_beside.follow(data_request, at=at)
    return True


def close_due(*, at: datetime | None = None, limit: int = 50) -> int:
    """Close requests that were opened for nothing in the end: the package was taken back, or the ask; return how many.

    One of which lines are left stays open: they wait for a package as in any granted request.
    """
    at = at or timezone.now()
    under_way = DisclosurePackage.objects.filter(data_request=OuterRef("pk"), status__in=preparing.UNDER_WAY)
    wanted = LaterAsk.objects.filter(data_request=OuterRef("pk"), kind=LaterKind.REISSUE, status=LaterStatus.OPEN)
    rows = DataRequest.objects.filter(status=RequestStatus.GRANTED, produced_at__isnull=False)
    rows = rows.exclude(Exists(under_way)).exclude(Exists(wanted))
    return sum(_close(row, at) for row in rows.order_by("pk")[:limit])


@transaction.atomic
def _close(data_request: DataRequest, at: datetime) -> bool:
    return close_again(lock(data_request), at=at)


def listed(user: User, *, done: bool = False) -> QuerySet[LaterAsk]:
    """Return what was asked for on requests this member of staff may see: open ones by the day they are needed."""
    rows = LaterAsk.objects.filter(data_request__in=DataRequest.objects.visible_to_staff(user))
    rows = rows.select_related("data_request__agency", "data_request__officer", "package", "asked_by", "answered_by")
    if done:
        return rows.exclude(status=LaterStatus.OPEN).order_by("-answered_at", "-pk")
    return rows.filter(status=LaterStatus.OPEN).order_by(F("due_at").asc(nulls_last=True), "asked_at", "pk")


def to_answer(user: User, at: datetime) -> list[QuerySet[Any]]:
    """Return what the navigation counts: what is open, for those who may answer."""
    may = has_permission(user, Permission.PREPARE_RECORDS) or has_permission(user, Permission.RELEASE_RECORDS)
    return [listed(user).order_by()] if may else []
