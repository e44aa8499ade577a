"""What can go wrong with a file, in words that a person can act on."""

from foundation.core.errors import PortalError


class DocumentRefused(PortalError):
    """The file is not taken, or may not be used; the message says why and what to do."""


class DocumentDamaged(PortalError):
    """A stored file does not open: its bytes, its key or its length are not what was stored."""


class ScannerUnavailable(Exception):
    """The virus scanner did not answer, so nothing is known about the file."""


class SandboxFailed(Exception):
    """The separate process crashed, ran out of its limits or said nothing sensible."""
