"""What the electronic signatures in a PDF are worth, as pyHanko finds them. Nothing is asked outside this process.

Chosen: no fetching of certificates, lists or answers (AIA, CRL, OCSP): the portal would tell the signer's authority
who sent an order, and would wait for it. Withdrawn certificates are therefore known only from lists inside the file
(soft-fail); such a list counts whenever it was made (retroactive). The file is judged as of the moment it is read. A
certificate that ran out since is judged as of the time stamp, or, and said so, as of the time that the signer claims.
"""

import asyncio
import contextlib
import io
import string
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from asn1crypto import cms, crl, ocsp, pem, x509
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.ades.report import AdESIndeterminate
from pyhanko.sign.diff_analysis import DiffResult, ModificationLevel
from pyhanko.sign.fields import enumerate_sig_fields
from pyhanko.sign.general import MultivaluedAttributeError, NonexistentAttributeError, find_unique_cms_attribute
from pyhanko.sign.validation import async_validate_pdf_signature, async_validate_pdf_timestamp
from pyhanko.sign.validation.dss import DocumentSecurityStore
from pyhanko.sign.validation.errors import NoDSSFoundError
from pyhanko.sign.validation.pdf_embedded import EmbeddedPdfSignature
from pyhanko.sign.validation.settings import KeyUsageConstraints
from pyhanko.sign.validation.status import SignatureCoverageLevel
from pyhanko_certvalidator import ValidationContext

SIGNATURES = 20
VALUE = 200
ANCHORS = 2000
ANCHOR_BYTES = 1024 * 1024
# A clock may be a little fast.
AHEAD = timedelta(hours=1)
_HEX = frozenset(string.hexdigits.encode())
_SIGNING = KeyUsageConstraints(key_usage={"non_repudiation", "digital_signature"})
_SUPPORTED = {"adbe.pkcs7.detached", "ETSI.CAdES.detached", "ETSI.RFC3161"}
# Older forms that are real, and that pyHanko does not judge; any other is made up.
_OLD = {"adbe.pkcs7.sha1", "adbe.x509.rsa_sha1"}
_WEAK = {AdESIndeterminate.CRYPTO_CONSTRAINTS_FAILURE, AdESIndeterminate.CRYPTO_CONSTRAINTS_FAILURE_NO_POE}
_COVERAGE = {SignatureCoverageLevel.ENTIRE_FILE: "file", SignatureCoverageLevel.ENTIRE_REVISION: "revision"}

Found = dict[str, str | bool]


def read_anchors(folder: str) -> list[x509.Certificate]:
    """Return the certificates in the PEM and DER files of a folder; what cannot be read is left out."""
    found = []
    for path in sorted(Path(folder).iterdir())[:ANCHORS] if folder and Path(folder).is_dir() else []:
        with contextlib.suppress(OSError, ValueError, TypeError):
            found += certificates_in(path)
    return found


def certificates_in(path: Path) -> list[x509.Certificate]:
    """Return the certificates in one file; raise OSError, ValueError or TypeError where it is something else."""
    if not path.is_file() or path.stat().st_size > ANCHOR_BYTES:
        raise ValueError("no file of certificates")
    content = path.read_bytes()
    ders = [der for _kind, _headers, der in pem.unarmor(content, multiple=True)] if pem.detect(content) else [content]
    found = [x509.Certificate.load(der, strict=True) for der in ders]
    for certificate in found:
        _ = certificate.subject.native, certificate.public_key.native  # parsed only now
    return found


