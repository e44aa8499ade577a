"""Whether and when an account holder is told, per account; the last check and the sending are one transaction."""

from collections.abc import Iterable
from datetime import date, datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from accounts.permissions import Permission
from foundation.audit.trail import record
from foundation.core.errors import NotAllowed
from foundation.core.references import new_reference
from foundation.legal.models import BarsNotice
from requests_app.enums import OPEN_STATUSES, LineDecision, NoticeStatus
from requests_app.events import Event
from requests_app.models import DataRequest, NonDisclosureOrder, UserNotice
from requests_app.notice_rules import (
    Bar,
    NoticePlan,
    elsewhere_bar,
    notice_rule,
    order_bar,
    undecided_bar,
)
from requests_app.permissions import desk_refusal, is_emergency, notice_workflow

WAITING = (NoticeStatus.PLANNED, NoticeStatus.POSTPONED)
# The last day of a bar is over everywhere within 36 hours after it began.
_A_DAY_EVERYWHERE = timedelta(hours=36)


@transaction.atomic
def confirm_bar(
    order: NonDisclosureOrder, *, page: str, bars_until: date | None, by: Any, at: datetime | None = None
) -> NonDisclosureOrder:
    """Record that a person read the clause: where it stands and its last day (None: without end)."""
    at = at or timezone.now()
    data_request = DataRequest.objects.select_for_update().get(pk=order.data_request_id)
    if refusal := desk_refusal(by, Permission.DECIDE_NOTICE, data_request):
        raise NotAllowed(refusal)
    order.confirmed_by, order.confirmed_at, order.page, order.bars_until = by, at, page, bars_until
    order.save(update_fields=["confirmed_by", "confirmed_at", "page", "bars_until"])
    facts = {"page": page, "bars_until": bars_until.isoformat() if bars_until else None}
    record(Event.BAR_CONFIRMED, by=by, obj=data_request, data=facts, at=at)
    look_again(_accounts_of(data_request), at=at)
    return order


@transaction.atomic
def plan_for(data_request: DataRequest, *, by: Any, at: datetime | None = None) -> list[UserNotice]:
    """Decide about the notice of every account of which something is produced; what is settled stays settled."""
    at = at or timezone.now()
    DataRequest.objects.select_for_update().get(pk=data_request.pk)
    produced = data_request.lines.filter(decision=LineDecision.PRODUCE)
    accounts = sorted(set(produced.exclude(target__account="").values_list("target__account", flat=True)))
    known = {notice.account: notice for notice in data_request.notices.select_for_update()}
    for account in accounts:
        plan = plan_of(data_request, account, at=at)
        if account in known:
            _follow(known[account], plan, at=at)
        else:
            _make(data_request, account, plan, by=by, at=at)
    return list(data_request.notices.order_by("account"))


def plan_of(data_request: DataRequest, account: str, *, at: datetime) -> NoticePlan:
    """Ask the rule about one account, with everything that is stored about it now."""
    orders = data_request.non_disclosure_orders.filter(confirmed_at__isnull=False)
    kind = data_request.process_type
    return notice_rule(
        bars_notice=kind.bars_notice if kind else BarsNotice.NO,
        order=_latest(order_bar(day) for day in orders.values_list("bars_until", flat=True)),
        aml_bar=DataRequest.objects.filter(Q(pk=data_request.pk) | Q(targets__account=account), aml_bar=True).exists(),
        emergency=is_emergency(data_request),
        others=_bars_elsewhere(data_request, account, at),
        at=at,
    )


def look_again(accounts: Iterable[str], *, at: datetime | None = None) -> None:
    """Ask the rule again for every notice on these accounts that was not sent yet, in whatever request."""
    at = at or timezone.now()
    waiting = UserNotice.objects.filter(account__in=set(accounts), status__in=WAITING)
    with transaction.atomic():
        for notice in waiting.select_for_update(of=("self",)).select_related("data_request").order_by("pk"):
            _follow(notice, plan_of(notice.data_request, notice.account, at=at), at=at)


def _bars_elsewhere(data_request: DataRequest, account: str, at: datetime) -> list[Bar]:
    """Bars on the same account in other requests: confirmed ones, and stated ones nobody has judged yet."""
    others = NonDisclosureOrder.objects.filter(data_request__targets__account=account).exclude(
        data_request=data_request
    )
    recent = (at - _A_DAY_EVERYWHERE).date()
    in_force = others.filter(Q(bars_until=None) | Q(bars_until__gte=recent)).distinct()
    confirmed = in_force.filter(confirmed_at__isnull=False).values_list("bars_until", flat=True)
    bars = [elsewhere_bar(day) for day in confirmed]
    if in_force.filter(confirmed_at=None, data_request__status__in=OPEN_STATUSES).exists():
        bars.append(undecided_bar(at))
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
        released = notice.data_request.packages.filter(released_at__isnull=False).exists()
        return (notice.due_at or at) if released else None
    return notice.due_at if notice.status == NoticeStatus.PLANNED and notice.due_at else plan.due_at


def _facts(notice: UserNotice, plan: NoticePlan) -> dict[str, str | None]:
    return {
        "request": notice.data_request.reference,
        "timing": str(plan.timing),
        "due_at": plan.due_at.isoformat() if plan.due_at else None,
    }


def _accounts_of(data_request: DataRequest) -> set[str]:
    return set(data_request.targets.exclude(account="").values_list("account", flat=True))
