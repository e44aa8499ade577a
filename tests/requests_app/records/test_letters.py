"""The letter: words an officer may read, and a PDF that reads nothing but our own files."""

from datetime import UTC, datetime

import pikepdf
import pypdfium2
import pytest

from foundation.core.paper import PaperFailed, render_pdf, typeset
from foundation.notifications.site import site_details
from requests_app import refusals
from requests_app.enums import LineDecision, RefusalCode
from requests_app.services import letters
from requests_app.services.letters import LetterFile
from tests.requests_app.records.steps import granted_request, sealed_package

AT = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
MANIFEST = LetterFile("Manifest", "manifest.json", "0" * 64, 100)


@pytest.fixture
def granted(db, company):
    return granted_request()


def test_refused_line_does_not_say_whether_there_is_an_account(granted, quick_letter):
    package = sealed_package(granted)
    target = granted.targets.first()
    target.lines.update(decision=LineDecision.REFUSE, refusal_code="reach")
    said = letters.letter(package, [], MANIFEST, at=AT)
    refused = [line for line in said.lines if line.named == target.given]
    assert {(line.account, line.decision, line.note) for line in refused} == {("", "Not given", "1")}
    assert said.cures == [
        ("1", "The process cannot reach this data", "Send an order of a kind that reaches these records.")
    ]
    assert said.lines[0].period == "1 Mar 2026 to 30 Sep 2026"
    assert said.notice == ["Your order forbids us to tell the account holder until 31 Dec 2099."]


def test_every_refusal_has_a_cure():
    assert set(refusals.CURES) == set(RefusalCode)


def test_pdf_is_tagged_and_embeds_our_face(granted, quick_letter, tmp_path):
    package = sealed_package(granted)
    context = {
        "letter": letters.letter(package, [], MANIFEST, at=AT),
        "reference": granted.reference,
        "site": site_details(),
        "made_at": "20 Nov 2026, 12:00:00 UTC",
        "language": "en",
    }
    pdf = render_pdf("paper/letter.html", context)
    path = tmp_path / "letter.pdf"
    path.write_bytes(pdf)
    with pikepdf.open(path) as found:
        assert found.Root.MarkInfo.Marked
        assert str(found.Root.Lang) == "en"
        assert granted.reference in str(found.docinfo.Title)
        fonts = {str(font.BaseFont) for page in found.pages for font in page.Resources.Font.values()}
        assert any("Public-Sans" in font for font in fonts)
    document = pypdfium2.PdfDocument(path)
    try:
        text = "".join(page.get_textpage().get_text_bounded() for page in document)
        assert f"page 1 of {len(document)}" in text
        assert "not signed" in text
    finally:
        document.close()


@pytest.mark.parametrize(
    "address", ["http://example.org/x.png", "file:///etc/passwd", "../../etc/passwd/../lers/settings.py", "missing.png"]
)
def test_typesetter_reads_only_our_static_files(address):
    html = f'<html lang="en"><head><title>x</title></head><body><img src="{address}" alt="x"></body></html>'
    with pytest.raises(PaperFailed):
        typeset(html)
