"""Whether and when an account holder is told, per account; the last check and the sending are one transaction."""

import logging
from collections.abc import Collection, Iterable
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
from foundation.legal.models import NoticeDuty
from foundation.providers.connectors.base import ConnectorFailed, Contact, UnknownAccount
from requests_app.enums import OPEN_STATUSES, WITHOUT_RECORDS, LineDecision, NoticeStatus, RequestStatus
from requests_app.events import Event
from requests_app.models import (
    DataRequest,
    DisclosurePackage,
    NonDisclosureOrder,
    RequestLine,
    UserNotice,
)
from requests_app.notice_enums import NoticeWait
from requests_app.notice_rules import LOOK_AGAIN, NoticePlan, Timing, bar_end
from requests_app.notify import record_clocks
from requests_app.permissions import desk_refusal, notice_workflow, notices_refusal
from requests_app.querysets import frozen, suspended
from requests_app.services import account_facts, notice_letters
from requests_app.services.frozen import stands_still, waits_for_access
from requests_app.services.locks import lock, lock_notice
from requests_app.services.notice_facts import duty_of, plan_of, plans_of, role_of, same_person
from requests_app.services.notice_letters import given

logger = logging.getLogger(__name__)

WAITING = (NoticeStatus.PLANNED, NoticeStatus.POSTPONED)
# A request that is looked at, or looked at again after its decision, tells nobody meanwhile.
_REVIEWED = (RequestStatus.DRAFT, *(status for status in OPEN_STATUSES if status != RequestStatus.GRANTED))
TRY_AGAIN = timedelta(minutes=10)
SILENT = "Our systems did not say how the account holder is reached: they did not answer. They are asked again."
FAULT = "The letter could not be written because of an error, which stands in the log. It is tried again."
NO_ADDRESS = "The company has no address of the account holder: an analyst decides."


@transaction.atomic
def confirm_bar(
    order: NonDisclosureOrder, *, page: str, bars_until: date | None, by: Any, at: datetime | None = None
) -> NonDisclosureOrder:
    """Record that a person read the clause: where it stands and its last day (None: without end).

    A confirmed one gets another last day in the same way, where a court lifted or shortened it.
    """
    at = at or timezone.now()
    data_request = lock(order.data_request)
    if refusal := desk_refusal(by, Permission.DECIDE_NOTICE, data_request):
        raise NotAllowed(refusal)
    if bars_until and bars_until < at.date():
        raise Incomplete("This last day is over: check the year. A bar that ended is not confirmed.")
    if NonDisclosureOrder.objects.filter(pk=order.pk, declined_at__isnull=False).exists():
        raise TransitionRefused("This cannot be done any more: the state has changed.")
    before = str(order.bar_ends_at or "without end") if order.confirmed_at else None
    order.confirmed_by, order.confirmed_at, order.page, order.bars_until = by, at, page, bars_until
    order.bar_ends_at = bar_end(bars_until)
    order.save(update_fields=["confirmed_by", "confirmed_at", "page", "bars_until", "bar_ends_at"])
    facts = {"page": page, "bars_until": bars_until.isoformat() if bars_until else None, "before": before}
    record(Event.BAR_CONFIRMED, by=by, obj=data_request, data=facts, at=at)
    if order.stated_at and before is None:
        record_clocks.renewal_read(order, forbids=True, at=at)
    look_again_of(data_request, at=at)
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


def look_again_of(data_request: DataRequest, *, at: datetime) -> None:
    """Decide anew about every notice to the holders of what this request asks for, in any request."""
    look_again(_accounts_of(data_request), provider_id=data_request.provider_id, at=at)


def look_again(accounts: Iterable[str], *, provider_id: int, at: datetime | None = None) -> None:
    """Ask the rule again for every notice to the same people that was not sent yet, in whatever request."""
    at = at or timezone.now()
    people: set[str] = set().union(*same_person(provider_id, accounts).values())
    waiting = UserNotice.objects.filter(account__in=people, status__in=WAITING, data_request__provider=provider_id)
    with transaction.atomic():
        for notice in waiting.select_for_update(of=("self",)).select_related("data_request").order_by("pk"):
            _follow(notice, plan_of(notice.data_request, notice.account, at=at), at=at)


def send_due(*, at: datetime | None = None, limit: int = 50) -> int:
    """Tell every account holder whose time has come, and return how many were told.

    Postponed notices whose bar ended become planned first. The company is asked for the address before anything is
    locked; the last check of the bars and the message are one transaction, so a second sweeper finds nothing to do,
    and a bar that comes in between wins. While the officer or the agency is suspended nobody is told: what was asked
    may be an impostor's. An officer who left for good stops only what has not left yet.
    """
    at = at or timezone.now()
    # A proposal that the holder is never told holds the letter until a second person has decided.
    due = UserNotice.objects.filter(status__in=WAITING, due_at__lte=at, waived_by=None)
    # An account whose lines were refused after all, because the order was quashed or narrowed, is told nothing.
    produced = RequestLine.objects.filter(decision=LineDecision.PRODUCE, target__account=OuterRef("account"))
    to_leave = Q(data_request__status=RequestStatus.GRANTED) & ~frozen("data_request__")
    to_leave &= Q(Exists(produced.filter(data_request=OuterRef("data_request"))))
    # Unless records of it left before that: what was given is told of, however the request ended.
    left = Q(Exists(notice_letters.out_of(OuterRef("data_request"), OuterRef("account"))))
    left &= ~Q(data_request__status__in=_REVIEWED) & ~suspended("data_request__")
    due = due.filter(to_leave | left).order_by("due_at", "pk")
    return sum(_try_one(pk, at=at) for pk in due.values_list("pk", flat=True)[:limit])


