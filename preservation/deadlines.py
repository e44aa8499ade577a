"""How long a hold lasts, and when drafts are deleted: pure functions."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from foundation.legal.calendars import Calendar
from foundation.legal.deadlines import Due, business_days, calendar_strict

DRAFT_DAYS = 30
# A hold that ran out while we answered a request goes on for this long, so that it never ends unannounced.
GRACE_DAYS = 7
# A hold whose officer is suspended when it ends goes on for this long, once: nobody else could ask for more time.
SUSPENDED_DAYS = 30

# Working days within which a person decides on a hold that nobody accepted by rule.
ACCEPT_DAYS = 1


class HoldRule(Protocol):
    """What a legal type says about holds."""

    code: str
    catalogue_version: str
    preservation_days: int | None
    extension_days: int | None
    maximum_extensions: int | None
    maximum_hold_days: int | None
    file_within_days: int | None
    foreign_days: int | None
    destroy_after: bool


class FrozenNumbers(Protocol):
    """The numbers as a hold keeps them from its receipt on."""

    first_days: int
    extension_days: int
    maximum_extensions: int | None
    maximum_days: int | None
    destroy_after: bool
    expiry_rule: str


@dataclass(frozen=True)
class Terms:
    """The numbers that govern one hold, in days, and where they come from; frozen with it.

    maximum_extensions and maximum_days: None where the rule sets none. file_within_days: the authority must go to court
    within so many days of the receipt, or the hold falls. destroy_after: nothing stays for late requests.
    """

    first_days: int
    extension_days: int
    maximum_extensions: int | None
    maximum_days: int | None
    file_within_days: int | None
    destroy_after: bool
    source: str


def terms(provider_days: int, rule: HoldRule | None = None, *, foreign: bool | None = None) -> Terms:
    """Take the rule's own numbers, and the company's policy where there is no rule or it is silent.

    foreign: whether the offence is under the law of another country; counts only where the rule has a period for that
    (Canada, Criminal Code s.487.012: 90 days instead of 21). No first period is longer than the rule's maximum.
    """
    if rule is None:
        return Terms(provider_days, provider_days, None, None, None, False, "company policy")
    first = rule.preservation_days or provider_days
    source = f"{rule.code} {rule.catalogue_version}"
    if foreign and rule.foreign_days:
        first, source = rule.foreign_days, f"{source}, foreign offence"
    most = rule.maximum_hold_days
    return Terms(
        first_days=min(first, most) if most else first,
        extension_days=rule.extension_days or first,
        maximum_extensions=rule.maximum_extensions,
        maximum_days=most,
        file_within_days=rule.file_within_days,
        destroy_after=rule.destroy_after,
        source=source,
    )


def terms_of(hold: FrozenNumbers) -> Terms:
    """Return the numbers a hold was received with; whether the authority filed in time is not asked again."""
    return Terms(
        hold.first_days, hold.extension_days, hold.maximum_extensions, hold.maximum_days, None, hold.destroy_after,
        hold.expiry_rule,
    )  # fmt: skip


def first_expiry(received: datetime, given: Terms) -> Due:
    """Return when a hold received now ends: whole days in UTC, never rolled, never too early."""
    return calendar_strict(received, given.first_days)


def filing_due(received: datetime, given: Terms) -> Due | None:
    """Return by when the authority must have gone to court, or None where the rule asks for nothing of the kind.

    Counted like the hold: whole days in UTC, never rolled, never earlier than so many times 24 hours after receipt
    (Brazil, Lei 12.965/2014 art 13 par.3: within 60 days of the request).
    """
    return None if given.file_within_days is None else calendar_strict(received, given.file_within_days)


def extended_expiry(old: datetime, days: int, at: datetime) -> Due:
    """Return the new end, counted from the old one; from now where that would already be over."""
    due = calendar_strict(old, days)
    return due if due.at > at else calendar_strict(at, days)


def may_extend_to(
    starts_at: datetime, old: datetime, given: Terms, granted: int, *, at: datetime | None = None
) -> tuple[datetime | None, str]:
    """Return the new end of one more extension and how it is counted, or None and why the rule allows no more.

    granted: how many extensions there were. Counted from the old end; from `at`, where it is given, if the new end
    would be over by then. A last extension is shorter where the rule has a maximum in all, which counts from the start.
    """
    limit = given.maximum_extensions
    if limit is not None and granted >= limit:
        words = {0: "no extension", 1: "one extension"}.get(limit, f"{limit} extensions")
        return None, f"The rule allows {words}."
    due = extended_expiry(old, given.extension_days, at) if at else calendar_strict(old, given.extension_days)
    if given.maximum_days is None:
        return due.at, due.why
    last = calendar_strict(starts_at, given.maximum_days).at
    if due.at <= last:
        return due.at, due.why
    whole = f"The rule allows {given.maximum_days} days in all"
    if last <= old or (at is not None and last <= at):
        return None, f"{whole}, and they are used up."
    return last, f"{whole}: the extension is shorter, and ends with them."


def grace_expiry(at: datetime) -> Due:
    """Return the end of a hold whose own end passed while we answered a request."""
    return calendar_strict(at, GRACE_DAYS)


def copies_kept_until(ended: datetime, days: int, *, destroy_after: bool) -> datetime | None:
    """Return until when the copies of an ended hold stay, so that a late request can be granted.

    None: they are deleted at once, because the company keeps none longer or the law wants them destroyed.
    """
    return None if destroy_after or not days else calendar_strict(ended, days).at


def suspended_expiry(at: datetime) -> Due:
    """Return the end of a hold that ended while its officer, or the agency, was suspended."""
    return calendar_strict(at, SUSPENDED_DAYS)


def accept_by(received: datetime, calendar: Calendar) -> Due:
    """Return by when a person decides on a hold that waits for one: one working day of the company's calendar."""
    return business_days(received, ACCEPT_DAYS, calendar)


def draft_kept_until(saved: datetime) -> datetime:
    """Return when an unsent draft is deleted."""
    return saved + timedelta(days=DRAFT_DAYS)
