"""Words around what leaves: certificates, calls back, what is asked for years later."""

from django.db import models

from requests_app.enums import RecallCause


class CertificateStatus(models.TextChoices):
    """States of a certificate: software drafts it, a custodian signs it."""

    DRAFT = "draft", "Draft"
    SIGNED = "signed", "Signed"
    DISCARDED = "discarded", "Discarded"
    WITHDRAWN = "withdrawn", "Withdrawn"


class CertificateKind(models.TextChoices):
    """What a custodian declares."""

    RECORDS = "records", "Of the records in the package"
    SEARCH = "search", "Of a search that found no records"


class SignedBy(models.TextChoices):
    """How a custodian signed."""

    KEY = "key", "Electronically, with the custodian's key"
    HAND = "hand", "By hand, on paper"


class RecallStatus(models.TextChoices):
    """States of a recall. Downloads are stopped before it begins; here it is about what was taken already."""

    WAITING = "waiting", "A second person decides"
    ASKED = "asked", "Everybody who has it is asked to destroy it"
    DONE = "done", "Nobody is left to ask"
    DROPPED = "dropped", "Nobody is asked"


class DestructionStatus(models.TextChoices):
    """What one person who took records said when asked to destroy them."""

    ASKED = "asked", "Asked"
    DESTROYED = "destroyed", "Destroyed"
    KEPT = "kept", "Cannot be destroyed"
    EXCUSED = "excused", "Not asked any more"


class LaterKind(models.TextChoices):
    """What an officer asks for on a request that was answered."""

    REISSUE = "reissue", "The records again"
    CERTIFICATE = "certificate", "A certificate for the court"
    TESTIMONY = "testimony", "A witness for the court"


class LaterStatus(models.TextChoices):
    """States of what was asked for later."""

    OPEN = "open", "Open"
    DONE = "done", "Done"
    DECLINED = "declined", "Declined"
    WITHDRAWN = "withdrawn", "Taken back"


class IssuedKind(models.TextChoices):
    """What a file is that left; said to nobody who asks, only on pages of staff."""

    ARCHIVE = "archive", "Archive"
    RECORD = "record", "Records"
    MANIFEST = "manifest", "Manifest"
    LETTER = "letter", "Letter"
    CERTIFICATE = "certificate", "Certificate"


# Records reached somebody who must not have them: the 72 hours of GDPR Art. 33(1) run from the moment it is known.
MISTAKES = frozenset({RecallCause.WRONG_RECIPIENT, RecallCause.WRONG_ACCOUNT})
MISTAKE_HOURS = 72
