"""The identity document, and applications that were there before: what a forger forgets."""

import io
from datetime import UTC, datetime

import pikepdf
import pytest
from django.utils import timezone
from PIL import Image, PngImagePlugin
from pyhanko.pdf_utils import generic

from accounts.enums import ApplicationStatus, ProofKind, SignalOutcome
from accounts.evidence.document import WAITS, document, moment
from accounts.evidence.history import seen_before
from accounts.models import AccessApplication
from foundation.documents import services as documents
from foundation.documents.enums import DocumentState
from foundation.documents.models import Document, DocumentFindings
from foundation.documents.services.purging import purge
from tests.accounts.applied import applied
from tests.documents.files import make_image, make_pdf
from tests.documents.pki import YEAR, make_party, sign, updated
from tests.people import make_agency, make_staff

pytestmark = pytest.mark.django_db
PASS, WARN, FAIL = SignalOutcome.PASS, SignalOutcome.WARN, SignalOutcome.FAIL


def pdf(text="Warrant card", *, updates=0, signed=False, behind=b"", **info):
    """A PDF with these entries in its information, so many updates behind it, or a signature."""
    with pikepdf.open(io.BytesIO(make_pdf(text))) as file:
        for key, value in info.items():
            file.docinfo[f"/{key}"] = value
        if signed:
            value = pikepdf.Dictionary(Type=pikepdf.Name.Sig, Name="Northmoor Police", ByteRange=[0, 1, 2, 1234567])
            field = file.make_indirect(pikepdf.Dictionary(FT=pikepdf.Name.Sig, T="S", V=value))
            file.Root.AcroForm = pikepdf.Dictionary(Fields=[field], SigFlags=3)
        target = io.BytesIO()
        file.save(target, object_stream_mode=pikepdf.ObjectStreamMode.disable)
    content = target.getvalue()
    content = content.replace(b"1234567", str(len(content.rstrip()) - 2).zfill(7).encode())
    tail = content[content.rindex(b"startxref") :]
    return content + (b"\n" + tail) * updates + behind


def with_file(content, name="card.pdf", **changes):
    return applied(changes.pop("agency", None) or make_agency(), document=(name, content), **changes)


def keep(application):
    """What the services do with the marks that a check read."""
    found = document(application)
    AccessApplication.objects.filter(pk=application.pk).update(document_marks=dict(found.marks))
    return found


def test_a_plain_scan_passes_and_its_marks_are_kept_for_later():
    application = with_file(pdf(Producer="Canon iR-ADV C3530"))
    found = document(application)
    assert found.outcome == PASS
    assert "no other application has this file" in found.evidence.lower()
    assert "written by “Canon iR-ADV C3530”" in found.evidence
    assert found.marks["sha256"] == application.identity_document.sha256
    assert found.marks["producer"] == "Canon iR-ADV C3530"


@pytest.mark.parametrize(
    ("info", "said"),
    [
        ({"Creator": "Adobe Photoshop 26.1"}, "saved by “Adobe Photoshop 26.1”, a program for editing"),
        ({"Producer": "Canva"}, "a program for editing"),
        (
            {"CreationDate": "D:20240301120000Z", "ModDate": "D:20261101090000Z"},
            "made on 1 Mar 2024 and changed on 1 Nov",
        ),
        ({"updates": 2}, "something was added to the finished PDF 2 times"),
    ],
)
def test_a_pdf_that_was_worked_on_is_worth_a_look(info, said):
    found = document(with_file(pdf(**info)))
    assert found.outcome == WARN
    assert said.casefold() in found.evidence.casefold()


def test_a_picture_that_was_edited_or_made_up_is_worth_a_look():
    edited, made_up = io.BytesIO(), io.BytesIO()
    exif = Image.Exif()
    exif[0x0131], exif[0x8825] = "GIMP 2.10", {1: "N"}
    Image.new("RGB", (60, 40)).save(edited, "JPEG", exif=exif)
    words = PngImagePlugin.PngInfo()
    words.add_text("parameters", "police badge")
    Image.new("RGB", (60, 40)).save(made_up, "PNG", pnginfo=words)
    found = document(with_file(edited.getvalue(), "card.jpg"))
    assert (found.outcome, "GIMP 2.10" in found.evidence) == (WARN, True)
    assert "the place where the picture was taken" in found.evidence
    found = document(with_file(made_up.getvalue(), "card.png"))
    assert (found.outcome, "made it out of words" in found.evidence) == (WARN, True)
    assert document(with_file(make_image(), "scan.png")).outcome == PASS


def test_the_same_file_of_somebody_else_fails():
    content = pdf("card of another")
    first = with_file(content)
    found = document(with_file(content))
    assert found.outcome == FAIL
    assert f"The very same file was sent with {first.reference}." in found.evidence
    again = with_file(content, user=first.user, email=first.email, status=ApplicationStatus.WITHDRAWN)
    AccessApplication.objects.exclude(user=first.user).delete()
    assert document(again).outcome == PASS, "one may send one's own card again"


