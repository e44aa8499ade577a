"""The words of accounts."""

from django.db import models


class AgencyKind(models.TextChoices):
    """What an agency is for; police power is a fact of its own."""

    POLICE = "police", "Police"
    PROSECUTOR = "prosecutor", "Prosecution service"
    COURT = "court", "Court"
    TAX = "tax", "Tax or customs authority"
    FINANCIAL_INTELLIGENCE = "fiu", "Financial intelligence unit"
    REGULATOR = "regulator", "Regulator"
    OTHER = "other", "Other public authority"


class AgencyStatus(models.TextChoices):
    """Whether an agency's officers may act."""

    PROPOSED = "proposed", "Proposed"
    ACTIVE = "active", "Active"
    SUSPENDED = "suspended", "Suspended"


class ApplicationStatus(models.TextChoices):
    """States of a request for access."""

    EMAIL_PENDING = "email_pending", "E-mail not confirmed"
    DRAFT = "draft", "Not sent yet"
    SUBMITTED = "submitted", "New"
    IN_REVIEW = "in_review", "In review"
    ACTION_NEEDED = "action_needed", "More asked"
    AWAITING_APPROVAL = "awaiting_approval", "Second approval"
    APPROVED = "approved", "Approved"
    REJECTED = "rejected", "Declined"
    WITHDRAWN = "withdrawn", "Withdrawn"
    SUSPENDED = "suspended", "Suspended"
    LAPSED = "lapsed", "Lapsed"


class AddressVerdict(models.TextChoices):
    """What the domain registry says of an e-mail address."""

    KNOWN_AGENCY = "known_agency", "Known agency"
    GOVERNMENT_SUFFIX = "government_suffix", "Government suffix, unknown agency"
    NOT_RECOGNISED = "not_recognised", "Not recognised"
    REFUSED = "refused", "Refused"


class CallBackResult(models.TextChoices):
    """What came of a call to a number the company holds itself. Nobody answered is never confirmed."""

    CONFIRMED = "confirmed", "They confirm the officer and the e-mail"
    OFFICER_ONLY = "officer_only", "They know the officer, not the e-mail"
    NOT_CONFIRMED = "not_confirmed", "They do not know the officer"
    NO_ANSWER = "no_answer", "Nobody could answer"


class CallWay(models.TextChoices):
    """Listed ways to reach an agency that has no usable number; each takes two people."""

    CENTRAL_AUTHORITY = "central_authority", "National central authority"
    INTERPOL = "interpol", "Interpol national central bureau"
    CONTACT_247 = "contact_24_7", "24/7 contact point of the country"
    LIAISON = "liaison", "Liaison officer"
    POST = "post", "Letter to the agency's postal address"


class SignalKind(models.TextChoices):
    """The automatic checks of an application."""

    DOMAIN = "domain", "E-mail domain"
    LOOK_ALIKE = "look_alike", "Look-alike"
    MAILBOX = "mailbox", "Mailbox of one person"
    DISPOSABLE = "disposable", "Disposable mail"
    SEEN_BEFORE = "seen_before", "Earlier applications"
    AGENCY = "agency", "Agency"


class SignalOutcome(models.TextChoices):
    """What a vetting signal found."""

    PASS = "pass", "Passed"
    WARN = "warn", "Look"
    FAIL = "fail", "Failed"
    UNKNOWN = "unknown", "Could not be checked"


class DeskRole(models.TextChoices):
    """What a member is in the agency."""

    OFFICER = "officer", "Officer"
    LEAD = "lead", "Agency lead"
