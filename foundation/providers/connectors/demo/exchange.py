"""The generated exchange: who its customers are, and which identifier leads to whom."""

import hashlib
import random
import unicodedata
from collections import defaultdict
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import cached_property

from foundation.core.identifiers import IdentifierKind, Network
from foundation.providers.connectors.demo import cases
from foundation.providers.connectors.demo.addresses import address
from foundation.providers.connectors.demo.people import LANDS

GENERATED = 220
FIRST_DAY = datetime(2022, 1, 10, 8, tzinfo=UTC)
# Everybody has two years of history by the end of 2026.
OPENING_DAYS = 1000
NETWORKS = (Network.BITCOIN, Network.ETHEREUM, Network.TRON, Network.SOLANA, Network.LITECOIN)

Key = tuple[str, str, str]


@dataclass(frozen=True)
class Held:
    """An identifier of a customer, and from when until when it was on file."""

    kind: str
    value: str
    since: datetime
    until: datetime | None = None
    network: str = ""


@dataclass(frozen=True)
class Customer:
    """An account and its holder."""

    uid: str
    name: str
    country: str
    born: date
    opened: datetime
    held: tuple[Held, ...]
    document: str
    closed: datetime | None = None
    entity: str = cases.ENTITY
    flags: tuple[str, ...] = ()

    def current(self, kind: str) -> str:
        """Return the identifier of this kind that is on file now, the last one of a closed account."""
        return [held.value for held in self.held if held.kind == kind and (not held.until or self.closed)][-1]

    def wallet(self, network: str) -> str:
        """Return the deposit address on this network, empty where there is none."""
        return next((held.value for held in self.held if held.network == network), "")

    @property
    def masked(self) -> str:
        """The name as staff see it before they ask for it."""
        return " ".join(f"{part[0]}•••" for part in self.name.split())


def made_up(*words: object) -> random.Random:
    """Return a source of chance that is the same for the same words, in every process."""
    return random.Random("/".join(str(word) for word in words))  # noqa: S311 - made-up data, no secret


class Exchange:
    """All customers of one seed."""

    def __init__(self, seed: str) -> None:
        self.seed = seed
        self.customers: dict[str, Customer] = {}
        for customer in [*_known(), *(self._generated(n) for n in range(GENERATED))]:
            self.customers[customer.uid] = customer

    @cached_property
    def index(self) -> dict[Key, list[tuple[Customer, Held]]]:
        """Who has or had an identifier, by kind, network and normalised value."""
        found: dict[Key, list[tuple[Customer, Held]]] = defaultdict(list)
        for customer in self.customers.values():
            for held in customer.held:
                found[held.kind, held.network, held.value].append((customer, held))
        return dict(found)

    def _generated(self, n: int) -> Customer:
        chance = made_up(self.seed, "customer", n)
        country = chance.choice(list(LANDS))
        land = LANDS[country]
        name = f"{chance.choice(land.first.split())} {chance.choice(land.last.split())}"
        opened = FIRST_DAY + timedelta(days=chance.randrange(OPENING_DAYS), seconds=chance.randrange(86_400))
        closed = opened + timedelta(days=chance.randrange(760, 1_000)) if chance.random() < 0.06 else None
        # Uneven steps keep numbers apart from each other and from the known accounts, which end otherwise.
        uid = str(30_000_005 + n * 270_010)
        return Customer(
            uid=uid, name=name, country=country, born=date(1958 + chance.randrange(45), 1 + chance.randrange(12), 17),
            opened=opened, closed=closed, document=f"P{chance.randrange(10**7, 10**8)}",
            entity=cases.US_ENTITY if country == "US" else cases.ENTITY,
            held=self._held(n, uid, name, land.phone_number(n), opened, closed),
        )  # fmt: skip

    def _held(
        self, n: int, uid: str, name: str, phone: str, opened: datetime, closed: datetime | None
    ) -> tuple[Held, ...]:
        chance = made_up(self.seed, "held", n)
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
            Held(IdentifierKind.CARD, f"{400000 + n}******{chance.randrange(10**4):04d}", opened, closed),
            *_devices(self.seed, uid, opened, closed),
            *(Held(IdentifierKind.WALLET, address(network, f"{self.seed}/{uid}"), opened, closed, network)
              for network in chance.sample(NETWORKS, 3)),
        )  # fmt: skip


