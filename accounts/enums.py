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


class CallPurpose(models.TextChoices):
    """Why the agency was called."""

    FIRST_APPROVAL = "first_approval", "First approval"
    REACTIVATION = "reactivation", "Access given back"
    LEAD = "lead", "Appointment of a lead"
    FACTOR_RESET = "factor_reset", "Lost second factor"
    SUSPENSION = "suspension", "Suspension"
    EMERGENCY = "emergency", "Emergency request"
    REQUEST = "request", "Request"
    SUPERVISOR = "supervisor", "Supervisor of an emergency request"
    WALLET = "wallet", "Destination of a seizure"
    HOLD = "hold", "Hold"


class CallBackResult(models.TextChoices):
    """What came of a call to a number the company holds itself. Nobody answered is never confirmed."""

    CONFIRMED = "confirmed", "They confirm the officer and the e-mail"
    OFFICER_ONLY = "officer_only", "They know the officer, not the e-mail"
    NOT_CONFIRMED = "not_confirmed", "They do not know the officer"
    NO_ANSWER = "no_answer", "Nobody could answer"
    TOLD = "told", "They were told"


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
    PHONE = "phone", "Phone"
    MAIL_SERVER = "mail_server", "Mail server, SPF, DMARC"
    DOCUMENT = "document", "Identity document"
    SEEN_BEFORE = "seen_before", "Earlier applications"
    COUNTRY = "country", "Country"
    MAILBOX = "mailbox", "Mailbox of one person"
    DISPOSABLE = "disposable", "Disposable or forwarding mail"
    AGENCY = "agency", "Agency"
    CONFIRMED = "confirmed", "E-mail confirmed"
    VOUCHED = "vouched", "Vouched for"


class SignalOutcome(models.TextChoices):
    """What a vetting signal found."""

    PASS = "pass", "Passed"
    WARN = "warn", "Look"
    FAIL = "fail", "Failed"
    UNKNOWN = "unknown", "Could not be checked"
    NONE = "none", "Nothing to check"  # no doubt: there is nothing that the check could be about


class ProofKind(models.TextChoices):
    """What shows who the officer is; some may not copy their credentials."""

    SERVICE_CARD = "service_card", "Copy of my service card"
    SIGNED_LETTER = "signed_letter", "Letter signed by my supervisor, on official paper"
    SIGNED_PDF = "signed_pdf", "PDF with an electronic signature of my agency"


class DecisionAct(models.TextChoices):
    """What somebody of the desk did about an application; each is kept."""

    RECOMMEND = "recommend", "Recommended approval"
    APPROVE = "approve", "Approved"
    SEND_BACK = "send_back", "Sent back to the reviewer"
    ASK = "ask", "Asked for more"
    DECLINE = "decline", "Declined"


class DeclineCode(models.TextChoices):
    """Why an application was declined, for us and for the statistics; the applicant is not told."""

    IMITATION = "imitation", "The address imitates an agency"
    NOT_CONFIRMED = "not_confirmed", "The agency does not know the officer or the address"
    NOT_REACHED = "not_reached", "Nobody at the agency could be reached"
    NOT_AN_AUTHORITY = "not_an_authority", "Not a public authority, or one without the powers"
    NO_PROOF = "no_proof", "No usable proof of identity"
    FORGED = "forged", "The proof looks altered or forged"
    SHARED_MAILBOX = "shared_mailbox", "Not one named person"
    DUPLICATE = "duplicate", "Has access already, or applied twice"
    OTHER = "other", "Something else"


class AskCode(models.TextChoices):
    """What was missing when more was asked, for the statistics."""

    PROOF = "proof", "The proof cannot be read or is not enough"
    NAME = "name", "Name, rank or number do not agree"
    AGENCY = "agency", "The agency is unclear"
    SUPERVISOR = "supervisor", "The supervisor is unclear"
    ADDRESS = "address", "Another address of the agency is needed"
    OTHER = "other", "Something else"


class LookBackOutcome(models.TextChoices):
    """What looking at one act of a suspended officer again showed."""

    FINE = "fine", "Nothing wrong"
    DOUBTFUL = "doubtful", "Doubtful: followed up"
    WRONG = "wrong", "Wrong: made undone as far as it can be"


class DeskRole(models.TextChoices):
    """What a member is in the agency."""

    OFFICER = "officer", "Officer"
    LEAD = "lead", "Agency lead"


class FactorKind(models.TextChoices):
    """What a second factor is."""

    APP = "totp", "Authenticator app"
    PASSKEY = "passkey", "Passkey"


class CoolDownReason(models.TextChoices):
    """Why downloads wait: the words follow "because"."""

    ADDED = "factor added", "a passkey or app was added"
    REMOVED = "factor removed", "a passkey or app was removed"
    CODES_RENEWED = "recovery codes renewed", "the recovery codes were renewed"
    CODE_USED = "recovery code used", "a recovery code was used"
    REPLACED = "all factors replaced", "every passkey and app was replaced"
    RESET = "factors reset", "we reset every passkey and app, and a new one was set up"
    ADDRESS = "address changed", "the address of the account changed"


class InvitationStatus(models.TextChoices):
    """States of an invitation of a colleague."""

    PROPOSED = "proposed", "Waits for a second person"
    CONFIRMED = "confirmed", "Invited"
    ACCEPTED = "accepted", "Accepted"
    REFUSED = "refused", "Refused"
    WITHDRAWN = "withdrawn", "Withdrawn"


class RoleChangeKind(models.TextChoices):
    """What is to change for a colleague."""

    GRANT = "grant", "Give a role"
    END = "end", "End a role"
    JOIN = "join", "Put into a team"
    PART = "part", "Take out of a team"
    LEAVE = "leave", "End all roles and close the account"


class RoleChangeStatus(models.TextChoices):
    """States of a change of a colleague's roles or teams."""

    PROPOSED = "proposed", "Waits for a second person"
    CONFIRMED = "confirmed", "Done"
    REFUSED = "refused", "Refused"
    WITHDRAWN = "withdrawn", "Withdrawn"
    LIFTED = "lifted", "Block lifted"


class LostFactorStatus(models.TextChoices):
    """States of a question to reset somebody's passkeys and apps."""

    ASKED = "asked", "New"
    IDENTIFIED = "identified", "Identity confirmed"
    RESET = "reset", "Reset, link sent"
    DONE = "done", "Set up again"
    REFUSED = "refused", "Refused"
    WITHDRAWN = "withdrawn", "Withdrawn"


class ChangeOf(models.TextChoices):
    """What changed for an officer."""

    ADDRESS = "address", "My address changed, my agency did not"
    AGENCY = "agency", "I work for another agency now, or my agency has a new domain"


class AddressChangeStatus(models.TextChoices):
    """States of a new address of an officer."""

    ASKED = "asked", "Link sent"
    CONFIRMED = "confirmed", "Being vetted"
    USED = "used", "In use"
    WITHDRAWN = "withdrawn", "Withdrawn"


class ReceiptKind(models.TextChoices):
    """What a receipt is for."""

    REQUEST = "request", "Request received"
    ANSWER = "answer", "Answer received"
    DOWNLOAD = "download", "File downloaded"
    HOLD = "hold", "Preservation request received"
    EXTENSION = "extension", "Request for more time received"
    CHANGE = "change", "Change received"
    APPEAL = "appeal", "Appeal received"
    WITHDRAWAL = "withdrawal", "Withdrawal received"
    RELEASE = "release", "Release of a hold received"
    AFTERWARDS = "afterwards", "Papers after an emergency received"
