"""The company asks before it answers its customer: keep, ask legal, or go on. Nothing of a case is in the answer.

Every question costs the same: the same queries in the same order, whatever there is about the account, and for an
account that nobody knows.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone

from accounts.models import User
from accounts.permissions import Permission, has_permission
from foundation.audit.canonical import JSON
from foundation.audit.trail import record
from foundation.core.errors import Incomplete, NotAllowed, PortalError
from foundation.legal.models import BarsNotice
from foundation.providers.models import Provider
from preservation.enums import OPEN_STATUSES as OPEN_HOLDS
from preservation.enums import HoldStatus
from preservation.models import HeldIdentifier, PreservationHold
from preservation.querysets import WAITS_FOR_CHOICE
from requests_app.enums import OPEN_STATUSES, NoticeStatus, PackageStatus, RequestStatus
from requests_app.events import Event
from requests_app.models import (
    AccountFacts,
    DataRequest,
    DisclosurePackage,
    NonDisclosureOrder,
    RestrictionQuestion,
    Target,
    UserNotice,
)
from requests_app.notice_enums import CompanyDoes, CustomerAsks
from requests_app.restriction_rules import Found, answer_day, company_does, decision_refusal, found
from requests_app.services.freeze_orders import in_force
from requests_app.services.notice_facts import LINK_STEPS

# A package that still leaves, or can be fetched.
_ON_ITS_WAY = (PackageStatus.PREPARING, PackageStatus.BLOCKED, PackageStatus.SEALED, PackageStatus.RELEASED)
# The holder was not told, or is not to be told ever.
_NOT_TOLD = (NoticeStatus.PLANNED, NoticeStatus.POSTPONED, NoticeStatus.OBJECTED, NoticeStatus.WAIVED)
# Nothing follows any more.
_NOTHING_LEFT = (RequestStatus.DRAFT, RequestStatus.WITHDRAWN, RequestStatus.REFUSED, RequestStatus.REDIRECTED)
# Records are kept, or will be as soon as the company's systems answer.
_KEPT = (*OPEN_HOLDS, HoldStatus.REQUESTED)
_SHOWN = 20


class DifferentQuestion(PortalError):
    """The key was used before for another question."""


@dataclass(frozen=True)
class Question:
    """What the company's systems ask."""

    key: str
    account: str
    asks: CustomerAsks
    language: str


@dataclass(frozen=True)
class About:
    """What of it a reader may open."""

    requests: list[DataRequest]
    holds: list[PreservationHold]


@transaction.atomic
def ask(provider: Provider, question: Question, *, at: datetime | None = None) -> RestrictionQuestion:
    """Answer a question of the company's systems; asked again, what was decided, unless something else is there now.

    Raises DifferentQuestion where the key stands for another question.
    """
    at = at or timezone.now()
    row, said = answered(provider, question, received=at, at=at)
    record(Event.RESTRICTION_ASKED, by=None, obj=row, data=said, at=at)
    return row


def answered(
    provider: Provider, question: Question, *, received: datetime, at: datetime
) -> tuple[RestrictionQuestion, dict[str, JSON]]:
    """Answer a question that the company received at a moment; return it with what the trail keeps of it.

    Whoever asks writes that entry, in the same transaction.
    """
    there = look(provider, question.account, at=at)
    day = received.astimezone(ZoneInfo(provider.calendar.time_zone)).date()
    row, new = RestrictionQuestion.objects.select_for_update().get_or_create(
        provider=provider,
        key=question.key,
        defaults={
            "account": question.account, "kind": question.asks, "language": question.language, "asked_at": received,
            "answer": company_does(there), "answered_at": at,
            "answer_on": answer_day(day, provider.customer_answer_days),
        },
    )  # fmt: skip
    if (row.account, row.kind, row.language) != (question.account, question.asks, question.language):
        raise DifferentQuestion("This key was used for another question.")
    opened_again = bool(row.decision) and row.basis != there.digest
    row.answer, row.answered_at = company_does(there, decision=row.decision, basis=row.basis), at
    if opened_again:
        row.decision, row.basis, row.decided_at, row.decided_by, row.decided_reason = "", "", None, None, ""
    row.save(update_fields=[
        "answer", "answered_at", "decision", "basis", "decided_at", "decided_by", "decided_reason",
    ])  # fmt: skip
    said: dict[str, JSON] = {
        "asks": str(row.kind),
        "answer": str(row.answer),
        "again": not new,
        "opened_again": opened_again,
    }
    return row, said


def look(provider: Provider, account: str, *, at: datetime) -> Found:
    """Look what there is about an account and those of the same person, by the same queries for everybody."""
    accounts = same_person(provider, account)
    needs, silence = set[str](), set[str]()
    asked = Target.objects.filter(account__in=accounts, data_request__provider=provider)
    rows = asked.exclude(data_request__status=RequestStatus.DRAFT).values_list(
        "data_request_id", "data_request__status", "data_request__restricted", "data_request__aml_bar"
    )
    for pk, status, restricted, aml_bar in rows:
        if status in OPEN_STATUSES:
            needs.add(f"request {pk}")
        if status in OPEN_STATUSES or restricted or aml_bar:
            silence.add(f"request {pk} {status} {restricted} {aml_bar}")
    silence |= _named("bar", _bars(provider, accounts, at)) | _named("notice", _untold(provider, accounts))
    needs |= _named("package", _packages(provider, accounts)) | _named("freeze", _freezes(provider, accounts))
    for rows_of_holds in (_holds(provider, accounts), _undecided_holds(provider, accounts)):
        for pk, status, aml_bar, restricted, bars in rows_of_holds:
            if kept := status in _KEPT:
                needs.add(f"hold {pk}")
            if aml_bar or (kept and (restricted or bars == BarsNotice.YES)):
                silence.add(f"hold {pk} {status} {aml_bar}")
    return found(needs, silence)


