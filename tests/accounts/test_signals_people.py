"""Address, mailbox, telephone, country, agency, confirmation and vouch: each with what is wrong and what is right."""

from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.enums import AgencyStatus, DeskRole, SignalOutcome
from accounts.events import Event
from accounts.evidence import address, country, look_alike, phone, standing
from accounts.models import AgencyDomain, AgencyMembership, BlockedDomain, Vouch
from foundation.audit.trail import record
from tests.accounts.applied import applied
from tests.people import make_agency, make_officer, make_staff, make_user

pytestmark = pytest.mark.django_db
PASS, WARN, FAIL, NONE = SignalOutcome.PASS, SignalOutcome.WARN, SignalOutcome.FAIL, SignalOutcome.NONE


# E-mail domain -------------------------------------------------------------------------------------------------------
def test_the_domain_of_the_agency_passes_and_any_other_says_what_is_on_file():
    agency, other = make_agency(domain="northmoor-police.example"), make_agency()
    good = address.domain(applied(agency))
    assert good.outcome == PASS
    assert "northmoor-police.example is a domain of" in good.evidence
    bad = address.domain(applied(agency, email="m.hollis@northmoor-police-uk.example"))
    assert bad.outcome == FAIL
    assert "On file: northmoor-police.example (since " in bad.evidence
    theirs = address.domain(applied(agency, email=f"m.hollis@{other.domains.get().domain}"))
    assert theirs.outcome == FAIL
    assert f"not of {agency}" in theirs.evidence


def test_a_government_suffix_is_a_hint_and_no_more():
    agency = make_agency()
    assert address.domain(applied(agency, email="a@unit.gov.uk")).outcome == WARN
    assert address.domain(applied(email="b@unit.gov.uk")).outcome == PASS
    assert address.domain(applied(email="a@elsewhere.example")).outcome == WARN
    agency.domains.all().delete()
    assert address.domain(applied(agency, email="a2@elsewhere.example")).outcome == WARN, "nothing to compare with"


def test_blocked_domains_and_suspended_agencies_fail():
    agency = make_agency(status=AgencyStatus.SUSPENDED)
    assert address.domain(applied(email=f"a@{agency.domains.get().domain}")).outcome == FAIL
    BlockedDomain.objects.create(
        domain="blocked.example", reason="x", blocked_at=timezone.now(), blocked_by=make_staff("approver")
    )
    assert address.domain(applied(email="a@blocked.example")).outcome == FAIL


# Look-alike ----------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("email", "outcome", "said"),
    [
        ("a@northmoor-police.example", PASS, "is on file as a domain of Northmoor Police"),
        ("a@northmoor-police-uk.example", FAIL, "adds -uk to a known domain: northmoor-police.example, Northmoor"),
        (
            "a@northmoor-police-gb.example",
            FAIL,
            "adds -gb to a known domain: northmoor-police.example, Northmoor Police",
        ),
        ("a@" + "nоrthmoor-police.example".encode("idna").decode(), FAIL, "mixes letters"),  # noqa: RUF001 - Cyrillic
        ("a@the-northmoor-force.test", FAIL, "carries the name of Northmoor Police (northmoor)"),
        ("a@interpol-desk.test", FAIL, "interpol.int"),
        ("a@metpolice.uk.com", FAIL, "police.uk where anybody"),
        ("a@douane-valclair.example", PASS, "looks like no domain"),
        ("a@kent.police.uk", PASS, "Strangers get no name under police.uk"),
    ],
)
def test_imitations_of_known_domains(email, outcome, said):
    found = look_alike.look_alike(
        applied(make_agency("Northmoor Police", domain="northmoor-police.example"), email=email)
    )
    assert found.outcome == outcome
    assert said in found.evidence


def test_the_index_follows_the_registry():
    agency = make_agency()
    email = "a@skarvoya-politi-login.example"
    assert look_alike.look_alike(applied(email=email)).outcome == PASS
    AgencyDomain.objects.create(
        agency=agency, domain="skarvoya-politi.example", source="National police directory", added_at=timezone.now()
    )
    assert look_alike.look_alike(applied(email="a2@skarvoya-politi-login.example")).outcome == FAIL


def test_names_out_of_a_list_of_public_bodies_are_no_brands():
    town = make_agency(
        domain="springfield.gov.example", police_power_confirmed=False, import_key="dotgov:springfield.gov"
    )
    assert look_alike.look_alike(applied(email="a@springfieldpolice.test")).outcome == PASS
    town.police_power_confirmed = True
    town.save()
    assert look_alike.look_alike(applied(email="a2@springfieldpolice.test")).outcome != PASS


