"""Requirements that no page or view of its own shows: SEC-03, 05, 07, 10, 11, 12 and 27, over everything there is."""

import logging
import re
from datetime import timedelta

import pytest
from django.conf import settings
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.access import declared
from accounts.models import AgencyMembership, User
from accounts.services import reverification, sign_in
from foundation.notifications.models import OutboundMessage
from tests.accounts.browsing import Browser
from tests.accounts.helpers import last_mail, link_in, page, words
from tests.people import PASSWORD, client_for, make_officer, make_staff
from tests.url_inventory.matrix import MATRIX
from tests.url_inventory.visiting import visit
from tests.url_inventory.walk import routes
from tests.url_inventory.world import World, kwargs_of

pytestmark = pytest.mark.django_db

NEW = "a quiet harbour at dawn"
# Release of records, deletion, change of a role, of an address, of a factor or the password, of who may come in.
NEEDS_A_FRESH_FACTOR = {
    "accounts:change", "accounts:password", "accounts:factor_remove", "accounts:recovery_codes_new",
    "accounts:invite", "accounts:invitation_decide", "accounts:role_propose", "accounts:role_change_decide",
    "accounts:lost_factor_decide", "accounts:lost_factor_recognise", "accounts:decide", "accounts:lift",
    "accounts:officer_suspend", "accounts:agency_suspend", "accounts:officer_lead", "accounts:officers_verify",
    "accounts:agency_merge", "accounts:member_remove", "staff:sign", "staff_records:release",
    "holds:decide", "holds:treaty", "holds:release", "officer:withdraw", "staff_records:waive", "records:passphrase",
}  # fmt: skip


# SEC-03 --------------------------------------------------------------------------------------------------------------
def test_sec_03_following_the_link_in_a_mail_signs_nobody_in():
    officer, client = make_officer(), Client()
    sign_in.ask_reset(officer.email, place="198.51.100.1")
    path = link_in(last_mail("password_reset"))
    assert client.get(path).status_code == 200
    assert client.post(path, {"password": NEW})["Location"] == "/sign-in/"
    assert "_auth_user_id" not in client.session
    assert client.get("/account/").url.startswith("/sign-in/?next=")
    officer.refresh_from_db()
    assert officer.check_password(NEW)


def test_sec_03_no_mail_to_somebody_who_signs_in_holds_a_code_or_a_link():
    officer = make_officer()
    browser = Browser()
    browser.sign_in(officer)
    client = client_for(officer)
    client.post("/account/recovery-codes/new/")
    client.post("/account/password/", {"old_password": PASSWORD, "password": NEW})
    mails = OutboundMessage.objects.all()
    assert {mail.event for mail in mails} >= {"new_device", "factor_codes", "password_changed"}
    for mail in mails:
        text = mail.body_text + mail.body_html
        assert not re.search(r"https?://\S+/(sign-in|account|join|lost)/", text), mail.event
        assert not re.search(r"(?<![\d+ ])\d{6}(?!\d)", mail.body_text), mail.event


# SEC-05 --------------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("password", "good"),
    [
        ("fourteen chars", False),
        ("a harbour dawn!", True),
        ("only small letters and no digit", True),
        ("PASSWORDPASSWORD", False),
        ("aaaaaaaaaaaaaaaaaaaa", False),
        ("gulls over the pier " * 10, True),
        ("gulls over the pier " * 10 + "x", False),
    ],
)
def test_sec_05_the_page_that_changes_a_password_holds_every_rule(password, good):
    officer = make_officer()
    answer = client_for(officer).post("/account/password/", {"old_password": PASSWORD, "password": password})
    assert answer.status_code == (302 if good else 422), words(answer) if answer.status_code == 422 else ""
    officer.refresh_from_db()
    assert officer.check_password(password) is good


def test_sec_05_a_password_of_years_ago_still_signs_in():
    officer = make_officer(date_joined=timezone.now() - timedelta(days=4000))
    browser = Browser()
    browser.sign_in(officer)
    assert browser.open("/account/").status_code == 200


