"""The words of requests."""

from django.db import models

from foundation.core.record_categories import RecordCategory


class RequestKind(models.TextChoices):
    """What is asked."""

    DISCLOSURE = "disclosure", "Records"
    EMERGENCY = "emergency", "Emergency (Exigent)"
    FREEZE = "freeze", "Freeze or seizure"
    ENQUIRY = "enquiry", "Enquiry"


class RequestStatus(models.TextChoices):
    """States of a request."""

    DRAFT = "draft", "Draft"
    SUBMITTED = "submitted", "Submitted"
    IN_REVIEW = "in_review", "In review"
    AWAITING_OFFICER = "awaiting_officer", "Waiting for officer"
    AWAITING_APPROVAL = "awaiting_approval", "Second approval"
    GRANTED = "granted", "Granted"
    REFUSED = "refused", "Refused"
    REDIRECTED = "redirected", "Referred"
    PRODUCED = "produced", "Produced"
    CLOSED = "closed", "Closed"
    WITHDRAWN = "withdrawn", "Withdrawn"
    LAPSED = "lapsed", "Lapsed"


OPEN_STATUSES = (
    RequestStatus.SUBMITTED,
    RequestStatus.IN_REVIEW,
    RequestStatus.AWAITING_OFFICER,
    RequestStatus.AWAITING_APPROVAL,
    RequestStatus.GRANTED,
)


class Rank(models.IntegerChoices):
    """Order of the queue: one ascending number, so that one index serves it."""

    EXIGENT = 0, "Emergency"
    PRIORITY = 5, "Priority"
    ROUTINE = 9, "Routine"


class Outcome(models.TextChoices):
    """Derived from the lines, never typed."""

    NONE = "none", "None"
    IN_FULL = "in_full", "In full"
    IN_PART = "in_part", "In part"
    NO_RECORDS = "no_records", "No records"


class DataCategory(models.TextChoices):
    """What can be asked for, in the portal's words."""

    REGISTRATION = RecordCategory.REGISTRATION.value, RecordCategory.REGISTRATION.label
    LOGINS = RecordCategory.LOGINS.value, RecordCategory.LOGINS.label
    TRANSACTIONS = RecordCategory.TRANSACTIONS.value, RecordCategory.TRANSACTIONS.label
    BALANCES = RecordCategory.BALANCES.value, RecordCategory.BALANCES.label
    COMMUNICATIONS = RecordCategory.COMMUNICATIONS.value, RecordCategory.COMMUNICATIONS.label
    ASSETS = "assets", "Assets to be frozen or seized"
    ACCOUNT = "account", "Whether the account is ours, and which company to name"


# Kinds that are answered on the request's own page: nothing is exported, no package is made.
WITHOUT_RECORDS = (RequestKind.ENQUIRY, RequestKind.FREEZE)

# What a request for records can ask for; the others belong to a freeze and to an enquiry.
RECORD_CATEGORIES = tuple(DataCategory(category.value) for category in RecordCategory)

# One mapping from the portal's categories to what a type of legal process reaches.
REACH_OF_CATEGORY = {
    DataCategory.REGISTRATION: "subscriber",
    DataCategory.LOGINS: "ip_login",
    DataCategory.TRANSACTIONS: "transactions",
    DataCategory.BALANCES: "transactions",
    DataCategory.COMMUNICATIONS: "content",
    DataCategory.ASSETS: "assets",
    DataCategory.ACCOUNT: "subscriber",
}


class CertificateForm(models.TextChoices):
    """Which certificate the court wants with the records."""

    US_902_11 = "us_902_11", "United States: FRE 902(11), business records"
    US_902_13 = "us_902_13", "United States: FRE 902(13), records of an electronic process"
    US_902_14 = "us_902_14", "United States: FRE 902(14), copies of electronic data"
    US_3505 = "us_3505", "United States: 18 USC 3505, foreign business records"
    UK_S9 = "uk_s9", "England and Wales: section 9 Criminal Justice Act 1967"
    IN_63_4 = "in_63_4", "India: section 63(4) Bharatiya Sakshya Adhiniyam"
    GENERIC = "generic", "Another country: a general certificate"


