"""Everything the rule about notices asks, read from what is stored now: for many accounts with as many queries as one.

An account stands for itself and for the accounts of the same person, in whichever direction and over whichever account
a link was answered.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from functools import cached_property

from django.db.models import Exists, OuterRef, Q

from foundation.legal.models import BarsNotice, NoticeDuty, ProcessType
from foundation.providers.connectors.base import Trait
from preservation.enums import OPEN_STATUSES as OPEN_HOLDS
from preservation.enums import HoldStatus
from preservation.models import HeldIdentifier
from preservation.querysets import WAITS_FOR_CHOICE
from requests_app.enums import OPEN_STATUSES, RequestStatus
from requests_app.models import AccountFacts, DataRequest, NonDisclosureOrder, OrderUse, Target, UserNotice
from requests_app.notice_rules import (
    Bar,
    NoticePlan,
    Situation,
    careful_role,
    elsewhere_bar,
    lawful_bar,
    notice_rule,
    order_bar,
    renewal_bar,
    undecided_bar,
)
from requests_app.permissions import is_emergency

# Of several orders in one request the one that is hardest to be sure of counts.
_CAREFUL_LAW = (BarsNotice.UNKNOWN, BarsNotice.YES, BarsNotice.SEPARATE_ORDER, BarsNotice.NO)
# How far links of links are followed: enough for a person, and no walk through all customers after one wrong link.
LINK_STEPS = 4
_TRAITS = frozenset(str(trait) for trait in Trait)


def plan_of(data_request: DataRequest, account: str, *, at: datetime) -> NoticePlan:
    """Ask the rule about one account, with everything that is stored about it now."""
    return plans_of(data_request, [account], at=at)[account]


def plans_of(data_request: DataRequest, accounts: Iterable[str], *, at: datetime) -> dict[str, NoticePlan]:
    """Ask the rule about many accounts; return the plans by account."""
    return {name: notice_rule(now, at=at) for name, now in situations_of(data_request, accounts, at=at).items()}


def situations_of(data_request: DataRequest, accounts: Iterable[str], *, at: datetime) -> dict[str, Situation]:
    """Return everything the rule asks about each of these accounts of a request."""
    wanted = sorted(set(accounts))
    if not wanted:
        return {}
    known = _Known(data_request, wanted, at)
    return {account: known.situation(account) for account in wanted}


def same_person(provider_id: int, accounts: Iterable[str]) -> dict[str, set[str]]:
    """Return each account with those of the same person, itself included.

    A link counts in both directions, and so do the links of linked accounts, a few steps far: one query for each.
    """
    wanted = set(accounts)
    links, seen, asked = dict[str, set[str]](), set[str](), wanted
    for _step in range(LINK_STEPS):
        if not asked:
            break
        seen |= asked
        rows = AccountFacts.objects.filter(Q(account__in=asked) | Q(linked__overlap=list(asked)), provider=provider_id)
        for account, linked in rows.values_list("account", "linked"):
            for other in linked:
                links.setdefault(account, set()).add(other)
                links.setdefault(other, set()).add(account)
        asked = links.keys() - seen
    return {account: _reached(account, links) for account in wanted}


def _reached(account: str, links: Mapping[str, set[str]]) -> set[str]:
    """Return everything that hangs together with this account, itself included."""
    found, edge = {account}, {account}
    while edge:
        edge = set().union(*(links.get(name, set()) for name in edge)) - found
        found |= edge
    return found


def duty_of(data_request: DataRequest) -> tuple[str, str]:
    """Return who tells the account holders of a request, and the law that says so."""
    _bars, duty, law = _law_of(data_request)
    return duty, law


def role_of(data_request: DataRequest, account: str) -> str:
    """Return who the holder of an account is in this matter."""
    return careful_role(data_request.targets.filter(account=account).values_list("role", flat=True))


def _law_of(data_request: DataRequest) -> tuple[str, str, str]:
    """Return whether the law can forbid telling, who tells, and the law that says so: the strictest of all orders."""
    rows = ProcessType.objects.filter(
        Q(pk=data_request.process_type_id) | Q(pk__in=data_request.orders.values("process_type"))
    )
    kinds = list(rows.order_by("pk"))
    bars = {kind.bars_notice for kind in kinds}
    law = next((word for word in _CAREFUL_LAW if word in bars), BarsNotice.NO)
    for duty in (NoticeDuty.AUTHORITY, NoticeDuty.MUST):
        for kind in kinds:
            if kind.notice_duty == duty:
                return law, duty, kind.notice_duty_law
    return law, NoticeDuty.COMPANY, ""


@dataclass
class _Known:
    """What is read once for all the accounts of one request."""

    data_request: DataRequest
    wanted: list[str]
    at: datetime
    people: dict[str, set[str]] = field(init=False)

    def __post_init__(self) -> None:
        self.people = same_person(self.data_request.provider_id, self.wanted)

    def situation(self, account: str) -> Situation:
        """Put together what is known of one account."""
        order, renewal = self.own
        law, duty, duty_law = self.law
        facts, notice = self.facts.get(account), self.notices.get(account)
        changed = facts.contact_changed_at if facts else None
        settles = timedelta(days=self.data_request.provider.contact_settles_days)
        cleared = notice.cleared_at if notice else None
        others = tuple(bar for name in sorted(self.people[account]) for bar in self.elsewhere.get(name, ()))
        return Situation(
            bars_notice=law,
            duty=duty,
            duty_law=duty_law,
            order=order,
            renewal=renewal,
            aml_bar=self.own_mark or bool(self.people[account] & self.marked),
            emergency=is_emergency(self.data_request),
            others=others,
            role=careful_role(self.roles.get(account, ())),
            traits=frozenset(Trait(name) for name in facts.traits if name in _TRAITS) if facts else frozenset(),
            contact_changed=changed is not None and changed + settles > self.at,
            # Who looked before the address changed looked at another one.
            cleared=cleared is not None and (changed is None or changed <= cleared),
            despite=notice is not None and _decided_despite(notice, others, self.at),
        )

    @cached_property
    def everybody(self) -> set[str]:
        """The accounts of all the people in question."""
        return set().union(*self.people.values())

    @cached_property
    def law(self) -> tuple[str, str, str]:
        """Whether the law can forbid telling, who tells, and the law that says so."""
        return _law_of(self.data_request)

    @cached_property
    def own(self) -> tuple[Bar | None, Bar | None]:
        """The confirmed bar of this request that forbids longest, and a renewal of it that was filed in time."""
        rows = self.data_request.non_disclosure_orders.filter(declined_at=None).values_list(*_STATED)
        return _own([_Stated(*row) for row in rows], self._grace)

    @property
    def _grace(self) -> timedelta:
        return timedelta(days=self.data_request.provider.notice_grace_days)

    @cached_property
    def own_mark(self) -> bool:
        """Whether compliance marked this request; read again, because the object may be old."""
        return DataRequest.objects.filter(pk=self.data_request.pk, aml_bar=True).exists()

    @cached_property
    def marked(self) -> set[str]:
        """The accounts that compliance marked, in whatever request or hold."""
        provider = self.data_request.provider_id
        asked = Target.objects.filter(account__in=self.everybody, data_request__provider=provider)
        found = set(asked.filter(data_request__aml_bar=True).values_list("account", flat=True))
        return found | {account for account, _hold in self._held(Q(hold__aml_bar=True))}

    def _held(self, which: Q) -> set[tuple[str, int]]:
        """Return the accounts in question in holds like these, each with its hold.

        Of an identifier that leads to several accounts, of which nobody has chosen, each may be the one.
        """
        meant = Q(account__in=self.everybody) | WAITS_FOR_CHOICE
        rows = HeldIdentifier.objects.filter(which, meant, hold__provider=self.data_request.provider_id)
        return {
            (account, hold)
            for own, candidates, hold in rows.values_list("account", "candidates", "hold")
            for account in ([own] if own else [found["uid"] for found in candidates])
            if account in self.everybody
        }

    @cached_property
    def facts(self) -> Mapping[str, AccountFacts]:
        """What the company's systems last said of each account."""
        rows = AccountFacts.objects.filter(provider=self.data_request.provider_id, account__in=self.wanted)
        return {row.account: row for row in rows}

    @cached_property
    def notices(self) -> Mapping[str, UserNotice]:
        """The notice of each account, where it was planned already."""
        rows = self.data_request.notices.filter(account__in=self.wanted)
        return {row.account: row for row in rows.only("account", "cleared_at", "despite_at", "despite_bars")}

    @cached_property
    def roles(self) -> Mapping[str, set[str]]:
        """Who the holder is in this matter, by what its identifiers say."""
        found: dict[str, set[str]] = {}
        rows = self.data_request.targets.filter(account__in=self.wanted)
        for account, role in rows.values_list("account", "role"):
            found.setdefault(account, set()).add(role)
        return found

    @cached_property
    def elsewhere(self) -> Mapping[str, list[Bar]]:
        """The bars on each account in other matters: confirmed, stated but not judged yet, and by law."""
        bars: dict[str, list[Bar]] = {}
        for account, found in self._stated().items():
            for rows in found.values():
                bars.setdefault(account, []).extend(_others(rows, self._grace, self.at))
        for account, matter in sorted(self._by_law()):
            bars.setdefault(account, []).append(lawful_bar(self.at, key=matter))
        return bars

    def _stated(self) -> dict[str, dict[int, list["_Stated"]]]:
        """Return what was stated in other requests of this company, by account and by request."""
        orders = NonDisclosureOrder.objects.filter(
            data_request__targets__account__in=self.everybody, data_request__provider=self.data_request.provider_id
        )
        orders = orders.exclude(data_request=self.data_request).filter(declined_at=None)
        columns = ("data_request__targets__account", "data_request", *_STATED)
        found: dict[str, dict[int, list[_Stated]]] = {}
        for account, request, *row in orders.values_list(*columns).distinct().order_by("pk"):
            if account in self.everybody:
                found.setdefault(account, {}).setdefault(request, []).append(_Stated(*row))
        return found

    def _by_law(self) -> set[tuple[str, str]]:
        """Return the accounts about which another matter is secret by law as long as it is open, each with the matter.

        A hold whose type bars telling, or where nobody knows; a request of which the authority alone tells, one whose
        type bars telling and that nobody has decided yet, and one of a law nobody is sure of until counsel is.
        """
        provider = self.data_request.provider_id
        secret = Q(hold__process_type__bars_notice__in=(BarsNotice.YES, BarsNotice.UNKNOWN))
        secret |= Q(hold__process_type__notice_duty=NoticeDuty.AUTHORITY)
        secret &= Q(hold__status__in=(HoldStatus.REQUESTED, *OPEN_HOLDS), released_at=None)
        asked = Target.objects.filter(account__in=self.everybody, data_request__provider=provider)
        asked = asked.filter(data_request__status__in=OPEN_STATUSES).exclude(data_request=self.data_request)
        asked = asked.filter(self._secret_requests())
        holds = {(account, f"hold:{hold}") for account, hold in self._held(secret)}
        return holds | {(account, f"request:{pk}") for account, pk in asked.values_list("account", "data_request")}

    def _secret_requests(self) -> Q:
        """Match identifiers of requests that are secret by law, by their main type or that of one of their orders.

        Where a person confirmed how long it is forbidden, that counts and not the law alone.
        """
        uses = OrderUse.objects.filter(data_request=OuterRef(OuterRef("data_request")))
        kinds = ProcessType.objects.filter(
            Q(pk=OuterRef("data_request__process_type")) | Q(pk__in=uses.values("process__process_type"))
        )
        confirmed = NonDisclosureOrder.objects.filter(
            data_request=OuterRef("data_request"), confirmed_at__isnull=False, declined_at=None
        )
        despite = UserNotice.objects.filter(
            data_request=OuterRef("data_request"), account=OuterRef("account"), despite_at__isnull=False
        )
        undecided = ~Q(data_request__status=RequestStatus.GRANTED)
        by_law = undecided & Q(Exists(kinds.filter(bars_notice=BarsNotice.YES)))
        unsure = Q(Exists(kinds.filter(bars_notice=BarsNotice.UNKNOWN))) & ~Q(Exists(despite))
        authority = Q(Exists(kinds.filter(notice_duty=NoticeDuty.AUTHORITY)))
        return authority | ((by_law | unsure) & ~Q(Exists(confirmed)))


