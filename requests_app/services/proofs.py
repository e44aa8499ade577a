"""What the trail says of a package that left, in an entry of its own, and the proof that it stands there.

The entry names hashes and a day, and no person, address or session: its exact bytes go to officers and courts.
"""

from datetime import UTC, datetime

from django.db import transaction

from foundation.audit import proofs
from foundation.audit.canonical import JSON
from foundation.audit.context import Origin, origin
from foundation.audit.models import AuditEvent
from foundation.audit.trail import record
from requests_app.events import Event
from requests_app.models import Certificate, DisclosurePackage
from requests_app.release_enums import CertificateStatus


@transaction.atomic
def note_issued(package: DisclosurePackage, *, at: datetime) -> int:
    """Write what leaves into the trail at the release, and return the number of the entry; once for each package."""
    if package.issued_entry is not None:
        return package.issued_entry
    documents = {"archive": package.archive, "manifest": package.manifest, "letter": package.letter}
    signed = package.certificates.filter(status=CertificateStatus.SIGNED).select_related("signed")
    facts: dict[str, JSON] = {
        **_of(package, at=at),
        **{kind: document.sha256 if document else "" for kind, document in documents.items()},
        "manifest_text": package.manifest_text_sha256,
        "certificates": [certificate.signed.sha256 for certificate in signed if certificate.signed],
    }
    package.issued_entry = _write(Event.PACKAGE_ISSUED, package, facts, at=at)
    package.save(update_fields=["issued_entry"])
    return package.issued_entry


@transaction.atomic
def note_certificate(certificate: Certificate, *, at: datetime) -> int | None:
    """Write a certificate that follows its package into the trail; None where the package's own entry will name it."""
    package = certificate.package
    if package.issued_entry is None or certificate.signed is None:
        return None
    facts: dict[str, JSON] = {**_of(package, at=at), "certificates": [certificate.signed.sha256]}
    return _write(Event.CERTIFICATE_ISSUED, package, facts, at=at)


def filename(package: DisclosurePackage) -> str:
    """Return the name under which the proof is taken."""
    return f"{package.data_request.reference}-{package.number}-proof.json"


def proof(package: DisclosurePackage) -> dict[str, JSON] | None:
    """Return the proof of a package that left, and of certificates that followed; None until its entry is sealed."""
    if package.issued_entry is None:
        return None
    first = proofs.inclusion(package.issued_entry)
    if first is None:
        return None
    about = {"object_type": package._meta.label_lower, "object_id": str(package.pk)}
    later = AuditEvent.objects.filter(action=Event.CERTIFICATE_ISSUED, **about).order_by("pk")
    found = [first, *filter(None, map(proofs.inclusion, later.values_list("pk", flat=True)))]
    return proofs.handed_out(found)


def _of(package: DisclosurePackage, *, at: datetime) -> dict[str, JSON]:
    day = at.astimezone(UTC).date().isoformat()
    return {"request": package.data_request.reference, "package": package.number, "issued_on": day}


def _write(event: Event, package: DisclosurePackage, facts: dict[str, JSON], *, at: datetime) -> int:
    label = package.data_request.reference or ""
    with origin(Origin()):
        return record(event, by=None, obj=package, object_label=label, data=facts, at=at).pk
