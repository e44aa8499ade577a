"""What is unusual in a week, with every number in one place; the pages and docs/audit.md say the same."""

from dataclasses import dataclass
from datetime import timedelta
from string import Formatter
from typing import Any

from django.db import models

WEEK, QUARTER_HOUR = timedelta(days=7), timedelta(minutes=15)
# What is usual is read from so many weeks before; a person or a desk seen in fewer is too new to be compared.
WEEKS, KNOWN_WEEKS, KNOWN_PEOPLE = 12, 4, 3
# Looks and files in a week: at least so many, and so many times the person's own median and the desk's.
LOOKS, FILES, TIMES = 50, 10, 3
# Odd hours: after so many days of work, an hour counts as usual after two of them, give or take one hour.
HOUR_DAYS, HOUR_SEEN, ODD = 10, 2, 5
# Without a history: between these hours, on the company's clock, or on a day off, and so many.
NIGHT_FROM, NIGHT_TO, NEW_ODD = 21, 6, 20
# Decisions: taken oneself before; seconds after the first look; so many within a quarter of an hour.
SELF_TAKEN, HASTE, HASTY, BULK = 3, timedelta(seconds=60), 2, 10
# The same two people: so many decisions, so large a part of what either signs or has signed, and others could have.
PAIR, PAIR_SHARE = 10, 0.9
WRONG, REFUSED, PLACES, PHRASES = 10, 10, 2, 5
# Before somebody's access ended: so many looks or files in three days.
LEAVING, LEAVING_LOOKS, LEAVING_FILES = timedelta(days=3), 30, 3
# Before an agency or its officer was suspended: different requests of it within a day that are not one's own.
BEFORE, BEFORE_REQUESTS = timedelta(days=1), 5
REMIND_DAYS, ESCALATE_DAYS = 3, 5


class UnusualKind(models.TextChoices):
    """Why something stands in the weekly report."""

    RESTRICTED = "restricted", "Restricted requests opened"
    SELF_TAKEN = "self_taken", "Decided what was taken by the same person"
    PAIR = "pair", "The same two people sign for each other"
    HASTE = "haste", "Decided right after opening"
    BULK = "bulk", "Many decisions at once"
    LOOKS = "looks", "Many looks"
    FILES = "files", "Many exports and downloads"
    HOURS = "hours", "Work at odd hours"
    MATCHING = "matching", "Unusual searching for accounts"
    LEAVING = "leaving", "Much read before access ended"
    BEFORE = "before", "An agency's requests read before it was suspended"
    WRONG = "wrong", "Failed sign-ins in a row"
    REFUSED = "refused", "Refused acts"
    PLACES = "places", "New devices or networks"
    PHRASES = "phrases", "Many passphrases read"
    ROLES = "roles", "Roles changed"
    REOPENED = "reopened", "Suspended and given back within a week"


@dataclass(frozen=True)
class Rule:
    """What puts a kind into the report, and what a finding says from its figures."""

    how: str
    says: str
    # What to ask the audit log for: a group or an action, as its page takes them.
    group: str = ""
    action: str = ""