def _named(kind: str, keys: QuerySet[Any, int]) -> set[str]:
    return {f"{kind} {key}" for key in keys}


def same_person(provider: Provider, account: str) -> list[str]:
    """Return the account and those the company links with it, in either direction: always so many queries."""
    found = {account}
    for _step in range(LINK_STEPS):
        rows = AccountFacts.objects.filter(Q(account__in=found) | Q(linked__overlap=list(found)), provider=provider)
        found |= {other for own, others in rows.values_list("account", "linked") for other in (own, *others)}
    return sorted(found)


def _bars(provider: Provider, accounts: list[str], at: datetime) -> QuerySet[Any, int]:
    """Confirmed orders in force. One that nobody has confirmed yet stands in an open request, or binds nobody."""
    rows = NonDisclosureOrder.objects.filter(
        Q(bar_ends_at=None) | Q(bar_ends_at__gt=at),
        confirmed_at__isnull=False,
        data_request__provider=provider,
        data_request__targets__account__in=accounts,
    )
    return rows.values_list("pk", flat=True)


def _untold(provider: Provider, accounts: list[str]) -> QuerySet[Any, int]:
    rows = UserNotice.objects.filter(account__in=accounts, status__in=_NOT_TOLD, data_request__provider=provider)
    return rows.exclude(data_request__status__in=_NOTHING_LEFT).values_list("pk", flat=True)


def _packages(provider: Provider, accounts: list[str]) -> QuerySet[Any, int]:
    rows = DisclosurePackage.objects.filter(status__in=_ON_ITS_WAY, data_request__provider=provider)
    return rows.filter(lines__target__account__in=accounts).values_list("pk", flat=True)


def _freezes(provider: Provider, accounts: list[str]) -> QuerySet[Any, int]:
    rows = in_force().filter(data_request__provider=provider, data_request__targets__account__in=accounts)
    return rows.values_list("pk", flat=True)


_OF_HOLD = ("hold_id", "hold__status", "hold__aml_bar", "hold__restricted", "hold__process_type__bars_notice")


def _holds(provider: Provider, accounts: list[str]) -> QuerySet[Any, Any]:
    rows = HeldIdentifier.objects.filter(account__in=accounts, hold__provider=provider, released_at=None)
    return rows.exclude(hold__status=HoldStatus.DRAFT).values_list(*_OF_HOLD)


def _undecided_holds(provider: Provider, accounts: list[str]) -> QuerySet[Any, Any]:
    """Holds on one of several accounts, of which nobody has chosen: each of them may be the one."""
    meant = Q()
    for account in accounts:
        meant |= Q(candidates__contains=[{"uid": account}])
    rows = HeldIdentifier.objects.filter(WAITS_FOR_CHOICE & meant, hold__provider=provider)
    return rows.exclude(hold__status=HoldStatus.DRAFT).values_list(*_OF_HOLD)


@transaction.atomic
def decide(
    question: RestrictionQuestion, *, decision: str, reason: str, by: User, at: datetime | None = None
) -> RestrictionQuestion:
    """Write down what the company does for a customer; its systems read it when they ask again."""
    at = at or timezone.now()
    if not reason.strip():
        raise Incomplete("Write why.")
    row: RestrictionQuestion | None = visible(by).select_for_update(of=("self",)).filter(pk=question.pk).first()
    if row is None:
        raise NotAllowed("You do not have the right to do this.")
    if row.answer != CompanyDoes.ASK_LEGAL:
        raise NotAllowed("This question does not wait any more: read what was decided.")
    there = look(row.provider, row.account, at=at)
    if refusal := decision_refusal(there, decision, deletion=row.kind == CustomerAsks.DELETION):
        raise NotAllowed(refusal)
    row.answer = row.decision = CompanyDoes(decision)
    row.basis, row.decided_at, row.decided_by, row.decided_reason = there.digest, at, by, reason.strip()
    row.save(update_fields=["answer", "decision", "basis", "decided_at", "decided_by", "decided_reason"])
    record(Event.RESTRICTION_DECIDED, by=by, obj=row, reason=row.decided_reason, data={"decision": decision}, at=at)
    return row


def visible(user: User) -> QuerySet[RestrictionQuestion]:
    """Return the questions this person may decide: of the own companies, who gives advice."""
    if not has_permission(user, Permission.GIVE_ADVICE):
        return RestrictionQuestion.objects.none()
    own = user.staff_roles.filter(ended_at=None).values("provider")
    return RestrictionQuestion.objects.filter(provider__in=own)


def waiting(user: User) -> QuerySet[RestrictionQuestion]:
    """Return the questions that wait for a decision, soonest due first."""
    return visible(user).filter(answer=CompanyDoes.ASK_LEGAL).order_by("answer_on", "pk")


def to_decide(user: User, at: datetime) -> list[QuerySet[Any]]:
    """Return what the navigation counts: questions that wait for a decision."""
    return [waiting(user)]


def about(question: RestrictionQuestion, *, user: User) -> About:
    """Return the requests and holds on the account, and those of the same person, that this reader may open."""
    accounts = same_person(question.provider, question.account)
    asked = Target.objects.filter(account__in=accounts).values("data_request")
    requests = DataRequest.objects.visible_to_staff(user).filter(pk__in=asked).select_related("agency")
    held = HeldIdentifier.objects.filter(account__in=accounts).values("hold")
    holds = PreservationHold.objects.visible_to_staff(user).filter(pk__in=held).select_related("agency")
    return About(list(requests.order_by("-pk")[:_SHOWN]), list(holds.order_by("-pk")[:_SHOWN]))
