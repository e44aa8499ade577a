"""What the desk does to the registry: blocked domains, and telling an agency that its name was used."""

import json
from datetime import date, timedelta

import pytest
from django.utils import timezone

from accounts.addresses import judge
from accounts.domain_names import DomainRefused
from accounts.enums import AgencyStatus
from accounts.models import BlockedDomain, DeclaredConflict
from accounts.services import agencies, calls
from accounts.services import agency_contacts as contacts
from foundation.audit.models import AuditEvent
from foundation.core.errors import NotAllowed, TransitionRefused
from foundation.notifications.models import OutboundMessage
from tests.accounts.factories import make_application
from tests.accounts.helpers import actions, last_mail
from tests.people import make_agency, make_officer, make_staff

pytestmark = pytest.mark.django_db

NORDVIK = {"name": "Nordvik Police", "country": "NO", "town": "Nordvik", "kind": "police"}
NUMBER = "+441632960777"
DAY = date(2026, 9, 1)


def payload(action):
    """What the trail keeps of the newest act of this name."""
    return json.loads(bytes(AuditEvent.objects.filter(action=action).latest("pk").payload))


def test_a_blocked_domain_is_kept_once_with_its_reason():
    analyst = make_staff("analyst")
    row = agencies.block_domain(
        "  @Nordvik-Polise.EXAMPLE ", reason="Imitates Nordvik", about_reference="AC-26-1", by=analyst
    )
    assert (row.domain, row.about_reference, row.blocked_by) == ("nordvik-polise.example", "AC-26-1", analyst)
    assert agencies.block_domain("nordvik-polise.example", reason="Again", by=analyst).pk == row.pk
    assert actions(object_label="nordvik-polise.example") == ["agency.domain_blocked"]
    assert AuditEvent.objects.get(action="agency.domain_blocked").reason == "Imitates Nordvik"


def test_a_domain_of_another_script_is_blocked_as_its_a_label():
    row = agencies.block_domain("Полиция.example", reason="Imitates", by=make_staff("analyst"))
    assert row.domain == "xn--h1aahle9bwd.example"


@pytest.mark.parametrize("domain", ["1.2.3.4", "[1.2.3.4]", "https://nordvik.example", "nordvik", "a b.example", ""])
def test_what_is_no_domain_is_not_blocked(domain):
    with pytest.raises(DomainRefused):
        agencies.block_domain(domain, reason="x", by=make_staff("analyst"))
    assert not BlockedDomain.objects.exists()


@pytest.mark.parametrize("domain", ["gov.uk", "co.uk", "bund.de", "state.tx.us", "police.uk"])
def test_no_suffix_is_blocked(domain):
    with pytest.raises((DomainRefused, NotAllowed)):
        agencies.block_domain(domain, reason="x", by=make_staff("analyst"))


def test_no_domain_of_an_active_agency_is_blocked_nor_what_lies_above_or_below_it():
    analyst = make_staff("analyst")
    agency = make_agency(domain="politi.nordvik.example")
    agency.domains.update(covers_subdomains=True)
    for domain in ("politi.nordvik.example", "nordvik.example", "west.politi.nordvik.example"):
        with pytest.raises(NotAllowed, match=agency.name):
            agencies.block_domain(domain, reason="x", by=analyst)
    assert agencies.block_domain("xpoliti.nordvik.example", reason="A neighbour", by=analyst)
    agency.status = AgencyStatus.PROPOSED
    agency.save()
    assert agencies.block_domain("politi.nordvik.example", reason="Never was one", by=analyst)


def test_a_block_is_lifted_once_with_a_reason_and_can_be_made_again():
    analyst = make_staff("analyst")
    row = agencies.block_domain("nordvik-polise.example", reason="Imitates", by=analyst)
    agencies.lift_block(row, reason="It is theirs", by=analyst)
    agencies.lift_block(row, reason="Twice", by=analyst)
    agencies.block_domain("nordvik-polise.example", reason="After all", by=analyst)
    said = ["agency.domain_blocked", "agency.domain_unblocked", "agency.domain_blocked"]
    assert actions(object_label="nordvik-polise.example") == said


