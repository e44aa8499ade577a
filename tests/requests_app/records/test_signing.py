"""A custodian's key, and what is signed with it: a PDF that a stranger's program finds valid, and nothing else."""

import io
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread

import pikepdf
import pytest
from asn1crypto import keys as asn1_keys
from asn1crypto import pem, tsp, x509
from cryptography.x509.oid import ExtendedKeyUsageOID
from django.utils import timezone
from pyhanko.sign.timestamps.dummy_client import DummyTimeStamper
from pyhanko_certvalidator.registry import SimpleCertificateStore

from accounts.models import Throttle
from foundation.audit.models import AuditEvent
from foundation.core.errors import NotAllowed, PortalError
from foundation.core.paper import typeset
from foundation.documents import pen
from foundation.documents.pen import KeyNotTaken
from foundation.documents.trust import check_time_stamps
from foundation.notifications.models import OutboundMessage
from lers.demo import authority
from requests_app.models import SigningIdentity
from requests_app.services import signing_keys
from tests.people import make_staff

PIN, PASSWORD = "otter lantern 4471", "the file's password"
NOW = datetime.now(UTC)
PAGE = '<html lang="en"><title>Certificate</title><body><h1>Certificate</h1><p>True.</p></body></html>'


@pytest.fixture(scope="module")
def root():
    """An authority that nobody knows."""
    return authority.make(at=NOW - timedelta(days=30))


@pytest.fixture(scope="module")
def page():
    """A paper as the portal sets it."""
    return typeset(PAGE)


@pytest.fixture
def place(root, tmp_path, settings):
    """The folder of that authority with its key for time stamps, as the demo has one."""
    settings.SIGNING_AUTHORITY_DIR = str(tmp_path)
    (tmp_path / "root.pem").write_bytes(root.pem())
    (tmp_path / "stamping.pem").write_bytes(authority.stamping_key(root, at=NOW))
    return tmp_path


def _custodian(root, **changes):
    custodian = make_staff("custodian", full_name="Ada Custodian")
    bundle = root.bundle("Ada Custodian", PASSWORD, at=NOW, **changes)
    return custodian, signing_keys.add(bundle, password=PASSWORD, pin=PIN, by=custodian, at=NOW)


