"""What pages, mails and the trail say of codes, sessions and the way somebody came in, and that it is true."""

import pytest
from django.conf import settings
from django.test import Client

from accounts.services import applications, factors, sign_in
from foundation.audit.models import AuditEvent
from tests.accounts.helpers import last_mail, link_in, page, words
from tests.people import PASSWORD, client_for, make_officer, make_provider

pytestmark = pytest.mark.django_db

RULES = {"rules": settings.RULES_VERSION}


@pytest.fixture
def officer():
    return make_officer()


# Recovery codes -------------------------------------------------------------------------------------------------------
def codes_on(answer) -> int:
    return len(page(answer).select("ol li .app-code"))


def test_recovery_codes_are_shown_once_and_no_reload_brings_them_back(officer):
    client = client_for(officer)
    shown = client.post("/account/recovery-codes/new/", follow=True)
    assert codes_on(shown) == 10
    assert "They are shown only now" in words(shown)
    later = client.get("/account/recovery-codes/")
    assert codes_on(later) == 0
    assert "Codes left: 10" in words(later)
    assert "make new ones" in words(later)


def test_a_look_without_reading_does_not_use_up_the_one_time(officer):
    client = client_for(officer)
    client.post("/account/recovery-codes/new/")
    assert client.head("/account/recovery-codes/").status_code == 200
    assert codes_on(client.get("/account/recovery-codes/")) == 10


# Sessions -------------------------------------------------------------------------------------------------------------
def test_the_list_of_sessions_warns_of_one_that_spent_a_recovery_code(officer):
    code = factors.make_recovery_codes(officer)[0]
    owner, elsewhere = client_for(officer), client_for(officer, verified=False)
    elsewhere.post("/sign-in/factor/", {"factor": "recovery", "recovery": code})
    assert elsewhere.get("/account/factors/new/").status_code == 200, "it can replace every factor"
    listed = owner.get("/account/sessions/")
    text = words(listed)
    assert "Recovery code Used there" in text
    assert "Whoever sits there can set up a new passkey or app until" in text
    assert "It takes the place of all of yours" in text
    end = next(form["action"] for form in page(listed).main.find_all("form") if "-" in form["action"])
    assert owner.post(end).status_code == 302
    assert elsewhere.get("/account/factors/new/").url.startswith("/sign-in/?next="), "now it can do nothing"
    assert "Recovery code" not in words(owner.get("/account/sessions/"))


def test_the_list_says_what_a_session_without_a_factor_can_do(officer):
    client_for(officer, verified=False)
    text = words(client_for(officer).get("/account/sessions/"))
    assert "no page of yours opens there" in text
    assert "asking us for a reset" in text
    assert "can set up a new passkey" not in text


# How somebody came in -------------------------------------------------------------------------------------------------
def test_sec_28_who_comes_in_by_the_first_link_agrees_to_the_rules_and_the_trail_says_which():
    make_provider()
    applications.start("new@nordvik-police.example", place="")
    link = link_in(last_mail("access_confirm"))
    text = words(Client().get(link))
    assert text.index("Everything you do here is recorded") < text.index("Agree, confirm and set the password")
    for said in ({}, {"rules": "2020-01"}):
        refused = Client().post(link, {"password": PASSWORD} | said)
        assert refused.status_code == 422
        assert "Read the rules on this page" in words(refused)
    assert Client().post(link, {"password": PASSWORD} | RULES).status_code == 302
    event = AuditEvent.objects.get(action="sign_in.password_accepted")
    assert f'"rules":"{settings.RULES_VERSION}"'.encode() in bytes(event.payload)


def test_the_mail_about_a_new_device_names_what_stood_in_the_place_of_the_password(officer):
    sign_in.note_signed_in(officer, device="Firefox on Linux", place="198.51.100.1")
    text = " ".join(last_mail("new_device").body_text.split())
    assert "with your password and your second factor" in text
    sign_in.note_signed_in(officer, device="Firefox on Linux", place="198.51.100.1", sso="Meridian sign-on")
    text = " ".join(last_mail("new_device").body_text.split())
    assert "with Meridian sign-on and your second factor" in text
    assert "change your password for Meridian sign-on" in text
    assert "with your password" not in text
