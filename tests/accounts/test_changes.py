"""A new address or agency re-opens vetting: the desk decides after a call, as it did the first time."""

from datetime import timedelta

import pytest
from django.conf import settings
from django.test import Client
from django.utils import timezone

from accounts.models import AccessApplication, AddressChange, User
from accounts.services import applications, changes, retention, vetting
from accounts.services.applications import AddressRefused
from foundation.core.errors import NotAllowed, PortalError, TransitionRefused
from foundation.notifications.models import OutboundMessage
from tests.accounts.helpers import actions, last_mail, link_in, words
from tests.accounts.staffing import again
from tests.accounts.suspending import suspended_agency, suspended_officer
from tests.factories import clean_pdf
from tests.people import PASSWORD, client_for, make_agency, make_officer, make_staff, make_user

pytestmark = pytest.mark.django_db


def inside(officer, name="k.aas-lind") -> str:
    """An address of the officer's own agency."""
    return f"{name}@{officer.membership.agency.domains.first().domain}"


def asked(officer, kind="address", email="") -> AddressChange:
    return changes.ask(officer, kind=kind, email=email or inside(officer))


def opened(officer, kind="address", email="") -> AccessApplication:
    """The link in the new mailbox was opened."""
    asked(officer, kind, email)
    path = link_in(last_mail("email_change_confirm"))
    answer = client_for(again(officer)).post(path)
    assert answer.status_code == 302, answer.content
    return AccessApplication.objects.get(reference=answer.url.split("/")[2])


def sent(application) -> AccessApplication:
    user = application.user
    values = {"rank": "Inspector", "badge": "20714", "phone": "+441632960901", "full_name": user.full_name,
              "supervisor_name": "K. Lind", "supervisor_contact": "115",
              "identity_document": clean_pdf(user, filename="card.pdf", preview=True)}  # fmt: skip
    AccessApplication.objects.filter(pk=application.pk).update(**values)
    return applications.submit(AccessApplication.objects.get(pk=application.pk), by=user)


def approved(application) -> AccessApplication:
    """The desk calls, and two people let the officer in."""
    analyst, approver = make_staff("analyst"), make_staff("approver")
    row = vetting.take(application, by=analyst)
    number = row.agency.numbers.first()
    vetting.record_call_back(row, by=analyst, number=number, spoke_to="Personnel", result="confirmed")
    row.refresh_from_db()
    vetting.recommend(row, by=analyst, reason="The agency confirmed")
    row.refresh_from_db()
    return vetting.approve(row, by=approver, reason="Confirmed")


# Within the agency ----------------------------------------------------------------------------------------------------
def test_a_new_address_of_the_agency_is_vetted_while_access_stays():
    officer = make_officer()
    old, new = officer.email, inside(officer)
    application = opened(officer)
    assert (application.email, application.agency, application.status) == (new, officer.membership.agency, "draft")
    assert (application.rank, application.full_name) == ("Inspector", officer.full_name)
    assert last_mail("email_change_asked").to_address == old
    assert again(officer).is_officer
    assert again(officer).email == old
    assert client_for(again(officer)).get("/requests/").status_code == 200
    browser = client_for(again(officer))
    approved(sent(application))
    officer = again(officer)
    assert (officer.email, officer.is_officer) == (new, True)
    assert officer.cool_down_until is not None
    assert browser.get("/requests/").url.startswith("/sign-in/"), "sessions end"
    used = OutboundMessage.objects.filter(event="email_change_used")
    assert set(used.values_list("to_address", flat=True)) == {old, new}
    assert AddressChange.objects.get().status == "used"
    assert "address_change.used" in actions(object_type="accounts.addresschange")


def test_sign_in_is_with_the_old_address_until_then_and_with_the_new_one_after():
    officer = make_officer()
    new = inside(officer)
    application = opened(officer)
    said = {"password": PASSWORD, "rules": settings.RULES_VERSION}
    assert Client().post("/sign-in/", said | {"email": new}).status_code == 422
    assert Client().post("/sign-in/", said | {"email": officer.email}).status_code == 302
    approved(sent(application))
    assert Client().post("/sign-in/", said | {"email": new}).status_code == 302
    assert Client().post("/sign-in/", said | {"email": officer.email}).status_code == 422


