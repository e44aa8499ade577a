"""The connector to the generated exchange: the whole job can be done on a machine that has nothing else."""

import hashlib
import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from functools import lru_cache

from django.utils import timezone

from foundation.core.identifiers import Identifier, IdentifierKind
from foundation.core.jobs import JobState
from foundation.providers.connectors.base import (
    NO_LIMITS,
    Account,
    CannotDo,
    Category,
    ConnectorFailed,
    Contact,
    ExportedFile,
    Frozen,
    KeptFile,
    Letter,
    Limits,
    Match,
    Restrictions,
    Result,
    Snapshot,
    UnknownAccount,
)
from foundation.providers.connectors.demo import books, cases, snapshots
from foundation.providers.connectors.demo.exchange import Customer, Exchange, Held
from foundation.providers.connectors.demo.history import movements, sign_ins
from foundation.providers.connectors.demo.people import LANDS
from foundation.providers.connectors.demo.tables import TABLES, Period, balance_of
from foundation.providers.models import ConnectorAct, ConnectorJob

# Clocks differ: a sign-in this long before or after the stated time is the one that is meant.
IP_TOLERANCE = timedelta(hours=1)
_SHARED = {cases.OMNIBUS_XRP: "tag", cases.OMNIBUS_TON: "memo"}


@dataclass(frozen=True)
class DemoConnector:
    """Answers from the exchange of one seed."""

    seed: str
    provider_id: int | None = None

    def match(self, identifiers: Sequence[Identifier]) -> list[Match]:
        """Answer one Match for each identifier."""
        return [self._match(identifier) for identifier in identifiers]

    def contact(self, account: str) -> Contact:
        """Say how the account holder is reached."""
        customer = self._customer(account)
        address = customer.current(IdentifierKind.EMAIL)
        return Contact(account, customer.name, address, LANDS[customer.country].language)

    def preserve(
        self,
        account: str,
        categories: Sequence[str],
        until: datetime,
        *,
        hold: str,
        key: str,
        at: datetime,
        period: tuple[datetime, datetime] | None = None,
    ) -> Snapshot:
        """Keep what there is now, or what was kept before for this hold; the same rows can be made again any time."""
        customer = self._customer(account)
        taken, kinds = snapshots.taken_before(self.provider_id, account, hold) or (at, categories)
        start, end = period or (customer.opened, taken + timedelta(seconds=1))
        kept = tuple(
            KeptFile(file.name, file.category, file.rows, sum(map(len, file.chunks)), _sha256(file.chunks),
                     None if file.category == Category.REGISTRATION else snapshots.days(start, min(end, taken)))
            for file in self.export(account, kinds, start, end, at=taken)
        )  # fmt: skip
        unsigned = Snapshot(account, hold, taken, until, kept, digest="")
        text = json.dumps(unsigned.as_json(), sort_keys=True, separators=(",", ":"))
        return Snapshot(account, hold, taken, until, kept, digest=_sha256([text.encode()]))

    def release(self, account: str, hold: str, *, key: str, at: datetime) -> datetime:
        """End this hold; there is nothing to delete, so it is gone at once."""
        self._customer(account)
        return at

    def notify(self, account: str, letter: Letter, *, key: str, at: datetime) -> datetime:
        """Say that the holder reads no letters here; the exchange has no pages of its own yet."""
        raise CannotDo(f"The exchange has no pages in which {self._customer(account).uid} reads letters.")

    def export(
        self,
        account: str,
        categories: Sequence[str],
        period_from: datetime,
        period_to: datetime,
        *,
        at: datetime,
        key: str = "",
        limits: Limits = NO_LIMITS,
    ) -> Iterable[ExportedFile]:
        """Return one CSV for each category, with exactly the rows of this account in [period_from, period_to)."""
        customer = self._customer(account)
        if period_from.tzinfo is None or period_to.tzinfo is None or period_from >= period_to:
            raise ConnectorFailed("A period needs a beginning before its end, both with a time zone.")
        unknown = sorted(set(categories) - TABLES.keys())
        if unknown:
            raise ConnectorFailed(f"The exchange has no records of this kind: {', '.join(unknown)}.")
        return [self._file(customer, category, Period(period_from, period_to, at)) for category in categories]

    def freeze(
        self, account: str, asset: str, amount: Decimal | None, *, freeze: str, key: str, at: datetime
    ) -> Frozen:
        """Keep so much of an asset on the books, or what there is of it."""
        balance = balance_of(self.seed, self._customer(account), asset, at)
        row = books.freeze(self.provider_id, account, asset, amount, balance=balance, freeze=freeze, key=key, at=at)
        return Frozen(account, row.asset, row.balance, row.amount, row.frozen_at)

    def lift(self, account: str, *, freeze: str, key: str, at: datetime) -> datetime:
        """Take this freeze off the books; done already, it says when."""
        self._customer(account)
        return books.lift(self.provider_id, account, freeze=freeze, at=at)

    def restrictions(self, account: str) -> Restrictions:
        """Answer from the instructions that were carried out: kept while a hold or a freeze has not ended."""
        self._customer(account)
        acts = ConnectorJob.objects.filter(account=account, act__in=[ConnectorAct.PRESERVE, ConnectorAct.RELEASE])
        if self.provider_id is not None:
            acts = acts.filter(provider_id=self.provider_id)
        held: set[str] = set()
        for act, arguments in (
            acts.filter(state=JobState.DONE).order_by("finished_at", "pk").values_list("act", "arguments")
        ):
            (held.add if act == ConnectorAct.PRESERVE else held.discard)(arguments["hold"])
        kept = bool(held) or books.is_frozen(self.provider_id, account)
        return Restrictions(account, keep=kept, ask_legal=kept)

    def _customer(self, account: str) -> Customer:
        customer = exchange(self.seed).customers.get(account)
        if customer is None:
            raise UnknownAccount(f"The exchange has no account {account}.")
        return customer

    def _file(self, customer: Customer, category: str, period: Period) -> ExportedFile:
        table = TABLES[category]
        content, rows = table.csv(self.seed, customer, period)
        return ExportedFile(f"{customer.uid}-{category}.csv", "text/csv", str(category), rows, (content,), period.now,
                            table.fields)  # fmt: skip

    def _match(self, identifier: Identifier) -> Match:
        if not identifier.accepted or not identifier.normalised:
            return Match(identifier, Result.NONE, identifier.why or "It cannot be searched as it is written.")
        finder: Callable[[Identifier], Match] = {
            IdentifierKind.UID: self._by_uid,
            IdentifierKind.WALLET: self._by_wallet,
            IdentifierKind.TXID: self._by_txid,
            IdentifierKind.IP: self._by_ip,
        }.get(IdentifierKind(identifier.kind), self._by_held)
        return finder(identifier)

    def _by_uid(self, identifier: Identifier) -> Match:
        customer = exchange(self.seed).customers.get(identifier.normalised)
        return _answer(identifier, [(customer, "")] if customer else [])

    def _by_held(self, identifier: Identifier) -> Match:
        key = identifier.kind, identifier.network, identifier.normalised
        found = exchange(self.seed).index.get(key, [])
        return _answer(identifier, [(customer, _on_file(held, customer)) for customer, held in found])

    def _by_wallet(self, identifier: Identifier) -> Match:
        address, tag = identifier.normalised, identifier.detail.removeprefix("tag:")
        if address in cases.HOT_WALLETS.values():
            return Match(identifier, Result.OWN_WALLET, "This is our own wallet: it belongs to no customer.")
        if address in _SHARED:
            customer = exchange(self.seed).customers.get(tag)
            if customer:
                return _answer(identifier, [(customer, f"Deposits with the {_SHARED[address]} {tag}")])
            return Match(
                identifier, Result.OMNIBUS, f"All customers share this address. Ask for the {_SHARED[address]}."
            )
        return self._by_held(identifier)

    def _by_txid(self, identifier: Identifier) -> Match:
        """Find who is on either side; where the direction is given, only that side. Outputs are not in our books."""
        hash_, side = identifier.normalised.removeprefix("0x"), identifier.detail.partition(":")[0]
        known = transactions(self.seed, timezone.now().strftime("%Y-%m-%d"))
        meant = {"in": "deposit", "out": "withdrawal"}.get(side, "")
        found = [row for row in known.get((identifier.network, hash_), ()) if meant in {"", row[1]}]
        customers = exchange(self.seed).customers
        return _answer(identifier, [(customers[uid], note) for uid, _kind, note in found])

    def _by_ip(self, identifier: Identifier) -> Match:
        place, _, moment = identifier.normalised.partition(" ")
        address = _without_port(place)
        at = datetime.fromisoformat(moment).astimezone(UTC)
        first, last = at - IP_TOLERANCE, at + IP_TOLERANCE
        found: list[tuple[Customer, str]] = []
        for customer in exchange(self.seed).customers.values():
            rows = [r for month in sorted({_month(first), _month(last)}) for r in sign_ins(self.seed, customer, month)]
            hits = [row.at for row in rows if row.address == address and first <= row.at <= last]
            if hits:
                found.append((customer, f"Signed in {hits[0]:%-d %b %Y, %H:%M} UTC"))
        return _answer(identifier, found)


