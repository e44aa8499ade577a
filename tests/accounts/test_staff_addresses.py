"""With which addresses colleagues are invited, and what the inviter reads where somebody was faster."""

import pytest

from accounts.checks import check_staff_domains
from accounts.models import BlockedDomain, StaffInvitation
from accounts.services import invitations, staff
from accounts.services.applications import judge_applicant
from accounts.staff_addresses import staff_address_refusal
from foundation.core.errors import NotAllowed
from tests.accounts.helpers import page, words
from tests.accounts.staffing import administrators, invited, proposed
from tests.people import client_for, make_agency, make_provider, make_staff

pytestmark = pytest.mark.django_db

REFUSED = {
    "n.haddad@gmail.com": "a mail service that anybody can join",
    "n.haddad@mailinator.com": "gives out throw-away addresses",
    "n.haddad@simplelogin.com": "only hands mail on",
    "n.haddad+portal@meridian.example": "one person has one account",
    "n.haddad@homeoffice.gov.uk": "is kept for authorities",
    "n.haddad@[192.0.2.1]": "IP address",
    "n.haddad": "not an e-mail address",
    "": "not an e-mail address",
}


@pytest.mark.parametrize("email", REFUSED)
def test_an_address_that_is_not_the_companys_is_refused_with_the_reason(email):
    first, _second = administrators()
    assert REFUSED[email] in staff_address_refusal(email)
    with pytest.raises(NotAllowed, match=r"\w"):
        invited(email, by=first)
    assert not StaffInvitation.objects.exists()


@pytest.mark.parametrize("status", ["active", "proposed", "suspended"])
def test_a_domain_of_an_agency_is_refused_however_it_stands(status):
    make_agency(domain="nordvik.example", status=status)
    assert "a domain of an agency" in staff_address_refusal("n.haddad@nordvik.example")


def test_a_domain_that_the_desk_blocked_is_refused():
    analyst = make_staff("analyst")
    BlockedDomain.objects.create(
        domain="meridlan.example", reason="Imitates us", blocked_at=analyst.date_joined, blocked_by=analyst
    )
    assert "blocked by the desk" in staff_address_refusal("n.haddad@meridlan.example")


def test_where_the_company_named_its_domains_only_those_count(settings):
    assert staff_address_refusal("n.haddad@elsewhere.example") == ""
    settings.STAFF_EMAIL_DOMAINS = ["meridian.example", "meridian.test"]
    assert staff_address_refusal("N.Haddad@Meridian.example") == ""
    for other in ("elsewhere.example", "mail.meridian.example", "meridian.example.net", "notmeridian.example"):
        assert "Colleagues have an address at meridian.example or meridian.test." in staff_address_refusal(f"a@{other}")
    settings.STAFF_EMAIL_DOMAINS = ["gmail.com"]
    assert "anybody can join" in staff_address_refusal("n.haddad@gmail.com")


@pytest.mark.parametrize(
    ("domain", "how"),
    [
        ("xn--merdian-tfb.example", "(mer\u0131dian.example)"), ("meridian.example.evil.com", "look"),
        ("meridlan.example", "look"), ("meridian-mail.example", "adds -mail"), ("meridian.com", "ending .com"),
    ],
)  # fmt: skip
def test_a_domain_that_imitates_the_colleagues_one_is_refused_in_words(domain, how):
    first, _second = administrators()
    refusal = staff_address_refusal(f"x@{domain}")
    assert "the domain of your colleagues, meridian.example" in refusal
    assert how in refusal
    with pytest.raises(NotAllowed, match="the domain of your colleagues"):
        invited(f"x@{domain}", by=first, roles=("administrator",))


def test_who_left_vouches_for_no_domain_and_the_first_ones_are_taken():
    assert staff_address_refusal("x@meridlan.example") == ""
    gone = make_staff("analyst")
    gone.staff_roles.update(ended_at=gone.date_joined)
    assert staff_address_refusal("x@meridlan.example") == ""
    make_staff("analyst", email="a@meridian.com")
    make_staff("analyst", email="a@meridian.example")
    assert staff_address_refusal("x@meridian.com") == staff_address_refusal("x@mail.meridian.example") == ""


@pytest.mark.parametrize(
    ("email", "named", "warned"),
    [("x@elsewhere.example", [], True), ("x@meridian.example", [], False), ("x@a.example", ["a.example"], False)],
)
def test_the_second_person_is_warned_of_a_domain_at_which_no_colleague_is(settings, email, named, warned):
    settings.STAFF_EMAIL_DOMAINS = named
    first, second = administrators()
    row = invited(email, by=first)
    shown = words(client_for(second).get(f"/staff/people/invitations/{row.uid}/"))
    assert ("No colleague has an address at this domain" in shown) is warned


