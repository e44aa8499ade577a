"""python -m foundation.documents.sandbox.pen: a PDF, a key and its PIN in, the signed PDF out, judged at once.

Standard input is one line of JSON and the PDF behind it; secrets come this way alone, never as arguments. The answer
is {"length": n, "facts": …} and that many bytes, or {"refused": code, "why": sentence}. Only a run that asks a time
stamp of a server keeps the network; every other gives it up before it opens the key.
"""

import base64
import io
import json
import sys
from datetime import datetime
from typing import Any

import requests
from asn1crypto import keys as asn1_keys
from asn1crypto import pem, tsp
from asn1crypto import x509 as asn1_x509
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign import signers
from pyhanko.sign.diff_analysis import ModificationLevel
from pyhanko.sign.fields import MDPPerm, SigFieldSpec, SigSeedSubFilter
from pyhanko.sign.timestamps import TimeStamper
from pyhanko.sign.timestamps.dummy_client import DummyTimeStamper
from pyhanko.sign.validation import validate_pdf_signature
from pyhanko.sign.validation.settings import KeyUsageConstraints
from pyhanko_certvalidator import ValidationContext
from pyhanko_certvalidator.registry import SimpleCertificateStore

from foundation.documents.sandbox import limits
from foundation.documents.sandbox.keys import KeyRefused, open_bundle, refuse_unfit

PDF_LIMIT = 64 * 1024 * 1024
STAMP_SECONDS = 20
STAMP_BYTES = 64 * 1024
_REPLY = "application/timestamp-reply"
FIELD = "Custodian"
_SIGNING = KeyUsageConstraints(key_usage={"non_repudiation", "digital_signature"}, match_all_key_usages=False)


class _SignerOfThatMoment(signers.PdfSigner):
    """Says the moment that the portal writes down, not a second one a moment later."""

    at: datetime

    def init_signing_session(self, *given: Any, **options: Any) -> Any:
        session = super().init_signing_session(*given, **options)
        session.system_time = self.at
        return session


class _Server(TimeStamper):
    """Asks a server for a time stamp (RFC 3161 3.4), in this thread: the process may start no other."""

    def __init__(self, url: str) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self._url = url

    async def async_request_tsa_response(self, req: tsp.TimeStampReq) -> tsp.TimeStampResp:
        """Send the request and read the answer; raises KeyRefused where none comes."""
        headers = {"Content-Type": "application/timestamp-query", "Accept": _REPLY}
        try:
            found = requests.post(
                self._url, req.dump(), headers=headers, timeout=STAMP_SECONDS, allow_redirects=False, stream=True
            )
            body = found.raw.read(STAMP_BYTES, decode_content=True)
            if found.status_code != requests.codes.ok or not found.headers.get("Content-Type", "").startswith(_REPLY):
                raise requests.HTTPError(f"HTTP {found.status_code}")
            return tsp.TimeStampResp.load(body)
        except (OSError, ValueError) as error:
            raise KeyRefused("stamp", "The time stamp service does not answer. Nothing was signed.") from error


def sign(content: bytes, asked: dict[str, Any]) -> tuple[bytes, dict[str, Any]]:
    """Return the PDF with a signature behind it, and what a check of it says; raises KeyRefused.

    Later changes of any kind but another signature or time stamp break it (certified, DocMDP 1 forbids forms too).
    """
    at = datetime.fromisoformat(asked["at"])
    bundle = open_bundle(base64.b64decode(asked["key"]), asked["pin"].encode())
    refuse_unfit(bundle, at)
    chain = _certificates(asked["chain"])
    store = SimpleCertificateStore.from_certs(chain[1:])  # type: ignore[no-untyped-call]
    plain = bundle.key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
    held = signers.SimpleSigner(chain[0], asn1_keys.PrivateKeyInfo.load(plain), store)
    metadata = signers.PdfSignatureMetadata(
        field_name=FIELD,
        subfilter=SigSeedSubFilter.PADES,
        md_algorithm="sha256",
        name=asked["name"] or None,
        location=asked["place"] or None,
        certify=True,
        docmdp_permissions=MDPPerm.NO_CHANGES,
        signer_key_usage={"non_repudiation", "digital_signature"},
    )
    # Without a place on a page: PDF/UA wants none tagged that nobody sees, and the paper itself says where it is.
    field = SigFieldSpec(FIELD, readable_field_name="Signature of the custodian")
    signer = _SignerOfThatMoment(metadata, held, timestamper=_time_stamper(asked), new_field_spec=field)
    signer.at = at
    writer = IncrementalPdfFileWriter(io.BytesIO(content))
    signed = bytes(signer.sign_pdf(writer).getvalue())
    return signed, judge(signed, chain, _certificates(asked["stamp_roots"]), at)


