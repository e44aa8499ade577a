"""What an applicant gave stands for no agency: their numbers, their domains, domains and mailboxes like another's."""

import json
from datetime import date, timedelta

import pytest
from django.utils import timezone

from accounts.domain_names import DomainRefused
from accounts.models import AccessApplication
from accounts.services import agencies, calls
from accounts.services import agency_contacts as contacts
from accounts.services.applicant_contacts import OwnSource, where_given
from foundation.audit.models import AuditEvent
from foundation.core.errors import NotAllowed
from tests.accounts.factories import make_application
from tests.people import make_agency, make_officer, make_staff

pytestmark = pytest.mark.django_db

NORDVIK = {"name": "Nordvik Police", "country": "NO", "town": "Nordvik", "kind": "police"}
NUMBER = "+441632960777"
DAY = date(2026, 9, 1)


def payload(action):
    return json.loads(bytes(AuditEvent.objects.filter(action=action).order_by("pk").last().payload))


def test_the_numbers_of_all_applicants_and_officers_of_every_agency_are_compared():
    analyst, agency = make_staff("analyst"), make_agency(country="GB")
    declined = make_application(make_agency(), phone="+447911123456", status="rejected")
    written = make_application(make_agency(), explanation="Ring us: 01632 / 960 778, day and night")
    arabic = make_application(make_agency(), supervisor_contact="+٤٤ ١٦٣٢ ٩٦٠٧٧٩")
    for number, application in (
        ("+447911123456", declined), ("+441632960778", written), ("+441632960779", arabic),
    ):  # fmt: skip
        for again in (agency, agencies.add(NORDVIK | {"name": f"Y {number}"}, by=analyst)):
            with pytest.raises(contacts.SecondSourceNeeded):
                contacts.enter_number(again, number, source="Almanac", source_date=DAY, by=analyst)
        assert where_given(number, country="GB") == f"application {application.reference}"
    officer = make_officer(make_agency())
    with pytest.raises(contacts.FromApplication, match=officer.full_name):
        contacts.enter_number(agency, "+441632960901", source="Almanac", source_date=DAY, by=analyst)
    assert where_given("+441632969999", country="GB") == ""


def test_an_application_that_came_since_is_seen_when_the_number_is_confirmed():
    one, other, agency = make_staff("analyst"), make_staff("analyst"), make_agency(number=False)
    entry = contacts.enter_number(agency, NUMBER, source="Almanac", source_date=DAY, by=one)
    make_application(make_agency(), phone=NUMBER)
    with pytest.raises(contacts.FromApplication):
        contacts.confirm_number(entry, source="Almanac", by=other)
    with pytest.raises(contacts.SecondSourceNeeded, match="first one again"):
        contacts.confirm_number(entry, source="Almanac", second_source="almanac ", by=other)
    assert calls.usable_numbers(agency) == []
    contacts.confirm_number(entry, source="Almanac", second_source="Ministry", by=other)
    assert payload("agency.number_confirmed")["data"]["source"] == "Almanac; also Ministry"


@pytest.mark.parametrize(
    "source", ["https://www.imitation.example/contact", "Their page, imitation.example", "post@mail.imitation.example",
               "imitation [dot] example", "the site Proposed-Site.example"],
)  # fmt: skip
@pytest.mark.parametrize("place", ["source", "second_source"])
def test_what_the_applicant_named_is_no_source(source, place):
    analyst, agency = make_staff("analyst"), make_agency()
    proposed = {"website": "https://proposed-site.example/", "name": "Nordvik"}
    application = make_application(agency, email="x@imitation.example", proposed_agency=proposed)
    said = {"source": "Almanac", "second_source": ""} | {place: source}
    with pytest.raises(OwnSource, match=application.reference):
        contacts.enter_number(agency, NUMBER, source_date=DAY, by=analyst, **said)
    assert contacts.enter_number(make_agency(), NUMBER, source_date=DAY, by=analyst, **said)


def test_a_domain_that_was_held_before_the_application_is_a_source():
    analyst, agency = make_staff("analyst"), make_agency(domain="nordvik.example", number=False)
    make_application(agency)
    entry = contacts.enter_number(agency, NUMBER, source="www.nordvik.example", source_date=DAY, by=analyst)
    contacts.add_domain(agency, "own.example", source="x", by=analyst)
    AccessApplication.objects.update(email="x@own.example", created_at=timezone.now() - timedelta(days=1))
    with pytest.raises(OwnSource):
        contacts.confirm_number(entry, source="own.example", by=make_staff("analyst"))


@pytest.mark.parametrize("number", ["+449098790000", "+448448710000", "+447000000000"])
def test_premium_shared_cost_and_personal_numbers_reach_no_office(number):
    with pytest.raises(contacts.NumberRefused):
        contacts.enter_number(make_agency(), number, source="A", source_date=DAY, by=make_staff("analyst"))


def test_a_mobile_takes_a_second_source_and_an_old_source_is_none():
    analyst, agency = make_staff("analyst"), make_agency(number=False)
    with pytest.raises(contacts.SecondSourceNeeded, match="mobile"):
        contacts.enter_number(agency, "+4790012345", source="A", source_date=DAY, by=analyst)
    assert contacts.enter_number(agency, "+4790012345", source="A", second_source="B", source_date=DAY, by=analyst)
    with pytest.raises(NotAllowed, match="2000"):
        contacts.enter_number(agency, NUMBER, source="A", source_date=date(1999, 12, 31), by=analyst)


@pytest.mark.parametrize("domain", ["github.io", "uk.com", "blogspot.com"])
def test_an_ending_that_a_company_gives_out_is_no_domain_of_an_agency(domain):
    with pytest.raises(DomainRefused):
        contacts.add_domain(make_agency(), domain, source="x", by=make_staff("analyst"))


def test_a_name_under_anothers_domain_or_like_it_says_whose_and_takes_a_check():
    analyst, agency = make_staff("analyst"), make_agency()
    other = make_agency("Northmoor Police", domain="northmoor-police.example", country="GB")
    for name in ("cid.northmoor-police.example", "northmoor-polise.example"):
        with pytest.raises(contacts.LooksLikeAnother, match=r"Northmoor Police \(GB\)"):
            contacts.add_domain(agency, name, source="x", by=analyst)
        contacts.add_domain(agency, name, source="x", checked=True, by=analyst)
        data = payload("agency.domain_added")["data"]
        assert data["checked"] is True
        assert "northmoor-police.example" in data["resembles"]
    other.domains.update(covers_subdomains=True)
    with pytest.raises(NotAllowed, match="which covers it"):
        contacts.add_domain(agency, "traffic.northmoor-police.example", source="x", checked=True, by=analyst)


@pytest.mark.parametrize("address", ["post@gmail.com", "post@elsewhere.example", "post@other.example"])
def test_the_generic_address_is_on_a_domain_of_the_agency(address):
    analyst, agency = make_staff("analyst"), make_agency(domain="nordvik.example")
    make_agency(domain="other.example")
    seen = agencies.facts_of(agency)
    with pytest.raises(agencies.MailboxRefused):
        agencies.correct(agency, seen | {"generic_address": address}, seen=seen, by=analyst)
    agencies.correct(agency, seen | {"generic_address": "post@nordvik.example"}, seen=seen, by=analyst)
    with pytest.raises(NotAllowed):
        agencies.add(NORDVIK | {"generic_address": address}, by=analyst)
