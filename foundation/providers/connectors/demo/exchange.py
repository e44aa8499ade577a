"""The generated exchange: who its customers are, and which identifier leads to whom.

An account follows from its number alone, and nearly every identifier says the number of the account that may have it.
So a question makes only the few accounts that it could mean, and a process that has just started answers at once.
"""

import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta
from functools import cached_property, lru_cache

from foundation.core.identifiers import IdentifierKind, Network
from foundation.providers.connectors.base import Channel
from foundation.providers.connectors.demo import cases
from foundation.providers.connectors.demo.addresses import address, made_from, source
from foundation.providers.connectors.demo.customers import Customer, Held, Paper, Person, device_id, devices, made_up
from foundation.providers.connectors.demo.named import named
from foundation.providers.connectors.demo.people import LANDS

ACCOUNTS = 2_000
GENERATED = ACCOUNTS - len(cases.KNOWN)
# Those have their numbers in uneven steps from here; the others are numbered below them.
_FIRST, _FIRST_UID, _FIRST_STEP = 220, 30_000_005, 270_010
_LATER_UID, _LATER_STEP = 10_004_317, 11_003
FIRST_DAY = datetime(2022, 1, 10, 8, tzinfo=UTC)
# Everybody has two years of history by the end of 2026.
OPENING_DAYS = 1000
NETWORKS = (Network.BITCOIN, Network.ETHEREUM, Network.TRON, Network.SOLANA, Network.LITECOIN)
_CARDS = 400_000
# Every so many customers read letters in the exchange's own pages, and renewed their passport.
_OWN_PAGES_EVERY, _RENEWED_EVERY = 10, 4

Key = tuple[str, str, str]
Owned = tuple[Customer, Held]


@lru_cache(maxsize=4)
def exchange(seed: str) -> "Exchange":
    """Return the exchange of a seed; it never changes."""
    return Exchange(seed)


def uid_of(n: int) -> str:
    """Return the number of the n-th generated account; all numbers have eight digits."""
    return str(_FIRST_UID + n * _FIRST_STEP if n < _FIRST else _LATER_UID + (n - _FIRST) * _LATER_STEP)


def number_of(uid: str) -> int | None:
    """Return which generated account has this number, None where none has."""
    if not re.fullmatch(r"[1-9][0-9]{7}", uid):
        return None
    early, later = divmod(int(uid) - _FIRST_UID, _FIRST_STEP), divmod(int(uid) - _LATER_UID, _LATER_STEP)
    if early[1] == 0 and 0 <= early[0] < _FIRST:
        return early[0]
    return later[0] + _FIRST if later[1] == 0 and 0 <= later[0] < GENERATED - _FIRST else None


