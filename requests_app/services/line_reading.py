"""What lists of other systems write in their cells: days, moments, kinds of records, identifiers."""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time
from typing import TypeVar
from zoneinfo import ZoneInfo

from foundation.core.errors import Incomplete, PortalError
from foundation.core.identifier_lines import read_line
from foundation.core.identifiers import Identifier
from requests_app.enums import RECORD_CATEGORIES, DataCategory

INDIA = "Asia/Kolkata"
T = TypeVar("T")
# A spreadsheet writes a time behind a day; anything else behind it would be lost in silence.
_TIME = r"(?:[T ][0-9:.]+(?:Z|[+-][0-9:]+)?)?"
_ISO = re.compile(r"([0-9]{4}-[0-9]{2}-[0-9]{2})" + _TIME)
_DAY_FIRST = re.compile(r"([0-9]{1,2})[./-]([0-9]{1,2})[./-]([0-9]{4})" + _TIME)
_WORDS = {
    "kyc": DataCategory.REGISTRATION, "identity": DataCategory.REGISTRATION, "subscriber": DataCategory.REGISTRATION,
    "ip": DataCategory.LOGINS, "ip_logs": DataCategory.LOGINS, "sign_ins": DataCategory.LOGINS,
    "transaction": DataCategory.TRANSACTIONS, "balance": DataCategory.BALANCES, "messages": DataCategory.COMMUNICATIONS,
}  # fmt: skip


@dataclass
class Notes:
    """What was read differently from how it was written; said beside the line."""

    said: list[str] = field(default_factory=list)

    def say(self, words: str) -> None:
        """Add a sentence, once."""
        if words not in self.said:
            self.said.append(words)


class Faulty(Incomplete):
    """A line with several things wrong; `reasons` has a sentence for each, str() has all of them."""

    def __init__(self, reasons: list[str]) -> None:
        super().__init__(" ".join(reasons))
        self.reasons = reasons


@dataclass
class Faults:
    """Everything that is wrong with a line, so that it is mended once and not once for each reason."""

    said: list[str] = field(default_factory=list)

    def say(self, words: str) -> None:
        """Add a sentence, once."""
        if words not in self.said:
            self.said.append(words)

    def read(self, reading: Callable[[], T]) -> T | None:
        """Return what is read, or None where that is refused; the reasons are kept."""
        try:
            return reading()
        except PortalError as refusal:
            for words in reasons(refusal):
                self.say(words)
            return None

    def stop(self) -> None:
        """Raise Faulty where something is wrong."""
        if self.said:
            raise Faulty(self.said)


def reasons(refusal: PortalError) -> list[str]:
    """Return the sentences of a refusal: several of a line with several faults."""
    return refusal.reasons if isinstance(refusal, Faulty) else [str(refusal)]


def period(first_text: str, last_text: str, notes: Notes) -> tuple[date, date]:
    """Read the first and the last day of the records. Raises Faulty with everything that is wrong with them."""
    faults = Faults()
    first = faults.read(lambda: day(first_text, "first day", notes))
    last = faults.read(lambda: day(last_text, "last day", notes))
    faults.stop()
    if first is None or last is None or last < first:
        raise Incomplete("It has no first and last day of the records, in this order.")
    return first, last


def day(text: str, what: str, notes: Notes) -> date | None:
    """Read 2026-03-27, or 27/03/2026 with the day first, which is noted. Raises Incomplete for anything else."""
    if not text:
        return None
    try:
        written = _ISO.fullmatch(text)
        return date.fromisoformat(written[1]) if written else _day_first(text, notes)
    except ValueError:
        raise Incomplete(f"The {what} is no day: write it like 2026-03-27.") from None


def _day_first(text: str, notes: Notes) -> date:
    found = _DAY_FIRST.fullmatch(text)
    if found is None:
        raise ValueError(text)
    read = date(int(found[3]), int(found[2]), int(found[1]))
    notes.say(f"{text[:10]} was read with the day first: {read:%Y-%m-%d}.")
    return read


def moment(text: str, what: str, zone: str, notes: Notes) -> datetime | None:
    """Read a moment; without a zone it is taken in this one, a day alone from its beginning, and both are noted."""
    if not text:
        return None
    if len(text) <= 10:
        first = day(text, what, notes)
        notes.say(f"The {what} has no time: it counts from the beginning of the day, {zone}.")
        return datetime.combine(first, time(), ZoneInfo(zone)).astimezone(UTC) if first else None
    try:
        read = datetime.fromisoformat(text)
    except ValueError:
        raise Incomplete(f"The {what} is no time: write it like 2026-03-27T09:15:00+05:30.") from None
    if read.tzinfo is None:
        notes.say(f"The {what} has no time zone: it was read as {zone}.")
        read = read.replace(tzinfo=ZoneInfo(zone))
    return read.astimezone(UTC)


def parts(text: str) -> list[str]:
    """Return what stands in one cell, divided by lines or semicolons."""
    return [part for raw in re.split(r"[;\r\n]+", text) if (part := raw.strip())]


def categories(text: str) -> list[DataCategory]:
    """Return the kinds of records that a cell names, by our names for them. Raises Incomplete for an unknown one."""
    found: dict[DataCategory, None] = {}
    for word in (part for one in parts(text) for part in one.split(",")):
        name = "_".join(word.strip().lower().replace("-", " ").split())
        known = _WORDS.get(name) or next((c for c in RECORD_CATEGORIES if str(c) == name), None)
        if name and known is None:
            names = ", ".join(str(c) for c in RECORD_CATEGORIES)
            raise Incomplete(f"We do not know the records {word.strip()[:40]!r}. Write some of: {names}.")
        if known is not None:
            found[DataCategory(known)] = None
    return list(found)


def identifiers(text: str, notes: Notes) -> list[Identifier]:
    """Return the identifiers of a cell that can be used; each other one is noted. Raises Incomplete where none can."""
    read = [read_line(part) for part in parts(text)]
    good = [item for item in read if item.accepted]
    for item in read:
        if not item.accepted:
            notes.say(f"Left out {item.given[:60]}: {item.why}")
        elif item.changed:
            notes.say(f"{item.given[:60]} is taken as {item.normalised[:80]}. {item.changed}")
    if read and not good:
        raise Incomplete(f"No identifier of it can be used. {read[0].why}")
    return good