def judge(signed: bytes, chain: list[Any], stamp_roots: list[Any], at: datetime) -> dict[str, Any]:
    """Check the signature as a stranger would who trusts the top of the chain; raises KeyRefused unless it is sound.

    `bottom_line` decides: `intact` stays true where something was put behind what is signed.
    """
    embedded = PdfFileReader(io.BytesIO(signed)).embedded_signatures[-1]
    context: dict[str, Any] = {"allow_fetching": False, "revocation_mode": "soft-fail", "moment": at}
    status = validate_pdf_signature(
        embedded,
        ValidationContext(trust_roots=chain[-1:], other_certs=chain, **context),
        ValidationContext(trust_roots=stamp_roots, **context) if stamp_roots else None,
        key_usage_settings=_SIGNING,
    )
    if not status.bottom_line or status.modification_level != ModificationLevel.NONE:
        raise KeyRefused("unsound", f"The signature was made, but does not hold: {status.summary()}.")
    stamp = status.timestamp_validity
    return {
        "stamped_at": stamp.timestamp.isoformat() if stamp else "",
        "stamped_by": stamp.signing_cert.subject.human_friendly[:300] if stamp else "",
        "summary": status.summary(),
    }


def _time_stamper(asked: dict[str, Any]) -> TimeStamper | None:
    """Return who stamps: a server (RFC 3161), the demo's own authority, or nobody."""
    if asked["stamp_url"]:
        return _Server(asked["stamp_url"])
    if not asked["stamp_key"]:
        return None
    own = _certificates(asked["stamp_key"])
    key = next(der for kind, _headers, der in pem.unarmor(asked["stamp_key"].encode(), multiple=True) if "KEY" in kind)
    at = datetime.fromisoformat(asked["at"])
    store = SimpleCertificateStore.from_certs(own[1:])  # type: ignore[no-untyped-call]
    return DummyTimeStamper(own[0], asn1_keys.PrivateKeyInfo.load(key), store, fixed_dt=at)


def _certificates(text: str) -> list[asn1_x509.Certificate]:
    if not text:
        return []
    parts = pem.unarmor(text.encode(), multiple=True)
    return [asn1_x509.Certificate.load(der) for kind, _headers, der in parts if kind == "CERTIFICATE"]


def main() -> None:
    """Sign one PDF."""
    asked: dict[str, Any] = json.loads(sys.stdin.buffer.readline())
    if asked["stamp_url"]:
        limits.bound()
    else:
        limits.enter()
    content = sys.stdin.buffer.read(PDF_LIMIT)
    try:
        signed, facts = sign(content, asked)
    except KeyRefused as refusal:
        _say({"refused": refusal.code, "why": str(refusal)})
    except (OSError, ValueError) as error:  # also of a time stamp server that cannot be reached
        _say({"refused": "failed", "why": f"{type(error).__name__}: {error}"[:300]})
    else:
        _say({"length": len(signed), "facts": facts})
        sys.stdout.buffer.write(signed)


def _say(message: dict[str, Any]) -> None:
    sys.stdout.buffer.write(json.dumps(message).encode() + b"\n")
    sys.stdout.buffer.flush()


if __name__ == "__main__":
    main()
