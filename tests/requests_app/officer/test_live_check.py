"""While somebody types, leaving with a bad field, several periods, and the check page."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.urls import reverse
from django.utils import timezone

from accounts.session_life import SEEN_AT
from foundation.audit.models import AuditEvent
from foundation.providers.models import EntryPoint
from requests_app.enums import DataCategory
from requests_app.models import DataRequest
from tests.accounts.browsing import Browser
from tests.factories import process_type, request_at
from tests.people import client_for
from tests.requests_app.officer.helpers import date_of

pytestmark = pytest.mark.django_db
FACTS = {"title": "A", "case_number": "1", "offence": "Fraud", "facts": "F", "connection": "C"}
RECORDS = {"categories": [DataCategory.LOGINS], **date_of("first", 1, 3, 2025), **date_of("last", 30, 9, 2025)}


@pytest.fixture
def draft():
    return request_at("draft")


@pytest.fixture
def client(draft):
    return client_for(draft.officer)


def url_of(draft, name):
    return reverse(f"officer:step_{name}", args=[draft.uid])


def post(client, draft, name, data, action="continue", **headers):
    draft.refresh_from_db()
    return client.post(url_of(draft, name), data | {"lock_version": draft.lock_version, "action": action}, **headers)


def typing(client, draft, name, data):
    response = post(client, draft, name, data, "check", headers={"X-Poll": "1"})
    assert response.status_code == 200
    return response.content.decode()


def test_typed_values_are_checked_without_saving_or_noting_anything(client, draft):
    events = AuditEvent.objects.count()
    page = typing(client, draft, "facts", FACTS | {"facts": " ", "title": "Typed"})
    assert "Say what happened" in page
    assert "Give the request a short name" not in page
    assert "<html" not in page
    draft.refresh_from_db()
    assert (draft.title, draft.lock_version) == ("Operation Fjordlys", 0)
    assert AuditEvent.objects.count() == events


def test_typing_is_no_activity(client, draft):
    session = client.session
    before = session[SEEN_AT] = (timezone.now() - timedelta(minutes=5)).isoformat()
    session.save()
    typing(client, draft, "facts", FACTS)
    assert client.session[SEEN_AT] == before


def test_typed_dates_are_checked_and_shown_in_utc(client, draft):
    page = typing(client, draft, "records", RECORDS | {"zone": "Europe/Oslo"})
    assert "28 Feb 2025, 23:00 until 30 Sep 2025, 22:00 UTC" in page
    assert "Still to do here" not in page
    late = typing(client, draft, "records", RECORDS | date_of("last", 1, 1, 2100))
    assert "the last day is after today" in late


def test_what_is_asked_stands_beside_what_is_reached(client, draft):
    kind = process_type("TEST-SUBPOENA", name="Subpoena", reaches=["subscriber"])
    draft.orders.update(process_type=kind)
    DataRequest.objects.update(process_type=kind)
    page = typing(client, draft, "records", RECORDS)
    assert "Sign-ins and IP addresses: Subpoena does not reach this" in page
    assert page.count("Not reached") == 4


def test_the_notice_is_checked_while_it_is_typed(client, draft):
    page = typing(client, draft, "notice", {"secrecy": "yes", "clause": "Page 2"})
    assert "Choose the document the clause stands in" in page
    assert "Name the clause" not in page


def test_an_order_is_checked_while_it_is_typed(client, draft):
    order = draft.orders.get()
    typed = {
        "lock_version": 0, "action": "check", "process_type": order.process_type_id, "issuing_authority": "A court",
        "language": "no", **date_of("issued_on", 1, 2, 2026), **date_of("return_date", 1, 3, 2026),
    }  # fmt: skip
    response = client.post(reverse("officer:order", args=[draft.uid, order.uid]), typed, headers={"X-Poll": "1"})
    page = response.content.decode()
    assert response.status_code == 200
    assert "The return date has passed" in page
    assert "Name the section of law it rests on" in page
    assert "Name the authority" not in page
    order.refresh_from_db()
    assert order.issuing_authority == "Nordvik District Court"


def test_a_stranger_cannot_ask(draft):
    stranger = client_for(request_at("draft").officer)
    assert post(stranger, draft, "facts", FACTS, "check").status_code == 404


def test_leaving_never_fails_because_of_one_bad_field(client, draft):
    bad = RECORDS | {"categories": [DataCategory.REGISTRATION]} | date_of("last", 31, 2, 2025)
    response = post(client, draft, "records", bad, "later")
    assert response.url == reverse("officer:draft", args=[draft.uid])
    draft.refresh_from_db()
    assert [(e["category"], e["from"], e["to"]) for e in draft.records_asked] == [("registration", "2025-03-01", None)]
    page = client.get(response.url).content.decode()
    assert "Not saved, because it could not be read: Last day" in page
    again = client.get(url_of(draft, "records")).content.decode()
    assert 'value="31"' in again


def test_leaving_keeps_every_other_fact(client, draft):
    data = FACTS | {"title": "New", "investigating_email": "no address"}
    assert post(client, draft, "facts", data, "later").status_code == 302
    draft.refresh_from_db()
    assert (draft.title, draft.investigating_email) == ("New", "")


def test_investigating_officer_and_certificate_are_kept(client, draft):
    data = FACTS | {
        "investigating_officer": "K. Aas", "investigating_rank": "Inspector", "certificate_form": "us_902_11",
        "investigating_email": "k.aas@police.example", "investigating_phone": "+4722000000",
    }  # fmt: skip
    assert post(client, draft, "facts", data).status_code == 302
    page = client.get(reverse("officer:check", args=[draft.uid])).content.decode()
    assert "K. Aas, Inspector, k.aas@police.example, +4722000000" in page
    assert "FRE 902(11)" in page


def test_dates_of_records_that_are_not_ticked_are_not_dropped(client, draft):
    own = date_of("transactions_first", 1, 1, 2025) | date_of("transactions_last", 2, 1, 2025)
    response = post(client, draft, "records", RECORDS | own)
    assert response.status_code == 422
    page = response.content.decode()
    assert "Transactions: you gave dates, but did not tick these records" in page
    assert "<details" in page


def test_several_periods_with_their_time_zones(client, draft):
    more = post(client, draft, "records", RECORDS | {"more": "logins"}).content.decode()
    assert 'name="logins_2_first_day"' in more
    own = date_of("logins_first", 1, 1, 2025) | date_of("logins_last", 2, 1, 2025) | {"logins_zone": "Asia/Tokyo"}
    two = date_of("logins_2_first", 5, 1, 2025) | date_of("logins_2_last", 6, 1, 2025)
    assert post(client, draft, "records", RECORDS | own | two | {"zone": "Europe/Oslo"}).status_code == 302
    draft.refresh_from_db()
    assert [(e["from"], e["to"], e["zone"]) for e in draft.records_asked] == [
        ("2025-01-01", "2025-01-02", "Asia/Tokyo"), ("2025-01-05", "2025-01-06", "Europe/Oslo"),
    ]  # fmt: skip
    page = client.get(url_of(draft, "records")).content.decode()
    assert 'name="logins_2_first_day"' in page
    country = page[page.index("Your country") :]
    assert country.index("Europe/Oslo") < country.index("Other places")


@pytest.mark.parametrize("year", [202, 1800])
def test_odd_years_get_a_sentence(client, draft, year):
    typed = RECORDS | date_of("first", 1, 1, f"{year:04}")
    assert "Check the year" in post(client, draft, "records", typed).content.decode()


@pytest.mark.parametrize("name", ["facts", "records", "notice", "identifiers"])
def test_what_was_typed_survives_the_end_of_the_session(draft, name):
    browser, url = Browser(), url_of(draft, name)
    browser.sign_in(draft.officer)
    opened = browser.open(url)
    typed = {
        "facts": FACTS | {"facts": "Typed words."},
        "records": RECORDS | date_of("first", 17, 3, 2025),
        "notice": {"secrecy": "yes", "clause": "Typed words."},
        "identifiers": {"kind": "uid", "value": "48213399", "role": "unknown"},
    }[name]
    browser.client.logout()
    browser.send(opened, url, typed | {"lock_version": 0, "action": "continue"})
    browser.sign_in(draft.officer)
    back = browser.open(url).content.decode()
    assert {"records": 'value="17"', "identifiers": 'value="48213399"'}.get(name, "Typed words.") in back


def test_the_check_page_keeps_paragraphs_and_leads_to_each_field(client):
    draft = request_at("draft", facts="First.\n\nSecond <b>.", officer=None)
    page = client_for(draft.officer).get(reverse("officer:check", args=[draft.uid])).content.decode()
    assert "First.<br><br>Second &lt;b&gt;." in page
    assert f'href="{url_of(draft, "facts")}#id_facts"' in page
    assert f'href="{url_of(draft, "facts")}#id_case_number"' in page


def test_a_stale_check_page_says_which_part_changed(client, draft):
    post(client, draft, "facts", FACTS)
    response = client.post(reverse("officer:check", args=[draft.uid]), {"lock_version": 0, "declared": "on"})
    assert response.status_code == 422
    assert "Changed since you opened this page: Facts of the case." in response.content.decode()


def test_the_start_page_leads_to_what_is_needed(client, draft):
    url = reverse("officer:draft_new")
    assert "What do you need?" in client.get(url).content.decode()
    where = {need: client.post(url, {"key": uuid4(), "need": need}).url for need in ("emergency", "hold")}
    assert where == {"emergency": reverse("officer:emergency_new"), "hold": reverse("holds:new")}
    assert DataRequest.objects.count() == 1


def test_a_national_channel_comes_first(client, draft):
    EntryPoint.objects.create(
        provider=draft.provider, jurisdiction_id=draft.jurisdiction, redirects=True, title="The Hub"
    )
    url = reverse("officer:draft_new")
    assert "The Hub" in client.get(url).content.decode()
    assert client.post(url, {"key": uuid4()}).url == reverse("officer:channel")
    EntryPoint.objects.update(allows_filing=True)
    assert "/drafts/" in client.post(url, {"key": uuid4()}).url


def test_the_task_list_asks_little(client, draft, django_assert_num_queries):
    url = reverse("officer:draft", args=[draft.uid])
    client.get(url)
    with django_assert_num_queries(14):
        client.get(url)
