"""The demo's custodian: a key of the demo's own authority under a PIN that everybody may know, and a draft to sign."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from django.conf import settings

from lers.demo import authority
from lers.demo.people import CUSTODIAN_PIN, who
from requests_app.enums import CertificateForm, PackageStatus
from requests_app.models import DisclosurePackage
from requests_app.release_enums import CertificateStatus
from requests_app.services import certificate_paper, certificates, signing_keys

_PASSWORD = "only on the way"  # noqa: S105 - of a file that exists for a moment


def ensure(*, now: datetime) -> Iterator[str]:
    """Make what is missing: the key, and once a draft."""
    if _ensure_key(now=now):
        yield "the custodian's key"
    if _ensure_draft(now=now):
        yield "a certificate to sign"


def _ensure_key(*, now: datetime) -> bool:
    """Give the custodian a key that is valid now and issued by the authority that is there now."""
    custodian = who("custodian")
    folder = settings.SIGNING_AUTHORITY_DIR
    at = now - timedelta(days=30)
    root = authority.ensure(folder, at=at) if folder else authority.make(at=at)
    held = signing_keys.usable(custodian, at=now)
    if held is not None and root.pem().decode() in held.chain:
        return False
    bundle = root.bundle(custodian.get_full_name(), _PASSWORD, at=at)
    signing_keys.add(bundle, password=_PASSWORD, pin=CUSTODIAN_PIN, by=custodian, at=at)
    return True


def _ensure_draft(*, now: datetime) -> bool:
    """Draft a certificate of the first records that left, which waits for the custodian; only once."""
    package = DisclosurePackage.objects.filter(status=PackageStatus.RELEASED).order_by("released_at", "pk").first()
    if package is None or package.certificates.exclude(status=CertificateStatus.DISCARDED).exists():
        return False
    form, custodian = CertificateForm.GENERIC, who("custodian")
    facts = certificate_paper.default_facts(package, form, custodian)
    facts |= {"place": "Dublin", "executed_on": now.date().isoformat()}
    at = now - timedelta(hours=2)
    certificates.draft(package, form=form, custodian=custodian, facts=facts, by=who("analyst"), at=at)
    return True