K = UnusualKind
RULES: dict[UnusualKind, Rule] = {
    K.RESTRICTED: Rule(
        "Every person who opened a restricted request.",
        "{looks:look/looks} at {requests:restricted request/restricted requests}, {not_named} of the looks without "
        "being a named reader now.",
        group="looks",
    ),
    K.SELF_TAKEN: Rule(
        f"At least {SELF_TAKEN} decisions signed on requests that the same person took or gave to themselves before.",
        "{own} of {decisions:decision/decisions} on requests that the same person had taken.",
        group="decisions",
    ),
    K.PAIR: Rule(
        f"At least {PAIR} decisions of one person signed by the same other in {WEEKS + 1} weeks, {PAIR_SHARE:.0%} or "
        "more of what the one proposed and of what the other signed, while others signed too.",
        f"In {WEEKS + 1} weeks {{together}} of {{proposed:proposal/proposals}} of {{other}} were signed by this "
        f"person, who signed {{signed}} in all.",
        group="decisions",
    ),
    K.HASTE: Rule(
        f"At least {HASTY} decisions within {HASTE.seconds} seconds of opening the request, or without opening it.",
        "{hasty} of {decisions:decision/decisions} came within a minute of first opening the request, or without "
        "opening it.",
        group="decisions",
    ),
    K.BULK: Rule(
        f"At least {BULK} decisions within {QUARTER_HOUR.seconds // 60} minutes.",
        "{most:decision/decisions} within a quarter of an hour, {decisions} in the week.",
        group="decisions",
    ),
    K.LOOKS: Rule(
        f"At least {LOOKS} looks, {TIMES} times the person's own median of {WEEKS} weeks and the desk's. Who has "
        f"worked fewer than {KNOWN_WEEKS} weeks is compared with the desk alone, where it has {KNOWN_PEOPLE} people.",
        "{number:look/looks}. Usual are {own} for this person and {desk} at the desk.",
        group="looks",
    ),
    K.FILES: Rule(
        f"At least {FILES} lists, PDFs and files taken, compared as looks are.",
        "{number:export or download/exports and downloads}. Usual are {own} for this person and {desk} at the desk.",
        group="exports",
    ),
    K.HOURS: Rule(
        f"At least {ODD} acts at hours at which the person hardly ever worked in {WEEKS} weeks, on the company's "
        f"clock. With fewer than {HOUR_DAYS} days of work: at least {NEW_ODD} acts between {NIGHT_FROM}:00 and "
        f"{NIGHT_TO}:00 or on days off. Hours on duty in the rota are left out.",
        "{odd} of {acts:act/acts} at odd hours, on {days:day/days} of work known before.",
    ),
    K.MATCHING: Rule(
        "Every alarm about searching for accounts in the week (see Alarms).",
        "{alarms:alarm/alarms}, {open} not looked at when the report was made.",
        action="request.target_matched",
    ),
    K.LEAVING: Rule(
        f"At least {LEAVING_LOOKS} looks or {LEAVING_FILES} exports in the {LEAVING.days} days before a role ended or "
        "the account was blocked.",
        "{looks:look/looks} and {files:export/exports} in the three days before access ended.",
    ),
    K.BEFORE: Rule(
        f"At least {BEFORE_REQUESTS} requests of one agency, none of them one's own, opened within a day before the "
        "agency or an officer of it was suspended.",
        "{requests:request/requests} of {agency} opened within a day before access there was suspended.",
        group="looks",
    ),
    K.WRONG: Rule(
        f"At least {WRONG} wrong passwords or codes for one account without a right one between.",
        "{row:wrong password or code/wrong passwords or codes} in a row, {wrong} in the week.",
        group="sign_in",
    ),
    K.REFUSED: Rule(
        f"At least {REFUSED} acts that were refused, sign-ins apart.",
        "{refused:refused act/refused acts}, {hour} of them within one hour.",
    ),
    K.PLACES: Rule(
        f"At least {PLACES} sign-ins on a device or in a network that was new to the account.",
        "{places:sign-in/sign-ins} on a new device or in a new network.",
        action="sign_in.new_device",
    ),
    K.PHRASES: Rule(
        f"At least {PHRASES} passphrases of packages read by one person within a day.",
        "{most:passphrase/passphrases} within a day, {phrases} in the week.",
        action="package.passphrase_shown",
    ),
    K.ROLES: Rule("Everybody whose roles changed.", "{granted:role/roles} given, {ended} ended."),
    K.REOPENED: Rule(
        "Every suspension or block that was lifted within 7 days.",
        "This person gave access back {hours:hour/hours} after it was taken.",
    ),
}


def words_of(kind: str, facts: dict[str, Any]) -> str:
    """Say in a sentence what was found; a figure that is not there reads as a question mark."""
    return _Words().vformat(RULES[UnusualKind(kind)].says, (), _Known(facts))


class _Words(Formatter):
    """Reads `{alarms:alarm/alarms}` as the figure with its word, one or many."""

    def format_field(self, value: Any, format_spec: str) -> str:
        one, _slash, many = format_spec.partition("/")
        return " ".join(filter(None, (str(value), one if value == 1 else many)))


class _Known(dict[str, Any]):
    def __missing__(self, key: str) -> str:
        return "?"