class Verifier:
    """Judges the signatures of one file. Made before the limits are entered: it holds the anchors and a loop."""

    def __init__(self, anchors: Sequence[x509.Certificate], at: datetime) -> None:
        self._anchors = list(anchors)
        self._at = at
        self._loop = asyncio.new_event_loop()
        self._extra: dict[str, list[Any]] = {}

    def close(self) -> None:
        """End the loop."""
        self._loop.close()

    def read(self, content: bytes) -> dict[str, Any]:
        """Return {"signatures": […], "empty": fields without a signature} or {"unread": True}."""
        try:
            reader = PdfFileReader(io.BytesIO(content), strict=False)
            fields = list(enumerate_sig_fields(reader, filled_status=True))
            empty = sum(1 for _field in enumerate_sig_fields(reader, filled_status=False))
        except Exception:  # noqa: BLE001 - a hostile file may break the reader in any way
            return {"unread": True}
        names = {name for name, _value, _field in fields}
        found = [self._one(reader, content, name, field, names) for name, _value, field in fields[:SIGNATURES]]
        return {"signatures": [one for _place, one in sorted(found, key=lambda pair: pair[0])], "empty": empty}

    def _one(self, reader: PdfFileReader, content: bytes, name: str, field: Any, names: set[str]) -> tuple[int, Found]:
        found: Found = {"kind": "signature", "field": _clean(name), "state": "unreadable"}
        try:
            value = field.get_object().raw_get("/V").get_object()
            found["subfilter"] = _clean(str(value.get("/SubFilter", "")).removeprefix("/"))
            if value.get("/Type") == "/DocTimeStamp":
                found["kind"] = "stamp"
            if found["subfilter"] in _OLD or reader.xrefs.hybrid_xrefs_present:
                return 0, found | {"state": "unsupported"}
            if found["subfilter"] not in _SUPPORTED:
                return 0, found
            embedded = EmbeddedPdfSignature(reader, field, name)
            found |= _of_certificate(embedded.signer_cert)
        except Exception as error:  # noqa: BLE001 - whatever is in there, it is no signature
            return 0, found | {"problem": type(error).__name__}
        try:
            self._gather(reader, embedded)
            judge = self._judge_stamp if found["kind"] == "stamp" else self._judge
            return embedded.signed_revision, found | judge(embedded, content, names)
        except Exception as error:  # noqa: BLE001 - an algorithm that nobody knows, or a structure made to break
            return embedded.signed_revision, found | {"state": "unsupported", "problem": type(error).__name__}

    def _judge(self, embedded: EmbeddedPdfSignature, content: bytes, names: set[str]) -> Found:
        status = self._status(embedded, self._at)
        claimed, stamp = status.signer_reported_dt, status.timestamp_validity
        sound = bool(stamp and stamp.intact and stamp.valid)
        stamped = stamp.timestamp if stamp and sound and stamp.trusted else None
        ahead = claimed is not None and claimed > self._at + AHEAD
        when = min(stamped or claimed or self._at, self._at)
        found: Found = {
            "claimed_at": _moment(claimed),
            "stamp": "" if stamp is None else "trusted" if stamped else "unknown" if sound else "broken",
            "stamped_at": _moment(stamp.timestamp) if stamp and sound else "",
            "ahead": ahead,
            "algorithm": _clean(f"{status.md_algorithm} {status.pkcs7_signature_mechanism}"),
            "certified": embedded.docmdp_level.name.lower() if embedded.docmdp_level else "",
            "lists": bool(self._extra["crls"] or self._extra["ocsps"]),
            **_coverage(embedded, content, names),
        }
        then = self._status(embedded, when, again=True) if status.intact and status.valid else status
        state = _broken(status, found) or self._trust(embedded.signer_cert, status, then, when, bool(stamped))
        return found | {"state": state, **_withdrawn(status, then)}

    def _judge_stamp(self, embedded: EmbeddedPdfSignature, content: bytes, names: set[str]) -> Found:
        context = self._context(self._at)
        status = self._run(async_validate_pdf_timestamp(embedded, context))
        found: Found = {"stamped_at": _moment(status.timestamp), **_coverage(embedded, content, names)}
        state = _broken(status, found)
        return found | {"state": state or self._trust(embedded.signer_cert, status, status, status.timestamp, True)}

    def _trust(self, certificate: Any, status: Any, then: Any, when: datetime, stamped: bool) -> str:
        """Return what is known of the signer, of a signature whose file was not changed."""
        problem = status.trust_problem_indic
        if status.revoked or then.revoked:
            return "revoked"
        if problem in _WEAK:
            return "weak"
        if when < certificate.not_valid_before:
            return "not_yet_valid"
        if when > certificate.not_valid_after:
            return "expired"
        if not self._anchors:
            return "no_trust_list"
        if status.trusted:
            return "trusted"
        if then.trusted:
            return "trusted" if stamped else "expired_since"
        meant_for_else = problem == AdESIndeterminate.CHAIN_CONSTRAINTS_FAILURE
        return "unfit" if meant_for_else and certificate.subject != certificate.issuer else "unknown_issuer"

    def _status(self, embedded: EmbeddedPdfSignature, moment: datetime, *, again: bool = False) -> Any:
        context = self._context(moment)
        return self._run(async_validate_pdf_signature(embedded, context, key_usage_settings=_SIGNING, skip_diff=again))

    def _run(self, coroutine: Any) -> Any:
        return self._loop.run_until_complete(coroutine)

    def _context(self, moment: datetime) -> ValidationContext:
        return ValidationContext(
            trust_roots=self._anchors,
            moment=moment,
            allow_fetching=False,
            revocation_mode="soft-fail",
            retroactive_revinfo=True,
            other_certs=self._extra["other_certs"],
            crls=self._extra["crls"],
            ocsps=self._extra["ocsps"],
        )

    def _gather(self, reader: PdfFileReader, embedded: EmbeddedPdfSignature) -> None:
        """Collect what the file itself holds on certificates: the store of the document and of the signature."""
        self._extra = {"other_certs": [], "crls": [], "ocsps": []}
        with contextlib.suppress(NoDSSFoundError, ValueError, KeyError, TypeError, AttributeError):
            store = DocumentSecurityStore.read_dss(reader)
            self._extra["other_certs"] = list(store.load_certs())
            self._extra["crls"] = [crl.CertificateList.load(_data(ref)) for ref in store.crls]
            self._extra["ocsps"] = [ocsp.OCSPResponse.load(_data(ref)) for ref in store.ocsps]
        with contextlib.suppress(NonexistentAttributeError, MultivaluedAttributeError, ValueError, TypeError):
            attribute = find_unique_cms_attribute(
                embedded.signer_info["signed_attrs"], "adobe_revocation_info_archival"
            )
            self._extra["crls"] += list(attribute["crl"] or ())
            self._extra["ocsps"] += list(attribute["ocsp"] or ())
        self._extra["crls"] += list(_lists_in(embedded.signed_data))


