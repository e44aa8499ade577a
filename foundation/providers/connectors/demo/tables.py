"""Records as CSV: one table for each category, times in UTC, and what every column means."""

import csv
import io
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal

from foundation.providers.connectors.base import CannotDo, Category, Limits
from foundation.providers.connectors.demo.customers import Customer, Held
from foundation.providers.connectors.demo.exchange import exchange
from foundation.providers.connectors.demo.history import (
    ASSETS,
    UNIT,
    Movement,
    messages,
    months,
    movements,
    sign_ins,
)
from foundation.providers.connectors.demo.people import LANDS

Row = tuple[str, ...]
_LATEST_ANSWER = timedelta(hours=1)
OPEN_END = datetime.max.replace(tzinfo=UTC)


@dataclass(frozen=True)
class Period:
    """From an instant up to, not including, another; and no record is newer than the extraction."""

    start: datetime
    end: datetime
    now: datetime

    def has(self, at: datetime) -> bool:
        """Whether something that happened then belongs to it."""
        return self.start <= at < self.end and at <= self.now

    def touches(self, since: datetime, until: datetime | None) -> bool:
        """Whether something that was true from then until then was true for a moment of it."""
        return self.start < self.last and since < self.last and (until or OPEN_END) > self.start

    @property
    def last(self) -> datetime:
        """No row is generated after this."""
        return min(self.end, self.now)


@dataclass(frozen=True)
class Table:
    """The columns of a category with their meaning, and where its rows come from."""

    fields: Mapping[str, str]
    rows: Callable[[str, Customer, Period, Limits], Iterable[Row]]

    def csv(self, seed: str, customer: Customer, period: Period, limits: Limits) -> tuple[bytes, int]:
        """Return the file and its number of rows."""
        text = io.StringIO(newline="")
        writer = csv.writer(text)
        writer.writerow(self.fields)
        count = 0
        for row in self.rows(seed, customer, period, limits):
            writer.writerow(row)
            count += 1
        return text.getvalue().encode(), count


def utc(moment: datetime | None) -> str:
    """Write an instant; empty where there is none."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ") if moment else ""


def coins(amount: int) -> str:
    """Write an amount with all its decimals."""
    sign, whole = "-" if amount < 0 else "", abs(amount)
    return f"{sign}{whole // UNIT}.{whole % UNIT:08d}"


def _registration(seed: str, customer: Customer, period: Period, limits: Limits) -> Iterator[Row]:
    """Yield every fact on file at any moment of the period, with the time it was on file."""
    for held in _facts(customer):
        if has_holder(customer, limits, held.holder) and period.touches(held.since, held.until):
            # What ended after the extraction had not ended yet.
            until = held.until if held.until and held.until <= period.now else None
            value = f"{held.network} {held.value}".strip()
            yield customer.uid, held.holder, held.kind, value, utc(held.since), utc(until)


def _facts(customer: Customer) -> Iterator[Held]:
    """Yield what is stated of each holder, and of the account."""
    opened, closed = customer.opened, customer.closed
    for person in customer.people:
        yield Held("name", person.name, opened, holder=person.label)
        if person.born:
            yield Held("date of birth", person.born.isoformat(), opened, holder=person.label)
        yield Held("country", person.country, opened, holder=person.label)
        yield Held("city", LANDS[person.country].city, opened, holder=person.label)
    for paper in customer.papers:
        yield Held("identity document", f"{paper.kind} {paper.number}", paper.since, paper.until, holder=paper.holder)
    yield Held("contracting company", customer.entity, opened)
    yield from customer.facts
    yield from customer.held
    yield Held("account", "open", opened, closed)
    if closed:
        yield Held("account", "closed", closed)


def has_holder(customer: Customer, limits: Limits, holder: str) -> bool:
    """Say whether what belongs to a holder, or to the account as such, may be given."""
    return limits.other_holders or holder in {"", limits.holder or customer.first.label}


def _months_of(customer: Customer, period: Period) -> Iterator[datetime]:
    """Yield the months whose records may be of the period; an answer may come in the hour after the month it is of."""
    return months(max(customer.opened, period.start.astimezone(UTC) - _LATEST_ANSWER), period.last)


def _logins(seed: str, customer: Customer, period: Period, limits: Limits) -> Iterator[Row]:
    for month in _months_of(customer, period):
        for row in sign_ins(seed, customer, month):
            if period.has(row.at):
                yield utc(row.at), customer.uid, row.result, row.address, row.device, row.agent


def _transactions(seed: str, customer: Customer, period: Period, limits: Limits) -> Iterator[Row]:
    for row in movements(seed, customer, period.end):
        sold, bought = _granted(row.asset, limits), bool(row.against) and _granted(row.against, limits)
        if period.has(row.at) and (sold or bought):
            # The leg of a trade that nobody granted stays empty; the fee of a trade is taken from what was bought.
            fee = bought if row.against else sold
            yield (
                utc(row.at), customer.uid, row.number, row.kind, row.asset if sold else "",
                coins(row.amount) if sold else "", coins(row.fee) if fee else "", row.against if bought else "",
                coins(row.against_amount) if bought else "", row.network, row.sender, row.receiver, row.txid,
                *_counterparty(seed, customer, row, limits),
            )  # fmt: skip


def _granted(asset: str, limits: Limits) -> bool:
    return not limits.assets or asset in limits.assets


def _counterparty(seed: str, customer: Customer, row: Movement, limits: Limits) -> tuple[str, str]:
    """Return account and name of the other side, where the order covers it and it is this company's customer too."""
    other = exchange(seed).get(row.counterparty) if limits.counterparties and row.counterparty else None
    return (other.uid, other.name) if other and other.entity == customer.entity else ("", "")


