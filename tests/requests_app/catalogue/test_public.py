"""What officers and everybody read: national channels, guidelines by country, and stop pages."""

import pytest

from foundation.audit.models import AuditEvent
from foundation.legal.stops import STOPS
from foundation.providers.models import EntryPoint, LegalEntity, ProcessPolicy, Provider
from tests.accounts.helpers import page, words
from tests.people import client_for, make_agency, make_officer, make_staff
from tests.requests_app.catalogue.company import AT

SEALED = "General Counsel, sealed\n12 Sample Quay"


@pytest.fixture
def officer(provider):
    return make_officer(make_agency(country="IN"))


def send_elsewhere(provider, country="IN", **changes):
    values = {"title": "Through Sahyog", "national_channel": "Use the Sahyog portal.", "law": "BNSS s.94"}
    values |= {"victims": "Helpline 1930", "redirects": True}
    return EntryPoint.objects.create(provider=provider, jurisdiction_id=country, **(values | changes))


# The national channel ------------------------------------------------------------------------------------------------
def test_an_officer_reads_the_channel_the_law_and_where_victims_go(provider, officer):
    send_elsewhere(provider)
    text = words(client_for(officer).get("/channel/"))
    for said in ("Through Sahyog", "Use the Sahyog portal.", "BNSS s.94", "Helpline 1930", "An emergency"):
        assert said in text
    assert "File here anyway" not in text


def test_filing_here_anyway_is_offered_only_where_the_entry_allows_it(provider, officer):
    send_elsewhere(provider, allows_filing=True)
    found = page(client_for(officer).get("/channel/"))
    assert "File here anyway" in found.main.text
    assert found.find(href="/drafts/new/")


def test_an_officer_of_another_country_is_not_sent_away(provider):
    send_elsewhere(provider)
    text = words(client_for(make_officer()).get("/channel/"))
    assert "Your requests are filed here" in text
    assert "Sahyog" not in text


# The guidelines of a country -----------------------------------------------------------------------------------------
def test_everybody_reads_address_language_law_and_the_types_of_a_country(provider, client_of_nobody):
    LegalEntity.objects.create(
        provider=provider, name="Main", country="IE", is_default=True, service_address="12 Sample Quay"
    )
    Provider.objects.update(languages=["en", "no"])
    send_elsewhere(provider)
    text = words(client_of_nobody.get("/guidelines/IN/"))
    for said in (
        "India", "12 Sample Quay", "English", "Norwegian", "BNSS s.94", "Helpline 1930", "Use the Sahyog portal.",
    ):  # fmt: skip
        assert said in text
    assert "Search warrant" not in text
    assert "Summons or written order to produce" not in text  # it goes through the channel
    assert "Court order (other jurisdiction)" not in text
    text = words(client_of_nobody.get("/guidelines/SG/"))
    for said in ("Singapore", "English and Norwegian. Add a translation", "Written order to produce",
                 "Court order (other jurisdiction)"):  # fmt: skip
        assert said in text


def test_where_filing_here_is_allowed_only_what_does_not_go_through_the_channel_is_listed(provider, client_of_nobody):
    Provider.objects.update(languages=["en", "no"])
    send_elsewhere(provider, allows_filing=True, language="hi")
    text = words(client_of_nobody.get("/guidelines/IN/"))
    assert "If you may file here" in text
    assert "Summons or written order to produce" not in text
    assert "Court order (other jurisdiction)" in text
    assert "English, Norwegian and Hindi. Add a translation" in text


def test_the_order_of_an_agreement_is_shown_to_its_parties_only(provider, client_of_nobody):
    for code, shown in (("GB", True), ("AU", True), ("CN", False), ("SG", False)):
        assert ("CLOUD Act" in words(client_of_nobody.get(f"/guidelines/{code}/"))) == shown


def test_what_the_company_does_not_take_is_not_listed(provider, client_of_nobody):
    ProcessPolicy.objects.create(
        provider=provider, code="SG-CPC-20", accepted=False, needs_counsel=False, note="Leak", changed_at=AT
    )
    text = words(client_of_nobody.get("/guidelines/sg/"))
    assert "Written order to produce" not in text
    assert "Leak" not in text
    assert "National Security Letter" not in words(client_of_nobody.get("/guidelines/US/"))


