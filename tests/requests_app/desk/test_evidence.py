"""What the data says about each check: the order, its type, our companies, the file, and what does not fit."""

from datetime import date, datetime, timedelta

import pytest
from bs4 import BeautifulSoup
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from foundation.providers.models import LegalEntity
from requests_app.enums import OrderRelation
from requests_app.models import NonDisclosureOrder, OrderVersion, RequestDocument
from requests_app.services.evidence import evidence_of, first_page, squeezed
from tests.factories import clean_pdf, process_type, request_at
from tests.people import client_for
from tests.requests_app.emergencies.gate_steps import calls

pytestmark = pytest.mark.django_db


def said(data_request, check):
    found = evidence_of(data_request, targets=list(data_request.targets.order_by("pk")), at=timezone.now())
    return [(item.text, item.doubt) for item in found[check]]


def order_of(data_request, **changes):
    process = data_request.orders.get()
    for name, value in changes.items():
        setattr(process, name, value)
    process.save()
    return process


def test_words_are_found_however_they_are_set():
    assert squeezed("+44 7700-900\n461") == squeezed("+447700900461")
    assert squeezed("Nordvik  Tingrétt") == "nordviktingrett"
    assert [first_page(text) for text in ("1 and 3", "page 12", "", "Annex", "0")] == [1, 12, 1, 1, 1]


def test_the_authority_is_named_with_its_class_and_a_rank_that_is_too_low():
    data_request = request_at("in_review")
    order_of(data_request, issuing_authority="Nordvik District Court", issuer_rank="Police sergeant", docket="7/26")
    court = process_type()
    type(court).objects.filter(pk=court.pk).update(minimum_rank="judge")
    texts = said(data_request, "authority")
    assert texts[0] == ("Nordvik District Court, 7/26. Court order: issuer class judge or court, minimum rank judge.",
                        False)  # fmt: skip
    assert "“Police sergeant” is too low" in texts[1][0]
    assert texts[1][1]


def test_dates_the_signature_and_that_it_is_not_in_force_any_more():
    data_request = request_at("in_review")
    order_of(data_request, signatory="Judge M. Haugen")
    version = OrderVersion.objects.get(process__data_requests=data_request)
    version.issued_on, version.valid_until = date(2026, 9, 12), date(2030, 1, 1)
    version.return_date = date(2026, 9, 26)
    version.save()
    assert said(data_request, "signed") == [
        ("12 Sept 2026, Judge M. Haugen. Valid until 1 Jan 2030. Records due by 26 Sept 2026.".replace("Sept", "Sep"),
         False)
    ]  # fmt: skip
    OrderVersion.objects.filter(pk=version.pk).update(valid_until=date(2026, 10, 1))
    assert ("It is not in force any more.", True) in said(data_request, "signed")
    OrderVersion.objects.create(
        process=version.process, number=2, relation=OrderRelation.QUASHED, issued_on=date(2026, 11, 1),
        received_at=timezone.now(),
    )  # fmt: skip
    assert said(data_request, "signed") == [("Quashed on 1 Nov 2026.", True)]


def test_our_company_is_compared_with_the_one_that_orders_of_the_country_name():
    data_request = request_at("in_review")
    asia = LegalEntity.objects.create(provider=data_request.provider, name="Meridian Asia Pte Ltd", country="SG")
    europe = data_request.legal_entity
    assert not any(doubt for _text, doubt in said(data_request, "entity"))
    data_request.legal_entity = asia
    data_request.save()
    assert (f"Our company for Norway is {europe.name}.", True) in said(data_request, "entity")


def test_what_the_type_does_not_reach_is_named_with_its_lines():
    data_request = request_at("in_review")
    narrow = process_type("NARROW", name="Subscriber order", reaches=["subscriber"])
    data_request.orders.update(process_type=narrow)
    texts = said(data_request, "basis")
    reached = next(text for text, doubt in texts if text.startswith("Subscriber order reaches: ") and not doubt)
    inside, outside = reached.split(" Not: ")
    assert "Registration" in inside
    assert "Transactions" in outside
    assert next(text for text, doubt in texts if doubt and "Not reached" in text).endswith("(lines 2, 4).")


def test_lines_without_an_order_and_beyond_its_day_are_named_by_number():
    data_request = request_at("in_review")
    first, second, *_rest = data_request.lines.order_by("target_id", "id")
    first.order_version = None
    first.save()
    assert ("Line 1: no order is named.", True) in said(data_request, "records")
    version = second.order_version
    OrderVersion.objects.filter(pk=version.pk).update(issued_on=date(2026, 10, 5))
    assert not any(doubt for _text, doubt in said(data_request, "dates"))
    second.period_to = datetime(2026, 10, 20, tzinfo=second.period_to.tzinfo)
    second.save()
    assert ("Line 2: ask beyond 5 Oct 2026; the order was issued on that day.", True) in said(data_request, "dates")