@pytest.mark.parametrize("role", ["auditor", "administrator", "counsel", "custodian"])
def test_others_block_lift_and_warn_nothing(role):
    other, agency = make_staff(role), make_agency(generic_address="post@nordvik.example")
    row = agencies.block_domain("imitation.example", reason="x", by=make_staff("approver"))
    for act in (
        lambda: agencies.block_domain("another.example", reason="x", by=other),
        lambda: agencies.lift_block(row, reason="x", by=other),
        lambda: agencies.warn_agency(agency, about_reference="AC-26-1", by=other),
    ):
        with pytest.raises(NotAllowed):
            act()
    with pytest.raises(NotAllowed):
        agencies.block_domain("another.example", reason="x", by=make_officer())
    assert BlockedDomain.objects.get(lifted_at=None) == row
    assert not OutboundMessage.objects.exists()


def test_an_agency_is_warned_at_its_generic_address_without_names_or_facts():
    analyst = make_staff("analyst", full_name="Ines Calloway")
    agency = make_agency("Nordvik Police", generic_address="post@nordvik-police.example")
    assert agencies.warn_agency(agency, about_reference="AC-26-7K4Q9T", by=analyst)
    assert agencies.warn_agency(agency, about_reference="AC-26-7K4Q9T", by=analyst)
    mail = last_mail("agency_misuse")
    assert OutboundMessage.objects.count() == 1
    assert actions(action="agency.warned_of_misuse") == ["agency.warned_of_misuse"]
    assert mail.to_address == "post@nordvik-police.example"
    assert "Nordvik Police" in mail.body_text
    assert "AC-26-7K4Q9T" in mail.body_text
    assert "Calloway" not in mail.body_text
    assert "http" not in mail.body_text


def test_nothing_is_sent_where_no_generic_address_is_on_file():
    assert agencies.warn_agency(make_agency(), about_reference="AC-26-1", by=make_staff("analyst")) is False
    assert not OutboundMessage.objects.exists()
    assert "agency.warned_of_misuse" not in actions()


def test_an_agency_is_added_once_with_its_facts():
    analyst = make_staff("analyst")
    agency = agencies.add(NORDVIK, by=analyst)
    assert (agency.name, agency.status, agency.police_power_confirmed) == ("Nordvik Police", AgencyStatus.ACTIVE, False)
    with pytest.raises(agencies.KnownAlready, match="in the registry"):
        agencies.add(NORDVIK | {"name": "NORDVIK police"}, by=analyst)
    assert agencies.add(NORDVIK | {"country": "SE"}, by=analyst)
    assert agencies.add(NORDVIK, although_known=True, by=analyst)
    assert actions(object_type="accounts.agency") == ["agency.created"] * 3


def test_a_correction_keeps_what_was_and_what_is():
    analyst, agency = make_staff("analyst"), make_agency("Nordvik Police")
    seen = agencies.facts_of(agency)
    agencies.correct(agency, seen | {"town": "Sørvik", "kind": "tax"}, seen=seen, by=analyst)
    agency.refresh_from_db()
    assert (agency.town, agency.kind) == ("Sørvik", "tax")
    data = payload("agency.changed")["data"]
    assert data == {"changes": {"town": ["Nordvik", "Sørvik"], "kind": ["police", "tax"]}}


def test_a_correction_that_changes_nothing_leaves_no_event():
    agency = make_agency()
    seen = agencies.facts_of(agency)
    agencies.correct(agency, seen, seen=seen, by=make_staff("analyst"))
    assert "agency.changed" not in actions()


def test_the_older_of_two_corrections_is_refused_with_what_changed():
    analyst, other, agency = make_staff("analyst"), make_staff("analyst"), make_agency(town="Nordvik")
    seen = agencies.facts_of(agency)
    agencies.correct(agency, seen | {"town": "Sørvik"}, seen=seen, by=other)
    with pytest.raises(agencies.Outdated) as refused:
        agencies.correct(agency, seen | {"town": "Vestvik", "region": "West"}, seen=seen, by=analyst)
    assert refused.value.changes == {"town": ("Nordvik", "Sørvik")}
    agency.refresh_from_db()
    assert (agency.town, agency.region) == ("Sørvik", "")