def test_a_lead_stays_a_lead():
    lead = make_officer(lead=True)
    approved(sent(opened(lead)))
    assert again(lead).is_lead


def test_nothing_is_approved_without_a_call():
    application = sent(opened(make_officer()))
    row = vetting.take(application, by=make_staff("analyst"))
    with pytest.raises(NotAllowed, match="call-back"):
        vetting.approve(row, by=row.reviewer, reason="We know him")
    assert again(application.user).email != application.email


def test_a_declined_address_leaves_everything():
    officer = make_officer()
    old = officer.email
    application = sent(opened(officer))
    analyst = make_staff("analyst")
    vetting.decline(
        vetting.take(application, by=analyst), by=analyst, reason="They do not know it", code="not_confirmed"
    )
    assert (again(officer).email, again(officer).is_officer) == (old, True)


# Another agency -------------------------------------------------------------------------------------------------------
def test_another_agency_pauses_access_at_once():
    officer, other = make_officer(), make_agency()
    make_officer(other)
    browser = client_for(officer)
    assert browser.get("/requests/").status_code == 200
    asked(officer, "agency", f"k.aas@{other.domains.first().domain}")
    assert not again(officer).is_officer
    assert browser.get("/requests/").headers["Location"] == "/access/verify/"
    path = link_in(last_mail("email_change_confirm"))
    browser = client_for(again(officer))
    answer = browser.post(path)
    application = AccessApplication.objects.get(reference=answer.url.split("/")[2])
    assert (application.agency, application.rank) == (other, "")
    approved(sent(application))
    officer = again(officer)
    assert (officer.membership.agency, officer.is_officer) == (other, True)
    assert officer.memberships.filter(ended_at__isnull=False).count() == 1


def test_an_agency_that_nobody_knows_is_described_in_the_application():
    officer = make_officer()
    application = opened(officer, "agency", "k.aas@polis.gov.example")
    assert (application.agency, application.status) == (None, "draft")
    assert not again(officer).is_officer


@pytest.mark.parametrize(
    ("kind", "domain", "why"),
    [("address", "other", "second answer"), ("agency", "own", "first answer")],
)
def test_addresses_that_do_not_fit(kind, domain, why):
    officer, other = make_officer(), make_agency()
    names = {"other": other.domains.first().domain, "own": officer.membership.agency.domains.first().domain}
    with pytest.raises(PortalError, match=why):
        changes.ask(officer, kind=kind, email=f"new.name@{names[domain]}")
    assert again(officer).is_officer
    assert not AddressChange.objects.exists()


def test_free_mail_is_refused_as_for_everybody():
    with pytest.raises(AddressRefused):
        asked(make_officer(), "agency", "k.aas@gmail.com")


# Who may --------------------------------------------------------------------------------------------------------------
def test_who_cannot_change_an_address_here():
    suspended, analyst, stranger = make_officer(), make_staff("analyst"), make_user()
    suspended_officer(suspended)
    frozen = make_officer()
    suspended_agency(frozen.membership.agency)
    for person in (suspended, frozen, analyst, stranger):
        with pytest.raises(NotAllowed):
            changes.ask(again(person), kind="agency", email="k.aas@polis.gov.example")
        answer = client_for(again(person)).get("/account/change/")
        assert answer.status_code == 302
    assert not AddressChange.objects.exists()


def test_staff_cannot_change_their_address_themselves():
    analyst = make_staff("analyst")
    answer = client_for(analyst).post(
        "/account/change/", {"kind": "address", "email": "x@meridian.example"}, follow=True
    )
    assert "an administrator invites the new one" in words(answer) or "Staff do not change" in answer.content.decode()
    assert b"/account/change/" not in client_for(analyst).get("/account/").content


def test_an_open_application_comes_first():
    officer = make_officer()
    opened(officer)
    with pytest.raises(NotAllowed, match="not decided yet"):
        asked(again(officer), email=inside(officer, "third"))