def _try_one(pk: int, *, at: datetime) -> bool:
    """Tell one account holder; whatever goes wrong is tried again later and stops none of the others."""
    try:
        return _send_one(pk, at=at)
    except ConnectorFailed as error:
        logger.warning("No answer about notice %s: %s", pk, type(error).__name__)
        why = SILENT
    except Exception:  # a company's own connector may raise anything
        logger.exception("Notice %s could not be sent", pk)
        why = FAULT
    # The next answer puts the rule's own reason back.
    late = UserNotice.objects.filter(pk=pk, status__in=WAITING, due_at__lte=at)
    late.update(due_at=at + TRY_AGAIN, reason=why)
    return False


def _send_one(pk: int, *, at: datetime) -> bool:
    notice = UserNotice.objects.select_related("data_request__provider").get(pk=pk)
    try:
        contact = account_facts.ask(notice.data_request.provider, notice.account)
    except UnknownAccount:
        contact = None
    with transaction.atomic():
        # Not while somebody decides about the request: a bar that is on its way into it counts.
        rows = UserNotice.objects.select_for_update(skip_locked=True, of=("self", "data_request"), no_key=True)
        held = (
            rows.select_related("data_request")
            .filter(pk=pk, status__in=WAITING, due_at__lte=at, waived_by=None)
            .first()
        )
        if held is None or _stands_still(held):
            return False
        if contact is not None:
            account_facts.keep(held.data_request.provider, held.account, contact, at=at)
        held = _follow(held, plan_of(held.data_request, held.account, at=at), at=at)
        if held.status != NoticeStatus.PLANNED or held.due_at is None or held.due_at > at:
            return False
        if contact is None or not notice_letters.reachable(contact):
            held.reason, held.due_at, held.waits_for = NO_ADDRESS, at + LOOK_AGAIN, NoticeWait.CONTACT
            held.save(update_fields=["reason", "due_at", "waits_for"])
            return False
        _tell(held, contact, at=at)
    return True


def _stands_still(notice: UserNotice) -> bool:
    """Say whether a suspension, or of what has not left an officer who is gone, keeps this holder from being told."""
    if given(notice):
        return waits_for_access(notice.data_request)
    return bool(stands_still(notice.data_request))


def _tell(notice: UserNotice, contact: Contact, *, at: datetime) -> None:
    """Send the letter; before disclosure it opens a window to object, after disclosure there is nothing to stop."""
    data_request = notice.data_request
    window = notice_letters.window_of(notice, told_at=at)
    facts = {"request": data_request.reference, "window_ends_at": window.isoformat() if window else None}
    told = notice_letters.marks(notice, contact) | {"waits_for": "", "grace_until": None, "last_told_at": at}
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
        or notice_letters.letters_refusal(data_request, accounts, at=at)
    )


def ask_before_release(package: DisclosurePackage) -> None:
    """Ask the company's systems again about the accounts of a package whose holders may not be told.

    Records leave while a bar holds a notice: on which accounts it hangs must not be what was known months ago. Outside
    of every transaction; where the systems are silent, what is stored counts.
    """
    held = package.data_request.notices.filter(account__in=package.accounts(), status=NoticeStatus.POSTPONED)
    account_facts.learn(package.data_request.provider, held.values_list("account", flat=True))


def window_refusal(data_request: DataRequest, *, accounts: Collection[str], at: datetime) -> str | None:
    """Say until when a holder of these accounts may still object, or None when every window is over."""
    told = data_request.notices.filter(status__in=(NoticeStatus.SENT, NoticeStatus.OBJECTED), account__in=accounts)
    last = told.aggregate(last=Max("window_ends_at"))["last"]
    if last is None or last <= at:
        return None
    return f"An account holder may object until {format_date(last.astimezone(UTC), 'j M Y, H:i')} UTC."


def disclosed(data_request: DataRequest, *, accounts: Collection[str], at: datetime) -> None:
    """Make the notices due that come after disclosure, now that records of these accounts were released."""
    waiting = data_request.notices.filter(status=NoticeStatus.PLANNED, after_disclosure=True, due_at=None)
    waiting = waiting.filter(waits_for="")
    waiting.filter(account__in=accounts).update(due_at=at)


