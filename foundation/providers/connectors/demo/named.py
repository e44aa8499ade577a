"""The accounts of cases.py; they are the same under every seed."""

from collections.abc import Iterable
from datetime import UTC, date, datetime
from typing import Any

from foundation.core.identifiers import Network
from foundation.providers.connectors.base import Channel, Trait
from foundation.providers.connectors.demo import cases
from foundation.providers.connectors.demo.addresses import address
from foundation.providers.connectors.demo.customers import Customer, Held, Paper, Person, devices

_BORN = date(1984, 6, 2)


def _day(year: int, month: int, day: int, hour: int = 10) -> datetime:
    return datetime(year, month, day, hour, 15, tzinfo=UTC)


OLD, MIDDLE, YOUNG = _day(2022, 9, 5), _day(2023, 5, 12), _day(2024, 1, 30)
# When A's address changed, and when the phone of two changed hands.
_MOVED, _PHONE_MOVED = _day(2025, 1, 9), _day(2024, 2, 20)


def named() -> Iterable[Customer]:
    """Yield every account that has a name in cases.py."""
    yield from _sample_case()
    yield from _persons_who_matter()
    yield _joint()
    yield _business()
    yield _taken_over()
    yield _busy()
    yield from _linked()
    yield _own_pages()


def _sample_case() -> Iterable[Customer]:
    a, b, c = MIDDLE, YOUNG, OLD
    yield _person(cases.ACCOUNT_A, "Jonas Hagelund", "NO", a, (
        Held("email", cases.EMAIL_A_OLD, a, _MOVED), Held("email", cases.EMAIL_A, _MOVED),
        Held("phone", "+447700900877", a, _PHONE_MOVED), Held("phone", cases.PHONE_OF_TWO, _PHONE_MOVED),
        Held("username", "nordlys_otc", a)))  # fmt: skip
    yield _person(cases.ACCOUNT_B, "Tove Lindqvist", "SE", b, (
        Held("email", cases.EMAIL_B, b), Held("phone", "+447700900862", b),
        Held("username", "tove_l", b), Held("wallet", cases.WALLET_B, b, network="bitcoin")))  # fmt: skip
    yield _person(cases.ACCOUNT_C, "Callum Ashworth", "GB", c, (
        Held("email", cases.EMAIL_C, c), Held("phone", cases.PHONE_OF_TWO, c, _PHONE_MOVED),
        Held("phone", "+447700900853", _PHONE_MOVED), Held("username", "quayside", c)))  # fmt: skip


def _persons_who_matter() -> Iterable[Customer]:
    b, c = YOUNG, OLD
    yield _person(cases.ACCOUNT_CLOSED, "Maureen Tallow", "IE", c, (
        Held("email", cases.EMAIL_CLOSED, c), Held("phone", "+447700900844", c),
        Held("username", "harbourlights", c)), closed=_day(2025, 11, 3))  # fmt: skip
    yield _person(cases.ACCOUNT_OTHER_ENTITY, "Dakota Prewitt", "US", b, (
        Held("email", cases.EMAIL_OTHER_ENTITY, b), Held("phone", "+12025550199", b),
        Held("username", "dakotafields", b)), entity=cases.US_ENTITY)  # fmt: skip
    yield _person(cases.ACCOUNT_MINOR, "Elodie Marchetti", "FR", b, (
        Held("email", cases.EMAIL_MINOR, b), Held("phone", "+33639982001", b),
        Held("username", "skatesound", b)), born=date(2010, 3, 2), flags=("minor",), traits=(Trait.MINOR,))  # fmt: skip
    yield _person(cases.ACCOUNT_STAFF, "Fintan Rathcoole", "IE", c, (
        Held("email", cases.EMAIL_STAFF, c), Held("phone", "+447700900835", c),
        Held("username", "nightshift", c)), flags=("staff",))  # fmt: skip


def _joint() -> Customer:
    """Two people, each with an address, a phone and a passport of his own."""
    since, (one, two) = MIDDLE, cases.HOLDERS
    return _account(
        cases.ACCOUNT_JOINT, since,
        (Person("Marisol Pedralba", "ES", date(1979, 4, 21), one), Person("Gonzalo Arrieta", "ES", _BORN, two)),
        (Held("email", cases.EMAIL_JOINT_1, since, holder=one), Held("phone", "+447700900826", since, holder=one),
         Held("email", cases.EMAIL_JOINT_2, since, holder=two), Held("phone", "+447700900817", since, holder=two),
         Held("username", "pedralba_arrieta", since)),
        papers=(Paper("passport", "P64075511", since, holder=one), Paper("passport", "P64075512", since, holder=two)),
        traits=(Trait.JOINT,),
    )  # fmt: skip