_STATED = ("pk", "bars_until", "confirmed_at", "stated_at", "data_request__status")


@dataclass(frozen=True)
class _Stated:
    """A bar as somebody stated it and, maybe, a person confirmed it."""

    pk: int
    until: date | None
    confirmed_at: datetime | None
    # Of a renewal: when it was filed. What the request named from the start has no such moment.
    filed_at: datetime | None
    status: str


def _own(rows: Sequence[_Stated], grace: timedelta) -> tuple[Bar | None, Bar | None]:
    """Return the confirmed bar of one request that forbids longest, and what a renewal of it holds."""
    order = _latest(order_bar(row.until) for row in rows if row.confirmed_at)
    if order is None or order.ends_at is None:
        return order, None
    # Filed in time, or it was not taken: that the end was moved to an earlier day afterwards changes nothing.
    filed = [row.filed_at for row in rows if row.filed_at is not None and row.confirmed_at is None]
    return order, renewal_bar(max(order.ends_at, *filed) + grace) if filed else None


def _others(rows: Sequence[_Stated], grace: timedelta, at: datetime) -> Iterator[Bar]:
    """Yield what the statements of one other request forbid here; its words name no matter."""
    for row in rows:
        if row.confirmed_at:
            yield elsewhere_bar(row.until, key=f"order:{row.pk}:{row.until or ''}")
    order, renewal = _own(rows, grace)
    open_ones = any(row.confirmed_at is None and row.filed_at is None and row.status in OPEN_STATUSES for row in rows)
    renewed = renewal is not None and renewal.in_force(at) and (order is None or not order.in_force(at))
    if open_ones or renewed:
        asked = [str(row.pk) for row in rows if row.confirmed_at is None]
        yield undecided_bar(at, key=f"stated:{','.join(asked)}")


def _decided_despite(notice: UserNotice, others: Iterable[Bar], at: datetime) -> bool:
    """Say whether counsel decided about every bar of another matter that is in force: one that is new holds again."""
    return notice.despite_at is not None and {bar.key for bar in others if bar.in_force(at)} <= {*notice.despite_bars}


def _latest(bars: Iterable[Bar]) -> Bar | None:
    """Of several orders in one request the one that forbids longest counts."""
    found = list(bars)
    endless = next((bar for bar in found if bar.ends_at is None), None)
    return endless or max(found, key=lambda bar: bar.ends_at or datetime.max.replace(tzinfo=UTC), default=None)
