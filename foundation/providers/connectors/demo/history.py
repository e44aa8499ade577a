"""What happened on an account: sign-ins, transactions, messages, month by month from its opening.

The months of an account follow from the seed alone, so a row is the same whoever asks and whenever; the balance is
carried from month to month, so that nobody spends what he does not have.
"""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from random import Random

from foundation.core.identifiers import Network
from foundation.providers.connectors.demo import cases
from foundation.providers.connectors.demo.addresses import address
from foundation.providers.connectors.demo.customers import Customer, device_id, made_up
from foundation.providers.connectors.demo.exchange import exchange
from foundation.providers.connectors.demo.hashes import txid as hash_of
from foundation.providers.connectors.demo.places import away, home

UNIT = 100_000_000  # amounts are whole hundred-millionths
ASSETS = {"BTC": Network.BITCOIN, "ETH": Network.ETHEREUM, "USDT": Network.TRON}
# What one coin costs in USDT; steady, because nobody studies prices here.
PRICES = {"BTC": 64_000, "ETH": 2_800}
AGENTS = ("Meridian Android 8.4", "Meridian iOS 8.5", "Firefox 140 on Windows", "Chrome 139 on macOS")
# So many log-ins a month has the account whose programs sign in all day.
_BUSY_LOGINS = 1_500


@dataclass(frozen=True)
class SignIn:
    """One attempt to sign in."""

    at: datetime
    address: str
    device: str
    agent: str
    result: str


@dataclass(frozen=True)
class Movement:
    """One transaction: what came, what went, and where to."""

    at: datetime
    number: str
    kind: str
    asset: str
    amount: int
    fee: int = 0
    against: str = ""
    against_amount: int = 0
    network: str = ""
    sender: str = ""
    receiver: str = ""
    txid: str = ""
    # The other side's account, where that is a customer.
    counterparty: str = ""


@dataclass(frozen=True)
class Message:
    """One message between the account holder and support."""

    at: datetime
    ticket: str
    direction: str
    subject: str
    text: str


def months(opened: datetime, until: datetime) -> Iterator[datetime]:
    """Yield the first instant of every month from opening until then."""
    month = datetime(opened.year, opened.month, 1, tzinfo=UTC)
    while month < until:
        yield month
        month = next_month(month)


def next_month(month: datetime) -> datetime:
    """Return the first instant of the next month."""
    return (month + timedelta(days=32)).replace(day=1)


def _moments(chance: Random, customer: Customer, month: datetime, count: int) -> list[datetime]:
    """Return so many instants of the month in order, those when the account was open."""
    length = int((next_month(month) - month).total_seconds())
    found = sorted(month + timedelta(seconds=chance.randrange(length)) for _ in range(count))
    return [at for at in found if customer.opened <= at and (customer.closed is None or at < customer.closed)]


def sign_ins(seed: str, customer: Customer, month: datetime) -> list[SignIn]:
    """Return the month's sign-ins: mostly from the customer's two addresses, sometimes from one of that month."""
    chance = made_up(seed, customer.uid, "sign-ins", month)
    places = (*home(seed, customer.uid), away(seed, customer.uid, month))
    owner = "known" if customer.uid in cases.KNOWN else seed
    own = [device_id(owner, customer.uid, n) for n in range(2)]
    count = _BUSY_LOGINS if customer.uid == cases.ACCOUNT_BUSY else chance.randrange(3, 10)
    rows = []
    for at in _moments(chance, customer, month, count):
        place = chance.choices(places, (6, 3, 1))[0]
        device = chance.choice(own)
        result = "wrong password" if chance.random() < 0.05 else "signed in"
        rows.append(SignIn(at, place, device, chance.choice(AGENTS), result))
    known = [row for row in KNOWN_SIGN_INS.get(customer.uid, ()) if month <= row.at < next_month(month)]
    return sorted([*rows, *known], key=lambda row: row.at) if known else rows


def messages(seed: str, customer: Customer, month: datetime) -> list[Message]:
    """Return the month's messages: usually none, sometimes a question and its answer."""
    chance = made_up(seed, customer.uid, "messages", month)
    if chance.random() > 0.3:
        return []
    subject, question, reply = chance.choice(TALKS)
    found = _moments(chance, customer, month, 1)
    ticket = f"T-{chance.randrange(10**6):06d}"
    rows = [Message(at, ticket, "from customer", subject, question) for at in found]
    return rows + [Message(at + timedelta(minutes=47), ticket, "to customer", subject, reply) for at in found]


