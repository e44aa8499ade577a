"""The words of holds."""

from django.db import models

from foundation.core.record_categories import RecordCategory


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
ENDED_STATUSES = frozenset({HoldStatus.RELEASED, HoldStatus.EXPIRED, HoldStatus.DECLINED, HoldStatus.DESTROYED})
# What an index is about: copies that are to go, or that an end which nobody saw to has left behind. In a fixed order.
LETS_GO = (HoldStatus.ACTIVE, HoldStatus.RELEASED, HoldStatus.EXPIRED, HoldStatus.DECLINED)


class Acceptance(models.TextChoices):
    """Whether somebody took a hold as it was asked for; the records are kept from receipt on either way."""

    RULE = "rule", "By rule"
    PENDING = "pending", "Waits for a person"
    PERSON = "person", "By a person"


class HoldFlag(models.TextChoices):
    """Why a person looks at a hold before it is accepted."""

    OFFICER_LIMIT = "officer_limit", "The officer asked for many holds in a short time"
    AGENCY_LIMIT = "agency_limit", "The agency asked for many holds in a short time"
    MASS = "mass", "Many identifiers at once"
    NEW_OFFICER = "new_officer", "The officer has had access for a few days only"
    NEW_FACTOR = "new_factor", "What the officer signs in with was replaced a short time ago"
    LONG_PERIOD = "long_period", "Records of many years"
    NO_RULE = "no_rule", "The company looks at every hold"


# Who files like this is called: these look like somebody who searches for accounts.
CALLED_FLAGS = frozenset({HoldFlag.OFFICER_LIMIT, HoldFlag.AGENCY_LIMIT, HoldFlag.MASS, HoldFlag.NEW_FACTOR})


class DeclineCode(models.TextChoices):
    """Why a hold is not kept; each has a cure that the officer reads."""

    NOT_CONFIRMED = "not_confirmed", "Your agency did not confirm this request"
    WRONG_COMPANY = "wrong_company", "Another company of the group holds these records"
    NO_GROUND = "no_ground", "The law you named does not let you ask for this"
    NOT_SPECIFIC = "not_specific", "It does not say closely enough what to keep"
    TOO_WIDE = "too_wide", "It asks for more than a hold may cover"
    NATIONAL_CHANNEL = "national_channel", "Your country asks through a channel of its own"
    SAME = "same", "The same records are kept for you already"
    OTHER = "other", "Another reason"


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


class MoreTime(models.TextChoices):
    """Why an officer needs a hold for longer."""

    COURT = "court", "We wait for a court or prosecutor"
    TREATY = "treaty", "A request for mutual legal assistance is on its way"
    INVESTIGATION = "investigation", "The investigation goes on"


# Which records can be kept: the same that a request asks for.
HeldCategory = RecordCategory

# What an identifier led to in the company's systems, as staff read it.
MATCH_WORDS = {
    "exact": "One account",
    "ambiguous": "Several accounts: a person must choose",
    "own_wallet": "The company's own wallet",
    "omnibus": "An address many share: a memo or tag is needed",
    "other_entity": "Held by another company of the group",
    "none": "No account",
}
# What follows from it, for staff.
MATCH_NEXT = {
    "ambiguous": "Nothing is kept of them until a person chooses",
    "own_wallet": "It belongs to no customer: there is nothing to keep",
    "omnibus": "Nothing is kept. With its memo or tag, a new hold leads to one customer",
    "other_entity": "Nothing is kept here: legal process must name that company",
    "none": "Nobody has or had it: there is nothing to keep",
}
# What its officer reads, where the company tells officers of holds without an order what was found.
RESULT_WORDS = {
    "exact": "An account is held, and its records are kept",
    "ambiguous": "It can mean several accounts: a person here looks at it",
    "own_wallet": "This wallet is our own: it belongs to no customer",
    "omnibus": "Many customers share this address: name the memo or tag in a new hold",
    "other_entity": "Another company of our group holds it: send legal process to that company",
    "none": "No account is held",
}