def test_a_file_made_out_of_another_one_fails_and_a_common_author_is_looked_at():
    source = pdf("Card of Ola Berg")
    first = with_file(source)
    keep(first)
    with pikepdf.open(io.BytesIO(source)) as file:
        file.pages[0].Contents = file.make_stream(b"BT ET")
        target = io.BytesIO()
        file.save(target)
    found = document(with_file(target.getvalue()))
    assert (found.outcome, f"made out of the one that was sent with {first.reference}" in found.evidence) == (
        FAIL,
        True,
    )
    info = {"Author": "Studio", "CreationDate": "D:20261101101112Z"}
    template = with_file(pdf("One", **info))
    keep(template)
    found = document(with_file(pdf("Two", **info)))
    assert (found.outcome, template.reference in found.evidence) == (WARN, True)


@pytest.fixture
def authority(tmp_path, settings):
    """An authority on the list of trusted ones."""
    root = make_party("Northmoor Root", authority=True, start=timezone.now() - YEAR, end=timezone.now() + YEAR)
    (tmp_path / "root.pem").write_bytes(root.pem)
    settings.SIGNATURE_TRUST_DIR = str(tmp_path)
    return root


def signer(issuer=None):
    return make_party("Northmoor Police", issuer, start=timezone.now() - YEAR, end=timezone.now() + YEAR)


def test_a_signature_of_a_known_authority_passes(authority):
    found = document(with_file(sign(pdf(), signer(authority)), "letter.pdf", proof_kind=ProofKind.SIGNED_PDF))
    assert found.outcome == PASS
    assert "Electronic signature of “Northmoor Police”: valid, signer known." in found.evidence


def test_a_signature_of_an_unknown_issuer_is_looked_at(authority, settings):
    content = sign(pdf(), signer())
    found = document(with_file(content, "letter.pdf", proof_kind=ProofKind.SIGNED_PDF))
    assert (found.outcome, "valid, issuer unknown" in found.evidence) == (WARN, True)
    settings.SIGNATURE_TRUST_DIR = ""
    AccessApplication.objects.all().delete()
    found = document(with_file(content, "letter.pdf", proof_kind=ProofKind.SIGNED_PDF))
    assert (found.outcome, "no list of trusted issuers" in found.evidence.lower()) == (WARN, True)


def retitled(writer):
    """Change what the page shows, in a revision behind the signature."""
    page = writer.root["/Pages"]["/Kids"][0].get_object()
    page["/Rotate"] = generic.NumberObject(90)
    writer.mark_update(page.container_ref)


@pytest.mark.parametrize("proof", [ProofKind.SIGNED_PDF, ProofKind.SERVICE_CARD])
def test_a_broken_signature_and_one_that_was_added_to_fail_whatever_was_announced(authority, proof):
    whole = sign(pdf("Warrant card"), signer(authority))
    found = document(with_file(updated(whole, retitled), "letter.pdf", proof_kind=proof))
    assert (found.outcome, "changed after signing" in found.evidence) == (FAIL, True)
    place = whole.index(b"/MediaBox") + len(b"/MediaBox [ 0 0 5")
    found = document(with_file(whole[:place] + b"8" + whole[place + 1 :], "letter.pdf", proof_kind=proof))
    assert (found.outcome, ": broken." in found.evidence) == (FAIL, True)


@pytest.mark.parametrize(
    ("content", "name", "said"),
    [
        (pdf(signed=True), "letter.pdf", "not a signature"),
        (pdf(), "letter.pdf", "but it has no signature"),
        (make_image(), "letter.png", "but it is no PDF"),
    ],
)
def test_a_signed_pdf_must_be_signed(content, name, said):
    found = document(with_file(content, name, proof_kind=ProofKind.SIGNED_PDF))
    assert found.outcome == FAIL
    assert said in found.evidence


def test_the_verdict_on_signatures_is_waited_for():
    application = with_file(pdf(), "letter.pdf", proof_kind=ProofKind.SIGNED_PDF)
    DocumentFindings.objects.all().delete()
    Document.objects.update(due_at=timezone.now())
    application.identity_document.refresh_from_db()
    found = document(application)
    assert (found.outcome, found.tries) == (SignalOutcome.UNKNOWN, WAITS)


def test_a_script_in_a_proof_is_worth_a_look():
    with pikepdf.open(io.BytesIO(pdf())) as file:
        file.Root.OpenAction = pikepdf.Dictionary(S=pikepdf.Name.JavaScript, JS="app.alert(1)")
        target = io.BytesIO()
        file.save(target)
    found = document(with_file(target.getvalue()))
    assert (found.outcome, "It holds 1 script." in found.evidence) == (WARN, True)


