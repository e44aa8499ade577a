"""The demo's own authority: it certifies the custodian's key and stamps the time, as one outside would.

Its keys lie under VAR, made once. Nobody else trusts it; production has no such folder.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from asn1crypto import keys as asn1_keys
from asn1crypto import pem, tsp
from asn1crypto import x509 as asn1_x509
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
    pkcs12,
)
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID, ObjectIdentifier
from django.conf import settings
from pyhanko.sign.timestamps.dummy_client import DummyTimeStamper
from pyhanko_certvalidator.registry import SimpleCertificateStore

_BITS = 2048
Key = rsa.RSAPrivateKey

ROOT_KEY = "root-key.pem"
_COMPANY = "Meridian Exchange (demo)"
_DAY = timedelta(days=1)
# Document signing (RFC 9336).
_DOCUMENTS = ObjectIdentifier("1.3.6.1.5.5.7.3.36")


@dataclass(frozen=True)
class Authority:
    """A certificate that issues others, with its key."""

    certificate: x509.Certificate
    key: Key

    def bundle(
        self, name: str, password: str, *, at: datetime, days: int = 1095, purpose: ObjectIdentifier = _DOCUMENTS,
        bits: int = _BITS,
    ) -> bytes:  # fmt: skip
        """Return a new key with a certificate for this person, as a PKCS#12 file under a password."""
        certificate, key = _issue(name, self, at=at, days=days, purpose=purpose, bits=bits)
        protection = BestAvailableEncryption(password.encode())
        return pkcs12.serialize_key_and_certificates(name.encode(), key, certificate, [self.certificate], protection)

    def own_bundle(self, password: str) -> bytes:
        """Return the authority's own key as a PKCS#12 file."""
        protection = BestAvailableEncryption(password.encode())
        return pkcs12.serialize_key_and_certificates(None, self.key, self.certificate, None, protection)

    def pem(self) -> bytes:
        """Return the certificate as it is handed to whoever is to trust it."""
        return self.certificate.public_bytes(Encoding.PEM)


def ensure(folder: str, *, at: datetime | None = None) -> Authority:
    """Return the authority of a folder, made there with its time stamping key if it is not."""
    at, place = at or datetime.now(UTC), Path(folder)
    if all((place / name).exists() for name in (settings.STAMPING_ROOT, ROOT_KEY, settings.STAMPING_KEY)):
        key = load_pem_private_key((place / ROOT_KEY).read_bytes(), None)
        return Authority(x509.load_pem_x509_certificate((place / settings.STAMPING_ROOT).read_bytes()), _rsa(key))
    place.mkdir(mode=0o700, parents=True, exist_ok=True)
    made = make(at=at)
    _write(place / ROOT_KEY, _pem(made.key))
    _write(place / settings.STAMPING_ROOT, made.pem())
    _write(place / settings.STAMPING_KEY, stamping_key(made, at=at))
    return made


def make(*, at: datetime) -> Authority:
    """Make an authority that nobody knows yet."""
    certificate, key = _issue("Demo Root for Certificates", None, at=at, days=7300, purpose=None)
    return Authority(certificate, key)


def stamping_key(authority: Authority, *, at: datetime) -> bytes:
    """Return a new key for time stamps with its certificate and the root's, as PEM."""
    stamps = ExtendedKeyUsageOID.TIME_STAMPING
    certificate, key = _issue("Demo Time Stamps", authority, at=at, days=3650, purpose=stamps)
    return _pem(key) + certificate.public_bytes(Encoding.PEM) + authority.pem()


def stamp(request: bytes, *, at: datetime | None = None) -> bytes:
    """Answer a question for a time stamp (RFC 3161, DER) with the key of the demo's folder."""
    found = list(
        pem.unarmor((Path(settings.SIGNING_AUTHORITY_DIR) / settings.STAMPING_KEY).read_bytes(), multiple=True)
    )
    chain = [asn1_x509.Certificate.load(der) for kind, _headers, der in found if kind == "CERTIFICATE"]
    key = next(asn1_keys.PrivateKeyInfo.load(der) for kind, _headers, der in found if "KEY" in kind)
    store = SimpleCertificateStore.from_certs(chain[1:])  # type: ignore[no-untyped-call]
    stamper = DummyTimeStamper(chain[0], key, store, fixed_dt=at)
    answer: bytes = stamper.request_tsa_response(tsp.TimeStampReq.load(request)).dump()
    return answer


def _issue(
    name: str, issuer: Authority | None, *, at: datetime, days: int, purpose: ObjectIdentifier | None, bits: int = _BITS
) -> tuple[x509.Certificate, Key]:
    key = rsa.generate_private_key(65537, bits)
    subject = x509.Name(
        [
            x509.NameAttribute(NameOID.COUNTRY_NAME, "IE"),
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, _COMPANY),
            x509.NameAttribute(NameOID.COMMON_NAME, name),
        ]
    )
    usage = dict.fromkeys(
        ("digital_signature", "content_commitment", "key_encipherment", "data_encipherment", "key_agreement",
         "key_cert_sign", "crl_sign", "encipher_only", "decipher_only"), False,
    )  # fmt: skip
    if issuer is None:
        usage |= {"key_cert_sign": True, "crl_sign": True}
    else:
        usage |= {"digital_signature": True, "content_commitment": purpose != ExtendedKeyUsageOID.TIME_STAMPING}
    built = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer.certificate.subject if issuer else subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(at - _DAY)
        .not_valid_after(at - _DAY + days * _DAY)
        .add_extension(x509.BasicConstraints(ca=issuer is None, path_length=None), critical=True)
        .add_extension(x509.KeyUsage(**usage), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
    )
    if issuer is not None:
        above = x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer.key.public_key())
        built = built.add_extension(above, critical=False)
    if purpose is not None:
        # RFC 3161 2.3: a key for time stamps is for nothing else, and says so as critical.
        only = purpose == ExtendedKeyUsageOID.TIME_STAMPING
        built = built.add_extension(x509.ExtendedKeyUsage([purpose]), critical=only)
    return built.sign(issuer.key if issuer else key, SHA256()), key


def _pem(key: Key) -> bytes:
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


def _rsa(key: object) -> Key:
    if not isinstance(key, rsa.RSAPrivateKey):
        raise TypeError("The demo's authority has a key of another kind.")
    return key


def _write(path: Path, content: bytes) -> None:
    path.touch(mode=0o600)
    path.write_bytes(content)