class FreezeAct(models.TextChoices):
    """What a freeze or seizure asks to be done with assets. The portal itself never moves anything."""

    RESTRAIN = "restrain", "Keep them where they are (restrain)"
    TRANSFER = "transfer", "Transfer them to the authority (seize)"


class FreezeExtent(models.TextChoices):
    """How far a freeze or seizure could be carried out for an account."""

    IN_FULL = "in_full", "In full"
    IN_PART = "in_part", "In part"
    NOTHING = "nothing", "Nothing there to freeze"


class RestrictedGround(models.TextChoices):
    """Why only named people may see a request."""

    SEALED = "sealed", "A sealed order"
    INTERNAL = "internal", "Internal affairs: it is about police officers"
    PROTECTED = "protected", "A minor, a lawyer, a journalist, a diplomat, or staff of ours and their family"
    OTHER = "other", "Another reason"


class FollowerStatus(models.TextChoices):
    """Whether a colleague may see a request."""

    WAITING = "waiting", "Waiting for our agreement"
    ACTIVE = "active", "Follows"
    DECLINED = "declined", "Declined"
    ENDED = "ended", "Ended"


class HandOverStatus(models.TextChoices):
    """Where the handing over of a request stands."""

    WAITING = "waiting", "Waiting for our agreement"
    DONE = "done", "Done"
    DECLINED = "declined", "Declined"
    CANCELLED = "cancelled", "Cancelled"


class AmendmentKind(models.TextChoices):
    """What an officer changed after sending."""

    TEXT = "text", "Facts"
    IDENTIFIERS = "identifiers", "Identifiers"
    RECORDS = "records", "Records"
    ORDER = "order", "Order"


class TargetAct(models.TextChoices):
    """What was done to the identifiers of a draft, and can be undone."""

    ADDED = "added", "Added"
    REMOVED = "removed", "Removed"


class TargetRole(models.TextChoices):
    """What the account's holder is in the case."""

    SUSPECT = "suspect", "Suspect"
    VICTIM = "victim", "Victim"
    WITNESS = "witness", "Witness"
    UNKNOWN = "unknown", "Not known"


class MatchResult(models.TextChoices):
    """What the company's systems answered for an identifier; never widened to all."""

    UNMATCHED = "unmatched", "Not searched yet"
    EXACT = "exact", "Exact"
    AMBIGUOUS = "ambiguous", "Ambiguous"
    OWN_WALLET = "own_wallet", "The company's own wallet"
    OMNIBUS = "omnibus", "Shared address without memo or tag"
    OTHER_ENTITY = "other_entity", "Held by another entity"
    NONE = "none", "Nothing found"


class LineDecision(models.TextChoices):
    """What is decided for one line."""

    OPEN = "open", "Not decided"
    PRODUCE = "produce", "Produce"
    REFUSE = "refuse", "Do not produce"
    NO_RECORDS = "no_records", "No records found"


class RefusalCode(models.TextChoices):
    """Why a line or a request is refused; each has a cure."""

    WRONG_ENTITY = "wrong_entity", "Wrong legal entity"
    NO_LEGAL_BASIS = "no_legal_basis", "No or wrong legal basis"
    REACH = "reach", "The process cannot reach this data"
    NOT_SIGNED = "not_signed", "Not signed or dated"
    ACCOUNT_NOT_FOUND = "account_not_found", "Account not found"
    OVERBROAD = "overbroad", "Overbroad"
    DATES = "dates", "Dates missing"
    LANGUAGE = "language", "Language"
    JURISDICTION = "jurisdiction", "Jurisdiction"
    NOT_CRIMINAL = "not_criminal", "Not a criminal matter"
    PRIVILEGE = "privilege", "Immunity or privilege"
    DUPLICATE = "duplicate", "Duplicate"
    WITHDRAWN = "withdrawn", "Withdrawn by the agency"