def _business() -> Customer:
    since = OLD
    return _account(
        cases.ACCOUNT_BUSINESS, since, (Person("Quillmoor Trading Lda", "PT", None),),
        (Held("email", cases.EMAIL_BUSINESS, since), Held("phone", "+447700900808", since),
         Held("username", "quillmoor", since)),
        papers=(Paper("register extract", "RC27734106", since),), traits=(Trait.BUSINESS,),
        facts=(Held("director", "Duarte Pinhal", since, _day(2025, 6, 3)),
               Held("director", "Beatriz Serrano", _day(2025, 6, 3))),
    )  # fmt: skip


def _taken_over() -> Customer:
    """Somebody else changed address and second factor: a letter would reach the thief."""
    since, changed = MIDDLE, cases.TAKEN_OVER_AT
    return _person(
        cases.ACCOUNT_TAKEN_OVER, "Rowan Kettlewell", "GB", since,
        (Held("email", cases.EMAIL_TAKEN_OVER_BEFORE, since, changed), Held("email", cases.EMAIL_TAKEN_OVER, changed),
         Held("phone", "+447700900799", since), Held("username", "rowan_k", since)),
        traits=(Trait.TAKEN_OVER,), changed_at=changed,
        facts=(Held("second factor", "app on the first phone", since, changed),
               Held("second factor", "app on a phone unknown before", changed)),
    )  # fmt: skip


def _busy() -> Customer:
    """A company whose programs sign in all day: its table of log-ins is megabytes long."""
    since = OLD
    return _account(
        cases.ACCOUNT_BUSY, since, (Person("Tallow Market Makers Ltd", "IE", None),),
        (Held("email", cases.EMAIL_BUSY, since), Held("phone", "+447700900781", since),
         Held("username", "tallow_mm", since)),
        papers=(Paper("register extract", "RC73308824", since),), traits=(Trait.BUSINESS,),
    )  # fmt: skip


def _linked() -> Iterable[Customer]:
    """One person with two accounts: the same passport, and nothing else in common."""
    paper = Paper("passport", "P46902815", OLD)
    yield _person(cases.ACCOUNT_LINKED, "Odile Desrosiers", "FR", OLD, (
        Held("email", cases.EMAIL_LINKED, OLD), Held("phone", "+33639982002", OLD),
        Held("username", "odile_d", OLD)), papers=(paper,), linked=(cases.ACCOUNT_LINKED_SECOND,))  # fmt: skip
    yield _person(cases.ACCOUNT_LINKED_SECOND, "Odile Desrosiers", "FR", YOUNG, (
        Held("email", cases.EMAIL_LINKED_SECOND, YOUNG), Held("phone", "+33639982003", YOUNG),
        Held("username", "odile_savings", YOUNG)),
        papers=(Paper("passport", "P46902815", YOUNG),), linked=(cases.ACCOUNT_LINKED,))  # fmt: skip


def _own_pages() -> Customer:
    return _person(cases.ACCOUNT_OWN_PAGES, "Haruka Minazuki", "JP", MIDDLE, (
        Held("email", cases.EMAIL_OWN_PAGES, MIDDLE), Held("phone", "+447700900772", MIDDLE),
        Held("username", "minazuki_h", MIDDLE)), channel=Channel.COMPANY)  # fmt: skip


def _person(
    uid: str, name: str, country: str, opened: datetime, held: tuple[Held, ...], *, born: date = _BORN,
    papers: tuple[Paper, ...] = (), **more: Any,
) -> Customer:  # fmt: skip
    """Return an account of one person."""
    papers = papers or (Paper("passport", f"P{uid}", opened),)
    return _account(uid, opened, (Person(name, country, born),), held, papers=papers, **more)


def _account(
    uid: str, opened: datetime, people: tuple[Person, ...], held: tuple[Held, ...], *, closed: datetime | None = None,
    **more: Any,
) -> Customer:  # fmt: skip
    """Return a known account with the devices and wallets that everybody has."""
    has = {h.network for h in held}
    wallets = [Held("wallet", address(network, f"known/{uid}"), opened, closed, network)
               for network in (Network.BITCOIN, Network.ETHEREUM, Network.TRON) if network not in has]  # fmt: skip
    ended = [Held(h.kind, h.value, h.since, h.until or closed, h.network, h.holder) for h in held]
    everything = (*ended, *wallets, *devices("known", uid, opened, closed))
    return Customer(uid, people, opened, everything, closed=closed, **more)