def test_police_power_is_a_fact_with_source_person_and_date():
    approver, agency = make_staff("approver"), make_agency(police_power_confirmed=False)
    agencies.confirm_power(agency, source="Police Act 1995, section 1", by=approver)
    agency.refresh_from_db()
    assert agency.police_power_confirmed
    assert (agency.police_power_source, agency.police_power_by) == ("Police Act 1995, section 1", approver)
    with pytest.raises(TransitionRefused):
        agencies.confirm_power(agency, source="Again", by=approver)
    agencies.withdraw_power(agency, reason="A museum", by=approver)
    agency.refresh_from_db()
    assert (agency.police_power_confirmed, agency.police_power_source, agency.police_power_at) == (False, "", None)
    said = ["agency.police_power_confirmed", "agency.police_power_withdrawn"]
    assert [e.action for e in agencies.history(agency)][::-1] == said


@pytest.mark.parametrize("role", ["analyst", "auditor", "administrator"])
def test_only_approvers_say_that_an_agency_has_police_power(role):
    other, agency = make_staff(role), make_agency(police_power_confirmed=False)
    with pytest.raises(NotAllowed):
        agencies.confirm_power(agency, source="x", by=other)
    agency.refresh_from_db()
    assert not agency.police_power_confirmed


def test_nobody_changes_an_agency_they_have_a_conflict_with():
    analyst, agency = make_staff("analyst"), make_agency()
    DeclaredConflict.objects.create(user=analyst, agency=agency, reason="Family", declared_at=timezone.now())
    seen = agencies.facts_of(agency)
    for act in (
        lambda: agencies.correct(agency, seen | {"town": "X"}, seen=seen, by=analyst),
        lambda: contacts.add_domain(agency, "new.example", source="x", by=analyst),
        lambda: contacts.enter_number(agency, NUMBER, source="x", source_date=DAY, by=analyst),
        lambda: contacts.retire_number(agency.numbers.get(), reason="x", by=analyst),
        lambda: contacts.remove_domain(agency.domains.get(), reason="x", by=analyst),
    ):
        with pytest.raises(NotAllowed, match="conflict"):
            act()


def test_a_domain_is_kept_as_an_a_label_with_its_source():
    analyst, agency = make_staff("analyst"), make_agency()
    entry = contacts.add_domain(agency, "Polizei-Köln.example", source="Staff list", covers_subdomains=True, by=analyst)
    assert (entry.domain, entry.added_by, entry.covers_subdomains) == ("xn--polizei-kln-zfb.example", analyst, True)
    assert judge("k@cyber.polizei-köln.example").agency == agency
    assert payload("agency.domain_added")["data"]["domain"] == "xn--polizei-kln-zfb.example"


@pytest.mark.parametrize(
    "domain", ["gmail.com", "mailinator.com", "gov.uk", "co.uk", "1.2.3.4", "nordvik", "outlook.co.uk", "web.de"]
)
def test_a_domain_that_says_nothing_of_an_office_is_refused(domain):
    agency = make_agency()
    with pytest.raises(DomainRefused):
        contacts.add_domain(agency, domain, source="x", by=make_staff("analyst"))
    assert agency.domains.count() == 1


def test_a_domain_belongs_to_one_agency_and_the_refusal_says_whose():
    analyst, agency = make_staff("analyst"), make_agency()
    other = make_agency("Northmoor Police", domain="northmoor.example", country="GB")
    with pytest.raises(NotAllowed, match=r"domain of Northmoor Police \(GB\)"):
        contacts.add_domain(agency, "northmoor.example", source="x", by=analyst)
    with pytest.raises(NotAllowed, match="this agency"):
        contacts.add_domain(other, "NORTHMOOR.example", source="x", by=analyst)


def test_a_blocked_domain_joins_no_agency():
    analyst, agency = make_staff("analyst"), make_agency()
    agencies.block_domain("nordvik-polise.example", reason="Imitates", by=analyst)
    with pytest.raises(DomainRefused, match="blocked"):
        contacts.add_domain(agency, "nordvik-polise.example", source="x", by=analyst)


