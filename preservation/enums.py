"""The words of holds."""

from django.db import models


class HoldStatus(models.TextChoices):
    """States of a preservation hold."""

    DRAFT = "draft", "Draft"
    REQUESTED = "requested", "Requested"
    ACTIVE = "active", "Active"
    PROCESS_SERVED = "process_served", "Kept while we answer"
    ON_TREATY = "on_treaty", "Kept during the treaty request"
    RELEASED = "released", "Released"
    EXPIRED = "expired", "Ended"
    DESTROYED = "destroyed", "Destroyed"
    DECLINED = "declined", "Declined"


# Records are kept, whatever the clock does.
OPEN_STATUSES = frozenset({HoldStatus.ACTIVE, HoldStatus.PROCESS_SERVED, HoldStatus.ON_TREATY})
ENDED_STATUSES = frozenset({HoldStatus.RELEASED, HoldStatus.EXPIRED, HoldStatus.DESTROYED})


class ExtensionStatus(models.TextChoices):
    """States of a request to extend; a granted one moves the hold's expiry."""

    REQUESTED = "requested", "Asked"
    GRANTED = "granted", "Granted"
    REFUSED = "refused", "Refused"
    LAPSED = "lapsed", "Lapsed"


class HoldGround(models.TextChoices):
    """Why records are kept."""

    POLICY = "policy", "Company policy"
    LAW = "law", "A legal instrument"


class HeldCategory(models.TextChoices):
    """Which records can be kept, in the words of requests for them."""

    REGISTRATION = "registration", "Registration and identity (KYC)"
    LOGINS = "logins", "Sign-ins and IP addresses"
    TRANSACTIONS = "transactions", "Transactions"
    BALANCES = "balances", "Balances and assets"
    COMMUNICATIONS = "communications", "Messages with support"


class MoreTime(models.TextChoices):
    """Why an officer needs a hold for longer."""

    COURT = "court", "We wait for a court or prosecutor"
    TREATY = "treaty", "A request for mutual legal assistance is on its way"
    INVESTIGATION = "investigation", "The investigation goes on"


# What an identifier led to in the company's systems, as staff read it.
MATCH_WORDS = {
    "exact": "One account",
    "ambiguous": "Several accounts: a person must choose",
    "own_wallet": "The company's own wallet",
    "omnibus": "An address many share: a memo or tag is needed",
    "other_entity": "Held by another company of the group",
    "none": "No account",
}
