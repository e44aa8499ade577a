"""The demo's custodian: a key under a PIN that everybody may know, a certificate that is signed, and a draft of today.

The key is certified, and the time stamped, by the demo's own authority.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta

from django.conf import settings

from lers.demo import authority
from lers.demo.filing import key_of
from lers.demo.people import CUSTODIAN_PIN, who
from requests_app.enums import CertificateForm, PackageStatus
from requests_app.models import Certificate, DisclosurePackage
from requests_app.release_enums import CertificateStatus
from requests_app.services import certificate_paper, certificates, paper_looks, signing_keys

_PASSWORD = "only on the way"  # noqa: S105 - of a file that exists for a moment


def ensure(*, now: datetime) -> Iterator[str]:
    """Make what is missing: the key, and once each a signed certificate and a draft."""
    if _ensure_key(now=now):
        yield "the custodian's key"
    if _ensure_signed():
        yield "a signed certificate"
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


def _ensure_signed() -> bool:
    """Have the certificate of the case whose account holder was told follow its records by a few hours; only once."""
    package = DisclosurePackage.objects.filter(data_request__uid=key_of("told"), released_at__isnull=False).first()
    if package is None or package.released_at is None or package.certificates.exists():
        return False
    custodian, at = who("custodian"), package.released_at + timedelta(hours=3)
    made = _draft(package, at=at)
    if made.draft is not None:
        paper_looks.note_look(package, made.draft, by=custodian, at=at + timedelta(minutes=20))
        certificates.sign(
            made, pin=CUSTODIAN_PIN, seen=made.draft.sha256, by=custodian, at=at + timedelta(minutes=25)
        )  # fmt: skip
    return True


def _ensure_draft(*, now: datetime) -> bool:
    """Draft a certificate of the first records that left, which waits for the custodian; say whether it is a new one.

    Whoever signs is asked for the day of the signature: a draft of another day is drafted anew for this one.
    """
    known = certificates.to_sign(who("custodian")).filter(package__data_request__uid=key_of("not told")).first()
    if known is not None:
        if known.facts.get("executed_on") != now.date().isoformat():
            facts = known.facts | {"executed_on": now.date().isoformat()}
            certificates.change(known, custodian=known.custodian, facts=facts, by=who("analyst"), at=now)
        return False
    package = DisclosurePackage.objects.filter(status=PackageStatus.RELEASED).order_by("released_at", "pk").first()
    if package is None or package.certificates.exclude(status=CertificateStatus.DISCARDED).exists():
        return False
    _draft(package, at=now - timedelta(hours=2), day=now)
    return True


def _draft(package: DisclosurePackage, *, at: datetime, day: datetime | None = None) -> Certificate:
    """Draft one in the general form, to be signed on a day."""
    form, custodian = CertificateForm.GENERIC, who("custodian")
    facts = certificate_paper.default_facts(package, form, custodian)
    facts |= {"place": "Dublin", "executed_on": (day or at).date().isoformat()}
    return certificates.draft(package, form=form, custodian=custodian, facts=facts, by=who("analyst"), at=at)