def test_sec_05_browsers_may_fill_in_and_paste():
    officer = make_officer()
    for client, path in ((Client(), "/sign-in/"), (client_for(officer), "/account/password/")):
        fields = page(client.get(path)).select("input[type=password]")
        assert fields
        for field in fields:
            assert field["autocomplete"] in {"current-password", "new-password"}
            assert not [name for name in field.attrs if name.startswith("on")]


# SEC-07 --------------------------------------------------------------------------------------------------------------
def test_sec_07_the_limits_are_those_of_the_requirement():
    assert settings.IDLE_OFFICER_SECONDS == 30 * 60
    assert settings.IDLE_STAFF_SECONDS == 15 * 60
    assert settings.SESSION_COOKIE_AGE == 12 * 3600


# SEC-10 --------------------------------------------------------------------------------------------------------------
def test_sec_10_every_session_ends_with_the_account_and_when_the_desk_ends_them():
    analyst = make_staff("analyst")
    for how in ("disabled", "by the desk"):
        officer = make_officer()
        clients = [client_for(officer) for _ in range(3)]
        assert [client.get("/requests/").status_code for client in clients] == [200] * 3
        if how == "disabled":
            User.objects.filter(pk=officer.pk).update(is_active=False)
        else:
            desk = client_for(analyst)
            assert desk.post(f"/staff/officers/{officer.pk}/sessions/end/", {"reason": "Called us"}).status_code == 302
        assert [client.get("/requests/").url[:9] for client in clients] == ["/sign-in/"] * 3, how


# SEC-11 --------------------------------------------------------------------------------------------------------------
@pytest.fixture
def world(settings, tmp_path, caplog):
    caplog.set_level(logging.CRITICAL, "django.request")
    settings.PASSKEY_FOR_DECISIONS = True  # as in production
    return World(tmp_path / "mail")


def test_sec_11_what_cannot_be_taken_back_is_refused_without_a_fresh_factor(world):
    """Everybody who may, with a factor an hour old: the answer is the page of the factor, and nothing happened."""
    declare_it = {route.name for route in routes() if (rule := declared(route.view)) and (rule.step_up or rule.strong)}
    assert declare_it >= NEEDS_A_FRESH_FACTOR
    seen = set()
    for name in sorted(declare_it):
        path = reverse(name, kwargs=kwargs_of(name, world))
        for visitor in sorted(MATRIX[name] - {"anonymous", "half", "newcomer", "lapsed", "suspended"}):
            user = world.people[visitor]
            client = client_for(User.objects.get(pk=user.pk), factor_age=settings.STEP_UP_SECONDS + 5)
            answer = visit(client, "POST", path)
            assert (answer.status, answer.location[:17]) == (302, "/sign-in/factor/?"), f"{visitor}: {name}"
            seen.add(name)
    assert seen == declare_it


def test_sec_11_a_factor_is_fresh_for_five_minutes():
    officer = make_officer()
    for age, asked in ((290, False), (310, True)):
        answer = client_for(officer, factor_age=age).get("/account/recovery-codes/new/")
        assert (answer.status_code == 302) is asked, age


# SEC-27 --------------------------------------------------------------------------------------------------------------
def test_sec_27_ninety_days_without_use_close_the_access_and_its_sessions():
    officer = make_officer()
    at = timezone.now()
    AgencyMembership.objects.filter(user=officer).update(approved_at=at - timedelta(days=200))
    User.objects.filter(pk=officer.pk).update(last_verified_at=at - timedelta(days=89))
    client = client_for(officer)
    reverification.sweep(at=at)
    assert client.get("/requests/").status_code == 200
    AgencyMembership.objects.filter(user=officer).update(look_at=None)
    reverification.sweep(at=at + timedelta(days=1, minutes=1))
    assert AgencyMembership.objects.get(user=officer).lapsed_at
    assert client.get("/requests/").status_code == 302