class OrderRelation(models.TextChoices):
    """How a version of an order relates to the one before."""

    ORIGINAL = "original", "Original"
    EXTENDS = "extends", "Extends"
    NARROWS = "narrows", "Narrows"
    REPLACES = "replaces", "Replaces"
    QUASHED = "quashed", "Quashed"


class DocumentRole(models.TextChoices):
    """What an attached document is."""

    ORDER = "order", "Order or warrant"
    TRANSLATION = "translation", "Translation"
    NON_DISCLOSURE = "non_disclosure", "Non-disclosure order"
    SUPPORTING = "supporting", "Other supporting document"


class CheckAnswer(models.TextChoices):
    """The answer to one check of a review."""

    OPEN = "", "Not answered"
    YES = "yes", "Yes"
    NO = "no", "No"
    UNCLEAR = "unclear", "Unclear"
    DOES_NOT_APPLY = "none", "Does not apply"


class ClarificationStatus(models.TextChoices):
    """States of a question."""

    OPEN = "open", "Open"
    ANSWERED = "answered", "Answered"
    LAPSED = "lapsed", "Lapsed"
    CANCELLED = "cancelled", "Cancelled"


class ProposalStatus(models.TextChoices):
    """States of a proposed decision."""

    PROPOSED = "proposed", "Waiting for approval"
    APPROVED = "approved", "Approved"
    SENT_BACK = "sent_back", "Sent back"
    TAKEN_BACK = "taken_back", "Taken back by who proposed it"


class ProposedResult(models.TextChoices):
    """What a proposal would make of the request."""

    GRANT = "grant", "Disclose"
    REFUSE = "refuse", "Do not disclose"
    REDIRECT = "redirect", "Refer to mutual legal assistance"


class NoticeStatus(models.TextChoices):
    """States of a notice to an account holder."""

    PLANNED = "planned", "Planned"
    POSTPONED = "postponed", "Postponed"
    SENT = "sent", "Sent"
    WAIVED = "waived", "Waived"
    OBJECTED = "objected", "Objected"
    UPHELD = "upheld", "Objection upheld"


class PackageStatus(models.TextChoices):
    """States of a disclosure package; downloads are receipts, not states."""

    PREPARING = "preparing", "Preparing"
    BLOCKED = "blocked", "Blocked"
    SEALED = "sealed", "Sealed"
    RELEASED = "released", "Released"
    EXPIRED = "expired", "Expired"
    PURGED = "purged", "Purged"
    REVOKED = "revoked", "Revoked"


class LawfulBasis(models.TextChoices):
    """GDPR Article 6 grounds a disclosure can stand on."""

    LEGAL_OBLIGATION = "6(1)(c)", "Legal obligation, Art. 6(1)(c)"
    VITAL_INTERESTS = "6(1)(d)", "Vital interests, Art. 6(1)(d)"
    LEGITIMATE_INTERESTS = "6(1)(f)", "Legitimate interests, Art. 6(1)(f)"


class RecallCause(models.TextChoices):
    """Why downloads of a package were stopped."""

    WRONG_RECIPIENT = "wrong_recipient", "Wrong recipient"
    WRONG_ACCOUNT = "wrong_account", "Wrong account"
    PROCESS_WITHDRAWN = "process_withdrawn", "Process withdrawn or quashed"
    EXPUNGED = "expunged", "Expunged"
    NARROWED = "narrowed", "Order narrowed"
    UNSAFE_FILE = "unsafe_file", "A file in it is unsafe"
    OTHER_LINES = "other_lines", "To be prepared again in another way"
    OBJECTION = "objection", "An objection of the account holder was upheld"


class BulkAct(models.TextChoices):
    """What can be done to many requests of the queue at once."""

    TAKE = "take", "Take them"
    ASSIGN = "assign", "Hand them to a colleague"
    TEAM = "team", "Move them to a team"
    RANK = "rank", "Set their priority"


class RedirectChannel(models.TextChoices):
    """Where an officer is referred to instead of an answer."""

    MLA = "mla", "Mutual legal assistance"
    NATIONAL = "national", "National channel"