def test_what_changed_meanwhile_counts_when_it_is_confirmed_sent_again_and_accepted(settings):
    first, second = administrators()
    row = invited("n.haddad@elsewhere.example", by=first)
    settings.STAFF_EMAIL_DOMAINS = ["meridian.example"]
    with pytest.raises(NotAllowed, match="Colleagues have an address"):
        invitations.confirm(row, by=second)
    settings.STAFF_EMAIL_DOMAINS = []
    row = invitations.confirm(row, by=second)
    settings.STAFF_EMAIL_DOMAINS = ["meridian.example"]
    with pytest.raises(NotAllowed, match="Colleagues have an address"):
        invitations.send_again(row, by=first)


def test_the_companys_domains_do_not_apply_as_officers(settings):
    settings.STAFF_EMAIL_DOMAINS = ["meridian.test"]
    assert judge_applicant("a@meridian.test").refused
    assert not judge_applicant("a@elsewhere.example").refused


def test_production_is_warned_without_the_setting_and_refused_with_a_service_for_everybody(settings):
    settings.PRODUCTION, settings.STAFF_EMAIL_DOMAINS = False, []
    assert check_staff_domains(None) == []
    settings.PRODUCTION = True
    assert [found.id for found in check_staff_domains(None)] == ["accounts.W001"]
    settings.STAFF_EMAIL_DOMAINS = ["meridian.example"]
    assert check_staff_domains(None) == []
    settings.STAFF_EMAIL_DOMAINS = ["meridian.example", "gmail.com"]
    assert [found.id for found in check_staff_domains(None)] == ["accounts.E001"]


# Pages ----------------------------------------------------------------------------------------------------------------
def filled(**changes):
    return {"full_name": "Noor Haddad", "email": "noor@meridian.example", "provider": make_provider().pk,
            "roles": ["analyst"], "reason": "Joins in May"} | changes  # fmt: skip


def links(response):
    return [link["href"] for link in page(response).main.find_all("a", href=True)]


@pytest.mark.parametrize("state", ["proposed", "confirmed"])
def test_an_open_invitation_of_the_same_address_is_named_with_a_link_and_the_words_stay(state):
    first, second = administrators()
    row = invited("noor@meridian.example", by=second)
    if state == "confirmed":
        invitations.confirm(row, by=first)
    answer = client_for(first).post("/staff/people/invite/", filled(email="Noor@Meridian.example"))
    assert answer.status_code == 422
    assert "This address is invited already." in words(answer)
    assert f"/staff/people/invitations/{row.uid}/" in links(answer)
    assert "Joins in May" in answer.content.decode()
    assert StaffInvitation.objects.count() == 1


def test_a_colleague_with_the_address_is_named_with_a_link():
    first, second = administrators()
    answer = client_for(first).post("/staff/people/invite/", filled(email=second.email))
    assert (answer.status_code, f"/staff/people/{second.pk}/" in links(answer)) == (422, True)


def test_the_second_person_is_shown_who_has_the_same_name():
    first, second = administrators()
    there = make_staff("counsel", full_name="noor haddad")
    other = invited("n.haddad@meridian.example", by=first)
    row = invited("noor@meridian.example", by=first)
    shown = client_for(second).get(f"/staff/people/invitations/{row.uid}/")
    assert "Make sure that this is another person" in words(shown)
    assert {f"/staff/people/{there.pk}/", f"/staff/people/invitations/{other.uid}/"} <= set(links(shown))
    invitations.refuse(row, reason="The same person", by=second)
    assert "Make sure" not in words(client_for(second).get(f"/staff/people/invitations/{row.uid}/"))


def test_a_change_that_waits_already_is_named_where_another_is_proposed():
    first, _second = administrators()
    person = make_staff("analyst")
    change = proposed(person, by=first)
    url = f"/staff/people/{person.pk}/change/"
    client = client_for(first)
    assert f"/staff/people/changes/{change.uid}/" in links(client.get(url))
    again = client.post(url, {"kind": "grant", "grant": "approver", "reason": "Once more"})
    assert (again.status_code, "proposed already" in words(again)) == (422, True)
    assert f"/staff/people/changes/{change.uid}/" in links(again)
    staff.withdraw(change, by=first)
    assert f"/staff/people/changes/{change.uid}/" not in links(client.get(url))
