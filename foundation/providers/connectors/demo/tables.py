"""Records as CSV: one table for each category, times in UTC, and what every column means."""

import csv
import io
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal

from foundation.providers.connectors.base import CannotDo, Category
from foundation.providers.connectors.demo.exchange import Customer
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
    rows: Callable[[str, Customer, Period], Iterable[Row]]

    def csv(self, seed: str, customer: Customer, period: Period) -> tuple[bytes, int]:
        """Return the file and its number of rows."""
        text = io.StringIO(newline="")
        writer = csv.writer(text)
        writer.writerow(self.fields)
        count = 0
        for row in self.rows(seed, customer, period):
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


def _registration(seed: str, customer: Customer, period: Period) -> Iterator[Row]:
    """Yield every fact on file at any moment of the period, with the time it was on file."""
    opened, closed = customer.opened, customer.closed
    facts: list[tuple[str, str, datetime, datetime | None]] = [
        ("name", customer.name, opened, None),
        ("date of birth", _iso(customer.born), opened, None),
        ("country", customer.country, opened, None),
        ("city", LANDS[customer.country].city, opened, None),
        ("identity document", f"passport {customer.document}", opened, None),
        ("contracting company", customer.entity, opened, None),
        *((held.kind, f"{held.network} {held.value}".strip(), held.since, held.until) for held in customer.held),
        ("account", "open", opened, closed),
    ]
    if closed:
        facts.append(("account", "closed", closed, None))
    for fact, value, since, until in facts:
        if period.touches(since, until):
            # What ended after the extraction had not ended yet.
            yield customer.uid, fact, value, utc(since), utc(until if until and until <= period.now else None)


def _iso(day: date) -> str:
    return day.isoformat()


def _logins(seed: str, customer: Customer, period: Period) -> Iterator[Row]:
    for month in months(customer.opened, period.last):
        for row in sign_ins(seed, customer, month):
            if period.has(row.at):
                yield utc(row.at), customer.uid, row.result, row.address, row.device, row.agent


def _transactions(seed: str, customer: Customer, period: Period) -> Iterator[Row]:
    for row in movements(seed, customer, period.end):
        if period.has(row.at):
            yield (
                utc(row.at), customer.uid, row.number, row.kind, row.asset, coins(row.amount), coins(row.fee),
                row.against, coins(row.against_amount) if row.against else "", row.network, row.sender, row.receiver,
                row.txid,
            )  # fmt: skip


def _balances(seed: str, customer: Customer, period: Period) -> Iterator[Row]:
    """Yield what there was at the first instant of each month of the period."""
    waiting = movements(seed, customer, period.last)
    balance = dict.fromkeys(ASSETS, 0)
    for month in months(customer.opened, period.last):
        while waiting and waiting[0].at < month:
            _book(waiting.pop(0), balance)
        if period.has(month) and month >= customer.opened:
            yield from ((utc(month), customer.uid, asset, coins(amount)) for asset, amount in balance.items())


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


def _communications(seed: str, customer: Customer, period: Period) -> Iterator[Row]:
    for month in months(customer.opened, period.last):
        for row in messages(seed, customer, month):
            if period.has(row.at):
                yield utc(row.at), customer.uid, row.ticket, row.direction, row.subject, row.text


_TIME = "When, in UTC"
_ACCOUNT = "The account (user ID)"
TABLES: dict[str, Table] = {
    Category.REGISTRATION: Table(
        {
            "account": _ACCOUNT,
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