# Mailbox -------------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("local", "name", "outcome", "said"),
    [
        ("cybercrime", "Mark Hollis", WARN, "an office"),
        ("m.hollis", "Mark Hollis", PASS, "the surname (hollis)"),
        ("sjoberg.l", "Lars Sjöberg", PASS, "the surname (sjoberg)"),
        ("mark77", "Mark Hollis", PASS, "the name (mark)"),
        ("mh", "Mark Hollis", PASS, "initials"),
        ("np4471", "Mark Hollis", PASS, "badge number"),
        ("j.smith", "Mark Hollis", WARN, "Nothing of the name Mark Hollis is in j.smith"),
        ("a.petrov", "Андрей Петров", PASS, "no Latin letters"),
    ],
)
def test_whose_mailbox_it_is(local, name, outcome, said):
    found = address.mailbox(applied(email=f"{local}@kripos.test", full_name=name, badge="NP-4471"))
    assert found.outcome == outcome
    assert said in found.evidence


# Phone ---------------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("number", "outcome", "said"),
    [
        ("+4722003412", PASS, "a fixed line in Norway, not listed"),
        ("+4722003412 ext 15", PASS, "a fixed line"),
        ("+4790012345", WARN, "a mobile number in Norway and is not listed for this agency"),
        ("+447012345678", FAIL, "a personal number"),
        ("+449012345678", FAIL, "a premium-rate number"),
        ("+445612345678", WARN, "an internet telephone number"),
        ("+448001111111", WARN, "a toll-free number"),
        ("+441632960118", WARN, "is no number that United Kingdom gives out"),
        ("12", WARN, "cannot be read"),
        ("+12025550123", PASS, "a fixed or mobile number"),
    ],
)
def test_what_kind_of_number_it_is(number, outcome, said):
    found = phone.phone(applied(make_agency(number=False), phone=number))
    assert found.outcome == outcome
    assert said in found.evidence
    assert "Never call it" in found.explanation


def test_a_number_of_the_directory_passes_and_a_number_said_twice_does_not():
    agency = make_agency()
    number = agency.numbers.get().number
    listed = phone.phone(applied(agency, phone=f"{number} ext 3"))
    assert (listed.outcome, "Control room" in listed.evidence) == (PASS, True)
    assert phone.phone(applied(make_agency(), phone=number)).outcome == WARN, "another agency's"
    both = phone.phone(applied(agency, phone="+4722003455", supervisor_contact="+47 22 00 34 55"))
    assert (both.outcome, "supervisor" in both.evidence) == (FAIL, True)
    proposal = {"name": "Douane", "country": "FR", "switchboard": "+33144776688"}
    own = phone.phone(applied(phone="+33144776688", proposed_agency=proposal))
    assert (own.outcome, "switchboard that the applicant proposed" in own.evidence) == (WARN, True)


def test_a_number_in_another_application_is_named():
    first = applied(make_agency(), phone="+4722003477")
    found = phone.phone(applied(make_agency(), phone="+4722003477"))
    assert found.outcome == WARN
    assert f"stands in {first.reference}" in found.evidence
    assert "new" not in found.evidence, "the page shows what became of it by now"


# Country -------------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("changes", "outcome", "said"),
    [
        ({"phone": "+4722003412", "signup_country": "NO"}, PASS, "agency Norway, telephone Norway"),
        ({"phone": "+4722003412", "signup_country": "RU"}, WARN, "(first page asked from)"),
        ({"phone": "+447911123456", "signup_country": "NO"}, WARN, "(telephone)"),
        ({"phone": "+4722003412", "email": "a@kripos.se"}, WARN, "domain Sweden"),
        ({"phone": "+447911123456", "email": "a@unit.int"}, PASS, "An international body"),
        ({"phone": ""}, NONE, "Nothing to compare"),
    ],
)
def test_whether_the_countries_agree(changes, outcome, said):
    found = country.country(applied(make_agency(number=False), **changes))
    assert found.outcome == outcome
    assert said in found.evidence


def test_a_telephone_in_the_country_of_the_directorys_number_is_a_stranger_with_a_reason():
    agency = make_agency()  # in Norway, with a number that begins with +44
    found = country.country(applied(agency, phone="+441632960118"))
    assert found.outcome == WARN
    assert "A number of the agency in our directory is of that country too." in found.evidence


