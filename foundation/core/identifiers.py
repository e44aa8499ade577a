"""Identifiers of accounts: how each is normalised so that the same thing compares equal, or why it is refused."""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime

from django.utils import timezone

from foundation.core.identifier_kinds import IdentifierKind, Network, Verdict, network_named
from foundation.core.identifier_readers import internet, people, things, transactions, wallets
from foundation.core.identifier_readers.cleaning import clean, plain_hyphens, refuse_foreign, refuse_spreadsheet
from foundation.core.identifier_readers.reading import Reading, Refused, both
from foundation.core.identifier_readers.secrets import WARNING, beginning, refuse_beginning, secret_in, secret_part

__all__ = ["Identifier", "IdentifierKind", "Network", "Verdict", "beside_words", "fold", "read_identifier"]

LONGEST = 300
_WITH_NETWORK = {IdentifierKind.WALLET, IdentifierKind.TXID}


@dataclass(frozen=True)
class Identifier:
    """One identifier as given and as compared.

    why is empty where it can be used; changed says in one sentence what was written differently. detail is what
    stands beside the bare value, written so that equal things compare equal: `tag:12345` (memo or destination tag),
    `in`, `out`, `in:1`, `out:1`, `output:1` (direction of a transaction, number of its output), else empty. masked:
    given is not what was typed but its beginning, because the whole is a secret that must not be kept or shown.
    """

    kind: str
    given: str
    normalised: str = ""
    network: str = ""
    why: str = ""
    detail: str = ""
    changed: str = ""
    masked: bool = False

    @property
    def accepted(self) -> bool:
        """Say whether it can be used, as given or corrected."""
        return not self.why

    @property
    def verdict(self) -> Verdict:
        """Say what becomes of it."""
        if self.why:
            return Verdict.REFUSED
        return Verdict.CORRECTED if self.changed else Verdict.ACCEPTED

    @property
    def key(self) -> tuple[str, str, str, str]:
        """Return what two identifiers have in common that mean the same."""
        return self.kind, self.network, self.normalised, self.detail


def fold(found: Iterable[Identifier]) -> tuple[list[Identifier], list[Identifier]]:
    """Return those that can be used and mean something new, in their order, and those that repeat one of them."""
    unique: dict[tuple[str, str, str, str], Identifier] = {}
    usable = [item for item in found if item.accepted]
    duplicates = [item for item in usable if unique.setdefault(item.key, item) is not item]
    return list(unique.values()), duplicates


def beside_words(network: str, detail: str) -> str:
    """Say in words what stands beside the value: "XRP Ledger, tag or memo 12345", "Bitcoin, incoming, output 1"."""
    name, _, rest = detail.partition(":")
    label = str(Network(network).label) if network in Network.values else network
    side = {"in": "incoming", "out": "outgoing"}.get(name, "")
    what = f"{'tag or memo' if name == 'tag' else 'output'} {rest}" if rest else ""
    return ", ".join(part for part in (label, side, what) if part)


def read_identifier(
    kind: str, given: str, *, network: str = "", detail: str = "", at: datetime | None = None
) -> Identifier:
    """Normalise one identifier of a known kind; where it cannot be used, why says what to do. Never raises.

    network is a Network or what people call it; detail is a memo, tag, direction or output as somebody writes it.
    Times after `at` (now) are refused.
    """
    shown = _shown(given)
    try:
        return _read(kind, given, network, detail, at)
    except Refused as error:
        why = str(error) or "This cannot be read. Check each character."
        named = network_named(network) if kind in _WITH_NETWORK else ""
        hidden = error.masked or _card_in(given)
        return Identifier(kind, hidden or shown, network=named, why=why, masked=bool(hidden))


def _read(kind: str, given: str, network: str, detail: str, at: datetime | None) -> Identifier:
    if len(given) > 2 * LONGEST:
        raise Refused("This is longer than any identifier: give one per line.")
    text, cleaned = clean(given)
    if not text:
        raise Refused("Type the identifier.")
    if len(text) > LONGEST and not secret_in(text):
        raise Refused("This is longer than any identifier: give one per line.")
    if kind not in IdentifierKind.values:
        raise Refused("Choose what kind of identifier this is.")
    refuse_beginning(text)
    for said in (text, detail):
        what, part = secret_part(said)
        if what:
            raise Refused(WARNING.format(what), masked=beginning(part))
    refuse_spreadsheet(text)
    if kind not in {IdentifierKind.EMAIL, IdentifierKind.USERNAME}:
        text = plain_hyphens(text)
        refuse_foreign(text.replace("…", "").replace("•", "") if kind == IdentifierKind.CARD else text)
    if kind in _WITH_NETWORK:
        found = _on_network(kind, text, network, clean(detail)[0])
        return _made(kind, given, text, found, network_named(network), cleaned)
    if detail.strip():
        raise Refused("Only a wallet has a memo or tag, and only a transaction a direction. Leave that empty.")
    reader = _READERS.get(kind)
    found = reader(text) if reader else internet.read(text, at=at or timezone.now())
    return _made(kind, given, text, found, "", cleaned)


def _on_network(kind: str, text: str, network: str, detail: str) -> Reading:
    named = network_named(network)
    if network.strip() and not named:
        known = ", ".join(Network.values[:7])
        raise Refused(f"We know no network of this name. Write it like {known}.")
    if not named:
        raise Refused("Choose the network, for example Bitcoin or Ethereum.")
    reader = wallets.read if kind == IdentifierKind.WALLET else transactions.read
    return reader(text, named, detail)


def _made(kind: str, given: str, text: str, found: Reading, network: str, cleaned: str) -> Identifier:
    """Put together what was read; of a card number only what may be kept is shown."""
    hide = kind == IdentifierKind.CARD and found.value != text and "*" in found.value
    shown = found.value if hide else _shown(given)
    changed = both(cleaned, found.changed)
    return Identifier(kind, shown, found.value, network, "", found.detail, changed, masked=hide)


def _card_in(given: str) -> str:
    """Return what is shown of a refused value that can be a full card number, empty where it is none."""
    digits = re.sub(r"[\s\-]", "", given[:LONGEST])
    return things.unclear(digits) if re.fullmatch(r"[0-9]+", digits) and things.is_card(digits) else ""


def _shown(given: str) -> str:
    """Return what was given as it can be stored and shown: no NUL, no half characters, not longer than a field."""
    kept = given.replace("\0", "")[: LONGEST + 20].strip()
    return kept.encode("utf-8", "replace").decode()[:LONGEST]


_READERS: dict[str, Callable[[str], Reading]] = {
    IdentifierKind.UID: people.uid,
    IdentifierKind.EMAIL: people.email,
    IdentifierKind.PHONE: people.phone,
    IdentifierKind.USERNAME: people.username,
    IdentifierKind.DEVICE: things.device,
    IdentifierKind.BANK: things.bank,
    IdentifierKind.CARD: things.card,
}
