"""Every paper is PDF/A-3a and PDF/UA-1: asked of veraPDF where it is, and clause by clause with pikepdf where not."""

import io

import pikepdf
import pypdfium2
import pytest

from foundation.core.enclosures import Enclosure
from foundation.core.paper import render_pdf, typeset
from tests.verapdf import complaints

HASH = "205423233376df7c5cfed832938a494bd8f34cb0619f5617955a1ae140f1d869"
ROW = f'<tr><th scope="row">A file</th><td class="code">{HASH}</td></tr>'
# A hash table over three pages, and a character that no font here has: a private one.
HTML = f"""<!DOCTYPE html><html lang="en"><head><meta charset="utf-8"><title>Certificate MX-1</title>
<style>thead {{ display: table-header-group }} html {{ font-family: "Liberation Sans", "DejaVu Sans" }}</style>
</head><body><main><h1>Certificate</h1><p>Bernd Jäger \U000f1234</p><table><caption>Files</caption>
<thead><tr><th scope="col">Name</th><th scope="col">SHA-256</th></tr></thead><tbody>{ROW * 90}</tbody></table></main>
</body></html>"""
MANIFEST = Enclosure("manifest.json", b'{"files": []}', "Manifest of the package")


@pytest.fixture(scope="module")
def paper():
    return typeset(HTML, inside=[MANIFEST])


def test_verapdf_finds_nothing_wrong(paper):
    assert complaints(paper) == []


def test_says_that_it_is_archival_and_accessible(paper):
    """ISO 19005-3, 6.6.4 and 6.2.4.3, 6.1.3; ISO 14289-1, 5 and 7.1, 7.2."""
    with pikepdf.open(io.BytesIO(paper)) as pdf, pdf.open_metadata() as said:
        assert (said["pdfaid:part"], said["pdfaid:conformance"], said["pdfuaid:part"]) == ("3", "A", "1")
        assert said["dc:title"] == "Certificate MX-1"
        assert pdf.Root.MarkInfo.Marked
        assert pdf.Root.ViewerPreferences.DisplayDocTitle
        assert str(pdf.Root.Lang) == "en"
        assert [str(intent.S) for intent in pdf.Root.OutputIntents] == ["/GTS_PDFA1"]
        assert pdf.trailer.ID
        assert not pdf.is_encrypted


def test_manifest_is_inside_as_an_associated_file(paper):
    """ISO 19005-3, 6.8: its name, its type, and what it is to the paper."""
    with pikepdf.open(io.BytesIO(paper)) as pdf:
        (file,) = pdf.attachments.values()
        spec = file.obj
        assert file.get_file().read_bytes() == MANIFEST.content
        assert (file.filename, str(spec.AFRelationship)) == ("manifest.json", "/Data")
        assert str(spec.EF.F.Subtype) == "/application/json"
        assert {one.objgen for one in pdf.Root.AF} == {spec.objgen}


def test_head_of_a_long_table_stands_on_each_page_and_no_glyph_is_missing(paper):
    document = pypdfium2.PdfDocument(paper)
    try:
        pages = [page.get_textpage().get_text_bounded() for page in document]
    finally:
        document.close()
    assert len(pages) >= 3
    assert all("SHA-256" in text for text in pages)
    assert sum(text.count(HASH) for text in pages) == 90
    # The private character says its number in place of an empty box (6.2.11.8 forbids .notdef).
    assert "Jäger [U+F1234]" in pages[0]


def test_without_files_there_is_no_list_of_them():
    pdf = render_pdf("paper/base.html", {"site": {"name": "Meridian", "service": "Requests"}, "reference": "MX-1"})
    with pikepdf.open(io.BytesIO(pdf)) as found:
        assert not found.attachments
        assert "/AF" not in found.Root