def _validated(path: Path, trust: Path) -> str:
    """What pyHanko's own program says, as a stranger who trusts this root would run it."""
    command = [sys.executable, "-m", "pyhanko", "sign", "validate", "--trust", str(trust), "--pretty-print", str(path)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    return done.stdout if done.returncode == 0 else f"{done.returncode}: {done.stdout}{done.stderr}"


def test_a_signature_with_its_time_stamp_holds_for_a_strangers_program_and_no_byte_after_it(db, root, page, place):
    _by, identity = _custodian(root)
    made = signing_keys.sign_pdf(page, identity, pin=PIN, place="Dublin", at=timezone.now())
    assert made.content.startswith(page)
    assert "Demo Time Stamps" in made.stamped_by
    (place / "signed.pdf").write_bytes(made.content)
    said = _validated(place / "signed.pdf", place / "root.pem")
    assert "The signature is judged VALID." in said
    assert "backed by a time stamping authority" in said
    assert "The TSA certificate is trusted." in said

    changed = bytearray(made.content)
    changed[len(page) // 2] ^= 1
    (place / "changed.pdf").write_bytes(bytes(changed))
    assert "judged VALID." not in _validated(place / "changed.pdf", place / "root.pem")
    stranger = authority.make(at=NOW)
    (place / "other.pem").write_bytes(stranger.pem())
    assert "judged VALID." not in _validated(place / "signed.pdf", place / "other.pem")


def test_what_is_signed_says_still_that_it_is_tagged_and_shows_nothing_over_the_page(db, root, page, place):
    _by, identity = _custodian(root)
    made = signing_keys.sign_pdf(page, identity, pin=PIN, place="", at=timezone.now())
    with pikepdf.open(io.BytesIO(page)) as before, pikepdf.open(io.BytesIO(made.content)) as after:
        assert after.Root.MarkInfo.Marked
        assert b"pdfuaid" in after.Root.Metadata.read_bytes() or b"pdfaid" in after.Root.Metadata.read_bytes()
        field = after.Root.AcroForm.Fields[0]
        assert [int(side) for side in field.Rect] == [0, 0, 0, 0]
        # ISO 19005-3, 6.3.2: printed (4), and not invisible, hidden, without a view or switching it (1, 2, 32, 256).
        assert int(field.F) & (4 | 1 | 2 | 32 | 256) == 4
        assert str(field.TU) == "Signature of the custodian"
        assert len(after.pages) == len(before.pages)


def test_without_a_service_for_stamps_it_is_signed_without_one(db, root, page, settings):
    settings.SIGNING_AUTHORITY_DIR = ""
    _by, identity = _custodian(root)
    made = signing_keys.sign_pdf(page, identity, pin=PIN, place="", at=timezone.now())
    assert (made.stamped_at, made.stamped_by) == (None, "")
    assert not signing_keys.is_stamped()


class _Stamps(BaseHTTPRequestHandler):
    """A time stamp service as RFC 3161 has it."""

    stamper: DummyTimeStamper
    broken = False

    def do_POST(self):
        asked = tsp.TimeStampReq.load(self.rfile.read(int(self.headers["Content-Length"])))
        answer = b"busy" if self.broken else self.stamper.request_tsa_response(asked).dump()
        self.send_response(200)
        self.send_header("Content-Type", "text/html" if self.broken else "application/timestamp-reply")
        self.end_headers()
        self.wfile.write(answer)

    def log_message(self, *_args):
        """Say nothing."""


def test_a_service_over_http_stamps_and_one_that_does_not_answer_leaves_nothing_signed(db, root, page, place, settings):
    parts = list(pem.unarmor((place / "stamping.pem").read_bytes(), multiple=True))
    certificates = [x509.Certificate.load(der) for kind, _headers, der in parts if kind == "CERTIFICATE"]
    key = asn1_keys.PrivateKeyInfo.load(parts[0][2])
    _Stamps.stamper = DummyTimeStamper(certificates[0], key, SimpleCertificateStore.from_certs(certificates[1:]))
    server = HTTPServer(("127.0.0.1", 0), _Stamps)
    Thread(target=server.serve_forever, daemon=True).start()
    settings.TIMESTAMP_URL = f"http://127.0.0.1:{server.server_port}/"
    settings.TIMESTAMP_ROOTS = str(place / "root.pem")
    _by, identity = _custodian(root)
    try:
        made = signing_keys.sign_pdf(page, identity, pin=PIN, place="", at=timezone.now())
        assert made.stamped_at is not None
        _Stamps.broken = True
        with pytest.raises(KeyNotTaken, match="time stamp service does not answer"):
            signing_keys.sign_pdf(page, identity, pin=PIN, place="", at=timezone.now())
    finally:
        _Stamps.broken = False
        server.shutdown()
        server.server_close()


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"days": 1}, "ran out on"),
        ({"at": NOW + timedelta(days=9)}, "valid only from"),
        ({"purpose": ExtendedKeyUsageOID.SERVER_AUTH}, "something else than signing"),
        ({"bits": 1024}, "too short"),
    ],
)
def test_a_key_that_may_not_sign_papers_is_refused(root, changes, words):
    bundle = root.bundle("Ada Custodian", PASSWORD, **({"at": NOW} | changes))
    with pytest.raises(KeyNotTaken, match=words):
        pen.open_key(bundle, password=PASSWORD, pin=PIN, at=NOW + timedelta(hours=1))


def test_what_is_no_key_is_refused(root):
    for bundle, password, words in (
        (b"not a key", PASSWORD, "no PKCS#12"),
        (root.bundle("Ada", PASSWORD, at=NOW), "wrong", "password does not open"),
    ):
        with pytest.raises(KeyNotTaken, match=words):
            pen.open_key(bundle, password=password, pin=PIN, at=NOW)


@pytest.mark.parametrize("name", ["Evil Person", "Adam Custodian", "Ada Custodianson"])
def test_a_key_in_the_name_of_somebody_else_is_refused(db, root, name):
    custodian = make_staff("custodian", full_name="Ada Custodian")
    with pytest.raises(KeyNotTaken, match="and you are Ada Custodian"):
        signing_keys.add(root.bundle(name, PASSWORD, at=NOW), password=PASSWORD, pin=PIN, by=custodian, at=NOW)
    assert signing_keys.of(custodian) is None