def movements(seed: str, customer: Customer, until: datetime) -> list[Movement]:
    """Return all transactions from opening until then, oldest first."""
    balance = dict.fromkeys(ASSETS, 0)
    rows: list[Movement] = []
    for month in months(customer.opened, until):
        found = _month(seed, customer, month, balance)
        found += [row for row in KNOWN_MOVEMENTS.get(customer.uid, ()) if month <= row.at < next_month(month)]
        found += _transfers(seed, customer, month)
        rows += sorted(found, key=lambda row: (row.at, row.number))
    return [row for row in rows if row.at < until]


def _month(seed: str, customer: Customer, month: datetime, balance: dict[str, int]) -> list[Movement]:
    chance = made_up(seed, customer.uid, "movements", month)
    rows = []
    for n, at in enumerate(_moments(chance, customer, month, chance.randrange(2, 8))):
        number = f"{customer.uid}-{month:%y%m}-{n:02d}"
        kind = chance.choices(("deposit", "withdrawal", "trade"), (4, 3, 5))[0]
        asset = chance.choice(list(ASSETS))
        if kind == "deposit" or not balance[asset]:
            rows.append(_deposit(chance, customer, at, number, asset, balance))
        elif kind == "withdrawal":
            rows.append(_withdrawal(chance, at, number, asset, balance))
        else:
            rows.append(_trade(chance, at, number, asset, balance))
    return [replace(row, txid=hash_of(seed, row.number)) if row.network else row for row in rows]


def _deposit(
    chance: Random, customer: Customer, at: datetime, number: str, asset: str, balance: dict[str, int]
) -> Movement:
    network = ASSETS[asset]
    worth = chance.randrange(80, 9_000) * UNIT
    amount = worth // PRICES.get(asset, 1)
    balance[asset] += amount
    # Who has no address of his own there uses the shared wallet of the company.
    receiver = customer.wallet(network) or cases.HOT_WALLETS[network]
    return Movement(at, number, "deposit", asset, amount, network=network, receiver=receiver,
                    sender=address(network, f"outside {number}"))  # fmt: skip


