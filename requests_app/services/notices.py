"""Whether and when an account holder is told, per account; the last check and the sending are one transaction."""

import logging
from collections.abc import Collection, Iterable, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Exists, Max, OuterRef, Q
from django.utils import timezone
from django.utils.dateformat import format as format_date

from accounts.permissions import Permission
from foundation.audit.trail import record
from foundation.core.errors import Incomplete, NotAllowed, TransitionRefused
from foundation.core.references import new_reference
from foundation.legal.models import BarsNotice
from foundation.providers.connectors.base import ConnectorFailed, Contact
from requests_app.enums import OPEN_STATUSES, WITHOUT_RECORDS, LineDecision, NoticeStatus, RequestStatus
from requests_app.events import Event
from requests_app.models import DataRequest, NonDisclosureOrder, RequestLine, Target, UserNotice
from requests_app.notice_rules import (
    LOOK_AGAIN,
    Bar,
    NoticePlan,
    bar_end,
    elsewhere_bar,
    notice_rule,
    order_bar,
    undecided_bar,
)
from requests_app.permissions import desk_refusal, is_emergency, notice_workflow, notices_refusal
from requests_app.querysets import frozen
from requests_app.services import notice_letters
from requests_app.services.collect import contact_of
from requests_app.services.frozen import stands_still
from requests_app.services.locks import lock
from requests_app.services.notice_letters import given

logger = logging.getLogger(__name__)

WAITING = (NoticeStatus.PLANNED, NoticeStatus.POSTPONED)
# A request that is looked at again after its decision tells nobody meanwhile.
DECIDED = (RequestStatus.GRANTED, RequestStatus.PRODUCED, RequestStatus.CLOSED)
TRY_AGAIN = timedelta(minutes=10)
NO_ADDRESS = "The company has no address of the account holder: an analyst decides."
# The last day of a bar is over everywhere within 36 hours after it began.
_A_DAY_EVERYWHERE = timedelta(hours=36)


@transaction.atomic
def confirm_bar(
    order: NonDisclosureOrder, *, page: str, bars_until: date | None, by: Any, at: datetime | None = None
) -> NonDisclosureOrder:
    """Record that a person read the clause: where it stands and its last day (None: without end)."""
    at = at or timezone.now()
    data_request = lock(order.data_request)
    if refusal := desk_refusal(by, Permission.DECIDE_NOTICE, data_request):
        raise NotAllowed(refusal)
    if bars_until and bars_until < at.date():
        raise Incomplete("This last day is over: check the year. A bar that ended is not confirmed.")
    order.confirmed_by, order.confirmed_at, order.page, order.bars_until = by, at, page, bars_until
    order.bar_ends_at = bar_end(bars_until)
    order.save(update_fields=["confirmed_by", "confirmed_at", "page", "bars_until", "bar_ends_at"])
    facts = {"page": page, "bars_until": bars_until.isoformat() if bars_until else None}
    record(Event.BAR_CONFIRMED, by=by, obj=data_request, data=facts, at=at)
    look_again(_accounts_of(data_request), at=at)
    return order


@transaction.atomic
def plan_for(data_request: DataRequest, *, by: Any, at: datetime | None = None) -> list[UserNotice]:
    """Decide about the notice of every account of which something is produced; what is settled stays settled."""
    at = at or timezone.now()
    data_request = lock(data_request)
    if data_request.kind in WITHOUT_RECORDS:
        # An answer to an enquiry discloses no record, and the holder is told when an order for records follows. Of a
        # freeze nobody is told before it is carried out: the assets would be gone.
        return []
    produced = data_request.lines.filter(decision=LineDecision.PRODUCE)
    accounts = sorted(set(produced.exclude(target__account="").values_list("target__account", flat=True)))
    known = {notice.account: notice for notice in data_request.notices.select_for_update().order_by("pk")}
    for account, plan in plans_of(data_request, accounts, at=at).items():
        if account in known:
            _follow(notice_letters.plan_again(known[account], at=at), plan, at=at)
        else:
            _make(data_request, account, plan, by=by, at=at)
    return list(data_request.notices.order_by("account"))