class Exchange:
    """All customers of one seed."""

    def __init__(self, seed: str) -> None:
        self.seed = seed
        self._named = {customer.uid: customer for customer in named()}
        self._made: dict[int, Customer] = {}
        self._wallets: dict[str, dict[bytes, int]] = {}

    def get(self, uid: str) -> Customer | None:
        """Return the account with this number."""
        if uid in self._named:
            return self._named[uid]
        n = number_of(uid)
        return None if n is None else self._customer(n)

    @cached_property
    def uids(self) -> tuple[str, ...]:
        """The numbers of all accounts, the known ones first."""
        return (*self._named, *(uid_of(n) for n in range(GENERATED)))

    @cached_property
    def customers(self) -> dict[str, Customer]:
        """Every account; for a question, ask for one."""
        return self._named | {uid_of(n): self._customer(n) for n in range(GENERATED)}

    def having(self, kind: str, network: str, value: str) -> list[Owned]:
        """Return who has or had an identifier, by its normalised value."""
        made = (self._customer(n) for n in sorted(set(self._could_have(kind, network, value))) if 0 <= n < GENERATED)
        own = [
            (customer, held)
            for customer in made
            for held in customer.held
            if (held.kind, held.network, held.value) == (kind, network, value)
        ]
        return self._named_index.get((kind, network, value), []) + own

    def partner(self, customer: Customer) -> Customer | None:
        """Return the one whom a generated customer pays, or is paid by, inside the exchange; known ones have none."""
        n = None if customer.uid in self._named else number_of(customer.uid)
        return None if n is None else self._customer(n ^ 1)

    @cached_property
    def _named_index(self) -> dict[Key, list[Owned]]:
        found: dict[Key, list[Owned]] = defaultdict(list)
        for customer in self._named.values():
            for held in customer.held:
                found[held.kind, held.network, held.value].append((customer, held))
        return dict(found)

    def _could_have(self, kind: str, network: str, value: str) -> Iterable[int]:
        """Return the numbers of the generated accounts that could have it; whether one has it is looked at next."""
        if kind == IdentifierKind.WALLET:
            return self._wallet_of(network, value)
        if kind == IdentifierKind.DEVICE:
            return [n for n in [self._device_index.get(value)] if n is not None]
        if kind == IdentifierKind.BANK:
            return [n for n in [number_of(value[8:].lstrip("0"))] if n is not None]
        digits = re.search(r"^\d{6}" if kind == IdentifierKind.CARD else r"\d+(?=@|$)", value)
        if not digits:
            return []
        if kind == IdentifierKind.PHONE:
            return range(int(digits[0][-2:]), GENERATED, 100)
        return [int(digits[0][:6]) - (_CARDS if kind == IdentifierKind.CARD else 0)]

    def _wallet_of(self, network: str, value: str) -> Iterable[int]:
        """Return whose address it would be, by what all the addresses of its network are made from."""
        wanted = made_from(network, value) if network in NETWORKS else None
        if wanted is None:
            return []
        if network not in self._wallets:
            names = ((n, f"{self.seed}/{uid_of(n)}") for n in range(GENERATED))
            self._wallets[network] = {source(network, name): n for n, name in names}
        n = self._wallets[network].get(wanted)
        return [] if n is None else [n]

    @cached_property
    def _device_index(self) -> dict[str, int]:
        return {device_id(self.seed, uid_of(n), device): n for n in range(GENERATED) for device in range(2)}

    def _address(self, network: str, n: int) -> str:
        return address(network, f"{self.seed}/{uid_of(n)}")

    def _customer(self, n: int) -> Customer:
        if n not in self._made:
            self._made[n] = self._generated(n)
        return self._made[n]

    def _generated(self, n: int) -> Customer:
        chance = made_up(self.seed, "customer", n)
        country = chance.choice(list(LANDS))
        land = LANDS[country]
        name = f"{chance.choice(land.first.split())} {chance.choice(land.last.split())}"
        opened = FIRST_DAY + timedelta(days=chance.randrange(OPENING_DAYS), seconds=chance.randrange(86_400))
        closed = opened + timedelta(days=chance.randrange(760, 1_000)) if chance.random() < 0.06 else None
        born = date(1958 + chance.randrange(45), 1 + chance.randrange(12), 17)
        document = f"P{chance.randrange(10**7, 10**8)}"
        return Customer(
            uid=uid_of(n), people=(Person(name, country, born),), opened=opened, closed=closed,
            entity=cases.US_ENTITY if country == "US" else cases.ENTITY,
            held=self._held(n, name, land.phone_number(n), opened, closed), papers=_papers(n, document, opened),
            channel=Channel.COMPANY if n % _OWN_PAGES_EVERY == _OWN_PAGES_EVERY - 1 else Channel.MAIL,
        )  # fmt: skip

    def _held(
        self, n: int, name: str, phone: str, opened: datetime, closed: datetime | None
    ) -> tuple[Held, ...]:  # fmt: skip
        chance, uid = made_up(self.seed, "held", n), uid_of(n)
        plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower().replace("-", "")
        first, last = plain.split()
        moved = opened + timedelta(days=chance.randrange(200, 700)) if chance.random() < 0.2 else None
        email = Held(IdentifierKind.EMAIL, f"{first}.{last}{n}@mail.example", opened, moved or closed)
        later = [Held(IdentifierKind.EMAIL, f"{last}{n}@mail.example", moved, closed)] if moved else []
        return (
            email, *later,
            Held(IdentifierKind.PHONE, phone, opened, closed),
            Held(IdentifierKind.USERNAME, f"{first[:4]}_{last[:5]}{n}", opened, closed),
            Held(IdentifierKind.BANK, _iban(uid), opened, closed),
            Held(IdentifierKind.CARD, f"{_CARDS + n}******{chance.randrange(10**4):04d}", opened, closed),
            *devices(self.seed, uid, opened, closed),
            *(Held(IdentifierKind.WALLET, self._address(network, n), opened, closed, network)
              for network in chance.sample(NETWORKS, 3)),
        )  # fmt: skip


def _papers(n: int, number: str, opened: datetime) -> tuple[Paper, ...]:
    """Return the passport, or the one that ran out and the one that came after it."""
    if n % _RENEWED_EVERY:
        return (Paper("passport", number, opened),)
    renewed = opened + timedelta(days=400)
    return Paper("passport", number, opened, renewed), Paper("passport", f"R{number[1:]}", renewed)


def _iban(uid: str) -> str:
    """Return an account at a bank that does not exist, with check digits that fit (ISO 13616)."""
    rest = f"MERI{uid:0>14}"
    number = int("".join(str(int(sign, 36)) for sign in f"{rest}GB00"))
    return f"GB{98 - number % 97:02d}{rest}"
