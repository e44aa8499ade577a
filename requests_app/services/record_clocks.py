"""When the time to object, a bar on notice and a download end: whose clock runs, and who is told.

Requests that stand still because the officer or the agency is suspended are left out, and told of once access is back.
So is what rests on an order that was quashed: nobody is asked to fetch or to release it.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.urls import reverse

from accounts.models import User
from accounts.permissions import Permission
from foundation.legal.models import NoticeDuty
from foundation.notifications.running_clocks import ShownDeadline, Stage
from requests_app.enums import (
    OPEN_STATUSES,
    WITHOUT_RECORDS,
    LineDecision,
    NoticeStatus,
    OrderRelation,
    PackageStatus,
    RequestStatus,
)
from requests_app.models import (
    DataRequest,
    DisclosurePackage,
    DownloadReceipt,
    NonDisclosureOrder,
    OrderUse,
    OrderVersion,
    RequestLine,
    UserNotice,
)
from requests_app.notify import record_clocks as notify
from requests_app.notify.recipients import readers, responsible
from requests_app.permissions import notices_refusal
from requests_app.querysets import frozen
from requests_app.services.infected import unsafe_items

_TELLING = (LineDecision.PRODUCE, LineDecision.NO_RECORDS)
_UNDECIDED = tuple(status for status in OPEN_STATUSES if status != RequestStatus.GRANTED)
_DECIDED = (RequestStatus.GRANTED, RequestStatus.PRODUCED, RequestStatus.CLOSED)
_UNTOLD = (NoticeStatus.PLANNED, NoticeStatus.POSTPONED)


def windows() -> QuerySet[UserNotice]:
    """Return the notices whose holder may still object, or could until now, while the records wait for it."""
    rows = UserNotice.objects.filter(
        status=NoticeStatus.SENT, window_ends_at__isnull=False, data_request__status=RequestStatus.GRANTED
    )
    rows = rows.exclude(frozen("data_request__")).exclude(Exists(_quashed("data_request")))
    return rows.filter(_line("data_request", target__account=OuterRef("account"))).select_related(
        "data_request__provider", "data_request__assignee", "data_request__team"
    )


def tell_window(notice: UserNotice, stage: Stage, at: datetime) -> None:
    """Remind who works on the request; at the end tell also who may release what is sealed and waits."""
    data_request = notice.data_request
    people = responsible(data_request, at=at)
    if stage.is_before:
        notify.window_ends(notice, people, at=at)
        return
    sealed = data_request.packages.filter(status=PackageStatus.SEALED, lines__target__account=notice.account).first()
    accounts = sealed.accounts() if sealed else _accounts_given(data_request)
    later = data_request.notices.filter(status=NoticeStatus.SENT, window_ends_at__gt=at, account__in=accounts)
    waits = later.exists() or notices_refusal(data_request, accounts) is not None
    if not waits and sealed:
        people = list(dict.fromkeys([*people, *readers(data_request, [Permission.RELEASE_RECORDS])]))
    notify.window_over(notice, people, waits=waits, at=at)


def _accounts_given(data_request: DataRequest) -> set[str]:
    """Return the accounts of which something is given, in whatever package."""
    return set(data_request.lines.filter(decision=LineDecision.PRODUCE).values_list("target__account", flat=True))


def bars() -> QuerySet[NonDisclosureOrder]:
    """Return the confirmed bars with an end after which an account holder could be told.

    Of several in one request the one that ends last counts; one without an end never ends. Where the authority tells,
    the company never does, and no bar of its own ends.
    """
    longer = NonDisclosureOrder.objects.filter(data_request=OuterRef("data_request"), confirmed_at__isnull=False)
    longer = longer.filter(Q(bar_ends_at=None) | Q(bar_ends_at__gt=OuterRef("bar_ends_at")))
    # A holder who was told since its end may have been told before this look: it is over for the officer all the same.
    untold = UserNotice.objects.filter(
        Q(status__in=_UNTOLD) | Q(sent_at__gte=OuterRef("bar_ends_at")), data_request=OuterRef("data_request")
    )
    may_come = Q(_line("data_request", decision=LineDecision.OPEN)) | Q(_line("data_request"))
    undecided = Q(data_request__status__in=_UNDECIDED) & may_come
    decided = Q(data_request__status__in=_DECIDED) & Q(_line("data_request")) & Q(Exists(untold))
    rows = NonDisclosureOrder.objects.filter(confirmed_at__isnull=False, bar_ends_at__isnull=False)
    rows = rows.filter(undecided | decided).exclude(data_request__kind__in=WITHOUT_RECORDS)
    by_order = OrderUse.objects.filter(
        data_request=OuterRef("data_request"), process__process_type__notice_duty=NoticeDuty.AUTHORITY
    )
    rows = rows.exclude(data_request__process_type__notice_duty=NoticeDuty.AUTHORITY).exclude(Exists(by_order))
    return rows.exclude(frozen("data_request__")).exclude(Exists(longer)).select_related("data_request")


def tell_bar(bar: NonDisclosureOrder, stage: Stage, at: datetime) -> None:
    """Remind the officer two weeks before, who can bring an order that extends it; at the end tell the desk too.

    Who filed one already has done what the reminder asks for, and is not told that the holder is told now: only the
    desk is, which has not read it yet.
    """
    if _renewed(bar):
        if not stage.is_before:
            notify.bar_over_staff(bar, responsible(bar.data_request, at=at), at=at)
        return
    if stage.is_before:
        notify.bar_ends(bar, at=at)
        return
    notify.bar_over(bar, responsible(bar.data_request, at=at), at=at)


def _renewed(bar: NonDisclosureOrder) -> bool:
    """Say whether an order that extends this bar was filed before its end and nobody has read it yet."""
    rows = bar.data_request.non_disclosure_orders.filter(confirmed_at=None, declined_at=None)
    return rows.filter(stated_at__lt=bar.bar_ends_at).exists()


def downloads() -> QuerySet[DisclosurePackage]:
    """Return the released packages that nobody has taken yet and that somebody may take."""
    rows = DisclosurePackage.objects.filter(status=PackageStatus.RELEASED, expires_at__isnull=False)
    unsafe = unsafe_items().filter(package=OuterRef("pk"))
    rows = rows.exclude(Exists(_takings())).exclude(Exists(unsafe)).exclude(frozen("data_request__"))
    return rows.exclude(Exists(_quashed("data_request"))).select_related("data_request")


def tell_download(package: DisclosurePackage, stage: Stage, at: datetime) -> None:
    """Remind the officer and who follows of records that nobody has taken."""
    if package.expires_at is not None:
        notify.download_ends(package, days=max(0, round((package.expires_at - at) / timedelta(days=1))), at=at)


def tell_ended(package: DisclosurePackage, *, at: datetime) -> None:
    """Tell of the end of a download, in the transaction that ends it: the officer, and the desk if nobody took it.

    The officer is not told while suspended, nor of records under an order that was quashed.
    """
    this = DisclosurePackage.objects.filter(pk=package.pk)
    taken = this.filter(Exists(_takings())).exists()
    tells = this.exclude(frozen("data_request__")).exclude(Exists(_quashed("data_request"))).exists()
    if tells:
        notify.download_over(package, taken=taken, at=at)
    if not taken:
        notify.not_downloaded(package, responsible(package.data_request, at=at), told=tells, at=at)


def list_windows(reader: User, since: datetime, until: datetime) -> Iterator[ShownDeadline]:
    """Yield the windows that end in this time, once for each request and end, of requests the reader may see."""
    seen = set()
    for row in _known(windows(), reader, "window_ends_at", since, until):
        if (row.data_request_id, row.window_ends_at) not in seen:
            seen.add((row.data_request_id, row.window_ends_at))
            yield _shown("Time to object", row.data_request, row.window_ends_at)


def list_bars(reader: User, since: datetime, until: datetime) -> Iterator[ShownDeadline]:
    """Yield the bars that end in this time, of requests the reader may see."""
    for row in _known(bars(), reader, "bar_ends_at", since, until):
        yield _shown("Bar on telling the account holder", row.data_request, row.bar_ends_at)


def list_downloads(reader: User, since: datetime, until: datetime) -> Iterator[ShownDeadline]:
    """Yield the downloads that end in this time and that nobody has used, of requests the reader may see."""
    for row in _known(downloads(), reader, "expires_at", since, until):
        yield _shown("Download", row.data_request, row.expires_at, note="Nobody has downloaded")


def _known(rows: QuerySet[Any], reader: User, due: str, since: datetime, until: datetime) -> QuerySet[Any]:
    """Keep the rows of requests that this reader may see and that end in this time, soonest first."""
    rows = rows.filter(data_request__in=DataRequest.objects.visible_to_staff(reader))
    rows = rows.filter(**{f"{due}__gte": since, f"{due}__lt": until}).order_by(due, "pk")
    return rows.select_related("data_request__team", "data_request__assignee")


def _shown(clock: str, data_request: DataRequest, due: datetime, *, note: str = "") -> ShownDeadline:
    return ShownDeadline(
        clock=clock,
        due=due,
        label=data_request.reference or "",
        url=reverse("staff:request", args=[data_request.reference]),
        team=data_request.team.name if data_request.team else "",
        person=data_request.assignee.get_full_name() if data_request.assignee else "",
        person_id=data_request.assignee_id,
        exigent=data_request.is_exigent,
        note=note,
    )


def _line(request: str, *, decision: str = LineDecision.PRODUCE, **more: Any) -> Exists:
    """Match rows whose request has such a line under an order that holds."""
    lines = RequestLine.objects.filter(data_request=OuterRef(request), decision=decision, **more)
    return Exists(lines.exclude(Exists(_quashing())))


def _quashed(request: str) -> QuerySet[RequestLine]:
    """Lines that tell something under an order that was quashed (permissions.quashed_refusal, for many rows)."""
    lines = RequestLine.objects.filter(data_request=OuterRef(request), decision__in=_TELLING)
    return lines.filter(Exists(_quashing()))


def _quashing() -> QuerySet[OrderVersion]:
    """Match a line whose order was quashed by its newest version."""
    newer = OrderVersion.objects.filter(process=OuterRef("process")).filter(
        Q(issued_on__gt=OuterRef("issued_on")) | Q(issued_on=OuterRef("issued_on"), number__gt=OuterRef("number"))
    )
    quashing = OrderVersion.objects.filter(relation=OrderRelation.QUASHED).exclude(Exists(newer))
    return quashing.filter(process=OuterRef("order_version__process"))


def _takings() -> QuerySet[DownloadReceipt]:
    """Transfers of records of a package that went out whole: its archive or one of its files, not the letter alone."""
    done = DownloadReceipt.objects.filter(package=OuterRef("pk"), complete=True)
    return done.exclude(document=OuterRef("letter")).exclude(document=OuterRef("manifest"))