def plan_of(data_request: DataRequest, account: str, *, at: datetime) -> NoticePlan:
    """Ask the rule about one account, with everything that is stored about it now."""
    return plans_of(data_request, [account], at=at)[account]


def plans_of(data_request: DataRequest, accounts: Iterable[str], *, at: datetime) -> dict[str, NoticePlan]:
    """Ask the rule about many accounts, with no more queries than about one; return the plans by account."""
    wanted = sorted(set(accounts))
    orders = data_request.non_disclosure_orders.filter(confirmed_at__isnull=False)
    order = _latest(order_bar(day) for day in orders.values_list("bars_until", flat=True))
    kind = data_request.process_type
    own = DataRequest.objects.filter(pk=data_request.pk, aml_bar=True).exists()
    suspected = Target.objects.filter(account__in=wanted, data_request__aml_bar=True)
    aml = set(wanted if own else suspected.values_list("account", flat=True).distinct())
    others = _bars_elsewhere(data_request, wanted, at)
    return {
        account: notice_rule(
            bars_notice=kind.bars_notice if kind else BarsNotice.NO,
            order=order,
            aml_bar=account in aml,
            emergency=is_emergency(data_request),
            others=others.get(account, []),
            at=at,
        )
        for account in wanted
    }


def look_again(accounts: Iterable[str], *, at: datetime | None = None) -> None:
    """Ask the rule again for every notice on these accounts that was not sent yet, in whatever request."""
    at = at or timezone.now()
    waiting = UserNotice.objects.filter(account__in=set(accounts), status__in=WAITING)
    with transaction.atomic():
        for notice in waiting.select_for_update(of=("self",)).select_related("data_request").order_by("pk"):
            _follow(notice, plan_of(notice.data_request, notice.account, at=at), at=at)


def send_due(*, at: datetime | None = None, limit: int = 50) -> int:
    """Tell every account holder whose time has come, and return how many were told.

    Postponed notices whose bar ended become planned first. The company is asked for the address before the row is
    locked; the last check of the bars and the message are one transaction, so a second sweeper finds nothing to do.
    While the officer or the agency is suspended nobody is told: what was asked may be an impostor's.
    """
    at = at or timezone.now()
    due = UserNotice.objects.filter(status__in=WAITING, due_at__lte=at, data_request__status__in=DECIDED)
    # An account whose lines were refused after all, because the order was quashed or narrowed, is told nothing.
    produced = RequestLine.objects.filter(decision=LineDecision.PRODUCE, target__account=OuterRef("account"))
    due = due.exclude(frozen("data_request__")).filter(Exists(produced.filter(data_request=OuterRef("data_request"))))
    return sum(_send_one(pk, at=at) for pk in due.order_by("due_at", "pk").values_list("pk", flat=True)[:limit])


def _send_one(pk: int, *, at: datetime) -> bool:
    notice = UserNotice.objects.select_related("data_request__provider").get(pk=pk)
    try:
        contact = contact_of(notice.data_request.provider, notice.account)
    except ConnectorFailed as error:
        logger.warning("No answer about %s: %s", notice, error)
        UserNotice.objects.filter(pk=pk, status=notice.status, due_at=notice.due_at).update(due_at=at + TRY_AGAIN)
        return False
    with transaction.atomic():
        rows = UserNotice.objects.select_for_update(skip_locked=True, of=("self",)).select_related("data_request")
        held = rows.filter(pk=pk, status__in=WAITING, due_at__lte=at).first()
        if held is None or stands_still(held.data_request):
            return False
        held = _follow(held, plan_of(held.data_request, held.account, at=at), at=at)
        if held.status != NoticeStatus.PLANNED or held.due_at is None or held.due_at > at:
            return False
        if not notice_letters.reachable(contact):
            held.reason, held.due_at = NO_ADDRESS, at + LOOK_AGAIN
            held.save(update_fields=["reason", "due_at"])
            return False
        _tell(held, contact, at=at)
    return True


