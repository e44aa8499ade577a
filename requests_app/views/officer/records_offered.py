"""What the page of a package offers an officer to take, in its order."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from django.urls import reverse

from accounts.models import User
from foundation.documents.models import Document
from requests_app.models import DisclosurePackage
from requests_app.services import downloads
from requests_app.services.downloads import Kind


@dataclass(frozen=True)
class Offered:
    """One file: its title, the end of "Download …" for who does not see, and where it is; no address where it waits."""

    what: str
    which: str
    more: str
    document: Document
    address: str
    # The archive's own stands beside it: each person's copy has another one.
    has_hash: bool = True
    given: str = ""

    @property
    def name(self) -> str:
        """Return the name under which it is taken."""
        return self.given or self.document.filename


def offered(package: DisclosurePackage, *, user: User, at: datetime) -> list[Offered]:
    """Return the files of a package for this person: what they may take now has an address."""

    def allowed(kind: Kind) -> bool:
        return downloads.refusal(package, user=user, kind=kind, at=at) is None

    return list(_files(package, archive=allowed(Kind.ARCHIVE), papers=allowed(Kind.LETTER)))


def _files(package: DisclosurePackage, *, archive: bool, papers: bool) -> Iterator[Offered]:
    reference, number = package.data_request.reference, package.number

    def address(name: str, *more: object) -> str:
        return reverse(f"records:{name}", args=[reference, number, *more])

    if package.archive:
        where = address("archive") if archive else ""
        yield Offered("Records, encrypted archive", "the encrypted archive", "", package.archive, where, has_hash=False)
    if package.letter:
        yield Offered("Our letter", "our letter", "PDF", package.letter, address("letter") if papers else "")
    for row in downloads.certificates(package):
        row.package = package
        if row.signed:
            what, where = f"Certificate: {row.get_form_display()}", address("certificate", row.uid) if papers else ""
            name = downloads.certificate_name(row)
            yield Offered(what, "the signed certificate", "Signed, PDF", row.signed, where, given=name)
    if package.manifest:
        where = address("manifest") if papers else ""
        yield Offered("Manifest", "the manifest", "Lists the files below", package.manifest, where)