def _lists_in(signed_data: cms.SignedData) -> Iterator[crl.CertificateList]:
    for choice in signed_data["crls"] or ():
        if choice.name == "":
            yield choice.chosen


def _data(reference: Any) -> bytes:
    return bytes(reference.get_object().data)


def _broken(status: Any, found: Found) -> str:
    """Say what was done to the file, whoever signed it; nothing where it is as it was signed."""
    if not (status.intact and status.valid) or found["coverage"] == "part":
        return "broken"
    return "changed" if found["change"] == "other" else ""


def _coverage(embedded: EmbeddedPdfSignature, content: bytes, names: set[str]) -> Found:
    """Say how much of the file the signature covers, and what was appended behind it."""
    if not _leaves_out_itself_only(embedded, content):
        return {"coverage": "part", "change": "other"}
    level: Any = embedded.coverage
    coverage = _COVERAGE.get(level, "part")
    return {"coverage": coverage, "change": _change(embedded, content, names)}


def _leaves_out_itself_only(embedded: EmbeddedPdfSignature, content: bytes) -> bool:
    """Say whether all that the byte range leaves out, up to its end, is the signature in hexadecimal.

    pyHanko compares lengths. A range that ends behind the end of the file can hide something in its gap.
    """
    reach = [int(number) for number in embedded.byte_range]
    if len(reach) != 4 or reach[0] != 0 or min(reach) < 0 or reach[2] + reach[3] > len(content):
        return False
    gap = content[reach[1] : reach[2]]
    inner = gap[1:-1]
    if not (gap.startswith(b"<") and gap.endswith(b">")) or not _HEX.issuperset(inner) or len(inner) % 2:
        return False
    return bytes.fromhex(inner.decode()) == embedded.pkcs7_content


def _change(embedded: EmbeddedPdfSignature, content: bytes, names: set[str]) -> str:
    """Name the kind of change behind the signature: none, archival, signatures, form or other."""
    result: Any = embedded.diff_result
    end = int(embedded.byte_range[2]) + int(embedded.byte_range[3])
    if not isinstance(result, DiffResult):
        return "other"
    level, allowed = result.modification_level, embedded.docmdp_level
    if level.value >= ModificationLevel.ANNOTATIONS.value or (allowed is not None and level.value > allowed.value):
        return "other"
    if level == ModificationLevel.NONE:
        return "other" if content[end:].strip() else "none"
    if level == ModificationLevel.LTA_UPDATES:
        return "archival"
    return "form" if set(result.changed_form_fields) - names else "signatures"


def _withdrawn(*statuses: Any) -> Found:
    details = next((status.revocation_details for status in statuses if status.revocation_details), None)
    return {"withdrawn_at": _moment(details.revocation_date)} if details else {}


def _of_certificate(certificate: x509.Certificate) -> Found:
    issuer = certificate.issuer.native
    return {
        "signer": _name(certificate.subject.native),
        "organisation": _clean(_text(certificate.subject.native.get("organization_name"))),
        "issuer": _name(issuer),
        "serial": f"{certificate.serial_number:x}"[:VALUE],
        "self_signed": certificate.subject == certificate.issuer,
        "valid_from": _moment(certificate.not_valid_before),
        "valid_until": _moment(certificate.not_valid_after),
    }


def _name(parts: Any) -> str:
    for key in ("common_name", "pseudonym", "organization_name", "email_address"):
        if key in parts:
            return _clean(_text(parts[key]))
    return _clean(", ".join(_text(part) for part in parts.values()))


def _text(value: Any) -> str:
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value or "")


def _moment(moment: datetime | None) -> str:
    return moment.isoformat(timespec="seconds") if moment else ""


def _clean(text: str) -> str:
    return "".join(letter for letter in text if letter.isprintable()).strip()[:VALUE]