def test_five_in_a_day():
    officer = make_officer()
    for n in range(5):
        asked(officer, email=inside(officer, f"n{n}"))
    assert AddressChange.objects.filter(status="asked").count() == 1, "the newest link counts"
    with pytest.raises(NotAllowed, match="five times"):
        asked(officer, email=inside(officer, "n6"))


# The link -------------------------------------------------------------------------------------------------------------
def test_the_link_works_once_for_a_day_and_only_for_its_owner():
    officer = make_officer()
    change = asked(officer)
    path = link_in(last_mail("email_change_confirm"))
    assert Client().get(path).url.startswith("/sign-in/")
    assert client_for(officer, verified=False).get(path).url.startswith("/sign-in/factor/")
    assert client_for(make_officer()).get(path).status_code == 410
    assert client_for(make_officer()).post(path).status_code == 410
    client = client_for(officer)
    assert client.get(path).status_code == 200
    assert AccessApplication.objects.filter(email=change.new_email).count() == 0, "opening alone does nothing"
    token = path.rstrip("/").rpartition("/")[2]
    later = timezone.now() + timedelta(hours=25)
    assert changes.find_by_token(officer, change.uid, token, at=later) is None
    assert client.post(path).status_code == 302
    assert client.post(path).status_code == 410
    assert AccessApplication.objects.filter(email=change.new_email).count() == 1


def test_an_earlier_link_works_no_more():
    officer = make_officer()
    asked(officer)
    path = link_in(last_mail("email_change_confirm"))
    asked(officer, email=inside(officer, "other"))
    assert client_for(officer).post(path).status_code == 410


def test_an_address_that_is_somebodys_is_answered_the_same_and_nothing_is_sent_there():
    officer = make_officer()
    colleague = make_officer(officer.membership.agency)
    client = client_for(officer)
    free = client.post("/account/change/", {"kind": "address", "email": inside(officer)})
    taken = client.post("/account/change/", {"kind": "address", "email": colleague.email})
    assert (free.status_code, free.url) == (taken.status_code, taken.url)
    assert last_mail("access_known").to_address == colleague.email
    assert not OutboundMessage.objects.filter(event="email_change_confirm", to_address=colleague.email).exists()


def test_somebody_takes_the_address_while_the_desk_decides():
    officer = make_officer()
    application = sent(opened(officer))
    User.objects.create_user(application.email, PASSWORD)
    with pytest.raises(TransitionRefused, match="Another account"):
        approved(application)
    assert again(officer).email != application.email


# Pages ----------------------------------------------------------------------------------------------------------------
def test_the_page_warns_keeps_what_was_typed_and_shows_what_waits():
    officer = make_officer()
    client = client_for(officer)
    assert "Your access ends now" in words(client.get("/account/change/"))
    bad = client.post("/account/change/", {"kind": "address", "email": "k.aas@elsewhere.example"})
    assert (bad.status_code, "k.aas@elsewhere.example" in bad.content.decode()) == (422, True)
    assert client.post("/account/change/", {"kind": "address", "email": inside(officer)}).url == "/account/change/"
    assert inside(officer) in words(client.get("/account/change/"))
    assert "my address or agency changed" in words(client.get("/account/"))


def test_sec_11_an_address_changes_only_after_a_fresh_factor():
    officer = make_officer()
    stale = client_for(officer, factor_age=3600)
    assert stale.post("/account/change/", {"kind": "address", "email": inside(officer)}).url.startswith(
        "/sign-in/factor/"
    )
    assert not AddressChange.objects.exists()


def test_sec_03_no_mail_holds_what_opens_an_account():
    officer = make_officer()
    asked(officer)
    asked_mail = last_mail("email_change_asked").body_text
    assert "/account/change/" not in asked_mail


def test_a_draft_that_nobody_sends_is_deleted_and_the_change_is_remembered():
    application = opened(make_officer())
    retention.drop_old_drafts(at=timezone.now() + timedelta(days=91))
    assert not AccessApplication.objects.filter(pk=application.pk).exists()
    assert AddressChange.objects.get().application is None