def test_no_agency_covers_every_office_of_a_government():
    analyst, agency = make_staff("analyst"), make_agency()
    with pytest.raises(DomainRefused, match="one by one"):
        contacts.add_domain(agency, "bund.de", source="x", covers_subdomains=True, by=analyst)
    assert contacts.add_domain(agency, "bund.de", source="x", by=analyst)


def test_a_removed_domain_says_how_many_are_left():
    analyst, agency = make_staff("analyst"), make_agency(domain="nordvik.example")
    make_officer(agency)
    entry = agency.domains.get()
    assert contacts.remove_domain(entry, reason="Sold", by=analyst) == 0
    with pytest.raises(TransitionRefused):
        contacts.remove_domain(entry, reason="Sold", by=analyst)
    data = payload("agency.domain_removed")
    assert (data["reason"], data["data"]["domain"], data["data"]["officers"]) == ("Sold", "nordvik.example", 1)


def test_a_number_takes_two_people():
    one, other, agency = make_staff("analyst"), make_staff("approver"), make_agency(number=False)
    entry = contacts.enter_number(agency, NUMBER, label="Control room", source="Almanac", source_date=DAY, by=one)
    assert calls.usable_numbers(agency) == []
    with pytest.raises(NotAllowed, match="another person"):
        contacts.confirm_number(entry, source="Almanac", by=one)
    at = timezone.now()
    contacts.confirm_number(entry, source="The ministry's list", by=other, at=at)
    with pytest.raises(TransitionRefused, match="already"):
        contacts.confirm_number(entry, source="x", by=make_staff("analyst"))
    entry.refresh_from_db()
    assert calls.usable_numbers(agency) == [entry]
    assert calls.is_new(entry, at=at + timedelta(days=6, hours=23))
    assert not calls.is_new(entry, at=at + timedelta(days=7, minutes=1))
    assert payload("agency.number_confirmed")["data"] == {"number": NUMBER, "source": "The ministry's list"}


def test_a_retired_number_is_never_called_and_can_be_entered_anew():
    one, agency = make_staff("analyst"), make_agency()
    number = agency.numbers.get()
    contacts.retire_number(number, reason="Out of use", by=one)
    for act in (contacts.retire_number, contacts.confirm_number):
        with pytest.raises(TransitionRefused, match="retired already"):
            act(number, by=one, **({"reason": "x"} if act is contacts.retire_number else {"source": "x"}))
    assert calls.usable_numbers(agency) == []
    again = contacts.enter_number(agency, number.number, source="Almanac", source_date=DAY, by=one)
    with pytest.raises(TransitionRefused, match="already"):
        contacts.enter_number(agency, number.number, source="Almanac", source_date=DAY, by=one)
    assert again.confirmed_at is None


def test_the_source_of_a_number_has_a_date_that_is_not_in_the_future():
    agency, at = make_agency(), timezone.now()
    tomorrow = timezone.localdate(at) + timedelta(days=1)
    with pytest.raises(NotAllowed, match="future"):
        contacts.enter_number(agency, NUMBER, source="Almanac", source_date=tomorrow, by=make_staff("analyst"), at=at)


@pytest.mark.parametrize(
    "given",
    [
        {"phone": NUMBER}, {"phone": f"{NUMBER} ext 12"}, {"supervisor_contact": "Chief Aas, 01632 960 777, or mail"},
        {"supervisor_contact": "+44 (0)1632 960777"}, {"proposed_agency": {"switchboard": NUMBER}},
    ],
)  # fmt: skip
def test_a_number_that_an_applicant_gave_does_not_enter_on_their_word(given):
    analyst, agency = make_staff("analyst"), make_agency(country="GB")
    application = make_application(agency, **given)
    with pytest.raises(contacts.FromApplication, match=application.reference):
        contacts.enter_number(agency, NUMBER, source="Almanac", source_date=DAY, by=analyst)
    entry = contacts.enter_number(
        agency, NUMBER, source="Almanac", source_date=DAY, second_source="Ministry", by=analyst
    )
    assert entry.source == "Almanac; also Ministry"
    assert payload("agency.number_entered")["data"]["also_in"] == f"application {application.reference}"