class TextPurpose(models.TextChoices):
    """What a prepared text is for."""

    QUESTION = "question", "Question to the officer"
    RETURN = "return", "Returned as incomplete"
    GRANT = "grant", "Disclosed"
    NO_RECORDS = "no_records", "Searched, no records"
    REFUSE = "refuse", "Not disclosed"
    REDIRECT = "redirect", "Referred elsewhere"


class CounselStatus(models.TextChoices):
    """States of a question to counsel."""

    OPEN = "open", "With counsel"
    ANSWERED = "answered", "Answered"
    WITHDRAWN = "withdrawn", "Taken back"


class CounselOpinion(models.TextChoices):
    """What counsel says."""

    AGREES = "agrees", "No objection"
    CONDITIONS = "conditions", "Only on conditions"
    OBJECTS = "objects", "Do not disclose"


class Likeness(models.TextChoices):
    """What a person said of two requests that look alike."""

    DIFFERENT = "different", "Different matters"
    SAME = "same", "The same matter"


class AlarmKind(models.TextChoices):
    """Why searching for accounts was unusual."""

    MANY = "many", "Many searches in a short time"
    HOUR = "hour", "Searches at an hour this person does not work"
    UNDECIDED = "undecided", "Searches in requests that were never decided"
    NOTHING = "nothing", "Many searches that found nothing"


class Channel(models.TextChoices):
    """How a request reached the company."""

    PORTAL = "portal", "This portal"
    EMAIL = "email", "E-mail"
    POST = "post", "Post"
    FAX = "fax", "Fax"
    PHONE = "phone", "Telephone"
    TREATY = "treaty", "Treaty channel"
    SAHYOG = "sahyog", "Sahyog"
    HISTORY = "history", "Brought over from earlier lists"


# Channels whose own number is one request's and no other's.
NUMBERED_CHANNELS = (Channel.SAHYOG, Channel.HISTORY)
# Anybody can write a mail, a letter or a fax in the name of an agency: it is asked before records leave.
UNPROVEN_CHANNELS = (Channel.EMAIL, Channel.POST, Channel.FAX)


class IncomingStatus(models.TextChoices):
    """What became of something that came in outside the portal."""

    NEW = "new", "To be read"
    RECORDED = "recorded", "Recorded as a request"
    ANSWER = "answer", "Belongs to a request"
    DISMISSED = "dismissed", "Not a request"


class ImportSource(models.TextChoices):
    """Where a file of requests came from."""

    SAHYOG = "sahyog", "Sahyog"
    HISTORY = "history", "Earlier lists"


class ImportOutcome(models.TextChoices):
    """What became of one line of a file."""

    ACCEPTED = "accepted", "Taken as a request"
    HOLD = "hold", "Taken as a hold"
    TAKEDOWN = "takedown", "Taken as a takedown notice"
    KNOWN = "known", "Known already"
    REFUSED = "refused", "Refused"


class TakedownStatus(models.TextChoices):
    """States of a notice that asks to take content down."""

    RECEIVED = "received", "Received"
    IN_REVIEW = "in_review", "In review"
    PROPOSED = "proposed", "Second signature"
    COMPLIED = "complied", "Complied with"
    DECLINED = "declined", "Declined"


class LiftCause(models.TextChoices):
    """Why a freeze ends."""

    EXPIRED = "expired", "The order's last day is over"
    LIFTED = "lifted", "The authority or the court lifted it"
    QUASHED = "quashed", "The order was quashed"
    TRANSFERRED = "transferred", "The assets were transferred under a later order"
    MISTAKE = "mistake", "It was carried out by mistake"


class SettledHow(models.TextChoices):
    """How an emergency was brought in order afterwards."""

    PROCESS = "process", "Legal process came"
    STATEMENT = "statement", "A supervisor confirmed that there will be none"
    EXCUSED = "excused", "We asked for none, and say why"


class UrgentContactStatus(models.TextChoices):
    """What became of an emergency that somebody without an account told us of."""

    NEW = "new", "To be vetted"
    TAKEN = "taken", "Being vetted"
    LET_IN = "let_in", "Has access now"
    TURNED_AWAY = "turned_away", "Turned away"
