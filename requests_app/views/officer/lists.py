"""The officer's list: what waits, the requests and drafts, page by page."""

from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from django.db.models import Exists, OuterRef, Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from accounts.access import Audience, access
from accounts.models import AgencyMembership, Desk
from accounts.permissions import Permission
from foundation.core.references import normalise_reference
from preservation.enums import ExtensionStatus, HoldStatus
from preservation.models import PreservationHold
from requests_app.enums import ClarificationStatus, FollowerStatus, PackageStatus, RequestStatus
from requests_app.models import Clarification, DataRequest, DisclosurePackage, DownloadReceipt
from requests_app.querysets import DataRequestQuerySet
from requests_app.services import destruction, followers, infected, order_versions
from requests_app.status_words import (
    NextDate,
    answer_expected,
    next_date,
    officer_status,
    open_question,
    reader_next,
    reader_status,
)
from requests_app.views.officer.common import read_with

PAGE = 25
# The first reminder of a hold leads here, and from here to the one question about more time.
HOLD_SOON = timedelta(days=31)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_UNSAFE = Exists(infected.unsafe_items().filter(package=OuterRef("pk")))
_RELEASED = DisclosurePackage.objects.filter(data_request=OuterRef("pk"), status=PackageStatus.RELEASED)
_READY = Q(Exists(_RELEASED.exclude(_UNSAFE)))
FILTERS: dict[str, tuple[str, Q]] = {
    "draft": ("Drafts", Q(status=RequestStatus.DRAFT)),
    "open": (
        "With us",
        Q(status__in=[RequestStatus.SUBMITTED, RequestStatus.IN_REVIEW, RequestStatus.AWAITING_APPROVAL])
        | (Q(status=RequestStatus.GRANTED) & ~_READY),
    ),
    "question": ("Question for you", Q(status=RequestStatus.AWAITING_OFFICER)),
    "ready": ("Records ready", _READY),
    "done": (
        "Finished",
        Q(status__in=[RequestStatus.REFUSED, RequestStatus.REDIRECTED, RequestStatus.PRODUCED, RequestStatus.CLOSED,
                      RequestStatus.WITHDRAWN, RequestStatus.LAPSED]) & ~_READY,
    ),
}  # fmt: skip


class Row:
    """A request as the list shows it."""

    def __init__(self, data_request: DataRequest, reader: Any, *, answers: bool, quashed: bool) -> None:
        self.data_request = data_request
        self.status, self.colour = officer_status(data_request, quashed=quashed)
        self.next: NextDate = next_date(data_request, quashed=quashed)
        self.answers = answers
        # How the officer calls the request is for the own agency only.
        self.title = "" if followers.from_elsewhere(data_request, reader) else data_request.title
        if not answers:
            self.status, self.next = reader_status(self.status), reader_next(self.next)
        self.is_draft = data_request.status == RequestStatus.DRAFT
        self.is_mine = data_request.officer_id == reader.pk
        self.expected = answer_expected(data_request, at=timezone.now()) if open_question(data_request) else None


@access(Audience.OFFICER, permission=Permission.SEE_OWN_REQUESTS)
@require_safe
def requests(request: HttpRequest) -> HttpResponse:
    """Everything the officer may see, newest first, with what waits on top."""
    user: Any = request.user
    status, text = request.GET.get("status", ""), request.GET.get("q", "").replace("\0", "").strip()
    found = _filtered(DataRequest.objects.visible_to(user), user, status, text)
    after = _read_key(request.GET.get("after", ""))
    if after:
        moment, pk = after
        found = found.filter(Q(created_at__lt=moment) | Q(created_at=moment, pk__lt=pk))
    rows = list(
        found.select_related("process_type", "officer")
        .prefetch_related(*read_with())
        .order_by("-created_at", "-pk")[: PAGE + 1]
    )
    desks = _own_desks(user, rows)
    more = len(rows) > PAGE
    stopped = order_versions.stopped(rows[:PAGE])
    kept = {k: v for k, v in (("status", status), ("q", text)) if v}
    context = {
        "rows": [
            Row(item, user, answers=item.officer_id == user.pk or item.desk_id in desks, quashed=item.pk in stopped)
            for item in rows[:PAGE]
        ],
        "todo": _waiting(user),
        "filters": [(key, label) for key, (label, _q) in FILTERS.items()],
        "status": status if status in FILTERS else "",
        "q": text,
        "filtered": bool(kept),
        "next": f"?{urlencode(kept | {'after': _key(rows[PAGE - 1])})}" if more else "",
        "previous": (f"?{urlencode(kept)}" if kept else request.path) if after else "",
    }
    return render(request, "officer/requests.html", context)


