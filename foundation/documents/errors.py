"""What can go wrong with a file, in words that a person can act on."""

from foundation.core.errors import PortalError


class DocumentRefused(PortalError):
    """The file is not taken, or may not be used; the message says why and what to do."""


class DocumentDamaged(PortalError):
    """A stored file does not open: its bytes, its key or its length are not what was stored."""


class FilesUnavailable(PortalError, OSError):
    """What files rest on does not answer just now. An OSError, so that every job that meets it tries again."""

    sentence = "Files cannot be stored or opened just now. Nothing that was stored is lost. Try again in a few minutes."

    def __init__(self, *, may_pass: bool = True) -> None:
        super().__init__(self.sentence)
        # Whether asking again at once may help; false where somebody must change a setting first.
        self.may_pass = may_pass


class StorageUnavailable(FilesUnavailable):
    """The storage refused, broke off or did not answer."""


class KeyServiceUnavailable(FilesUnavailable):
    """The key service refused, broke off or did not answer; what is sealed is not always a file."""

    sentence = "What is encrypted cannot be opened now. Nothing that was stored is lost. Try again in a few minutes."


class UploadMissing(PortalError):
    """There is no such upload of this person that could go on."""


class UploadBusy(PortalError):
    """Another request sends a piece of the same file just now."""


class WrongOffset(PortalError):
    """A piece does not begin where the stored part ends."""


class TooMuchSent(PortalError):
    """A piece reaches beyond the length that was announced."""


class TooManyWaiting(PortalError):
    """This person has sent very many files that no form has taken."""


class ScannerUnavailable(Exception):
    """The virus scanner did not answer, so nothing is known about the file."""


class SandboxFailed(Exception):
    """The separate process crashed, ran out of its limits or said nothing sensible."""