def _tell(notice: UserNotice, contact: Contact, *, at: datetime) -> None:
    """Send the letter; before disclosure it opens a window to object, after disclosure there is nothing to stop."""
    data_request = notice.data_request
    window = None if given(notice) else at + timedelta(days=data_request.provider.notice_window_days)
    facts = {"request": data_request.reference, "window_ends_at": window.isoformat() if window else None}
    told = notice_letters.marks(notice, contact)
    notice_workflow.advance(notice, "send", by=None, at=at, data=facts, sent_at=at, window_ends_at=window, **told)
    notice_letters.deliver(notice, contact, at=at)


@transaction.atomic
def check_for_release(data_request: DataRequest, *, accounts: Collection[str], at: datetime) -> str | None:
    """Ask the rule once more about every notice of a locked request, and say why these accounts must wait, or None."""
    for notice in data_request.notices.select_for_update().order_by("pk"):
        _follow(notice, plan_of(data_request, notice.account, at=at), at=at)
    return (
        notices_refusal(data_request, accounts)
        or window_refusal(data_request, accounts=accounts, at=at)
        or notice_letters.letters_refusal(data_request, accounts)
    )


def window_refusal(data_request: DataRequest, *, accounts: Collection[str], at: datetime) -> str | None:
    """Say until when a holder of these accounts may still object, or None when every window is over."""
    told = data_request.notices.filter(status=NoticeStatus.SENT, account__in=accounts)
    last = told.aggregate(last=Max("window_ends_at"))["last"]
    if last is None or last <= at:
        return None
    return f"An account holder may object until {format_date(last.astimezone(UTC), 'j M Y, H:i')} UTC."


def disclosed(data_request: DataRequest, *, accounts: Collection[str], at: datetime) -> None:
    """Make the notices due that come after disclosure, now that records of these accounts were released."""
    waiting = data_request.notices.filter(status=NoticeStatus.PLANNED, after_disclosure=True, due_at=None)
    waiting.filter(account__in=accounts).update(due_at=at)


@transaction.atomic
def propose_waiver(notice: UserNotice, *, reason: str, by: Any, at: datetime | None = None) -> UserNotice:
    """Ask that an account holder is never told (a child at risk, a threat to life); a second person decides."""
    if not reason.strip():
        raise Incomplete("Write why the account holder must not be told.")
    data_request = lock(notice.data_request)
    if refusal := desk_refusal(by, Permission.DECIDE_NOTICE, data_request):
        raise NotAllowed(refusal)
    notice = data_request.notices.select_for_update().get(pk=notice.pk)
    if notice.status not in WAITING:
        raise TransitionRefused("This cannot be done any more: the state has changed.")
    notice.waived_by, notice.waiver_reason = by, reason.strip()
    notice.save(update_fields=["waived_by", "waiver_reason"])
    record(Event.WAIVER_PROPOSED, by=by, obj=notice, reason=reason.strip(), at=at)
    return notice


@transaction.atomic
def waive(notice: UserNotice, *, by: Any, at: datetime | None = None) -> UserNotice:
    """Approve a proposed waiver as the second person; the notice is never sent."""
    data_request = lock(notice.data_request)
    notice = data_request.notices.select_for_update().get(pk=notice.pk)
    notice.data_request = data_request
    facts = {"proposed_by": notice.waived_by.get_username() if notice.waived_by else None}
    return notice_workflow.advance(
        notice, "waive", by=by, at=at, reason=notice.waiver_reason, data=facts, due_at=None, waiver_approved_by=by
    )


@transaction.atomic
def set_aml_bar(data_request: DataRequest, *, barred: bool, by: Any, at: datetime | None = None) -> DataRequest:
    """Set or lift the mark of compliance (tipping-off law); officers never see it."""
    at = at or timezone.now()
    data_request = lock(data_request)
    if refusal := desk_refusal(by, Permission.GIVE_ADVICE, data_request):
        raise NotAllowed(refusal)
    data_request.aml_bar = barred
    data_request.save(update_fields=["aml_bar"])
    record(Event.BAR_CONFIRMED, by=by, obj=data_request, data={"bar": "compliance", "in_force": barred}, at=at)
    look_again(_accounts_of(data_request), at=at)
    return data_request