def _withdrawal(chance: Random, at: datetime, number: str, asset: str, balance: dict[str, int]) -> Movement:
    network = ASSETS[asset]
    amount = balance[asset] * chance.randrange(10, 90) // 100
    fee = min(amount // 500, UNIT)
    balance[asset] -= amount
    return Movement(at, number, "withdrawal", asset, amount - fee, fee, network=network,
                    sender=cases.HOT_WALLETS[network], receiver=address(network, f"outside {number}"))  # fmt: skip


def _trade(chance: Random, at: datetime, number: str, asset: str, balance: dict[str, int]) -> Movement:
    """Sell some of what there is: coins for USDT, USDT for coins."""
    amount = balance[asset] * chance.randrange(10, 60) // 100
    other = "USDT" if asset != "USDT" else chance.choice(list(PRICES))
    gained = amount * PRICES[asset] if other == "USDT" else amount // PRICES[other]
    fee = gained // 1000
    balance[asset] -= amount
    balance[other] += gained - fee
    return Movement(at, number, "trade", asset, amount, fee, other, gained - fee)


def _transfers(seed: str, customer: Customer, month: datetime) -> list[Movement]:
    """Return this customer's side of what went from one customer to another in a month, and what paid for it.

    Both sides follow from the two accounts and the month, beside the carried balance: nobody's history needs another's.
    """
    partner = exchange(seed).partner(customer)
    if partner is None:
        return []
    pair = sorted((customer, partner), key=lambda side: side.uid)
    chance = made_up(seed, pair[0].uid, "transfer", month)
    if chance.random() > 0.15:
        return []
    sender, receiver = pair if chance.random() < 0.5 else reversed(pair)
    asset, network = chance.choice(list(ASSETS.items()))
    amount = chance.randrange(80, 4_000) * UNIT // PRICES.get(asset, 1)
    sent = month + timedelta(days=chance.randrange(6, 25), seconds=chance.randrange(86_400))
    paid, arrived, address_ = sent - timedelta(days=2), sent + timedelta(minutes=12), receiver.wallet(network)
    if not address_ or not all(side.was_open(paid, arrived) for side in pair):
        return []
    hot, fee = cases.HOT_WALLETS[network], amount // 500
    number, cause = (f"{sender.uid}-{month:%y%m}-{sign}" for sign in ("T1", "T0"))
    went = Movement(sent, number, "withdrawal", asset, amount, fee, network=network, sender=hot, receiver=address_,
                    txid=hash_of(seed, number), counterparty=receiver.uid)  # fmt: skip
    if customer == receiver:
        return [replace(went, at=arrived, number=f"{receiver.uid}-{month:%y%m}-T2", kind="deposit", fee=0,
                        counterparty=sender.uid)]  # fmt: skip
    return [
        Movement(paid, cause, "deposit", asset, amount + fee, network=network, txid=hash_of(seed, cause),
                 sender=address(network, f"outside {cause}"), receiver=sender.wallet(network) or hot),
        went,
    ]  # fmt: skip


def _txid(name: str) -> str:
    return hashlib.sha256(f"transaction {name}".encode()).hexdigest()


def _withdrawal_of(uid: str, at: datetime, txid: str, receiver: str, counterparty: str = "") -> Movement:
    return Movement(at, f"{uid}-{at:%y%m}-K1", "withdrawal", "BTC", 51_000_000, 10_000, network=Network.BITCOIN,
                    sender=cases.HOT_WALLETS[Network.BITCOIN], receiver=receiver, txid=txid,
                    counterparty=counterparty)  # fmt: skip


# They stand beside the carried balance: A's first deposit pays for both of his withdrawals.
KNOWN_MOVEMENTS: dict[str, tuple[Movement, ...]] = {
    cases.ACCOUNT_A: (
        Movement(cases.TXID_A_AT - timedelta(days=4), f"{cases.ACCOUNT_A}-2604-K0", "deposit", "BTC", 2 * UNIT,
                 network=Network.BITCOIN, sender=address("bitcoin", "the buyer"),
                 receiver=address("bitcoin", f"known/{cases.ACCOUNT_A}"), txid=_txid("the buyer")),
        _withdrawal_of(cases.ACCOUNT_A, cases.TXID_A_AT, cases.TXID_A, address("bitcoin", "the broker")),
        _withdrawal_of(cases.ACCOUNT_A, cases.TXID_A_TO_B_AT, cases.TXID_A_TO_B, cases.WALLET_B,
                       cases.ACCOUNT_B),
    ),
    cases.ACCOUNT_B: (
        Movement(cases.TXID_A_TO_B_AT + timedelta(minutes=12), f"{cases.ACCOUNT_B}-2605-K1", "deposit", "BTC",
                 51_000_000, network=Network.BITCOIN, sender=cases.HOT_WALLETS[Network.BITCOIN],
                 receiver=cases.WALLET_B, txid=cases.TXID_A_TO_B, counterparty=cases.ACCOUNT_A),
    ),
}  # fmt: skip
# Who took the account over signed in first, from where it was never used, and changed address and second factor then.
KNOWN_SIGN_INS: dict[str, tuple[SignIn, ...]] = {
    cases.ACCOUNT_TAKEN_OVER: tuple(
        SignIn(cases.TAKEN_OVER_AT - timedelta(minutes=minutes), cases.TAKEN_OVER_FROM,
               device_id("known", cases.ACCOUNT_TAKEN_OVER, 9), AGENTS[3], result)
        for minutes, result in ((11, "wrong password"), (9, "wrong password"), (7, "signed in"))
    ),
}  # fmt: skip
TALKS = (
    ("Withdrawal pending", "My withdrawal has been pending for two hours.", "It was sent; the network is busy."),
    ("New phone", "I have a new phone and cannot sign in.", "We have reset your second factor after the video call."),
    ("Fees", "Why is the fee higher than last month?", "The network's own fee has risen; ours is the same."),
    ("Tax report", "Where do I find my report for last year?", "Under Documents, since 15 January."),
)