def _iban(uid: str) -> str:
    """Return an account at a bank that does not exist, with check digits that fit (ISO 13616)."""
    rest = f"MERI{uid:0>14}"
    number = int("".join(str(int(sign, 36)) for sign in f"{rest}GB00"))
    return f"GB{98 - number % 97:02d}{rest}"


def _devices(seed: str, uid: str, opened: datetime, closed: datetime | None) -> list[Held]:
    return [Held(IdentifierKind.DEVICE, device_id(seed, uid, n), opened, closed) for n in range(2)]


def device_id(seed: str, uid: str, n: int) -> str:
    """Return the id of the customer's n-th device."""
    return hashlib.sha256(f"{seed}/{uid}/device {n}".encode()).hexdigest()[:32]


def _day(year: int, month: int, day: int, hour: int = 10) -> datetime:
    return datetime(year, month, day, hour, 15, tzinfo=UTC)


def _known() -> list[Customer]:
    """Return the accounts of cases.py; they are the same under every seed."""
    moved, phone_moved = _day(2025, 1, 9), _day(2024, 2, 20)
    a, b, c = _day(2023, 5, 12), _day(2024, 1, 30), _day(2022, 9, 5)
    return [
        _person(cases.ACCOUNT_A, "Jonas Hagelund", "NO", a, (
            Held("email", cases.EMAIL_A_OLD, a, moved), Held("email", cases.EMAIL_A, moved),
            Held("phone", "+447700900877", a, phone_moved), Held("phone", cases.PHONE_OF_TWO, phone_moved),
            Held("username", "nordlys_otc", a))),
        _person(cases.ACCOUNT_B, "Tove Lindqvist", "SE", b, (
            Held("email", cases.EMAIL_B, b), Held("phone", "+447700900862", b),
            Held("username", "tove_l", b), Held("wallet", cases.WALLET_B, b, network="bitcoin"))),
        _person(cases.ACCOUNT_C, "Callum Ashworth", "GB", c, (
            Held("email", cases.EMAIL_C, c), Held("phone", cases.PHONE_OF_TWO, c, phone_moved),
            Held("phone", "+447700900853", phone_moved), Held("username", "quayside", c))),
        _person(cases.ACCOUNT_CLOSED, "Maureen Tallow", "IE", c, (
            Held("email", cases.EMAIL_CLOSED, c), Held("phone", "+447700900844", c),
            Held("username", "harbourlights", c)), closed=_day(2025, 11, 3)),
        _person(cases.ACCOUNT_OTHER_ENTITY, "Dakota Prewitt", "US", b, (
            Held("email", cases.EMAIL_OTHER_ENTITY, b), Held("phone", "+12025550199", b),
            Held("username", "dakotafields", b)), entity=cases.US_ENTITY),
        _person(cases.ACCOUNT_MINOR, "Elodie Marchetti", "FR", b, (
            Held("email", cases.EMAIL_MINOR, b), Held("phone", "+33639982001", b),
            Held("username", "skatesound", b)), born=date(2010, 3, 2), flags=("minor",)),
        _person(cases.ACCOUNT_STAFF, "Fintan Rathcoole", "IE", c, (
            Held("email", cases.EMAIL_STAFF, c), Held("phone", "+447700900835", c),
            Held("username", "nightshift", c)), flags=("staff",)),
    ]  # fmt: skip


def _person(
    uid: str, name: str, country: str, opened: datetime, held: tuple[Held, ...], *, closed: datetime | None = None,
    born: date = date(1984, 6, 2), entity: str = cases.ENTITY, flags: tuple[str, ...] = (),
) -> Customer:  # fmt: skip
    """Return a known account with the devices and wallets that everybody has."""
    has = {h.network for h in held}
    wallets = [Held("wallet", address(network, f"known/{uid}"), opened, closed, network)
               for network in (Network.BITCOIN, Network.ETHEREUM, Network.TRON) if network not in has]  # fmt: skip
    ended = [Held(h.kind, h.value, h.since, h.until or closed, h.network) for h in held]
    return Customer(
        uid=uid, name=name, country=country, born=born, opened=opened, closed=closed, entity=entity, flags=flags,
        document=f"P{uid}", held=(*ended, *wallets, *_devices("known", uid, opened, closed)),
    )  # fmt: skip
