"""Which account an identifier means, by the rules every company's side follows: never more than was asked."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from functools import lru_cache

from foundation.core.identifiers import Identifier, IdentifierKind
from foundation.providers.connectors.base import Account, Match, Result
from foundation.providers.connectors.demo import cases
from foundation.providers.connectors.demo.exchange import Customer, Exchange, Held
from foundation.providers.connectors.demo.history import movements, sign_ins

# Clocks differ: a sign-in this long before or after the stated time is the one that is meant.
IP_TOLERANCE = timedelta(hours=1)
_SHARED = {cases.OMNIBUS_XRP: "tag", cases.OMNIBUS_TON: "memo"}

Found = tuple[Customer, str]


@lru_cache(maxsize=4)
def exchange(seed: str) -> Exchange:
    """Return the exchange of a seed; it never changes."""
    return Exchange(seed)


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
    customer = exchange(seed).customers.get(identifier.normalised)
    return _answer(identifier, [(customer, "")] if customer else [])


def _by_held(seed: str, identifier: Identifier, now: datetime) -> Match:
    key = identifier.kind, identifier.network, identifier.normalised
    found = exchange(seed).index.get(key, [])
    return _answer(identifier, [(customer, _on_file(held, customer)) for customer, held in found])


def _by_wallet(seed: str, identifier: Identifier, now: datetime) -> Match:
    address, tag = identifier.normalised, identifier.detail.removeprefix("tag:")
    if address in cases.HOT_WALLETS.values():
        return Match(identifier, Result.OWN_WALLET, "This is our own wallet: it belongs to no customer.")
    if address in _SHARED:
        customer = exchange(seed).customers.get(tag)
        if customer:
            return _answer(identifier, [(customer, f"Deposits with the {_SHARED[address]} {tag}")])
        return Match(identifier, Result.OMNIBUS, f"All customers share this address. Ask for the {_SHARED[address]}.")
    return _by_held(seed, identifier, now)


def _by_txid(seed: str, identifier: Identifier, now: datetime) -> Match:
    """Find who is on either side; where the direction is given, only that side. Outputs are not in our books."""
    hash_, side = identifier.normalised.removeprefix("0x"), identifier.detail.partition(":")[0]
    known = transactions(seed, now.strftime("%Y-%m-%d"))
    meant = {"in": "deposit", "out": "withdrawal"}.get(side, "")
    found = [row for row in known.get((identifier.network, hash_), ()) if meant in {"", row[1]}]
    customers = exchange(seed).customers
    return _answer(identifier, [(customers[uid], note) for uid, _kind, note in found])


def _by_ip(seed: str, identifier: Identifier, now: datetime) -> Match:
    place, _, moment = identifier.normalised.partition(" ")
    address = _without_port(place)
    at = datetime.fromisoformat(moment).astimezone(UTC)
    first, last = at - IP_TOLERANCE, at + IP_TOLERANCE
    found: list[Found] = []
    for customer in exchange(seed).customers.values():
        rows = [r for month in sorted({_month(first), _month(last)}) for r in sign_ins(seed, customer, month)]
        hits = [row.at for row in rows if row.address == address and first <= row.at <= last]
        if hits:
            found.append((customer, f"Signed in {hits[0]:%-d %b %Y, %H:%M} UTC"))
    return _answer(identifier, found)


def _answer(identifier: Identifier, found: Sequence[Found]) -> Match:
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