def _bars_elsewhere(data_request: DataRequest, accounts: Sequence[str], at: datetime) -> dict[str, list[Bar]]:
    """Bars on the same accounts in other requests: confirmed ones, and stated ones nobody has judged yet."""
    recent = (at - _A_DAY_EVERYWHERE).date()
    others = NonDisclosureOrder.objects.filter(data_request__targets__account__in=accounts)
    in_force = others.exclude(data_request=data_request).filter(Q(bars_until=None) | Q(bars_until__gte=recent))
    found = in_force.values_list(
        "data_request__targets__account", "pk", "bars_until", "confirmed_at", "data_request__status"
    )
    bars: dict[str, list[Bar]] = {}
    undecided: set[str] = set()
    for account, _pk, until, confirmed_at, status in found.distinct():
        if confirmed_at is not None:
            bars.setdefault(account, []).append(elsewhere_bar(until))
        elif status in OPEN_STATUSES:
            undecided.add(account)
    for account in undecided:
        bars.setdefault(account, []).append(undecided_bar(at))
    return bars


def _latest(bars: Iterable[Bar]) -> Bar | None:
    """Of several orders in one request the one that forbids longest counts."""
    found = list(bars)
    endless = next((bar for bar in found if bar.ends_at is None), None)
    return endless or max(found, key=lambda bar: bar.ends_at or timezone.now(), default=None)


def _make(data_request: DataRequest, account: str, plan: NoticePlan, *, by: Any, at: datetime) -> UserNotice:
    notice = UserNotice.objects.create(
        data_request=data_request,
        reference=new_reference("NT", at),
        account=account,
        reason=plan.reason,
        due_at=plan.due_at,
        after_disclosure=plan.after_disclosure,
        planned_at=at,
    )
    record(Event.NOTICE_PLANNED, by=by, obj=notice, reason=plan.reason, data=_facts(notice, plan), at=at)
    return _follow(notice, plan, at=at)


def _follow(notice: UserNotice, plan: NoticePlan, *, at: datetime) -> UserNotice:
    """Move a locked notice where the plan says; a plan that says what is stored changes nothing."""
    if notice.status not in WAITING:
        return notice
    due_at = plan.due_at
    if not plan.postponed:
        due_at = _due_when_nothing_forbids(notice, plan, at)
    values: dict[str, Any] = {"reason": plan.reason, "due_at": due_at, "after_disclosure": plan.after_disclosure}
    if any(getattr(notice, name) != value for name, value in values.items()):
        for name, value in values.items():
            setattr(notice, name, value)
        notice.save(update_fields=list(values))
    wanted = NoticeStatus.POSTPONED if plan.postponed else NoticeStatus.PLANNED
    if notice.status == wanted:
        return notice
    action = "postpone" if plan.postponed else "plan"
    return notice_workflow.advance(notice, action, by=None, at=at, reason=plan.reason, data=_facts(notice, plan))


def _due_when_nothing_forbids(notice: UserNotice, plan: NoticePlan, at: datetime) -> datetime | None:
    """Keep the date of a notice that is due already; one that comes after disclosure waits for the release."""
    if plan.after_disclosure:
        return (notice.due_at or at) if given(notice) else None
    return notice.due_at if notice.status == NoticeStatus.PLANNED and notice.due_at else plan.due_at


def _facts(notice: UserNotice, plan: NoticePlan) -> dict[str, str | None]:
    return {
        "request": notice.data_request.reference,
        "timing": str(plan.timing),
        "due_at": plan.due_at.isoformat() if plan.due_at else None,
    }


def _accounts_of(data_request: DataRequest) -> set[str]:
    return set(data_request.targets.exclude(account="").values_list("account", flat=True))
