"""How long a hold lasts, and when drafts are deleted: pure functions."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from foundation.legal.deadlines import Due, calendar_strict

DRAFT_DAYS = 30
# A hold that ran out while we answered a request goes on for this long, so that it never ends unannounced.
GRACE_DAYS = 7
# A hold whose officer is suspended when it ends goes on for this long, once: nobody else could ask for more time.
SUSPENDED_DAYS = 30


class HoldRule(Protocol):
    """What a legal type says about holds."""

    code: str
    catalogue_version: str
    preservation_days: int | None
    extension_days: int | None
    maximum_extensions: int | None


@dataclass(frozen=True)
class Terms:
    """The numbers that govern one hold, and where they come from; frozen with it."""

    first_days: int
    extension_days: int
    maximum_extensions: int | None
    source: str


def terms(policy_days: int, rule: HoldRule | None = None) -> Terms:
    """Take the rule's own numbers, and the company's policy where there is no rule or it is silent."""
    if rule is None:
        return Terms(policy_days, policy_days, None, "company policy")
    first = rule.preservation_days or policy_days
    return Terms(first, rule.extension_days or first, rule.maximum_extensions, f"{rule.code} {rule.catalogue_version}")


def first_expiry(received: datetime, given: Terms) -> Due:
    """Return when a hold received now ends: whole days in UTC, never rolled, never too early."""
    return calendar_strict(received, given.first_days)


def extended_expiry(old: datetime, days: int, at: datetime) -> Due:
    """Return the new end, counted from the old one; from now where that would already be over."""
    due = calendar_strict(old, days)
    return due if due.at > at else calendar_strict(at, days)


def grace_expiry(at: datetime) -> Due:
    """Return the end of a hold whose own end passed while we answered a request."""
    return calendar_strict(at, GRACE_DAYS)


def suspended_expiry(at: datetime) -> Due:
    """Return the end of a hold that ended while its officer, or the agency, was suspended."""
    return calendar_strict(at, SUSPENDED_DAYS)


def draft_kept_until(saved: datetime) -> datetime:
    """Return when an unsent draft is deleted."""
    return saved + timedelta(days=DRAFT_DAYS)
