"""The folder of certificates whose signatures are trusted (SIGNATURE_TRUST_DIR), and what is wrong with it."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from cryptography import x509
from django.apps import AppConfig
from django.conf import settings
from django.core.checks import CheckMessage, Error, Warning  # noqa: A004 - Django's name
from django.utils import timezone


def check_trust(app_configs: Sequence[AppConfig] | None, **kwargs: Any) -> list[CheckMessage]:
    """Say which anchors cannot be read or have run out: a signature under them would be of an unknown issuer."""
    folder = Path(settings.SIGNATURE_TRUST_DIR) if settings.SIGNATURE_TRUST_DIR else None
    if folder is None or (settings.DEMO and not folder.exists()):
        return []
    if not folder.is_dir():
        hint = "Put the certificates of the authorities there, as PEM or DER, or leave SIGNATURE_TRUST_DIR empty."
        return [Error(f"SIGNATURE_TRUST_DIR {folder} is no folder.", hint=hint, id="documents.E005")]
    found: list[CheckMessage] = []
    for path in sorted(folder.iterdir()):
        try:
            certificates = read_certificates(path)
        except (OSError, ValueError):
            said = f"{path.name} in SIGNATURE_TRUST_DIR is no certificate that can be read."
            found.append(Error(said, hint="Only PEM and DER files of certificates belong there.", id="documents.E006"))
            continue
        found += [
            Warning(f"A certificate in {path.name} has run out: {_name(one)}.", id="documents.W005")
            for one in certificates
            if one.not_valid_after_utc < timezone.now()
        ]
    return found


def read_certificates(path: Path) -> list[x509.Certificate]:
    """Return the certificates in a PEM or DER file; raises OSError or ValueError where there is none."""
    content = path.read_bytes()
    if b"-----BEGIN" in content:
        return x509.load_pem_x509_certificates(content)
    return [x509.load_der_x509_certificate(content)]


def _name(certificate: x509.Certificate) -> str:
    return certificate.subject.rfc4514_string()


def check_time_stamps(app_configs: Sequence[AppConfig] | None, **kwargs: Any) -> list[CheckMessage]:
    """Say where a time stamp service is set whose stamps could not be checked: then nothing could be signed."""
    if not settings.TIMESTAMP_URL:
        return []
    if not settings.TIMESTAMP_URL.startswith(("https://", "http://")):
        return [Error("TIMESTAMP_URL is no address that begins with https://.", id="documents.E007")]
    try:
        if settings.TIMESTAMP_ROOTS and read_certificates(Path(settings.TIMESTAMP_ROOTS)):
            return []
    except (OSError, ValueError):
        pass
    hint = "Set TIMESTAMP_ROOTS to a PEM file with the root of the service behind TIMESTAMP_URL."
    return [Error("The stamps of TIMESTAMP_URL cannot be checked.", hint=hint, id="documents.E008")]