@pytest.mark.parametrize("code", ["EU", "INT", "QQ", "I", "INDIA", "%00I"])
def test_what_is_no_country_is_not_found(provider, client_of_nobody, code):
    assert client_of_nobody.get(f"/guidelines/{code}/").status_code == 404


def test_the_chooser_leads_to_a_country_and_says_when_none_was_chosen(provider, client_of_nobody):
    assert client_of_nobody.get("/guidelines/country/?country=in")["Location"] == "/guidelines/IN/"
    assert client_of_nobody.get("/guidelines/country/").status_code == 200
    refused = client_of_nobody.get("/guidelines/country/?country=")
    assert refused.status_code == 422
    assert "choose one from the list" in words(refused)


def test_home_leads_to_the_chooser_and_to_civil_cases(provider, client_of_nobody):
    home = page(client_of_nobody.get("/"))
    assert home.find("form", action="/guidelines/country/")
    assert home.find(href="/stop/civil/")


# What must never be uploaded -----------------------------------------------------------------------------------------
@pytest.mark.parametrize("stop", STOPS, ids=lambda stop: stop.code)
def test_a_stop_page_says_why_and_where_to_and_takes_nothing(provider, officer, stop):
    Provider.objects.update(sealed_channel=SEALED)
    response = client_for(officer).get(f"/stop/{stop.code}/")
    found = page(response)
    assert stop.title in words(response)
    assert "not upload it" in words(response)
    assert ("General Counsel, sealed" in words(response)) is stop.sealed
    assert not found.main.find(["input", "textarea", "select", "form"])


def test_looking_at_a_stop_page_leaves_nothing_behind(provider, officer):
    before = AuditEvent.objects.count()
    client = client_for(officer)
    client.get("/stop/sealed/?case=NV-77123")
    client.get("/stop/interception/")
    assert AuditEvent.objects.count() == before
    assert "NV-77123" not in str(dict(client.session))


def test_without_a_sealed_channel_the_main_companys_address_is_used(provider, officer):
    LegalEntity.objects.create(
        provider=provider, name="Branch", country="US", service_address="200 Sample Street", is_default=False
    )
    LegalEntity.objects.create(
        provider=provider, name="Main", country="IE", is_default=True, service_address="12 Sample Quay"
    )
    text = words(client_for(officer).get("/stop/sealed/"))
    assert "For counsel, sealed" in text
    assert "12 Sample Quay" in text
    assert "200 Sample Street" not in text


def test_private_lawyers_and_victims_are_told_where_to_go_without_an_account(provider, client_of_nobody):
    LegalEntity.objects.create(
        provider=provider, name="Main", country="IE", is_default=True, service_address="12 Sample Quay"
    )
    Provider.objects.update(sealed_channel=SEALED)
    text = words(client_of_nobody.get("/stop/civil/"))
    assert "12 Sample Quay" in text
    assert "local police" in text
    assert "General Counsel" not in text


def test_the_other_stop_pages_are_for_officers(provider, client_of_nobody, officer):
    assert client_of_nobody.get("/stop/sealed/").status_code == 302
    assert client_for(make_staff("analyst")).get("/stop/sealed/").status_code in {403, 404}
    assert client_for(officer).get("/stop/nonsense/").status_code == 404
    assert client_for(officer).get("/stop/").status_code == 200


def test_what_an_administrator_wrote_is_escaped_and_only_addresses_become_links(provider, client_of_nobody):
    victims = 'See https://help.example/<b> "now"\nor <script>alert(1)</script> javascript:alert(2)'
    send_elsewhere(provider, victims=victims)
    found = page(client_of_nobody.get("/guidelines/IN/"))
    assert [link["href"] for link in found.main.select("dl a")] == ["https://help.example/"]
    assert not found.main.find("script")
    assert "alert(1)" in found.main.text
