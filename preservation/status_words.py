"""What officers and staff read of a hold: its status, what was named, its next step. Pure functions."""

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import datetime
from functools import lru_cache

from foundation.core.identifiers import IdentifierKind
from foundation.legal.countries import jurisdiction_names
from preservation import schedule
from preservation.enums import ENDED_STATUSES, Acceptance, HeldCategory, HoldFlag, HoldStatus
from preservation.models import HeldIdentifier, PreservationHold

ENDING_DAYS = 7
_PLURALS = {
    IdentifierKind.UID: ("user ID", "user IDs"),
    IdentifierKind.EMAIL: ("e-mail address", "e-mail addresses"),
    IdentifierKind.PHONE: ("phone number", "phone numbers"),
    IdentifierKind.WALLET: ("wallet", "wallets"),
    IdentifierKind.TXID: ("transaction", "transactions"),
    IdentifierKind.USERNAME: ("user name", "user names"),
    IdentifierKind.IP: ("IP address", "IP addresses"),
    IdentifierKind.DEVICE: ("device", "devices"),
    IdentifierKind.BANK: ("bank account", "bank accounts"),
    IdentifierKind.CARD: ("card", "cards"),
}
_ORDINALS = ("First", "Second", "Third", "Fourth", "Fifth", "Sixth", "Seventh", "Eighth", "Ninth", "Tenth")


def status(hold: PreservationHold, *, asked: bool, extended: bool, now: datetime) -> tuple[str, str]:
    """Return the word and colour of the status; deletion after the end is not told."""
    if hold.status == HoldStatus.DRAFT:
        return "Draft", "grey"
    if hold.declined_at is not None or hold.status == HoldStatus.DECLINED:
        return "Declined", "magenta"
    if hold.released_at is not None:
        return "Released", "grey"
    if hold.status in {HoldStatus.EXPIRED, HoldStatus.DESTROYED}:
        return ("Asked late", "purple") if asked else ("Ended", "grey")
    if asked:
        return "Extension asked", "purple"
    ends = hold.expires_at
    if hold.status == HoldStatus.ACTIVE and ends and schedule.days_left(ends, at=now) <= ENDING_DAYS:
        return "Ending", "yellow"
    if hold.acceptance == Acceptance.PENDING:
        return "To be accepted", "light-blue"
    return ("Extended", "teal") if extended else ("Active", "blue")


def named(identifiers: Sequence[HeldIdentifier]) -> str:
    """Say what the officer named: "1 user ID, 2 wallets", or how many where there are more than two kinds."""
    kinds = Counter(item.kind for item in sorted(identifiers, key=lambda item: item.pk))
    if len(kinds) > 2:
        return f"{len(identifiers)} identifiers"
    return ", ".join(f"{n} {_PLURALS[IdentifierKind(kind)][n != 1]}" for kind, n in kinds.items()) or "Nothing yet"


def covers(hold: PreservationHold, identifiers: Sequence[HeldIdentifier]) -> str:
    """Say to staff how many accounts are kept, which of several is still to be chosen, or what was named before."""
    if hold.snapshot_at is None:
        return named(identifiers)
    kept = [item for item in identifiers if item.released_at is None]
    accounts = len({item.account for item in kept if item.account})
    open_choice = any(item.candidates and item.chosen_at is None for item in kept)
    words = [f"{accounts} account{'' if accounts == 1 else 's'}"] if accounts else []
    return ", ".join([*words, "account to be chosen"] if open_choice else words or ["No account"]).capitalize()


def flags(hold: PreservationHold) -> list[str]:
    """Say why a person looks, or looked, at the hold before it is accepted."""
    return [str(HoldFlag(flag).label) for flag in hold.flags if flag in HoldFlag.values]


def to_know(hold: PreservationHold, now: datetime, *, review: bool = False) -> str:
    """Say to staff what the status leaves open: what waits for a person, what failed, when somebody looked last."""
    if review and hold.starts_at is not None:
        looked = f", looked at {hold.looked_at:%-d %b %Y}" if hold.looked_at else ""
        looked = ", the officer answered" if hold.looked_note and not looked else looked
        asked = f", officer asked {hold.needed_asked_at:%-d %b %Y}" if hold.needed_asked_at else ""
        return f"Kept for {(now - hold.starts_at).days} days, nothing followed{looked}{asked}"
    if hold.acceptance == Acceptance.PENDING and hold.is_open:
        return f"{len(hold.flags)} reason{'' if len(hold.flags) == 1 else 's'} to look at it"
    if hold.status == HoldStatus.ACTIVE and hold.treaty_words:
        return "The officer names a treaty request"
    if hold.status == HoldStatus.ON_TREATY and hold.confirm_by:
        return f"To be confirmed by {hold.confirm_by:%-d %b %Y}"
    if hold.is_open and hold.snapshot_at is None:
        return "Not carried out yet"
    return "Copies are still there" if _copies_stay(hold) else ""


def _copies_stay(hold: PreservationHold) -> bool:
    return hold.status in ENDED_STATUSES and hold.destroyed_at is None and hold.snapshot_at is not None


def records(categories: Iterable[str]) -> str:
    """Say which records are kept."""
    return ", ".join(str(HeldCategory(category).label) for category in categories if category in HeldCategory.values)


def reminders_sent(hold: PreservationHold) -> str:
    """Say to staff when the last reminder of this period went out; the history says which there were."""
    if (lead := hold.reminded_lead) is None:
        return ""
    return f"Last one {lead} day{'' if lead == 1 else 's'} before the end"


@lru_cache(maxsize=512)
def country(code: str) -> str:
    """Return the name of a country."""
    return jurisdiction_names().get(code, code)


def ordinal_extension(number: int) -> str:
    """Say which extension this is: "First extension"."""
    word = _ORDINALS[number - 1] if number <= len(_ORDINALS) else f"{number}th"
    return f"{word} extension"
