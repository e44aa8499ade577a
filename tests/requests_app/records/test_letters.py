"""The letter: words an officer may read, and a PDF that reads nothing but our own files."""

import io
import re
from datetime import UTC, datetime

import pikepdf
import pypdfium2
import pytest

from foundation.core.paper import PaperFailed, typeset
from foundation.notifications.languages import LANGUAGES
from requests_app import letter_words, refusals
from requests_app.enums import RECORD_CATEGORIES, DataCategory, LineDecision, RefusalCode
from requests_app.letter_words import words_in_templates
from requests_app.services import letters
from tests.requests_app.records.steps import granted_request, sealed_package
from tests.verapdf import complaints

AT = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)


@pytest.fixture
def granted(db, company):
    return granted_request()


def test_refused_line_does_not_say_whether_there_is_an_account(granted, quick_letter):
    package = sealed_package(granted)
    target = granted.targets.first()
    target.lines.update(decision=LineDecision.REFUSE, refusal_code="reach")
    said = letters.letter(package, [], at=AT)
    refused = [line for line in said.lines if line.named == target.given]
    assert {(line.account, line.decision, line.note) for line in refused} == {("", "Not given", "1")}
    assert said.cures == [
        ("1", "The process cannot reach this data", "Send an order of a kind that reaches these records.")
    ]
    assert said.lines[0].period == "1 Mar 2026 to 30 Sep 2026"
    assert said.notice == ["Your order forbids us to tell the account holder until 31 Dec 2099."]


def test_every_refusal_has_a_cure():
    assert set(refusals.CURES) == set(RefusalCode)


def test_pdf_conforms_embeds_our_face_and_has_its_check_code(granted, quick_letter):
    package = sealed_package(granted)
    pdf = letters.letter_pdf(package, [], check_code="V7QK-4M2X-9TDH-3B", at=AT, language="de")
    with pikepdf.open(io.BytesIO(pdf)) as found:
        assert str(found.Root.Lang) == "de"
        assert granted.reference in str(found.docinfo.Title)
        fonts = {str(font.BaseFont) for page in found.pages for font in page.Resources.Font.values()}
        assert any("Public-Sans" in font for font in fonts)
    document = pypdfium2.PdfDocument(pdf)
    try:
        text = "".join(page.get_textpage().get_text_bounded() for page in document)
        assert f"Seite 1 von {len(document)}" in text
    finally:
        document.close()
    assert "V7QK-4M2X-9TDH-3B" in text
    assert complaints(pdf) == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_letter_is_whole_in_each_language(granted, quick_letter, language):
    """A letter is never half in one language: no sentence of the English one stands in another."""
    package = sealed_package(granted)
    target = granted.targets.first()
    target.lines.update(decision=LineDecision.REFUSE, refusal_code="reach")
    granted.officer.language = language
    assert letters.language_of(granted) == language
    plain, said = (letters.letter(package, [], at=AT, language=one) for one in ("en", language))
    for name in ("goes_with", "follows", "outcome", "where", "ground", "signed"):
        assert (getattr(plain, name) == getattr(said, name)) == (language == "en"), name
    assert (plain.notice == said.notice) == (language == "en")
    assert (plain.cures == said.cures) == (language == "en")
    assert (plain.lines[0].decision == said.lines[0].decision) == (language == "en")
    templates = words_in_templates(language)
    assert all(templates.values())
    assert (templates == words_in_templates("en")) == (language == "en")


def test_words_of_every_language_have_the_same_places_and_cover_every_refusal():
    places = re.compile(r"{\w+}")
    for english, others in letter_words._WORDS.items():
        assert len(others) == len(LANGUAGES) - 1, english
        assert {tuple(sorted(places.findall(other))) for other in others} == {tuple(sorted(places.findall(english)))}
    refusal = {words for code in RefusalCode for words in (str(code.label), refusals.CURES[code])}
    records = {str(DataCategory(category).label) for category in RECORD_CATEGORIES}
    assert {words for words in refusal | records if not letter_words.has_words("de", words)} == set()


@pytest.mark.parametrize(
    "address", ["http://example.org/x.png", "file:///etc/passwd", "../../etc/passwd/../lers/settings.py", "missing.png"]
)
def test_typesetter_reads_only_our_static_files(address):
    html = f'<html lang="en"><head><title>x</title></head><body><img src="{address}" alt="x"></body></html>'
    with pytest.raises(PaperFailed):
        typeset(html)
