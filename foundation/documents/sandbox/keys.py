"""python -m foundation.documents.sandbox.keys: a PKCS#12 file in, what it is and the same key under a PIN out.

Standard input is one line of JSON; secrets come this way alone, never as arguments. The answer is one line:
{"facts": …, "key": …} or {"refused": code, "why": sentence}.
"""

import base64
import json
import sys
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PrivateFormat, pkcs12
from cryptography.x509.oid import NameOID

from foundation.documents.sandbox import limits

# PBKDF2 with HMAC-SHA-256, as many rounds as OWASP asks for.
ROUNDS = 600_000
RSA_BITS = 2048
_SUBJECT = (
    NameOID.COMMON_NAME, NameOID.ORGANIZATIONAL_UNIT_NAME, NameOID.ORGANIZATION_NAME, NameOID.COUNTRY_NAME,
)  # fmt: skip
# What a certificate may be for beside signing, where it names its purposes; TLS servers alone do not sign papers.
_PAPER = frozenset({
    "2.5.29.37.0",  # any
    "1.3.6.1.5.5.7.3.4",  # e-mail
    "1.3.6.1.5.5.7.3.36",  # document signing (RFC 9336)
    "1.3.6.1.4.1.311.10.3.12",  # Microsoft document signing
    "1.2.840.113583.1.1.5",  # Adobe authentic documents
})  # fmt: skip


class KeyRefused(Exception):
    """This key is not taken, and why; `pin` where it did not open."""

    def __init__(self, code: str, words: str) -> None:
        super().__init__(words)
        self.code = code


@dataclass(frozen=True)
class Bundle:
    """A key with its certificate, and those above it from the one that issued it upwards."""

    key: Any
    certificate: x509.Certificate
    above: tuple[x509.Certificate, ...]

    @property
    def chain(self) -> tuple[x509.Certificate, ...]:
        """The certificate and those above it."""
        return (self.certificate, *self.above)

    def facts(self) -> dict[str, Any]:
        """Return what people are shown of it."""
        last = self.chain[-1]
        return {
            "subject": name_of(self.certificate.subject),
            "issuer": name_of(self.certificate.issuer),
            "serial": f"{self.certificate.serial_number:x}",
            "fingerprint": self.certificate.fingerprint(SHA256()).hex(),
            "valid_from": self.certificate.not_valid_before_utc.isoformat(),
            "valid_until": self.certificate.not_valid_after_utc.isoformat(),
            "whole": last.subject == last.issuer,
            "chain": b"".join(one.public_bytes(Encoding.PEM) for one in self.chain).decode("ascii"),
        }


def open_bundle(content: bytes, password: bytes) -> Bundle:
    """Open a PKCS#12 file; raises KeyRefused where the password is wrong, or there is no key with a certificate."""
    try:
        held = pkcs12.load_pkcs12(content, password)
    except (ValueError, UnsupportedAlgorithm) as error:
        if "password" in str(error).lower() or "mac" in str(error).lower():
            raise KeyRefused("pin", "The password does not open this file.") from error
        raise KeyRefused("file", "This is no PKCS#12 file (.p12 or .pfx) that can be read.") from error
    if held.key is None or held.cert is None:
        raise KeyRefused("file", "The file holds no key with its certificate.")
    found = held.cert.certificate
    return Bundle(held.key, found, _above(found, [one.certificate for one in held.additional_certs]))


