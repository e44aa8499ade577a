"""Which account an identifier means, by the rules every company's side follows: never more than was asked."""

from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime, timedelta

from foundation.core.identifiers import Identifier, IdentifierKind
from foundation.providers.connectors.base import Account, Match, Result, Trait
from foundation.providers.connectors.demo import cases
from foundation.providers.connectors.demo.customers import Customer, Held
from foundation.providers.connectors.demo.exchange import exchange
from foundation.providers.connectors.demo.hashes import number_in
from foundation.providers.connectors.demo.history import (
    KNOWN_MOVEMENTS,
    KNOWN_SIGN_INS,
    movements,
    next_month,
    sign_ins,
)
from foundation.providers.connectors.demo.places import who_could_use

# Clocks differ: a sign-in this long before or after the stated time is the one that is meant.
IP_TOLERANCE = timedelta(hours=1)
_KINDS = {Trait.JOINT: "joint account", Trait.BUSINESS: "business account"}
_SHARED = {cases.OMNIBUS_XRP: "tag", cases.OMNIBUS_TON: "memo"}

# A customer, why he is meant, and which holder of a joint account that is.
Found = tuple[Customer, str, str]


def find(seed: str, identifier: Identifier, now: datetime) -> Match:
    """Answer for one identifier, from what there is up to now."""
    if not identifier.accepted or not identifier.normalised:
        return Match(identifier, Result.NONE, identifier.why or "It cannot be searched as it is written.")
    finder: Callable[[str, Identifier, datetime], Match] = {
        IdentifierKind.UID: _by_uid,
        IdentifierKind.WALLET: _by_wallet,
        IdentifierKind.TXID: _by_txid,
        IdentifierKind.IP: _by_ip,
    }.get(IdentifierKind(identifier.kind), _by_held)
    return finder(seed, identifier, now)


def _by_uid(seed: str, identifier: Identifier, now: datetime) -> Match:
    customer = exchange(seed).get(identifier.normalised)
    return _answer(identifier, [(customer, "", "")] if customer else [])


def _by_held(seed: str, identifier: Identifier, now: datetime) -> Match:
    found = exchange(seed).having(identifier.kind, identifier.network, identifier.normalised)
    return _answer(identifier, [(customer, _on_file(held, customer), held.holder) for customer, held in found])


def _by_wallet(seed: str, identifier: Identifier, now: datetime) -> Match:
    address, tag = identifier.normalised, identifier.detail.removeprefix("tag:")
    if address in cases.HOT_WALLETS.values():
        return Match(identifier, Result.OWN_WALLET, "This is our own wallet: it belongs to no customer.")
    if address in _SHARED:
        customer = exchange(seed).get(tag)
        if customer:
            return _answer(identifier, [(customer, f"Deposits with the {_SHARED[address]} {tag}", "")])
        return Match(identifier, Result.OMNIBUS, f"All customers share this address. Ask for the {_SHARED[address]}.")
    return _by_held(seed, identifier, now)


def _by_txid(seed: str, identifier: Identifier, now: datetime) -> Match:
    """Find who is on either side; where the direction is given, only that side. Outputs are not in our books."""
    hash_, side = identifier.normalised.removeprefix("0x"), identifier.detail.partition(":")[0]
    meant = {"in": "deposit", "out": "withdrawal"}.get(side, "")
    found: list[Found] = []
    for customer, month in _sides(seed, hash_):
        found += [
            (customer, f"{row.kind.capitalize()}, {row.at:%-d %b %Y, %H:%M} UTC", "")
            for row in movements(seed, customer, min(now, next_month(month)))
            if (row.txid, row.network) == (hash_, identifier.network) and meant in {"", row.kind}
        ]
    return _answer(identifier, found)


def _sides(seed: str, hash_: str) -> Iterator[tuple[Customer, datetime]]:
    """Yield the accounts that a transaction could be of, with its month; the hash says them."""
    for uid, rows in KNOWN_MOVEMENTS.items():
        for row in rows:
            if row.txid == hash_ and (known := exchange(seed).get(uid)):
                yield known, _month(row.at)
    uid, _, rest = number_in(seed, hash_).partition("-")
    customer = exchange(seed).get(uid)
    if customer is None:
        return
    month = datetime.strptime(rest[:4], "%y%m").replace(tzinfo=UTC)
    yield customer, month
    if partner := exchange(seed).partner(customer):
        yield partner, month


def _by_ip(seed: str, identifier: Identifier, now: datetime) -> Match:
    place, _, moment = identifier.normalised.partition(" ")
    address = _without_port(place)
    at = datetime.fromisoformat(moment).astimezone(UTC)
    first, last = at - IP_TOLERANCE, at + IP_TOLERANCE
    months = sorted({_month(first), _month(last)})
    found: list[Found] = []
    for uid in sorted({*who_could_use(seed, address, months), *KNOWN_SIGN_INS}):
        customer = exchange(seed).get(uid)
        rows = [row for month in months for row in sign_ins(seed, customer, month)] if customer else []
        hits = [row.at for row in rows if row.address == address and first <= row.at <= last]
        if customer and hits:
            found.append((customer, f"Signed in {hits[0]:%-d %b %Y, %H:%M} UTC", ""))
    return _answer(identifier, found)


def _answer(identifier: Identifier, found: Sequence[Found]) -> Match:
    """Say what was found; several accounts are never widened to all, and another company's is not opened."""
    ours = [row for row in found if row[0].entity == cases.ENTITY]
    accounts = tuple({row[0].uid: _account(*row) for row in (ours or found)}.values())
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


def _account(customer: Customer, note: str, holder: str) -> Account:
    kinds = "".join(f", {_KINDS[trait]}" for trait in customer.traits if trait in _KINDS)
    state = f"closed since {customer.closed:%b %Y}" if customer.closed else f"open since {customer.opened:%b %Y}"
    label = f"{customer.holder(holder).masked}{kinds}, {state}, identity checked"
    return Account(customer.uid, label, note, customer.entity, closed=customer.closed is not None,
                   flags=customer.flags, holder=holder)  # fmt: skip


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
