"""What a file says of itself, and a copy of it with nothing in it that acts: read and made once, in the sandbox."""

from datetime import datetime

from foundation.documents.models import Document


def inspect(document: Document, at: datetime) -> bool:
    """Read marks and signatures and make the sanitised copy; False when the job was put back for later."""
    return True


def forget_copy(document: Document) -> None:
    """Remove the sanitised copy, if there is one."""
