"""What must be so before a certificate is signed: it states the seal that there is, and the day and time that it is."""

from collections.abc import Mapping
from datetime import UTC, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from accounts.models import User
from foundation.core.errors import Incomplete, TransitionRefused
from foundation.documents import services as documents
from requests_app.enums import CertificateForm
from requests_app.models import Certificate, DisclosurePackage
from requests_app.services import certificate_paper

INDIA = ZoneInfo("Asia/Kolkata")
# Beside what the custodian states: of which seal the draft has its hashes.
_SEAL = "manifest_sha256"
# What may be left open in a draft, to be written on the paper.
_BY_HAND = ("executed_on", "time_ist")
# How long reading takes at most between writing the time into a draft and signing it.
_READING = timedelta(hours=1)
_OTHER_SEAL = "The package was sealed anew since this was drafted: its hashes are other ones. Draft it again."
_OPEN = "The draft leaves the day or time open, to be written by hand. Fill it in: change the draft first."
_OTHER_DAY = "The draft says that it is signed on another day than today. Change the day in the draft first."
_OTHER_TIME = "The draft says that it is signed at another time than now. Change the time (IST) in the draft first."


def with_seal(facts: Mapping[str, Any], package: DisclosurePackage) -> dict[str, Any]:
    """Return the facts with what the draft is made of: the manifest stands for every file of one seal."""
    return {**facts, _SEAL: package.manifest.sha256 if package.manifest else ""}


def require_same_seal(certificate: Certificate, package: DisclosurePackage) -> None:
    """Raise TransitionRefused unless the hashes in the draft are those of the package as it is sealed now."""
    if certificate.facts.get(_SEAL) != (package.manifest.sha256 if package.manifest else ""):
        raise TransitionRefused(_OTHER_SEAL)


def moment_facts(form: str, *, by: User, at: datetime) -> dict[str, str]:
    """Return the day, and of the Indian form the time, as a draft keeps them that is signed now."""
    here = at.astimezone(_zone(form, by))
    return {"executed_on": here.date().isoformat(), "time_ist": f"{at.astimezone(INDIA):%H:%M}"}


def day_refusal(certificate: Certificate, *, by: User, at: datetime) -> str:
    """Say that the paper names no day or time, or another one than it is (28 USC 1746; the Indian Schedule: IST)."""
    facts, form = certificate.facts, certificate.form
    needed = {fact.name for fact in certificate_paper.needed_facts(form, certificate.kind)}
    if any(name in needed and not facts.get(name) for name in _BY_HAND):
        return _OPEN
    zones = (INDIA,) if form == CertificateForm.IN_63_4 else (UTC, _zone(form, by))
    if "executed_on" in needed and facts["executed_on"] not in {at.astimezone(one).date().isoformat() for one in zones}:
        return _OTHER_DAY
    if "time_ist" in needed and not _is_near(facts["time_ist"], at.astimezone(INDIA)):
        return _OTHER_TIME
    return ""


def require_pages(certificate: Certificate) -> None:
    """Raise Incomplete where a statement says of each of its pages that it is signed, and not so many are."""
    if certificate.form != CertificateForm.UK_S9 or certificate.draft is None:
        return
    has, signed = len(documents.pages(certificate.draft)), certificate.facts.get("signed_pages")
    if has and signed != has:
        raise Incomplete(f"The statement says that each of its {has} pages is signed. Sign all of them, and scan anew.")


def _zone(form: str, by: User) -> ZoneInfo:
    return INDIA if form == CertificateForm.IN_63_4 else ZoneInfo(by.time_zone or "UTC")


def _is_near(typed: str, now: datetime) -> bool:
    try:
        stated = datetime.combine(now.date(), time.fromisoformat(typed), now.tzinfo)
    except ValueError:
        return False
    return abs(stated - now) <= _READING
