"""Authorities, signers and signed PDFs for the tests, real ones, made here."""

import io
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from asn1crypto import crl as asn1_crl
from asn1crypto import keys as asn1_keys
from asn1crypto import x509 as asn1_x509
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.sign import signers
from pyhanko.sign.fields import MDPPerm, SigFieldSpec, SigSeedSubFilter, append_signature_field
from pyhanko.sign.timestamps.dummy_client import DummyTimeStamper
from pyhanko_certvalidator.registry import SimpleCertificateStore

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
YEAR = timedelta(days=365)
LIST = "http://pki.test/list.crl"


@dataclass
class Party:
    """A certificate, its key, and the certificates between it and its root."""

    certificate: x509.Certificate
    key: ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey
    chain: list["Party"] = field(default_factory=list)

    @property
    def pem(self) -> bytes:
        return self.certificate.public_bytes(Encoding.PEM)

    @property
    def der(self) -> bytes:
        return self.certificate.public_bytes(Encoding.DER)

    @property
    def asn1(self) -> asn1_x509.Certificate:
        return asn1_x509.Certificate.load(self.der)

    @property
    def asn1_key(self) -> asn1_keys.PrivateKeyInfo:
        return asn1_keys.PrivateKeyInfo.load(self.key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption()))


def name(common: str, organisation: str = "Republic of Nordvik") -> x509.Name:
    return x509.Name(
        [x509.NameAttribute(NameOID.ORGANIZATION_NAME, organisation), x509.NameAttribute(NameOID.COMMON_NAME, common)]
    )


def make_party(
    common: str,
    issuer: Party | None = None,
    *,
    authority: bool = False,
    rsa_bits: int = 0,
    start: datetime = NOW - YEAR,
    end: datetime = NOW + 2 * YEAR,
    usage: str = "content_commitment",
    stamper: bool = False,
    lists: bool = False,
) -> Party:
    """Make a certificate; without an issuer it signs itself."""
    key = rsa.generate_private_key(65537, rsa_bits) if rsa_bits else ec.generate_private_key(ec.SECP256R1())
    usages = dict.fromkeys(
        (
            "digital_signature", "content_commitment", "key_encipherment", "data_encipherment", "key_agreement",
            "key_cert_sign", "crl_sign", "encipher_only", "decipher_only",
        ),
        False,
    )  # fmt: skip
    usages |= {"key_cert_sign": True, "crl_sign": True} if authority else {usage: True}
    builder = (
        x509.CertificateBuilder()
        .subject_name(name(common))
        .issuer_name(issuer.certificate.subject if issuer else name(common))
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(start)
        .not_valid_after(end)
        .add_extension(x509.BasicConstraints(ca=authority, path_length=None), critical=True)
        .add_extension(x509.KeyUsage(**usages), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
    )
    if stamper:
        builder = builder.add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.TIME_STAMPING]), critical=True)
    if lists:
        place = x509.DistributionPoint([x509.UniformResourceIdentifier(LIST)], None, None, None)
        builder = builder.add_extension(x509.CRLDistributionPoints([place]), critical=False)
    signing_key = issuer.key if issuer else key
    return Party(builder.sign(signing_key, hashes.SHA256()), key, [issuer, *issuer.chain] if issuer else [])


def make_list(issuer: Party, *withdrawn: Party, at: datetime) -> asn1_crl.CertificateList:
    """Make a list of withdrawn certificates."""
    builder = x509.CertificateRevocationListBuilder().issuer_name(issuer.certificate.subject)
    builder = builder.last_update(at).next_update(at + timedelta(days=7))
    for party in withdrawn:
        row = x509.RevokedCertificateBuilder().serial_number(party.certificate.serial_number).revocation_date(at)
        builder = builder.add_revoked_certificate(row.build())
    made = builder.sign(issuer.key, hashes.SHA256())
    return asn1_crl.CertificateList.load(made.public_bytes(Encoding.DER))


def sign(
    content: bytes,
    party: Party,
    *,
    at: datetime | None = None,
    field_name: str = "Signature1",
    certify: MDPPerm | None = None,
    stamper: Party | None = None,
    stamped_at: datetime | None = None,
    digest: str = "sha256",
    pades: bool = True,
    roots: bool = False,
) -> bytes:
    """Sign a PDF as a new revision; at is what the signer claims, the moment of the stamp is what the stamper says."""
    store = SimpleCertificateStore()
    store.register_multiple([link.asn1 for link in party.chain])
    signer = signers.SimpleSigner(party.asn1, party.asn1_key, store, embed_roots=roots)
    writer = IncrementalPdfFileWriter(io.BytesIO(content), strict=False)
    metadata = signers.PdfSignatureMetadata(
        field_name=field_name,
        md_algorithm=digest,
        subfilter=SigSeedSubFilter.PADES if pades else SigSeedSubFilter.ADOBE_PKCS7_DETACHED,
        certify=certify is not None,
        docmdp_permissions=certify or MDPPerm.FILL_FORMS,
    )
    stamps = DummyTimeStamper(stamper.asn1, stamper.asn1_key, fixed_dt=stamped_at or NOW) if stamper else None
    pdf_signer = signers.PdfSigner(metadata, signer, timestamper=stamps)
    if at is not None and not pades:
        signer.signed_attr_prov_spec = None
    return pdf_signer.sign_pdf(writer, existing_fields_only=False).getvalue()


def with_empty_field(content: bytes, field_name: str = "Signature1") -> bytes:
    """Add a place for a signature."""
    writer = IncrementalPdfFileWriter(io.BytesIO(content), strict=False)
    append_signature_field(writer, SigFieldSpec(field_name))
    target = io.BytesIO()
    writer.write(target)
    return target.getvalue()


def updated(content, change):
    """Append a revision to a file."""
    writer = IncrementalPdfFileWriter(io.BytesIO(content), strict=False)
    change(writer)
    target = io.BytesIO()
    writer.write(target)
    return target.getvalue()