def _own_desks(user: Any, rows: list[DataRequest]) -> set[int]:
    """Return the desks whose members answer like the officer, and which this person is of; asked only if it matters."""
    if not any(row.desk_id and row.officer_id != user.pk for row in rows):
        return set()
    return set(Desk.objects.filter(closed_at=None, members=user).values_list("pk", flat=True))


def _filtered(found: DataRequestQuerySet, user: Any, status: str, text: str) -> DataRequestQuerySet:
    if status in FILTERS:
        found = found.filter(FILTERS[status][1])
    if text:
        known = normalise_reference(text)
        own = Q(officer=user) | Q(agency=user.membership.agency)
        words = Q(case_number__icontains=text) | Q(own, title__icontains=text)
        found = found.filter(reference=known) if known else found.filter(words)
    return found


def _waiting(user: Any) -> dict[str, Any]:
    """What only this officer can do next, each with its clock."""
    now = timezone.now()
    at_desk = Q(desk__members=user, desk__closed_at=None)
    visible = DataRequest.objects.visible_to(user)
    mine = visible.filter(officer=user)
    agency = AgencyMembership.objects.filter(user=user, ended_at=None).values("agency")
    answered = visible.filter(Q(officer=user) | at_desk)
    followed = visible.filter(
        Q(officer=user) | at_desk | Q(followers__user=user, followers__status=FollowerStatus.ACTIVE)
    )
    questions = Clarification.objects.filter(
        status=ClarificationStatus.OPEN, data_request__in=answered.filter(status=RequestStatus.AWAITING_OFFICER)
    )
    packages = DisclosurePackage.objects.filter(
        status=PackageStatus.RELEASED, expires_at__gt=now, data_request__in=followed
    ).exclude(receipts__in=_complete_receipts(user))
    packages = packages.exclude(_UNSAFE)
    holds = PreservationHold.objects.filter(
        officer=user, agency__in=agency, status=HoldStatus.ACTIVE, expires_at__gt=now, expires_at__lte=now + HOLD_SOON
    ).exclude(extensions__status=ExtensionStatus.REQUESTED)
    found = {
        "destroy": list(destruction.waiting_for(user)[:PAGE]),
        "returned": list(mine.filter(status=RequestStatus.DRAFT, submitted_at__isnull=False)[:PAGE]),
        "questions": list(questions.select_related("data_request").order_by("due_at")[:PAGE]),
        "packages": list(packages.select_related("data_request").order_by("expires_at")[:PAGE]),
        "holds": list(holds.order_by("expires_at")[:PAGE]),
    }
    return found if any(found.values()) else {}


def _complete_receipts(user: Any) -> Any:
    return DownloadReceipt.objects.filter(user=user, complete=True)


def _key(data_request: DataRequest) -> str:
    return f"{(data_request.created_at - _EPOCH) // timedelta(microseconds=1)}.{data_request.pk}"


def _read_key(text: str) -> tuple[datetime, int] | None:
    """Read a place in the list; a key that is none begins at the beginning."""
    micros, _dot, pk = text.partition(".")
    if not (micros.isdecimal() and pk.isdecimal() and len(micros) < 18 and len(pk) < 18):
        return None
    return _EPOCH + timedelta(microseconds=int(micros)), int(pk)