def _answer(identifier: Identifier, found: Sequence[tuple[Customer, str]]) -> Match:
    """Say what was found; several accounts are never widened to all, and another company's is not opened."""
    ours = [(customer, note) for customer, note in found if customer.entity == cases.ENTITY]
    accounts = tuple({customer.uid: _account(customer, note) for customer, note in (ours or found)}.values())
    if not accounts:
        return Match(identifier, Result.NONE, "No account has or had it.")
    if not ours:
        entity = accounts[0].entity
        return Match(identifier, Result.OTHER_ENTITY, f"Held by {entity}: the order must name that company.")
    if len(accounts) > 1:
        return Match(
            identifier, Result.AMBIGUOUS, f"{len(accounts)} accounts: choose by what the order says.", accounts
        )
    return Match(identifier, Result.EXACT, accounts[0].note or "One account.", accounts)


def _account(customer: Customer, note: str) -> Account:
    state = f"closed since {customer.closed:%b %Y}" if customer.closed else f"open since {customer.opened:%b %Y}"
    return Account(customer.uid, f"{customer.masked}, {state}, identity checked", note, customer.entity,
                   closed=customer.closed is not None, flags=customer.flags)  # fmt: skip


def _without_port(place: str) -> str:
    """Return the address of `203.0.113.24:4431` or `[2001:db8::1]:4431`; sign-ins are kept without ports."""
    if place.startswith("["):
        return place[1:].partition("]")[0]
    return place.partition(":")[0] if place.count(":") == 1 else place