def _balances(seed: str, customer: Customer, period: Period, limits: Limits) -> Iterator[Row]:
    """Yield what there was at the first instant of each month of the period."""
    waiting = movements(seed, customer, period.last)
    balance = dict.fromkeys(ASSETS, 0)
    for month in months(customer.opened, period.last):
        while waiting and waiting[0].at < month:
            _book(waiting.pop(0), balance)
        if period.has(month) and month >= customer.opened:
            yield from (
                (utc(month), customer.uid, asset, coins(amount))
                for asset, amount in balance.items()
                if _granted(asset, limits)
            )


def balance_of(seed: str, customer: Customer, asset: str, at: datetime) -> Decimal:
    """Return how much of an asset, by its short name in any case, an account has; CannotDo where there is no such."""
    name = asset.strip().upper()
    if name not in ASSETS:
        raise CannotDo(f"The exchange has no asset named {asset}. Do it by hand.")
    balance = dict.fromkeys(ASSETS, 0)
    for row in movements(seed, customer, at):
        _book(row, balance)
    return max(Decimal(coins(balance[name])), Decimal(0))


def _book(row: Movement, balance: dict[str, int]) -> None:
    if row.kind == "deposit":
        balance[row.asset] += row.amount
    elif row.kind == "withdrawal":
        balance[row.asset] -= row.amount + row.fee
    else:
        balance[row.asset] -= row.amount
        balance[row.against] += row.against_amount


def _communications(seed: str, customer: Customer, period: Period, limits: Limits) -> Iterator[Row]:
    for month in _months_of(customer, period):
        for row in messages(seed, customer, month):
            if period.has(row.at):
                yield utc(row.at), customer.uid, row.ticket, row.direction, row.subject, row.text


_TIME = "When, in UTC"
_ACCOUNT = "The account (user ID)"
TABLES: dict[str, Table] = {
    Category.REGISTRATION: Table(
        {
            "account": _ACCOUNT,
            "holder": "Which holder of a joint account; empty if it is of the account, or of its only holder",
            "fact": "What is stated: name, date of birth, identity document, e-mail, phone, wallet and so on",
            "value": "The fact itself; for a wallet the network and the deposit address",
            "on_file_from_utc": "Since when it is on file, in UTC",
            "on_file_until_utc": "Until when it was on file, in UTC; empty if it still was at extraction",
        },
        _registration,
    ),
    Category.LOGINS: Table(
        {
            "time_utc": _TIME,
            "account": _ACCOUNT,
            "result": "signed in, or wrong password",
            "ip_address": "The address it came from, IPv4 or IPv6",
            "device": "The device as our app or page knows it",
            "agent": "Program and system, as the device says",
        },
        _logins,
    ),
    Category.TRANSACTIONS: Table(
        {
            "time_utc": _TIME,
            "account": _ACCOUNT,
            "number": "Our number of the transaction",
            "kind": "deposit, withdrawal, or trade on our market",
            "asset": "What was deposited, withdrawn or sold",
            "amount": "How much of it, without the fee",
            "fee": "Our fee; for a trade in what was bought",
            "against_asset": "For a trade: what was bought",
            "against_amount": "For a trade: how much of it, after the fee",
            "network": "For a deposit or withdrawal: the network",
            "sender": "The address it came from",
            "receiver": "The address it went to",
            "txid": "The transaction hash on the network",
            "counterparty_account": "The other side's account with us, where the order covers it",
            "counterparty_name": "The other side's name, where the order covers it",
        },
        _transactions,
    ),
    Category.BALANCES: Table(
        {
            "time_utc": "The first instant of a month, in UTC",
            "account": _ACCOUNT,
            "asset": "The asset",
            "amount": "How much of it there was at that instant",
        },
        _balances,
    ),
    Category.COMMUNICATIONS: Table(
        {
            "time_utc": _TIME,
            "account": _ACCOUNT,
            "ticket": "Our number of the conversation",
            "direction": "from customer, or to customer",
            "subject": "Subject",
            "text": "The whole message",
        },
        _communications,
    ),
}
