"""What the generated exchange answers, for whoever stands in front of it: no database, no clock of its own.

The connector inside the portal and the reference company's own process both answer from here. `now` is the moment up to
which there are records.
"""

import hashlib
from collections.abc import Iterator, Sequence
from datetime import datetime
from decimal import Decimal

from foundation.core.identifiers import Identifier, IdentifierKind
from foundation.providers.connectors.base import (
    NO_LIMITS,
    CannotDo,
    Category,
    ConnectorFailed,
    Contact,
    ExportedFile,
    Limits,
    Match,
    UnknownAccount,
)
from foundation.providers.connectors.demo import papers
from foundation.providers.connectors.demo.customers import Customer
from foundation.providers.connectors.demo.exchange import exchange
from foundation.providers.connectors.demo.finding import find
from foundation.providers.connectors.demo.people import LANDS
from foundation.providers.connectors.demo.tables import TABLES, Period, balance_of, has_holder

_CHUNK = 64 * 1024


def match(seed: str, identifiers: Sequence[Identifier], now: datetime) -> list[Match]:
    """Answer one Match for each identifier, in their order."""
    return [find(seed, identifier, now) for identifier in identifiers]


def exists(seed: str, account: str) -> bool:
    """Say whether there is such an account."""
    return exchange(seed).get(account) is not None


def opened(seed: str, account: str) -> datetime:
    """Return when the account was opened: no record of it is older."""
    return _customer(seed, account).opened


def contact(seed: str, account: str) -> Contact:
    """Say how the account holder is reached."""
    customer = _customer(seed, account)
    return Contact(
        account, customer.name, customer.current(IdentifierKind.EMAIL), LANDS[customer.country].language,
        channel=customer.channel, traits=customer.traits, changed_at=customer.changed_at, linked=customer.linked,
    )  # fmt: skip


def balance(seed: str, account: str, asset: str, at: datetime) -> Decimal:
    """Return how much of an asset the account has at a moment; CannotDo where the exchange has no such asset."""
    return balance_of(seed, _customer(seed, account), asset, at)


def export(
    seed: str,
    account: str,
    categories: Sequence[str],
    start: datetime,
    end: datetime,
    *,
    now: datetime,
    limits: Limits = NO_LIMITS,
) -> list[ExportedFile]:
    """Return, category by category, the table of this account in [start, end) and then its documents."""
    customer = _customer(seed, account)
    if start.tzinfo is None or end.tzinfo is None or start >= end:
        raise ConnectorFailed("A period needs a beginning before its end, both with a time zone.")
    unknown = sorted(set(categories) - TABLES.keys())
    if unknown:
        raise ConnectorFailed(f"The exchange has no records of this kind: {', '.join(unknown)}.")
    if limits.holder and limits.holder not in {person.label for person in customer.people}:
        raise CannotDo(f"Account {account} has no holder {limits.holder}.")
    period = Period(start, end, now)
    return [
        file
        for category in categories
        for file in (_table(seed, customer, category, period, limits), *_documents(customer, category, period, limits))
    ]


def _table(seed: str, customer: Customer, category: str, period: Period, limits: Limits) -> ExportedFile:
    table = TABLES[category]
    content, rows = table.csv(seed, customer, period, limits)
    chunks = tuple(content[start : start + _CHUNK] for start in range(0, len(content), _CHUNK))
    return ExportedFile(
        f"{customer.uid}-{category}.csv", "text/csv", str(category), rows, chunks, period.now, table.fields,
        account=customer.uid, sha256=hashlib.sha256(content).hexdigest(), size=len(content),
    )  # fmt: skip


def _documents(customer: Customer, category: str, period: Period, limits: Limits) -> Iterator[ExportedFile]:
    """Yield the images of the identity documents that were on file at any moment of the period."""
    if category != Category.REGISTRATION:
        return
    for number, paper in enumerate(customer.papers, 1):
        if not has_holder(customer, limits, paper.holder) or not period.touches(paper.since, paper.until):
            continue
        content = papers.image(customer.holder(paper.holder), paper)
        yield ExportedFile(
            f"{customer.uid}-identity-{number}.png", "image/png", str(category), 0, (content,), period.now,
            account=customer.uid, holder=paper.holder, on_file_from=paper.since,
            on_file_until=paper.until if paper.until and paper.until <= period.now else None,
            sha256=hashlib.sha256(content).hexdigest(), size=len(content),
        )  # fmt: skip


def _customer(seed: str, account: str) -> Customer:
    customer = exchange(seed).get(account)
    if customer is None:
        raise UnknownAccount(f"The exchange has no account {account}.")
    return customer
