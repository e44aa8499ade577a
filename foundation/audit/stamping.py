"""Asking an authority outside for the time (RFC 3161), and checking what it said."""

import time
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import requests
from cryptography import x509
from django.conf import settings
from django.utils.module_loading import import_string
from rfc3161_client import (
    HashAlgorithm,
    TimestampRequestBuilder,
    TimeStampResponse,
    VerificationError,
    VerifierBuilder,
    decode_timestamp_response,
)

CONNECT_SECONDS = 3
ANSWER_SECONDS = 10
_BYTES = 64 * 1024
_REPLY = "application/timestamp-reply"


class StampRefused(Exception):
    """No stamp came, or one that does not hold: why, as a sentence."""


@dataclass(frozen=True)
class Stamp:
    """What an authority says: its answer as it came, the moment in it, and its name."""

    answer: bytes
    at: datetime
    authority: str


def is_set_up() -> bool:
    """Return whether somebody stamps the time here."""
    return bool(settings.TIMESTAMP_URL) or _own() is not None


def ask(content: bytes) -> Stamp:
    """Return a stamp over content that was checked already; takes seconds, so call it outside of any transaction."""
    asked = TimestampRequestBuilder().data(content).hash_algorithm(HashAlgorithm.SHA256).build()
    own = _own()
    answer = _posted(asked.as_bytes()) if settings.TIMESTAMP_URL or own is None else _made_here(asked.as_bytes())
    return check(answer, content, nonce=asked.nonce)


def check(answer: bytes, content: bytes, *, nonce: int | None = None) -> Stamp:
    """Return what a stamp over content says; raise StampRefused where it does not hold.

    Certificates count as they were at the moment of the stamp: one that has run out since is no matter.
    """
    roots = _roots()
    if not roots:
        raise StampRefused("there is no root to check it against: set TIMESTAMP_ROOTS")
    builder = VerifierBuilder(roots=list(roots))
    try:
        found = decode_timestamp_response(answer)
        (builder if nonce is None else builder.nonce(nonce)).build().verify_message(found, content)
        return Stamp(answer, found.tst_info.gen_time, _signer(found))
    except (ValueError, VerificationError) as error:
        raise StampRefused(f"the stamp does not hold: {error}") from error


def _signer(found: TimeStampResponse) -> str:
    """Return the name of the certificate that signed; the check has made sure that there is one."""
    (info,) = found.signed_data.signer_infos
    for der in found.signed_data.certificates:
        certificate = x509.load_der_x509_certificate(der)
        if (certificate.issuer, certificate.serial_number) == (info.issuer, info.serial_number):
            return certificate.subject.rfc4514_string()
    return ""


def _posted(asked: bytes) -> bytes:
    """Send the question and read the answer within the seconds that it may take, drop by drop too."""
    headers = {"Content-Type": "application/timestamp-query", "Accept": _REPLY}
    until = time.monotonic() + ANSWER_SECONDS
    try:
        with requests.post(
            settings.TIMESTAMP_URL,
            asked,
            headers=headers,
            timeout=(CONNECT_SECONDS, ANSWER_SECONDS),
            allow_redirects=False,
            stream=True,
        ) as found:
            if found.status_code != requests.codes.ok or not found.headers.get("Content-Type", "").startswith(_REPLY):
                raise StampRefused(f"the authority answered with HTTP {found.status_code} and no stamp")
            answer = bytearray()
            for piece in found.iter_content(1024):
                answer += piece
                if len(answer) > _BYTES or time.monotonic() > until:
                    raise StampRefused("the authority's answer is too long")
            return bytes(answer)
    except requests.RequestException as error:
        raise StampRefused(f"the authority does not answer ({type(error).__name__})") from error


def _own() -> Path | None:
    """Return the folder of a demo's own authority, or None."""
    folder = Path(settings.SIGNING_AUTHORITY_DIR) if settings.SIGNING_AUTHORITY_DIR else None
    return folder if folder and (folder / settings.STAMPING_KEY).exists() else None


def _made_here(asked: bytes) -> bytes:
    answer: bytes = import_string(settings.OWN_STAMPER)(asked)
    return answer


def _roots() -> list[x509.Certificate]:
    """Return the certificates that are believed: those of TIMESTAMP_ROOTS, and that of a demo's own authority."""
    own = _own()
    paths = [Path(settings.TIMESTAMP_ROOTS)] if settings.TIMESTAMP_ROOTS else []
    paths += [own / settings.STAMPING_ROOT] if own else []
    try:
        return [one for path in paths for one in x509.load_pem_x509_certificates(path.read_bytes())]
    except (OSError, ValueError) as error:
        raise StampRefused(f"the roots to check it against cannot be read ({error})") from error