def test_a_file_that_is_not_ready_waits_and_one_that_was_refused_fails():
    application = applied(make_agency())
    waiting = documents.receive(make_pdf(), filename="a.pdf", purpose="identity", by=None, limit=10**6)
    application.identity_document = waiting
    found = document(application)
    assert (found.outcome, found.tries) == (SignalOutcome.UNKNOWN, WAITS)
    Document.objects.filter(pk=waiting.pk).update(state=DocumentState.REFUSED, refusal="The PDF is damaged.")
    waiting.refresh_from_db()
    found = document(application)
    assert (found.outcome, found.evidence) == (FAIL, "The PDF is damaged.")


def test_a_deleted_file_leaves_its_hash_which_still_finds_it():
    content = pdf("Card of somebody")
    first = with_file(content)
    keep(first)
    purge(first.identity_document, by=None, at=timezone.now())
    gone = document(AccessApplication.objects.get(pk=first.pk))
    assert (gone.outcome, "was deleted" in gone.evidence) == (SignalOutcome.NONE, True)
    assert document(with_file(content)).outcome == FAIL


def test_in_production_nothing_is_read_that_was_not_scanned(settings):
    application = with_file(pdf())
    settings.PRODUCTION = True
    found = document(application)
    assert (found.outcome, "no virus scanner" in found.evidence) == (SignalOutcome.UNKNOWN, True)


def test_no_document_is_said():
    assert document(applied(make_agency())).outcome == WARN


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("D:20261101093000+01'00'", datetime(2026, 11, 1, 9, 30, tzinfo=UTC)),
        ("2026:11:01 09:30:00", datetime(2026, 11, 1, 9, 30, tzinfo=UTC)),
        ("2026-11-01T09:30:00Z", datetime(2026, 11, 1, 9, 30, tzinfo=UTC)),
        ("D:20261399", None), ("soon", None), (None, None),
    ],
)  # fmt: skip
def test_dates_of_all_formats_are_read(text, found):
    assert moment(text) == found


# Earlier applications ------------------------------------------------------------------------------------------------
def test_nothing_in_common_passes():
    applied(make_agency())
    assert seen_before(applied(make_agency())).outcome == PASS


@pytest.mark.parametrize(
    ("shared", "word"),
    [
        ({"badge": "np 7"}, "badge number"),
        ({"phone": "+4722999999"}, "phone"),
        ({"full_name": "MARK HOLLIS"}, "name"),
        ({"document_marks": {"sha256": "ab" * 32}}, "document"),
        ({"document_marks": {"pdf_id": "c0ffee"}}, "origin of the document"),
    ],
)
def test_what_two_applications_share_is_named(shared, word):
    agency = make_agency()
    mine = {"badge": "NP 7", "phone": "+4722999999", "full_name": "Mark Hollis"}
    other = applied(agency, **shared)
    found = seen_before(applied(agency, **(mine | {key: shared[key] for key in shared if key == "document_marks"})))
    assert found.outcome == WARN
    assert f"{other.reference}: the same {word}." in found.evidence


def test_the_same_badge_at_another_agency_is_nobodys_business():
    applied(make_agency(), badge="NP 7", full_name="Mark Hollis")
    assert seen_before(applied(make_agency(), badge="NP 7", full_name="Mark Hollis")).outcome == PASS


def test_one_that_was_declined_stands_first_and_fails():
    agency = make_agency()
    bad = {"status": "rejected", "decided_at": timezone.now(), "decided_by": make_staff("approver")}
    declined = applied(agency, phone="+4722999999", **bad)
    fine = applied(agency, phone="+4722999999")
    found = seen_before(applied(agency, phone="+4722999999"))
    assert found.outcome == FAIL
    assert found.evidence.index(declined.reference) < found.evidence.index(fine.reference)
    assert "declined)" not in found.evidence, "the page shows what became of each by now"


def test_colleagues_share_their_network_and_strangers_do_not():
    agency, place = make_agency(), {"place_hash": "f" * 64}
    applied(agency, **place)
    assert seen_before(applied(agency, **place)).outcome == PASS
    stranger = applied(make_agency(), **place)
    found = seen_before(stranger)
    assert (found.outcome, "the same network, for another agency" in found.evidence) == (WARN, True)
    assert seen_before(applied(make_agency(), place_hash="")).outcome == PASS


def test_the_same_mailbox_with_a_plus_is_the_same_address():
    first = applied(email="m.hollis@kripos.test")
    found = seen_before(applied(email="m.hollis+2@kripos.test"))
    assert (found.outcome, first.reference in found.evidence) == (WARN, True)
    second = applied(email="k.berg+2@kripos.test")
    assert second.reference in seen_before(applied(email="k.berg@kripos.test")).evidence


def test_a_draft_is_no_application_yet():
    agency = make_agency()
    applied(agency, phone="+4722999999", status=ApplicationStatus.DRAFT, submitted_at=None)
    assert seen_before(applied(agency, phone="+4722999999")).outcome == PASS
