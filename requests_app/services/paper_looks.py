"""Who looked at the pages of a letter or certificate before it left: whoever releases must have.

The pages are pictures that a worker makes in the sandbox, so that what is looked at is what the file shows.
"""

from datetime import datetime

from django.db import transaction
from django.utils import timezone

from accounts.models import User
from foundation.audit.canonical import JSON
from foundation.audit.trail import record
from foundation.core.errors import NotAllowed
from foundation.documents import services as documents
from foundation.documents.models import Document
from requests_app.events import Event
from requests_app.models import Certificate, DisclosurePackage, PaperLook
from requests_app.release_enums import CertificateStatus
from requests_app.release_permissions import looking_refusal

_LETTER = "Open the letter and look at its pages first."
_CERTIFICATE = "Open the signed certificate and look at its pages first."


def pages(document: Document) -> list[bytes]:
    """Return every page as a PNG; nothing before a worker has made the pictures."""
    return [documents.page_image(document, page.number) for page in documents.pages(document)]


def shown_of(certificate: Certificate) -> Document | None:
    """Return the file of a certificate that people look at: the signed one, or the draft before that."""
    return certificate.signed or certificate.draft


def papers(package: DisclosurePackage) -> list[tuple[Document, str]]:
    """Return what a releaser must have looked at, each with what to say where they have not."""
    letter = [(package.letter, _LETTER)] if package.letter else []
    rows = package.certificates.filter(status=CertificateStatus.SIGNED, signed__isnull=False).select_related("signed")
    return [*letter, *((one.signed, _CERTIFICATE) for one in rows if one.signed)]


def unseen_refusal(package: DisclosurePackage, *, by: User) -> str:
    """Say which letter or certificate this person has not looked at, or nothing."""
    needed = papers(package)
    seen = PaperLook.objects.filter(document__in=[document for document, _words in needed], user=by)
    known = set(seen.values_list("document_id", flat=True))
    return next((words for document, words in needed if document.pk not in known), "")


@transaction.atomic
def note_look(package: DisclosurePackage, document: Document, *, by: User, at: datetime | None = None) -> None:
    """Note that this person looks at a paper: in the trail each time, and once beside the file.

    The caller has shown its pages; of a file of which no picture could be made, the file itself. Raises NotAllowed:
    a look counts towards a release, so it is asked here too who may look.
    """
    if refusal := looking_refusal(by, package.data_request):
        raise NotAllowed(refusal)
    at = at or timezone.now()
    facts: dict[str, JSON] = {"package": package.number, "file": document.filename, "sha256": document.sha256}
    record(Event.PAPER_SEEN, by=by, obj=package.data_request, data=facts, at=at)
    PaperLook.objects.get_or_create(document=document, user=by, defaults={"package": package, "first_at": at})