# Agency --------------------------------------------------------------------------------------------------------------
def test_what_the_directory_holds_of_the_agency():
    agency = make_agency(generic_address="post@nordvik.example", police_power_source="Police Act 1995")
    first = standing.agency(applied(agency))
    assert first.outcome == PASS
    assert "This is its first officer" in first.evidence
    assert "confirmed (Police Act 1995)" in first.evidence
    make_officer(agency)
    assert "1 officer with access. Generic address post@nordvik.example." in standing.agency(applied(agency)).evidence
    AgencyMembership.objects.filter(agency=agency).update(lapsed_at=timezone.now())
    gone = standing.agency(applied(agency))
    assert (gone.outcome, "Nobody of it has access now, though somebody had." in gone.evidence) == (WARN, True)
    agency.numbers.update(confirmed_at=None, confirmed_by=None)
    unreachable = standing.agency(applied(agency))
    assert (unreachable.outcome, "no number that may be called" in unreachable.evidence) == (WARN, True)


def test_agencies_that_nobody_knows_and_those_that_may_not_act():
    assert standing.agency(applied()).outcome == WARN
    assert standing.agency(applied(make_agency(police_power_confirmed=False))).outcome == WARN
    suspended = standing.agency(applied(make_agency(status=AgencyStatus.SUSPENDED)))
    assert (suspended.outcome, "but suspended" in suspended.evidence) == (FAIL, True)


# E-mail confirmed ----------------------------------------------------------------------------------------------------
def test_how_long_the_link_waited_and_how_many_there_were():
    now = timezone.now()
    user = make_user(email_confirmed_at=now)
    application = applied(user=user, created_at=now - timedelta(hours=3))
    for minutes in (180, 4):
        record(Event.APPLICATION_STARTED, by=None, obj=application, at=now - timedelta(minutes=minutes))
    found = standing.confirmed(application)
    assert (found.outcome, found.evidence) == (PASS, "Link opened after 4 minutes.")
    for minutes in (90, 80):
        record(Event.APPLICATION_STARTED, by=None, obj=application, at=now - timedelta(minutes=minutes))
    found = standing.confirmed(application)
    assert (found.outcome, "4 links were asked for" in found.evidence) == (WARN, True)


def test_an_address_that_was_confirmed_long_ago_says_so():
    user = make_user(email_confirmed_at=timezone.now() - timedelta(days=40))
    closed = {"status": "rejected", "decided_at": timezone.now(), "decided_by": make_staff("approver")}
    applied(user=user, **closed)
    second = standing.confirmed(applied(user=user))
    assert (second.outcome, "application number 2" in second.evidence) == (PASS, True)
    for _again in range(2):
        applied(user=user, **closed)
    third = standing.confirmed(applied(user=user, **closed))
    assert third.outcome == WARN
    user.email_confirmed_at = None
    user.save()
    assert standing.confirmed(applied(user=user, **closed)).outcome == FAIL


# Vouched for ---------------------------------------------------------------------------------------------------------
def vouch(agency, lead, application, **changes):
    values = {"email": application.email, "name": application.full_name, "made_at": timezone.now()}
    return Vouch.objects.create(agency=agency, made_by=lead, **(values | changes))


def test_a_vouch_of_a_lead_in_office_passes_and_nothing_follows_from_none():
    agency = make_agency()
    lead, application = make_officer(agency, lead=True), applied(agency)
    assert standing.vouched(application).outcome == NONE
    vouch(agency, lead, application)
    found = standing.vouched(application)
    assert found.outcome == PASS
    assert f"{lead.full_name} vouched on " in found.evidence
    assert "never stands for the call" in found.explanation


@pytest.mark.parametrize("spoilt", ["withdrawn", "not a lead", "suspended", "another agency", "another address"])
def test_a_vouch_that_does_not_count_is_as_none(spoilt):
    agency = make_agency()
    lead, application = make_officer(agency, lead=True), applied(agency)
    row = vouch(agency, lead, application)
    member = AgencyMembership.objects.filter(user=lead)
    if spoilt == "withdrawn":
        row.withdrawn_at = timezone.now()
    elif spoilt == "not a lead":
        member.update(role=DeskRole.OFFICER)
    elif spoilt == "suspended":
        member.update(suspended_at=timezone.now())
    elif spoilt == "another agency":
        row.agency = make_agency()
    else:
        row.email = "somebody.else@nordvik.example"
    row.save()
    assert standing.vouched(application).outcome == NONE


def test_a_vouch_for_another_name_is_worth_a_look():
    agency = make_agency()
    lead, application = make_officer(agency, lead=True), applied(agency)
    vouch(agency, lead, application, name="Kari Nordmann")
    assert standing.vouched(application).outcome == WARN
