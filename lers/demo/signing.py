"""Electronic signatures on the demo's papers: real ones, of an authority that is made when the demo is.

Its root is put where the portal looks for trusted ones. Keys live in the memory of the process that loads the demo.
"""

import io
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from pathlib import Path
from typing import Any

import pikepdf
from asn1crypto import keys as asn1_keys
from asn1crypto import x509 as asn1_x509
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID
from django.conf import settings
from pyhanko.pdf_utils.generic import StreamObject
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.sign import signers
from pyhanko.sign.fields import SigSeedSubFilter
from pyhanko_certvalidator.registry import SimpleCertificateStore

SIGNED, CHANGED, SCRIPT = "signed", "changed", "script"
_YEAR = timedelta(days=365)
Key = ec.EllipticCurvePrivateKey


def dress(content: bytes, paper: str, *, signer: str, at: datetime) -> bytes:
    """Return the paper as it is, signed, signed and changed afterwards, or with a script in it."""
    if paper == SCRIPT:
        return _with_script(content)
    if paper not in {SIGNED, CHANGED}:
        return content
    signed = _sign(content, signer, at)
    return _changed(signed) if paper == CHANGED else signed


class _SignerOfThatDay(signers.PdfSigner):
    """Signs with the time of the demo's case instead of now."""

    at = datetime(2026, 1, 1, tzinfo=UTC)

    def init_signing_session(self, *given: Any, **options: Any) -> Any:
        session = super().init_signing_session(*given, **options)
        session.system_time = self.at
        return session


def _sign(content: bytes, name: str, at: datetime) -> bytes:
    root, root_key = _authority()
    certificate, key = _certificate(name, root.subject, root_key, at)
    held = signers.SimpleSigner(
        asn1_x509.Certificate.load(certificate.public_bytes(Encoding.DER)),
        asn1_keys.PrivateKeyInfo.load(key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())),
        SimpleCertificateStore(),  # type: ignore[no-untyped-call]
    )
    metadata = signers.PdfSignatureMetadata(field_name="Signature", subfilter=SigSeedSubFilter.PADES)
    signer = _SignerOfThatDay(metadata, held)
    signer.at = at
    return bytes(signer.sign_pdf(IncrementalPdfFileWriter(io.BytesIO(content))).getvalue())


@lru_cache(maxsize=1)
def _authority() -> tuple[x509.Certificate, Key]:
    """Make the authority of the demo's courts and put its certificate among the trusted ones."""
    root, key = _certificate("Demo Courts Root", None, None, datetime.now(UTC))
    if settings.SIGNATURE_TRUST_DIR:
        folder = Path(settings.SIGNATURE_TRUST_DIR)
        folder.mkdir(parents=True, exist_ok=True)
        (folder / f"demo-{root.serial_number:x}.pem").write_bytes(root.public_bytes(Encoding.PEM))
    return root, key


def _certificate(
    name: str, issuer: x509.Name | None, issuer_key: Key | None, at: datetime
) -> tuple[x509.Certificate, Key]:
    """Make a certificate for two years around a day; without an issuer it is an authority."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name(
        [x509.NameAttribute(NameOID.ORGANIZATION_NAME, "Courts of the demo"),
         x509.NameAttribute(NameOID.COMMON_NAME, name)]
    )  # fmt: skip
    usage = dict.fromkeys(
        ("digital_signature", "content_commitment", "key_encipherment", "data_encipherment", "key_agreement",
         "key_cert_sign", "crl_sign", "encipher_only", "decipher_only"), False,
    )  # fmt: skip
    usage |= {"content_commitment": True} if issuer else {"key_cert_sign": True, "crl_sign": True}
    built = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer or subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(at - _YEAR)
        .not_valid_after(at + 2 * _YEAR)
        .add_extension(x509.BasicConstraints(ca=issuer is None, path_length=None), critical=True)
        .add_extension(x509.KeyUsage(**usage), critical=True)
    )
    return built.sign(issuer_key or key, SHA256()), key


def _changed(signed: bytes) -> bytes:
    """Put more words on the first page of a signed paper, as a new version behind it."""
    writer: Any = IncrementalPdfFileWriter(io.BytesIO(signed))
    words = b"BT /F1 11 Tf 72 96 Td (7. The order holds for all other accounts of these persons too.) Tj ET"
    writer.add_stream_to_page(0, writer.add_object(StreamObject(stream_data=words)))
    target = io.BytesIO()
    writer.write(target)
    return target.getvalue()


def _with_script(content: bytes) -> bytes:
    with pikepdf.open(io.BytesIO(content)) as pdf:
        pdf.Root.OpenAction = pikepdf.Dictionary(
            Type=pikepdf.Name.Action, S=pikepdf.Name.JavaScript, JS="app.alert('This is a demo.');"
        )
        pdf.attachments["accounts.csv"] = b"account\n"
        target = io.BytesIO()
        pdf.save(target)
    return target.getvalue()