def refuse_unfit(bundle: Bundle, at: datetime) -> None:
    """Raise KeyRefused unless this key may sign papers at this moment."""
    certificate = bundle.certificate
    if certificate.not_valid_after_utc <= at:
        day = f"{certificate.not_valid_after_utc:%-d %b %Y}"
        raise KeyRefused("expired", f"The certificate ran out on {day}. Ask your authority for a new one.")
    if certificate.not_valid_before_utc > at:
        raise KeyRefused("early", f"The certificate is valid only from {certificate.not_valid_before_utc:%-d %b %Y}.")
    _refuse_weak(bundle.key)
    if certificate.subject == certificate.issuer:
        raise KeyRefused("itself", "The certificate was issued by nobody but itself: anybody can make one in any name.")
    if _extension(certificate, x509.BasicConstraints, "ca") is True:
        raise KeyRefused("purpose", "The certificate is of an authority: it signs certificates, not papers.")
    usages = [_extension(certificate, x509.KeyUsage, name) for name in ("content_commitment", "digital_signature")]
    if any(value is not None for value in usages) and not any(usages):
        raise KeyRefused("purpose", "The certificate is not made for signing: its key usage does not say so.")
    purposes = _purposes(certificate)
    if purposes and not purposes & _PAPER:
        raise KeyRefused("purpose", "The certificate is made for something else than signing documents.")


def seal_bundle(bundle: Bundle, pin: bytes) -> bytes:
    """Return key and certificate as PKCS#12 under this PIN."""
    protection = (
        PrivateFormat.PKCS12.encryption_builder()
        .kdf_rounds(ROUNDS)
        .key_cert_algorithm(pkcs12.PBES.PBESv2SHA256AndAES256CBC)
        .hmac_hash(SHA256())
        .build(pin)
    )
    return pkcs12.serialize_key_and_certificates(None, bundle.key, bundle.certificate, None, protection)


def name_of(name: x509.Name) -> str:
    """Return a name as people read it: who, of what, in which country."""
    parts = [str(part.value) for oid in _SUBJECT for part in name.get_attributes_for_oid(oid)]
    return ", ".join(parts)[:300] or name.rfc4514_string()[:300]


def _above(certificate: x509.Certificate, others: list[x509.Certificate]) -> tuple[x509.Certificate, ...]:
    found: list[x509.Certificate] = []
    last = certificate
    while last.subject != last.issuer:
        issuer = next((one for one in others if one.subject == last.issuer and one not in found), None)
        if issuer is None or not _issued(last, issuer):
            break
        found.append(issuer)
        last = issuer
    return tuple(found)


def _issued(certificate: x509.Certificate, issuer: x509.Certificate) -> bool:
    try:
        certificate.verify_directly_issued_by(issuer)
    except Exception:  # noqa: BLE001 - a key that nobody knows, or a signature of somebody else
        return False
    return True


def _refuse_weak(key: Any) -> None:
    if isinstance(key, rsa.RSAPrivateKey):
        if key.key_size < RSA_BITS:
            raise KeyRefused("weak", f"The key is too short. It needs {RSA_BITS} bits or more.")
    elif not isinstance(key, ec.EllipticCurvePrivateKey):
        raise KeyRefused("weak", "Only RSA and elliptic curve keys are taken: PDF readers check no others.")


def _extension(certificate: x509.Certificate, kind: Any, name: str) -> Any:
    try:
        return getattr(certificate.extensions.get_extension_for_class(kind).value, name)
    except x509.ExtensionNotFound:
        return None


def _purposes(certificate: x509.Certificate) -> set[str]:
    try:
        found = certificate.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
    except x509.ExtensionNotFound:
        return set()
    return {oid.dotted_string for oid in found}


def main() -> None:
    """Open what is given, judge it, and put it under the PIN."""
    asked: dict[str, str] = json.loads(sys.stdin.buffer.readline())
    limits.enter()
    try:
        bundle = open_bundle(base64.b64decode(asked["key"]), asked["password"].encode())
        refuse_unfit(bundle, datetime.fromisoformat(asked["at"]))
        sealed = base64.b64encode(seal_bundle(bundle, asked["pin"].encode())).decode()
        answer: dict[str, Any] = {"facts": bundle.facts(), "key": sealed}
    except KeyRefused as refusal:
        answer = {"refused": refusal.code, "why": str(refusal)}
    sys.stdout.write(json.dumps(answer) + "\n")


if __name__ == "__main__":
    main()