def _on_file(held: Held, customer: Customer) -> str:
    words = {"email": "Address", "phone": "Number", "wallet": "Deposit address"}.get(held.kind, "")
    subject = f"{words} on file" if words else "On file"
    if held.until and held.until != customer.closed:
        return f"{subject} until {held.until:%b %Y} only"
    return f"{subject} since {held.since:%b %Y}"


def _month(moment: datetime) -> datetime:
    return moment.replace(day=1, hour=0, minute=0, second=0, microsecond=0)


def _sha256(chunks: Iterable[bytes]) -> str:
    digest = hashlib.sha256()
    for chunk in chunks:
        digest.update(chunk)
    return digest.hexdigest()


@lru_cache(maxsize=4)
def exchange(seed: str) -> Exchange:
    """Return the exchange of a seed; it never changes."""
    return Exchange(seed)


@lru_cache(maxsize=2)
def transactions(seed: str, day: str) -> dict[tuple[str, str], list[tuple[str, str, str]]]:
    """Return account, kind and words for each side of every transaction on a network, up to the end of this day."""
    until = datetime.fromisoformat(f"{day}T00:00:00+00:00") + timedelta(days=1)
    found: dict[tuple[str, str], list[tuple[str, str, str]]] = {}
    for customer in exchange(seed).customers.values():
        for row in movements(seed, customer, until):
            if row.txid:
                note = f"{row.kind.capitalize()}, {row.at:%-d %b %Y, %H:%M} UTC"
                found.setdefault((row.network, row.txid), []).append((customer.uid, row.kind, note))
    return found
