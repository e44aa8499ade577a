"""Certificates: what each form says, with the hashes of what was sealed, as PDF/A-3 with the manifest inside."""

import io
import re
import subprocess
import sys
from datetime import UTC, datetime
from itertools import product

import pikepdf
import pypdfium2
import pytest
from django.template.loader import render_to_string
from django.utils.html import strip_tags

from foundation.documents import pen
from lers.demo import authority
from requests_app.enums import CertificateForm, LineDecision
from requests_app.models import Certificate
from requests_app.release_enums import CertificateKind
from requests_app.services import certificate_paper
from requests_app.services.certificate_facts import needed_facts
from tests.people import make_staff
from tests.requests_app.records.steps import granted_request, sealed_package
from tests.verapdf import complaints

AT = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
CODE = "V7QK-4M2X-9TDH-3B"
# What the statute or rule says in so many words, and must stand in the paper.
SAYS = {
    "us_902_11": ["902(11)", "803(6)(A)", "803(6)(B)", "803(6)(C)", "made at or near the time", "regular practice",
                  "under penalty of perjury under the laws of the United States of America"],
    "us_902_13": ["902(13)", "electronic process or system that produces an accurate result", "worked properly"],
    "us_902_14": ["902(14)", "process of digital identification", "SHA-256"],
    "us_3505": ["3505(a)(1)", "duplicate of the original", "criminal penalty under the laws of Ireland"],
    "uk_s9": ["Criminal Justice Act 1967, s. 9", "each signed by me", "liable to prosecution",
              "s. 117(2)", "Age if under 18", "Over 18"],
    "in_63_4": ["63(4)(c)", "Part A", "Part B", "[x] Server", "[x] SHA256", "[ ] MD5", "Date (DD/MM/YYYY): 20/11/2026",
                "Time (IST): 17:45 hours", "Hash report enclosed", "lawful control"],
    "generic": ["Certificate of authenticity", "offence under the law of Ireland"],
}  # fmt: skip


@pytest.fixture
def package(db, company, quick_letter):
    return sealed_package(granted_request(case_number="26-101733"))


def certificate(package, form, *, kind=CertificateKind.RECORDS, **facts):
    custodian = make_staff("custodian", full_name="Aoife Brennan")
    known = certificate_paper.default_facts(package, form, custodian)
    stated = {"country": "Ireland", "executed_on": "2026-11-20", "time_ist": "17:45", "place": "Dublin", **facts}
    return Certificate(
        package=package, form=form, kind=kind, custodian=custodian, check_code=CODE, drafted_at=AT,
        facts={fact.name: (known | stated)[fact.name] for fact in needed_facts(form, kind)} | facts,
    )  # fmt: skip


def text_of(pdf):
    document = pypdfium2.PdfDocument(pdf)
    try:
        pages = [page.get_textpage().get_text_bounded() for page in document]
    finally:
        document.close()
    return [re.sub(r"\s+", " ", page) for page in pages]


def html_of(found):
    page = render_to_string(certificate_paper.template_of(found), certificate_paper.context_of(found, at=AT))
    return re.sub(r"(\s|&nbsp;)+", " ", strip_tags(page))


def test_every_form_says_what_its_law_asks_for(package):
    stated = (*(item.document for item in package.items.all()), package.manifest, package.archive)
    for form in CertificateForm:
        said = html_of(certificate(package, form))
        words = (*SAYS[form], CODE, package.data_request.reference, "26-101733", *(one.sha256 for one in stated))
        assert [one for one in words if one not in said] == [], form


def test_paper_of_a_form_conforms_and_has_the_manifest_inside(package):
    pdf = certificate_paper.draft_pdf(certificate(package, "in_63_4"), at=AT)
    assert all(CODE in page and package.data_request.reference in page for page in text_of(pdf))
    with pikepdf.open(io.BytesIO(pdf)) as found:
        assert list(found.attachments) == [package.manifest.filename]
    assert complaints(pdf) == []


def test_signed_paper_still_conforms_and_holds_for_a_strangers_program(package, tmp_path):
    now = datetime.now(UTC)
    pdf = certificate_paper.draft_pdf(certificate(package, "us_902_11"), at=now)
    root = authority.make(at=now)
    opened = pen.open_key(root.bundle("Aoife Brennan", "way in", at=now), password="way in", pin="a long pin", at=now)
    held = pen.Pen(opened.sealed, "a long pin", opened.chain, "Aoife Brennan", "Dublin")
    stamps = pen.Stamping(key=authority.stamping_key(root, at=now).decode(), roots=root.pem().decode())
    signed = pen.sign(pdf, held, stamping=stamps, at=now).content
    assert complaints(signed) == []
    (tmp_path / "signed.pdf").write_bytes(signed)
    (tmp_path / "root.pem").write_bytes(root.pem())
    command = [
        sys.executable,
        "-m",
        "pyhanko",
        "sign",
        "validate",
        "--trust",
        "root.pem",
        "--pretty-print",
        "signed.pdf",
    ]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=60, check=False)
    assert "The signature is judged VALID." in done.stdout, done.stderr


def test_page_count_of_a_statement_is_that_of_its_pages(package):
    long = "\n".join(f"Exception {number}." for number in range(80))
    pdf = certificate_paper.draft_pdf(certificate(package, "uk_s9", exceptions=long), at=AT)
    pages = text_of(pdf)
    assert len(pages) > 2
    assert f"(consisting of {len(pages)} page(s) each signed by me)" in " ".join(pages)
    assert all("Signature of Aoife Brennan" in page for page in pages)


def test_formula_of_an_unsworn_declaration_is_that_of_the_place(package):
    """28 USC 1746: (1) outside of the United States, (2) inside."""
    inside = certificate_paper.context_of(certificate(package, "us_902_11", inside="inside"), at=AT)
    assert inside["oath"] == (
        "I declare under penalty of perjury that the foregoing is true and correct. Executed on 20 November 2026."
    )
    outside = certificate_paper.context_of(certificate(package, "us_902_11", executed_on=""), at=AT)
    assert "under the laws of the United States of America" in outside["oath"]
    assert "Executed on ____" in outside["oath"]
    # 18 USC 3505(c)(2): a foreign certification is signed in a foreign country, whatever the company is.
    foreign = certificate_paper.context_of(certificate(package, "us_3505", inside="inside"), at=AT)
    assert "under the laws of the United States of America" in foreign["oath"]


def test_search_that_found_nothing_names_what_was_searched_and_certifies_no_record(package):
    data_request = package.data_request
    data_request.lines.update(decision=LineDecision.NO_RECORDS)
    package.items.all().delete()
    found = certificate(package, "us_902_11", kind=CertificateKind.SEARCH, system="The ledger", search="By account.")
    context = certificate_paper.context_of(found, at=AT)
    said = " ".join(context["says"])
    assert "A diligent search was made" in said
    assert "803(6)" not in said
    line = data_request.lines.select_related("target").order_by("pk").first()
    assert context["searched"][0][0] == line.target.given
    assert {fact.name for fact in needed_facts("us_902_11", "search")} >= {"search", "searched_on"}
    assert line.target.given in html_of(found)


def test_every_fact_that_is_asked_for_has_a_default(package):
    custodian = make_staff("custodian")
    for form, kind in product(CertificateForm.values, CertificateKind.values):
        known = certificate_paper.default_facts(package, form, custodian)
        facts = needed_facts(form, kind)
        assert {fact.name for fact in facts} <= set(known), (form, kind)
        assert len({fact.name for fact in facts}) == len(facts), (form, kind)
        assert all(known[fact.name] in dict(fact.choices) for fact in facts if fact.choices), (form, kind)
