"""What the exchange knows of an account: whose it is, what is on file and since when, and what makes it a hard case."""

import hashlib
import random
from dataclasses import dataclass
from datetime import date, datetime

from foundation.core.identifiers import IdentifierKind
from foundation.providers.connectors.base import Channel, Trait
from foundation.providers.connectors.demo import cases


@dataclass(frozen=True)
class Held:
    """An identifier of a customer, and from when until when it was on file."""

    kind: str
    value: str
    since: datetime
    until: datetime | None = None
    network: str = ""
    # Which holder of a joint account has it; empty: the account as such, or its only holder.
    holder: str = ""


@dataclass(frozen=True)
class Person:
    """A holder: a person, or a company, which was never born."""

    name: str
    country: str
    born: date | None
    # The company's own label where an account has several holders.
    label: str = ""

    @property
    def masked(self) -> str:
        """The name as staff see it before they ask for it."""
        return " ".join(f"{part[0]}•••" for part in self.name.split())


@dataclass(frozen=True)
class Paper:
    """An identity document of which the exchange has an image."""

    kind: str
    number: str
    since: datetime
    until: datetime | None = None
    holder: str = ""


@dataclass(frozen=True)
class Customer:
    """An account and its holders, the first one first."""

    uid: str
    people: tuple[Person, ...]
    opened: datetime
    held: tuple[Held, ...]
    papers: tuple[Paper, ...]
    closed: datetime | None = None
    entity: str = cases.ENTITY
    flags: tuple[str, ...] = ()
    traits: tuple[Trait, ...] = ()
    # When address, phone or second factor were last changed.
    changed_at: datetime | None = None
    # Other accounts of the same person.
    linked: tuple[str, ...] = ()
    channel: Channel = Channel.MAIL
    # What else is on file, with the time it was.
    facts: tuple[Held, ...] = ()

    @property
    def first(self) -> Person:
        """The holder who is meant where nobody says which."""
        return self.people[0]

    @property
    def name(self) -> str:
        """How the holders are called together."""
        return " and ".join(person.name for person in self.people)

    @property
    def country(self) -> str:
        """Where the first holder lives."""
        return self.first.country

    def holder(self, label: str) -> Person:
        """Return the holder with this label, the first one where there is none."""
        return next((person for person in self.people if person.label == label), self.first)

    def current(self, kind: str) -> str:
        """Return the first holder's identifier of this kind that is on file now, of a closed account the last one."""
        mine = {"", self.first.label}
        return [
            held.value
            for held in self.held
            if held.kind == kind and held.holder in mine and (not held.until or self.closed)
        ][-1]

    def wallet(self, network: str) -> str:
        """Return the deposit address on this network, empty where there is none."""
        return next((held.value for held in self.held if held.network == network), "")

    def was_open(self, start: datetime, end: datetime) -> bool:
        """Say whether the account was open all the time from start to end."""
        return self.opened <= start and (self.closed is None or end < self.closed)


def made_up(*words: object) -> random.Random:
    """Return a source of chance that is the same for the same words, in every process."""
    return random.Random("/".join(str(word) for word in words))  # noqa: S311 - made-up data, no secret


def devices(owner: str, uid: str, opened: datetime, closed: datetime | None) -> list[Held]:
    """Return the two devices that everybody has."""
    return [Held(IdentifierKind.DEVICE, device_id(owner, uid, n), opened, closed) for n in range(2)]


def device_id(owner: str, uid: str, n: int) -> str:
    """Return the id of the customer's n-th device."""
    return hashlib.sha256(f"{owner}/{uid}/device {n}".encode()).hexdigest()[:32]