@transaction.atomic
def propose_waiver(notice: UserNotice, *, reason: str, by: Any, at: datetime | None = None) -> UserNotice:
    """Ask that an account holder is never told (a child at risk, a threat to life); a second person decides."""
    if not reason.strip():
        raise Incomplete("Write why the account holder must not be told.")
    notice = lock_notice(notice)
    if refusal := desk_refusal(by, Permission.DECIDE_NOTICE, notice.data_request):
        raise NotAllowed(refusal)
    if notice.status not in WAITING:
        raise TransitionRefused("This cannot be done any more: the state has changed.")
    if why := waiver_refusal(notice.data_request):
        raise TransitionRefused(why)
    notice.waived_by, notice.waiver_reason = by, reason.strip()
    notice.save(update_fields=["waived_by", "waiver_reason"])
    record(Event.WAIVER_PROPOSED, by=by, obj=notice, reason=reason.strip(), at=at)
    return notice


def waiver_refusal(data_request: DataRequest) -> str:
    """Say why nobody can waive a notice of this request: the law demands it, or leaves it to the authority."""
    duty, law = duty_of(data_request)
    cited = f" ({law})" if law else ""
    if duty == NoticeDuty.MUST:
        return f"The law demands that the holder is told{cited}: it cannot be waived."
    return f"The authority tells the holder{cited}: there is nothing to waive." if duty == NoticeDuty.AUTHORITY else ""


@transaction.atomic
def waive(notice: UserNotice, *, by: Any, at: datetime | None = None) -> UserNotice:
    """Approve a proposed waiver as the second person; the notice is never sent."""
    notice = lock_notice(notice)
    if why := waiver_refusal(notice.data_request):
        raise TransitionRefused(why)
    facts = {"proposed_by": notice.waived_by.get_username() if notice.waived_by else None}
    return notice_workflow.advance(
        notice, "waive", by=by, at=at, reason=notice.waiver_reason, data=facts, due_at=None, waiver_approved_by=by
    )


def _make(data_request: DataRequest, account: str, plan: NoticePlan, *, by: Any, at: datetime) -> UserNotice:
    notice = UserNotice.objects.create(
        data_request=data_request,
        reference=new_reference("NT", at),
        account=account,
        reason=plan.reason,
        due_at=plan.due_at,
        after_disclosure=plan.after_disclosure,
        planned_at=at,
        role=role_of(data_request, account),
    )
    record(Event.NOTICE_PLANNED, by=by, obj=notice, reason=plan.reason, data=_facts(notice, plan), at=at)
    return _follow(notice, plan, at=at)


def _follow(notice: UserNotice, plan: NoticePlan, *, at: datetime) -> UserNotice:
    """Move a locked notice where the plan says; a plan that says what is stored changes nothing."""
    if notice.status not in WAITING:
        return notice
    if _looked_at_another(notice, plan):
        notice.cleared_at = notice.cleared_by = None
        notice.cleared_reason = ""
        notice.save(update_fields=["cleared_at", "cleared_by", "cleared_reason"])
        plan = plan_of(notice.data_request, notice.account, at=at)
    values = _columns(notice, plan, at)
    if plan.waits_for == NoticeWait.ANALYST != notice.waits_for:
        record(Event.NOTICE_WAITS, by=None, obj=notice, reason=plan.reason, data=_facts(notice, plan), at=at)
    if any(getattr(notice, name) != value for name, value in values.items()):
        for name, value in values.items():
            setattr(notice, name, value)
        notice.save(update_fields=list(values))
    wanted = NoticeStatus.POSTPONED if plan.postponed else NoticeStatus.PLANNED
    if notice.status == wanted:
        return notice
    action = "postpone" if plan.postponed else "plan"
    return notice_workflow.advance(notice, action, by=None, at=at, reason=plan.reason, data=_facts(notice, plan))


def _columns(notice: UserNotice, plan: NoticePlan, at: datetime) -> dict[str, Any]:
    due_at = plan.due_at if plan.postponed else _due_when_nothing_forbids(notice, plan, at)
    # That nobody is reached stays so until an address is there: the next try finds out.
    unreached = plan.timing == Timing.NOW and notice.waits_for == NoticeWait.CONTACT
    return {
        "reason": notice.reason if unreached else plan.reason,
        "due_at": due_at,
        "after_disclosure": plan.after_disclosure,
        "waits_for": notice.waits_for if unreached else plan.waits_for,
        "looks": [str(look) for look in plan.looks],
        "grace_until": plan.grace_until,
        "role": role_of(notice.data_request, notice.account),
    }


def _looked_at_another(notice: UserNotice, plan: NoticePlan) -> bool:
    """Say whether there is something to look at that was not there when the analyst looked."""
    return notice.cleared_at is not None and (plan.timing == Timing.LOOK or bool({*plan.looks} - {*notice.looks}))


def _due_when_nothing_forbids(notice: UserNotice, plan: NoticePlan, at: datetime) -> datetime | None:
    """Keep the date of a notice that is due already; one that comes after disclosure waits for the release."""
    if plan.timing == Timing.LOOK:
        return None
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
