"""The same request from five countries: sent without a finding, on papers that say what the request says."""

import io
from datetime import timedelta

import pypdfium2
import pytest
from django.utils import timezone

from accounts.models import AgencyNumber
from foundation.documents import services as documents
from foundation.providers.models import ProcessPolicy, Team
from foundation.providers.policy import offered_types
from lers.demo import access, cases, countries, holds, load, policy, typed
from lers.demo import country_filing as filing
from lers.demo.filing import key_of
from lers.demo.people import who
from requests_app.enums import CertificateForm, DocumentRole
from requests_app.models import DataRequest
from requests_app.services import orders, preflight

FIVE = {
    "US": ("US 2703(d) order", countries.US),
    "GB": ("GB production order", countries.GB),
    "DE": ("DE surrender demand", countries.DE),
    "BR": ("BR decision", countries.BR),
    "SG": ("SG written order", countries.SG),
}
STAGES = {
    "US 2703(d) order": "granted",
    "GB production order": "awaiting_officer",
    "GB production order, part C": "submitted",
    "DE surrender demand": "in_review",
    "DE copied draft": "draft",
    "BR decision": "submitted",
    "SG written order": "submitted",
    "SG draft": "draft",
}
CERTIFICATES = {"US": CertificateForm.US_902_11, "GB": CertificateForm.UK_S9}


def made(name):
    return DataRequest.objects.get(uid=key_of(name))


def words_of(document):
    with documents.open_plain(document) as plain:
        content = plain.read()
    return text_of(content)


def text_of(content):
    pdf = pypdfium2.PdfDocument(io.BytesIO(content))
    try:
        return " ".join(" ".join(page.get_textpage().get_text_range().split()) for page in pdf)
    finally:
        pdf.close()


def found(request, at=None):
    return [(f.step.value, f.field, f.kind.value) for f in preflight.findings(request, at or request.submitted_at)]


@pytest.mark.slow
def test_five_countries_ask_for_the_same_account(db, settings, monkeypatch, tmp_path):
    settings.DEMO, settings.SIGNING_AUTHORITY_DIR = True, str(tmp_path)
    for module, name in ((holds, "HOLDS"), (access, "APPLICANTS"), (cases, "CASES")):
        monkeypatch.setattr(module, name, ())
    assert [line for line in load.load() if line.startswith("request,")] == [f"request, {name}" for name in STAGES]
    assert load.load() == []
    assert {name: made(name).status for name in STAGES} == STAGES
    for country, (name, asked) in FIVE.items():
        _sent_as_typed(country, made(name), asked)
        _on_paper(made(name), asked)
    _deadlines_of_each_country()
    _the_american_order_was_narrowed()
    _two_requests_rest_on_one_british_order()
    _the_brazilian_decision_orders_three_things()
    _drafts_say_what_is_missing()
    _two_people_are_in_the_restricted_team()
    _one_type_is_switched_off()


def _sent_as_typed(country, request, asked):
    assert request.jurisdiction == country == request.agency.country
    # The account is held by the Irish company, and there is an American one: worth a question, and no more.
    assert found(request) == ([("legal-process", "legal_entity", "hint")] if country == "US" else [])
    assert sorted(request.targets.values_list("kind", flat=True)) == ["txid", "uid", "wallet"]
    assert {entry["category"] for entry in request.records_asked} == {str(category) for category in filing.RECORDS}
    assert {entry["zone"] for entry in request.records_asked} == {asked.zone}
    assert request.investigating_officer == asked.investigator.name != request.officer.full_name
    lead = (request.investigating_rank, request.investigating_email, request.investigating_phone)
    assert lead == (asked.investigator.rank, asked.investigator.email, asked.investigator.phone)
    assert request.officer.email.endswith(request.agency.domains.get().domain)
    assert request.certificate_form == CERTIFICATES.get(country, CertificateForm.GENERIC)
    assert bool(asked.clause) == (country in {"US", "BR"}) == request.secrecy_asked
    for process in orders.orders_of(request):
        assert process.process_type.jurisdiction_id == country
        assert (process.language, process.signatory, process.issuer_rank) == (
            asked.language,
            asked.signatory,
            asked.rank,
        )
        assert process.docket.startswith(asked.docket)


def _on_paper(request, asked):
    """The order, and its translation, name docket, court, judge, period, accounts and the day of the secrecy's end."""
    at = request.submitted_at
    papers = [(orders.order_documents(request)[0].document, asked.language)]
    if asked.language != "en":
        papers.append((request.documents.get(role=DocumentRole.TRANSLATION).document, "en"))
    assert len(papers) == (2 if asked.language in {"de", "pt"} else 1)
    first, last = filing.period(at)
    days = [first, last, filing.issued_on(at), *(bar.bars_until for bar in request.non_disclosure_orders.all())]
    for document, language in papers:
        said = words_of(document)
        assert asked.docket in said
        assert asked.signatory in said
        assert asked.investigator.name in said
        assert request.legal_entity.name in said
        for target in request.targets.all():
            assert target.normalised in said
        for day in days:
            assert filing.in_words(day, asked.days_as or language) in said, (asked.docket, day)