def test_identifiers_are_looked_for_in_the_text_of_the_order_and_lead_to_the_page():
    data_request = request_at("in_review")
    paper = clean_pdf(data_request.officer, text="Nordvik court. Account 4821 3377", preview=True)
    RequestDocument.objects.filter(data_request=data_request).update(document=paper)
    OrderVersion.objects.filter(process__data_requests=data_request).update(document=paper)
    texts = dict(said(data_request, "accounts"))
    assert texts["In the text of the order: 48213377."] is False
    assert texts["Not found in the text of the order: nordlys.trading@mail.example. Look at the pictures."] is True
    page = client_for(data_request.assignee).get(f"/staff/requests/{data_request.reference}/")
    shown = BeautifulSoup(page.content, "html.parser")
    accounts = shown.select("ol.app-checks > li")[6]
    assert "In the text of the order: 48213377." in accounts.get_text()
    assert accounts.select_one(f"button[value='page:{paper.uid}:1:']").get_text() == "Page 1"


def test_bars_are_quoted_with_their_page_and_a_missing_clause_is_a_doubt():
    data_request = request_at("in_review")
    assert ("The officer names no bar.", False) in said(data_request, "non_disclosure")
    data_request.secrecy_asked = True
    data_request.save()
    assert ("Secrecy is asked for, and no clause is named.", True) in said(data_request, "non_disclosure")
    NonDisclosureOrder.objects.create(
        data_request=data_request, clause="Section 210b", bars_until=date(2027, 2, 12), page="3",
        confirmed_by=data_request.assignee, confirmed_at=timezone.now(),
    )  # fmt: skip
    assert said(data_request, "non_disclosure")[0] == (
        "“Section 210b”, until 12 Feb 2027, says the officer; confirmed, page 3.", False
    )  # fmt: skip


def test_an_order_in_a_language_that_is_not_read_here_needs_its_translation():
    data_request = request_at("in_review")
    order_of(data_request, language="nb")
    assert ("No translation is attached.", True) in said(data_request, "translation")
    RequestDocument.objects.create(
        data_request=data_request, document=clean_pdf(data_request.officer, filename="translation.pdf"),
        role="translation", added_at=timezone.now(), added_by=data_request.officer,
    )  # fmt: skip
    texts = said(data_request, "translation")
    assert ("Translation attached: translation.pdf.", False) in texts
    assert not any(doubt for _text, doubt in texts)


@pytest.mark.parametrize(
    ("changes", "country", "words", "doubt"),
    [
        ({"compels": False}, "IE", "does not compel", False),
        ({"compels": None}, "IE", "whether it compels is not known", True),
        ({}, "NO", "is in Norway: binding.", False),
        ({}, "IE", "compels in Norway. Meridian Exchange Europe Ltd is in Ireland", True),
        ({"country": "EU"}, "DE", "is in Germany: binding.", False),
    ],
)
def test_whether_it_binds_our_company_is_said_by_country_and_catalogue(changes, country, words, doubt):
    data_request = request_at("in_review")
    LegalEntity.objects.filter(pk=data_request.legal_entity_id).update(country=country)
    data_request.orders.update(process_type=process_type(f"T{len(words)}", **changes))
    data_request.refresh_from_db()
    (found,) = said(data_request, "binding")
    assert words in found[0]
    assert found[1] is doubt


@pytest.mark.parametrize("kind", ["emergency", "disclosure"])
def test_every_kind_is_drawn_with_what_is_known(kind):
    data_request = request_at("in_review", kind=kind)
    assert client_for(data_request.assignee).get(f"/staff/requests/{data_request.reference}/").status_code == 200
    if kind == "emergency":
        assert ("The agency was not called back yet.", True) in said(data_request, "identity")


def test_reading_it_costs_the_same_however_many_lines_there_are():
    counts = []
    for number in (2, 40):
        named = [("uid", str(81_000_000 + n)) for n in range(number)]
        data_request = request_at("in_review", identifiers=named)
        targets = list(data_request.targets.order_by("pk"))
        with CaptureQueriesContext(connection) as queries:
            evidence_of(data_request, targets=targets, at=timezone.now() + timedelta(days=1))
        counts.append(len(queries))
    assert counts[0] == counts[1] <= 30


def test_the_call_to_the_agency_is_said_as_it_was_answered_last():
    data_request = request_at("in_review", kind="emergency")
    at = timezone.now() - timedelta(minutes=9)
    for minute, (result, words) in enumerate([
        ("no_answer", "The agency was not called back yet."),
        ("not_confirmed", "The agency was called back and did not confirm it."),
        ("confirmed", "The agency was called back and confirmed it."),
    ]):  # fmt: skip
        calls(data_request, result=result, at=at + timedelta(minutes=minute))
        assert (words, result != "confirmed") in said(data_request, "identity")