def test_a_key_that_issued_itself_is_refused_and_the_owner_is_told_of_each_that_is_taken(db, root):
    with pytest.raises(KeyNotTaken, match="nobody but itself"):
        pen.open_key(root.own_bundle(PASSWORD), password=PASSWORD, pin=PIN, at=NOW)
    custodian = make_staff("custodian", full_name="Zoë de la Cruz")
    bundle = root.bundle("CRUZ Zoe", PASSWORD, at=NOW)
    signing_keys.add(bundle, password=PASSWORD, pin=PIN, by=custodian, at=NOW)
    told = OutboundMessage.objects.get(event="signing_key_added")
    assert (told.to_user_id, PIN in told.body_text) == (custodian.pk, False)


def test_a_wrong_pin_is_counted_and_logged_and_stands_nowhere(db, root, page, settings, caplog):
    settings.SIGNING_AUTHORITY_DIR = ""
    custodian, identity = _custodian(root)
    for _try in range(signing_keys.WRONG_PINS.most):
        with pytest.raises(KeyNotTaken, match="does not open your key"):
            signing_keys.sign_pdf(page, identity, pin="guess-of-a-thief", place="", at=NOW)
    with pytest.raises(KeyNotTaken, match="Too many wrong PINs"):
        signing_keys.sign_pdf(page, identity, pin=PIN, place="", at=NOW)
    wrong = AuditEvent.objects.filter(action="certificate.wrong_pin", actor_id=str(custodian.pk))
    assert wrong.count() == signing_keys.WRONG_PINS.most
    everything = "".join(str(bytes(row.payload)) for row in AuditEvent.objects.all()) + caplog.text
    assert [secret for secret in ("guess-of-a-thief", PIN, PASSWORD) if secret in everything] == []
    # A key that is added anew opens at once: whoever does that has the file and its password.
    again = signing_keys.add(
        root.bundle("Ada Custodian", PASSWORD, at=NOW), password=PASSWORD, pin=PIN, by=custodian, at=NOW
    )
    assert signing_keys.sign_pdf(page, again, pin=PIN, place="", at=timezone.now()).content
    assert not Throttle.objects.filter(scope=signing_keys.WRONG_PINS.scope, count__gt=0).exists()


def test_a_key_is_the_custodians_own_one_at_a_time_and_gone_once_it_ended(db, root):
    custodian, first = _custodian(root)
    bundle = root.bundle("Ada Custodian", PASSWORD, at=NOW)
    second = signing_keys.add(bundle, password=PASSWORD, pin=PIN, by=custodian, at=NOW)
    first = SigningIdentity.objects.get(pk=first.pk)
    assert (first.ended_at, first.sealed_key) == (NOW, b"")
    assert signing_keys.of(custodian) == second
    colleague = make_staff("custodian")
    with pytest.raises(NotAllowed):
        signing_keys.end(second, reason="I want it", by=colleague)
    with pytest.raises(NotAllowed):
        signing_keys.add(bundle, password=PASSWORD, pin=PIN, by=make_staff("analyst"), at=NOW)
    with pytest.raises(PortalError, match="8 characters"):
        signing_keys.add(bundle, password=PASSWORD, pin="short", by=custodian, at=NOW)
    ended = signing_keys.end(second, reason="The card was lost.", by=custodian)
    assert (ended.sealed_key, signing_keys.usable(custodian, at=timezone.now())) == (b"", None)
    # What was signed can still be followed to its certificate.
    assert all((ended.serial, ended.chain))


def test_a_stamp_service_whose_stamps_cannot_be_checked_is_an_error_of_the_settings(settings, tmp_path):
    settings.TIMESTAMP_URL, settings.TIMESTAMP_ROOTS = "", ""
    assert check_time_stamps(None) == []
    settings.TIMESTAMP_URL = "https://stamps.example/"
    assert [one.id for one in check_time_stamps(None)] == ["documents.E008"]
    settings.TIMESTAMP_ROOTS = str(tmp_path / "missing.pem")
    assert [one.id for one in check_time_stamps(None)] == ["documents.E008"]
    (tmp_path / "missing.pem").write_bytes(authority.make(at=NOW).pem())
    assert check_time_stamps(None) == []