def _deadlines_of_each_country():
    rules = {country: made(name).deadline_rule for country, (name, _asked) in FIVE.items()}
    assert rules.pop("GB").startswith("calendar_roll 7, ")
    assert set(rules.values()) == {"return date of the order"}
    for country in rules:
        name, asked = FIVE[country]
        request = made(name)
        assert request.deadline_at.date() == (request.submitted_at + timedelta(days=asked.answer_days)).date()


def _the_american_order_was_narrowed():
    request = made("US 2703(d) order")
    versions = request.orders.get().versions.order_by("number")
    assert list(versions.values_list("relation", flat=True)) == ["original", "narrows"]
    assert set(request.lines.values_list("order_version__number", flat=True)) == {2}
    assert countries.US.docket in words_of(versions[1].document)
    assert request.non_disclosure_orders.get().document == versions[0].document


def _two_requests_rest_on_one_british_order():
    first, second = made("GB production order"), made("GB production order, part C")
    assert first.orders.get() == second.orders.get()
    assert second.targets.count() == 60
    assert found(second) == []
    assert not second.documents.exists()
    said = words_of(orders.order_documents(first)[0].document)
    assert all(target.normalised in said for target in second.targets.all())


def _the_brazilian_decision_orders_three_things():
    request = made("BR decision")
    held = orders.orders_of(request)
    assert [process.process_type.code for process in held] == [
        "BR-SIGILO-BANCARIO", "BR-ORDEM-REGISTROS", "BR-CADASTRAIS",
    ]  # fmt: skip
    assert len({process.versions.get().document_id for process in held}) == 1
    firsts = {entry["category"]: entry["from"] for entry in request.records_asked}
    assert firsts["logins"] > firsts["transactions"] == firsts["registration"]
    assert filing.in_words(filing.period(request.submitted_at, narrow=True)[0], "pt") in words_of(
        orders.order_documents(request)[0].document
    )


def _drafts_say_what_is_missing():
    now = timezone.now()
    assert found(made("SG draft"), now) == [
        ("legal-process", "issuer_rank", "problem"),
        ("documents", "uploads", "missing"),
        ("notice", "secrecy", "missing"),
    ]
    copied = made("DE copied draft")
    assert copied.copied_from == made("DE surrender demand")
    assert copied.targets.count() == 3
    assert found(copied, now) == [
        ("legal-process", "issuing_authority", "missing"),
        ("legal-process", "issued_on", "missing"),
        ("facts", "title", "missing"),
        ("records", "registration_from", "missing"),
        ("records", "logins_from", "missing"),
        ("records", "transactions_from", "missing"),
        ("documents", "uploads", "missing"),
        ("documents", "uploads", "missing"),
        ("notice", "secrecy", "missing"),
    ]


def _two_people_are_in_the_restricted_team():
    members = Team.objects.get(name="Restricted requests").memberships.select_related("user")
    assert {member.user for member in members} == {who("analyst"), who("approver")}
    others = Team.objects.get(name="Europe desk").memberships.count()
    assert others == 4


def _one_type_is_switched_off():
    row = ProcessPolicy.objects.get()
    assert (row.code, row.accepted) == (policy.SWITCHED_OFF, False)
    assert row.note
    offered = offered_types(row.provider, "GB", timezone.now())
    assert not offered.filter(code=policy.SWITCHED_OFF).exists()
    assert offered.filter(code="GB-PACE-PO").exists()
    assert AgencyNumber.objects.filter(agency__country__in=FIVE, confirmed_at__isnull=False).count() == 5


@pytest.mark.parametrize("asked", [asked for _name, asked in FIVE.values()], ids=list(FIVE))
def test_every_line_of_a_paper_stands_between_its_margins(asked, settings):
    languages = {asked.language, "en"} - ({"en"} if asked.paper not in {"de", "br"} else set())
    for language in languages:
        name = f"{asked.paper}_en" if language != asked.language else asked.paper
        pdf = pypdfium2.PdfDocument(typed.paper(name, filing.said(asked, timezone.now(), language=language)))
        try:
            for page in pdf:
                words = page.get_textpage()
                boxes = [words.get_charbox(n) for n in range(words.count_chars())]
                assert boxes
                assert min(box[0] for box in boxes if box[2] > box[0]) > 20
                assert max(box[2] for box in boxes) < 575
        finally:
            pdf.close()
        assert "{" not in text_of(typed.paper(name, filing.said(asked, timezone.now(), language=language)))


def test_text_is_wrapped_where_the_line_ends_and_long_words_are_cut():
    lines = typed.wrapped(f"The transaction {'9f' * 60} is meant.", "F1", 11, 200)
    assert len(lines) > 3
    assert all(typed.width(line, "F1", 11) <= 200 for line in lines)
    assert "".join("".join(lines).split()) == f"Thetransaction{'9f' * 60}ismeant."


def test_a_letter_with_an_accent_is_as_wide_as_without():
    assert typed.width("Staatsanwältin", "F1", 11) == typed.width("Staatsanwaltin", "F1", 11)
